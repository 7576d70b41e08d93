"""Parquet files that are whole or not there, and the same bytes for the same rows."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.shards import ParquetFile, sha256_of, write_atomically

SCHEMA = pa.schema([("id", pa.string()), ("stars", pa.int64())])


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    """Nothing but the rows decides the bytes of a file."""
    for name in ("a", "b"):
        with ParquetFile(tmp_path / f"{name}.parquet", SCHEMA) as out:
            out.write({"id": ["x", "y"], "stars": [0, None]})
            out.write({"id": ["z"], "stars": [5]})
    assert sha256_of(tmp_path / "a.parquet") == sha256_of(tmp_path / "b.parquet")


def test_each_write_is_one_row_group(tmp_path: Path) -> None:
    """The caller decides the row groups; nulls and zeros survive."""
    with ParquetFile(tmp_path / "a.parquet", SCHEMA) as out:
        out.write({"id": ["x", "y"], "stars": [0, None]})
        out.write({"id": ["z"], "stars": [5]})
        out.write({"id": [], "stars": []})
    file = pq.ParquetFile(tmp_path / "a.parquet")
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [2, 1]
    assert file.read()["stars"].to_pylist() == [0, None, 5]
    assert out.record is not None
    assert (out.record.rows, out.record.sha256) == (3, sha256_of(tmp_path / "a.parquet"))


def test_an_error_leaves_no_file_under_any_name(tmp_path: Path) -> None:
    """A write that fails is not seen, whole or in part."""
    with pytest.raises(RuntimeError), ParquetFile(tmp_path / "a.parquet", SCHEMA) as out:
        out.write({"id": ["x"], "stars": [1]})
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_an_atomic_write_replaces_the_old_content(tmp_path: Path) -> None:
    """The file is the old one or the new one, and no temporary one stays."""
    for content in (b"old", b"new"):
        write_atomically(tmp_path / "record.json", content)
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]
    assert (tmp_path / "record.json").read_bytes() == b"new"
