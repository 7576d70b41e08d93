"""The Stack v3: repositories with their files inside."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import BadInputError
from curation.sources import stack_v3
from curation.sources.base import Repository, SourceFile
from curation.sources.inputs import Reading

TEXT, COUNT = pa.string(), pa.int64()
FILE = pa.struct(
    [
        ("content_id", TEXT),
        ("content", TEXT),
        ("size_bytes", COUNT),
        ("file_path", TEXT),
        ("file_timestamp", COUNT),
        ("language", TEXT),
        ("is_vendor", pa.bool_()),
        ("license_type", TEXT),
        ("detected_licenses", pa.list_(TEXT)),
    ]
)
SCHEMA = pa.schema(
    [
        ("repo_path", TEXT),
        ("repo_id", COUNT),
        ("commit_id", TEXT),
        (
            "github_metadata",
            pa.struct([("branch", TEXT), ("is_fork", pa.bool_()), ("stars", COUNT), ("forks", COUNT)]),
        ),
        ("num_files", COUNT),
        ("files", pa.list_(FILE)),
    ]
)
HELLO = {
    "content_id": "cc",
    "content": "x = 1\n",
    "size_bytes": 6,
    "file_path": "src/x.py",
    "file_timestamp": 1580515200,
    "language": "Python",
    "is_vendor": False,
    "license_type": "permissive",
    "detected_licenses": ["MIT"],
}
STUB = {**HELLO, "content": None, "file_path": "logo.png", "size_bytes": 99}
ROW = {
    "repo_path": "octo/hello",
    "repo_id": 1,
    "commit_id": "c0ffee",
    "github_metadata": {"branch": "main", "is_fork": False, "stars": 0, "forks": None},
    "num_files": 3,
    "files": [HELLO, STUB, HELLO],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("v3")


def files_of(path: Path, unit_bytes: int = 1 << 26) -> list[SourceFile]:
    settings = stack_v3.Settings(path=str(path), reading=Reading(unit_bytes=unit_bytes))
    return [file for unit in stack_v3.plan(settings) for file in stack_v3.read(unit, settings)]


def written(path: Path, rows: list[Any], **options: Any) -> Path:
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        pq.write_table(pa.Table.from_pylist(rows, SCHEMA), path, **options)
    return path


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl"])
def test_files_of_a_repository(folder: Path, name: str) -> None:
    """Each nested file comes out with the repository's row; a stub is a problem, a repeat a repeat."""
    path = written(folder / name, [{**ROW, "files": []}, ROW])
    first, stub, again = files_of(path)
    assert first == again
    assert first == SourceFile(
        path="src/x.py",
        content="x = 1\n",
        source_file=str(path),
        source_row_group=0 if name == "a.parquet" else -1,
        source_row=1,
        repository=Repository("octo/hello", "c0ffee", stars=0),
        language="Python",
        licences=("MIT",),
        licence_type="permissive",
        file_date=1580515200,
        is_vendor=False,
    )
    assert stub.problem
    assert (stub.path, stub.content, stub.problem.reason, stub.problem.value) == (
        "logo.png",
        None,
        "null_content",
        99,
    )
    assert "a stub" in stub.problem.detail


def test_what_is_no_list_of_files_is_a_problem(folder: Path) -> None:
    """A row without files, and an entry that is no file, are counted, with the repository's name."""
    rows = [{**ROW, "files": None}, {**ROW, "files": [None, HELLO]}, {**ROW, "files": "x"}]
    found = files_of(written(folder / "bad.jsonl", [{**ROW, "files": [HELLO]}, *rows]))
    assert [file.problem.reason if file.problem else "" for file in found] == [
        "",
        "bad_row",
        "bad_row",
        "",
        "bad_row",
    ]
    assert {file.repository.name for file in found} == {"octo/hello"}


repositories = st.lists(st.lists(st.none() | st.text(max_size=20), max_size=40), max_size=8)


@given(repositories=repositories, row_group_size=st.integers(1, 9), unit_bytes=st.integers(1, 500))
def test_every_nested_file_comes_out_once(
    folder: Path, repositories: list[list[str | None]], row_group_size: int, unit_bytes: int
) -> None:
    """Whatever the row groups, units and container: the same files, in order, with the row they are from."""
    rows = [
        {**ROW, "files": [{**HELLO, "content": content} for content in contents]} for contents in repositories
    ]
    expected = [(number, content) for number, contents in enumerate(repositories) for content in contents]
    table = written(folder / "any.parquet", rows, row_group_size=row_group_size)
    assert [(file.source_row, file.content) for file in files_of(table, unit_bytes)] == expected
    if any(repositories):
        lines = written(folder / "any.jsonl", [*rows, ROW])
        assert [(f.source_row, f.content) for f in files_of(lines, unit_bytes)][: len(expected)] == expected


def test_large_repository_is_not_copied_into_python_as_a_whole(folder: Path) -> None:
    """Files of one row are converted a few at a time."""
    files = [{**HELLO, "content": "a" * 1000} for _ in range(1000)]
    path = written(folder / "large.parquet", [{**ROW, "files": files}])
    settings = stack_v3.Settings(path=str(path))
    (unit,) = stack_v3.plan(settings)
    reading = stack_v3.read(unit, settings)
    assert next(reading).content == "a" * 1000
    assert sum(1 for _ in reading) == 999


def test_table_of_ids_is_refused(folder: Path) -> None:
    """The train ids of v2 have files[] too, but no contents in them."""
    path = folder / "ids.parquet"
    pq.write_table(pa.table({"files": [[{"blob_id": "a", "path": "p"}]]}), path)
    with pytest.raises(
        BadInputError, match=r"no column 'files.content', 'files.file_path'; its 3 columns are files"
    ):
        files_of(path)
