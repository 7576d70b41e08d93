"""The Stack v2: ids in the rows, contents from the store."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.errors import BadInputError
from curation.sources import stack_v2
from curation.sources.base import Repository, SourceFile
from curation.sources.blobs import Store
from curation.sources.inputs import Reading

LATIN = "x = 'caf\xe9'\n".encode("latin-1")
WHEN = 1580515200


def blob_id(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def put(store: Path, content: bytes) -> str:
    store.mkdir(exist_ok=True)
    (store / blob_id(content)).write_bytes(gzip.compress(content, mtime=0))
    return blob_id(content)


REPOSITORY = {
    "repo_name": "octo/hello",
    "snapshot_id": "5a5a",
    "revision_id": "c0ffee",
    "revision_date": pa.scalar(WHEN * 10**6, pa.timestamp("us")).as_py(),
    "visit_date": pa.scalar(WHEN * 10**6, pa.timestamp("us")).as_py(),
    "star_events_count": 0,
    "fork_events_count": 2,
    "gha_license_id": "MIT",
}
FILE = {
    "blob_id": blob_id(LATIN),
    "path": "/src/x.py",
    "language": "Python",
    "length_bytes": len(LATIN),
    "detected_licenses": ["MIT"],
    "license_type": "permissive",
    "src_encoding": "ISO-8859-1",
    "is_vendor": False,
    "is_generated": True,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("v2")
    put(path / "store", LATIN)
    return path


def written(path: Path, rows: list[dict[str, Any]], **options: Any) -> Path:
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row, default=str) + "\n" for row in rows))
    else:
        pq.write_table(pa.Table.from_pylist(rows), path, **options)
    return path


def files_of(
    path: Path, store: Path, unit_bytes: int = 1 << 26, limit: int = 1000, threads: int = 4
) -> list[SourceFile]:
    asked = stack_v2.Settings(
        path=str(path),
        blobs=Store(url=str(store), threads=threads),
        reading=Reading(unit_bytes=unit_bytes, max_file_bytes=limit),
    )
    return [file for unit in stack_v2.plan(asked) for file in stack_v2.read(unit, asked)]


@pytest.mark.parametrize("name", ["f.parquet", "f.jsonl"])
@pytest.mark.parametrize("shape", ["files", "repositories"])
def test_both_shapes_become_the_same_file(folder: Path, name: str, shape: str) -> None:
    """One file per row and one repository per row give the same file, undecoded, with what the row states."""
    row = {**REPOSITORY, **FILE} if shape == "files" else {**REPOSITORY, "files": [FILE]}
    path = written(folder / name, [row])
    (file,) = files_of(path, folder / "store")
    assert file == SourceFile(
        path="src/x.py",
        content=LATIN,
        source_file=str(path),
        source_row_group=0 if name == "f.parquet" else -1,
        source_row=0,
        repository=Repository(
            "octo/hello", "c0ffee", ("MIT",), stars=0, forks=2, revision_date=WHEN, visit_date=WHEN
        ),
        encoding="ISO-8859-1",
        language="Python",
        licences=("MIT",),
        licence_type="permissive",
        is_vendor=False,
        is_generated=True,
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"blob_id": "0" * 40}, "blob_missing"),
        ({"blob_id": None}, "bad_row"),
        ({"blob_id": "../store/x"}, "bad_row"),
        ({"length_bytes": 1001}, "too_large"),
    ],
)
def test_file_without_content_keeps_its_facts(folder: Path, changes: dict[str, Any], reason: str) -> None:
    """What cannot be had is a problem of that file only, under its path and repository."""
    rows = [{**REPOSITORY, **FILE}, {**REPOSITORY, **FILE, **changes}, {**REPOSITORY, **FILE}]
    first, bad, last = files_of(written(folder / "bad.parquet", rows), folder / "store")
    assert first.content == last.content == LATIN
    assert bad.problem
    assert (bad.content, bad.problem.reason, bad.path, bad.source_row) == (None, reason, "src/x.py", 1)
    assert bad.repository.name == "octo/hello"


def test_bad_lines_and_bad_entries_are_problems(folder: Path) -> None:
    """A line that is no JSON, and an entry that is no file, are counted in their place."""
    path = written(
        folder / "bad.jsonl", [{**REPOSITORY, "files": [FILE, None]}, {**REPOSITORY, "files": None}]
    )
    path.write_text(path.read_text() + "{bad\n")
    reasons = [file.problem.reason if file.problem else "" for file in files_of(path, folder / "store")]
    assert reasons == ["", "bad_row", "bad_row", "bad_json"]


@settings(max_examples=30)
@given(
    sizes=st.lists(st.lists(st.integers(0, 30), max_size=6), max_size=8),
    row_group_size=st.integers(1, 9),
    unit_bytes=st.sampled_from([1, 5000, 10**6]),
    threads=st.integers(1, 5),
)
def test_every_id_comes_out_once_and_in_order(
    folder: Path, sizes: list[list[int]], row_group_size: int, unit_bytes: int, threads: int
) -> None:
    """Whatever the units and the number of threads: one file for each id, in the order of the rows."""
    store = folder / "many"
    rows = []
    for number, contents in enumerate(sizes):
        ids = [{**FILE, "blob_id": put(store, b"x" * size) if size < 25 else "0" * 40} for size in contents]
        rows.append({**REPOSITORY, "repo_name": f"r{number}", "files": ids})
    rows.append({**REPOSITORY, "repo_name": "end", "files": [{**FILE, "blob_id": put(store, b"end")}]})
    path = written(folder / "many.parquet", rows, row_group_size=row_group_size)
    found = files_of(path, store, unit_bytes, threads=threads)
    expected = [
        (f"r{n}", b"x" * size if size < 25 else None) for n, contents in enumerate(sizes) for size in contents
    ]
    assert [(file.repository.name, file.content) for file in found] == [*expected, ("end", b"end")]


def test_store_that_has_nothing_is_the_wrong_store(folder: Path) -> None:
    """If the first hundred blobs are all missing, the unit stops: the address is wrong."""
    rows = [{**REPOSITORY, **FILE, "blob_id": f"{number:040x}"} for number in range(100)]
    with pytest.raises(BadInputError, match=r"has none of the first 100 blobs of a unit.*Check blobs\.url"):
        files_of(written(folder / "wrong.parquet", rows), folder / "store")
    assert len(files_of(written(folder / "few.parquet", rows[:99]), folder / "store")) == 99
    one = files_of(written(folder / "one.parquet", [{**REPOSITORY, **FILE}, *rows]), folder / "store")
    assert len(one) == 101


def test_table_without_ids_is_refused(folder: Path) -> None:
    """What is needed depends on the shape, and is named before anything is fetched."""
    with pytest.raises(BadInputError, match="no column 'blob_id'; its 1 columns are path"):
        files_of(written(folder / "no.parquet", [{"path": "x"}]), folder)
    with pytest.raises(
        BadInputError, match=r"no column 'files.blob_id'; its 2 columns are files, files\.path"
    ):
        files_of(written(folder / "no.parquet", [{"files": [{"path": "x"}]}]), folder)


def test_store_may_be_a_text() -> None:
    """`blobs: URL` is short for `blobs: {url: URL}`."""
    short = stack_v2.Settings.model_validate({"path": "x", "blobs": "s3://softwareheritage/content"})
    assert short.blobs == Store()
    assert (short.blobs.threads, short.blobs.retries) == (16, 5)
