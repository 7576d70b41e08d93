"""The Stack v1: where a file is from, with its counts, licences and dates."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.errors import BadInputError
from curation.sources import stack_v1
from curation.sources.base import Repository, SourceFile

EVENTS = ("stars", "issues", "forks")
LISTS = pa.list_(pa.string())
SPARK = pa.list_(pa.struct([("item", pa.string())]))


def schema(licences: pa.DataType = LISTS, dates: pa.DataType | None = None) -> pa.Schema:
    """The 29 columns of the published data set."""
    fields = [("hexsha", pa.string()), ("size", pa.int64()), ("ext", pa.string()), ("lang", pa.string())]
    for event in EVENTS:
        head = f"max_{event}_repo"
        fields += [(f"{head}_{part}", pa.string()) for part in ("path", "name", "head_hexsha")]
        fields += [(f"{head}_licenses", licences), (f"max_{event}_count", pa.int64())]
        fields += [(f"{head}_{event}_event_{edge}_datetime", dates or pa.string()) for edge in ("min", "max")]
    fields += [("content", pa.string()), ("avg_line_length", pa.float64())]
    fields += [("max_line_length", pa.int64()), ("alphanum_fraction", pa.float64())]
    assert len(fields) == 29
    return pa.schema(fields)


FULL = {
    "hexsha": "aa11",
    "lang": "Python",
    "content": "x = 1\n",
    "max_stars_repo_path": "src/x.py",
    "max_stars_repo_name": "octo/hello",
    "max_stars_repo_head_hexsha": "c0ffee",
    "max_stars_repo_licenses": ["MIT", "Apache-2.0"],
    "max_stars_count": 0,
    "max_stars_repo_stars_event_max_datetime": "2020-02-01T00:00:00.000Z",
    "max_forks_repo_path": "old/x.py",
    "max_forks_repo_name": "fork/hello",
    "max_forks_count": 0,
}


def files_of(path: Path) -> list[SourceFile]:
    settings = stack_v1.Settings(path=str(path))
    return [file for unit in stack_v1.plan(settings) for file in stack_v1.read(unit, settings)]


def written(folder: Path, *rows: dict[str, Any], **options: Any) -> Path:
    pq.write_table(pa.Table.from_pylist(list(rows), schema(**options)), folder / "v1.parquet")
    return folder / "v1.parquet"


def test_row_becomes_a_file(tmp_path: Path) -> None:
    """Path, repository, commit, licences, language, dates and counts come over; 0 stars stay 0."""
    (file,) = files_of(written(tmp_path, FULL))
    assert file == SourceFile(
        path="src/x.py",
        content="x = 1\n",
        source_file=str(tmp_path / "v1.parquet"),
        source_row_group=0,
        source_row=0,
        repository=Repository(
            "octo/hello", "c0ffee", ("MIT", "Apache-2.0"), stars=0, forks=0, visit_date=1580515200
        ),
        language="Python",
    )


def test_counts_that_are_null_stay_unknown(tmp_path: Path) -> None:
    """Null stars are not 0 stars."""
    (file,) = files_of(written(tmp_path, {**FULL, "max_stars_count": None, "max_forks_count": None}))
    assert (file.repository.stars, file.repository.forks) == (None, None)


@pytest.mark.parametrize(("event", "number"), [("forks", 1), ("issues", 2)])
def test_repository_is_that_of_the_first_event_that_has_one(tmp_path: Path, event: str, number: int) -> None:
    """Without stars the forks say where a file is from, and without these the issues."""
    head = f"max_{event}_repo"
    row = {
        "content": "x",
        "hexsha": "aa",
        f"{head}_path": "p.py",
        f"{head}_name": "a/b",
        f"{head}_head_hexsha": "beef",
        f"{head}_licenses": ["ISC"],
        f"max_{event}_count": number,
        f"{head}_{event}_event_max_datetime": "2020-02-01T00:00:00Z",
    }
    (file,) = files_of(written(tmp_path, row))
    forks = number if event == "forks" else None
    assert (file.path, file.repository) == (
        "p.py",
        Repository("a/b", "beef", ("ISC",), forks=forks, visit_date=1580515200),
    )


def test_spark_export_with_nested_licences_and_timestamps(tmp_path: Path) -> None:
    """Licence lists as list/item structs and dates as timestamps give the same file."""
    row = {**FULL, "max_stars_repo_licenses": [{"item": "MIT"}, {"item": "Apache-2.0"}]}
    row["max_stars_repo_stars_event_max_datetime"] = 1580515200 * 10**6
    (file,) = files_of(written(tmp_path, row, licences=SPARK, dates=pa.timestamp("us", "UTC")))
    assert file.repository.licences == ("MIT", "Apache-2.0")
    assert file.repository.visit_date == 1580515200


def test_contents_that_are_null_or_empty(tmp_path: Path) -> None:
    """A null content is a problem that keeps the path; an empty one is a content."""
    null, empty = files_of(written(tmp_path, {**FULL, "content": None}, {**FULL, "content": ""}))
    assert null.problem
    assert (null.problem.reason, null.content, null.path) == ("null_content", None, "src/x.py")
    assert (empty.problem, empty.content) == (None, "")


def test_rows_of_json_lines_are_the_same(tmp_path: Path) -> None:
    """A JSONL export gives the same file; a bad line is a problem in its place."""
    path = tmp_path / "v1.jsonl"
    path.write_text(f"{json.dumps(FULL)}\n{{bad\n")
    whole, bad = files_of(path)
    assert (whole.path, whole.repository.name, whole.repository.stars) == ("src/x.py", "octo/hello", 0)
    assert bad.problem
    assert (bad.problem.reason, bad.source_row, bad.path) == ("bad_json", 1, "")


def test_table_without_the_columns_is_refused(tmp_path: Path) -> None:
    """Before anything is read, the message names what is missing, what there is, and what is near."""
    pq.write_table(pa.table({"contents": ["x"], "hexsha": ["a"], "path": ["p"]}), tmp_path / "v1.parquet")
    with pytest.raises(BadInputError) as caught:
        files_of(tmp_path)
    message = str(caught.value)
    assert "v1.parquet has no column 'content', 'max_stars_repo_path'" in message
    assert "its 3 columns are contents, hexsha, path; the nearest to 'content' is 'contents'" in message
    assert "kind: table" in message


def test_every_file_of_a_folder_is_planned_in_order(tmp_path: Path) -> None:
    """Shards of a folder follow each other by name, and each names itself as an input."""
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        written(tmp_path / name, {**FULL, "content": name})
    settings = stack_v1.Settings(path=str(tmp_path))
    assert [unit.inputs for unit in stack_v1.plan(settings)] == [
        (str(tmp_path / f"{n}/v1.parquet"),) for n in "ab"
    ]
    assert [file.content for file in files_of(tmp_path)] == ["a", "b"]
