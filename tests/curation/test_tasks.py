"""A task's folder is whole or not there."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

from curation import tasks
from curation.errors import BrokenRunError
from curation.shards import FileRecord, ParquetFile

SCHEMA = pa.schema([("id", pa.string())])


def commit_one(parent: Path, name: str = "unit-000000", value: str = "a") -> Path:
    """A committed task with one parquet file."""
    with tasks.TaskFolder(parent, name) as task:
        with ParquetFile(task.folder / "documents.parquet", SCHEMA) as out:
            out.write({"id": [value]})
        assert out.record is not None
        task.commit({"counts": {}}, [out.record])
    return parent / name


def test_a_committed_task_is_done_and_undamaged(tmp_path: Path) -> None:
    """After the commit the record lists the file with its hash."""
    folder = commit_one(tmp_path)
    assert tasks.is_done(folder)
    assert tasks.damage(folder) == ""
    assert [f["name"] for f in tasks.read_record(folder)["files"]] == ["documents.parquet"]


def test_an_error_leaves_nothing_behind(tmp_path: Path) -> None:
    """A task that fails before its commit leaves no folder, under any name."""
    with pytest.raises(RuntimeError, match="stop"), tasks.TaskFolder(tmp_path, "unit-000000") as task:
        (task.folder / "half").write_text("x")
        raise RuntimeError("stop")
    assert list(tmp_path.iterdir()) == []


def test_the_first_commit_of_a_task_stands(tmp_path: Path) -> None:
    """A worker that outlived its run cannot replace what the next run has committed."""
    folder = commit_one(tmp_path, value="first")
    before = (folder / tasks.RECORD).read_bytes()
    commit_one(tmp_path, value="second")
    assert (folder / tasks.RECORD).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["unit-000000"]


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "bytes, its record says"),
        (lambda path: path.write_bytes(b"\0" + path.read_bytes()[1:]), "has another SHA-256"),
    ],
)
def test_damage_is_named(tmp_path: Path, harm: object, message: str) -> None:
    """Deleted, truncated and altered outputs are told apart."""
    folder = commit_one(tmp_path)
    harm(folder / "documents.parquet")  # type: ignore[operator]  # a table of callables
    assert message in tasks.damage(folder)


def test_what_a_killed_attempt_left_is_removed(tmp_path: Path) -> None:
    """Pending folders go, committed ones stay."""
    commit_one(tmp_path)
    (tmp_path / f"{tasks.PENDING}unit-000001-77-abcd").mkdir()
    tasks.remove_pending(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["unit-000000"]


def test_an_unreadable_record_is_an_error_that_names_it(tmp_path: Path) -> None:
    """A record that is no JSON object cannot be trusted."""
    folder = commit_one(tmp_path)
    for content in ("{", json.dumps([1])):
        (folder / tasks.RECORD).write_text(content)
        with pytest.raises(BrokenRunError, match=r"record\.json"):
            tasks.read_record(folder)


def test_file_records_are_plain_json() -> None:
    """A record can be written as JSON as it is."""
    record = FileRecord("a.parquet", 1, 2, "ff")
    assert record.as_json() == {"name": "a.parquet", "rows": 1, "bytes": 2, "sha256": "ff"}
