"""Parquet files that are either whole or not there.

    with ParquetFile(folder / "documents.parquet", schema) as out:
        out.write({"id": ["000000-00000000"], ...})
    out.record  -> FileRecord(name="documents.parquet", rows=1, bytes=..., sha256="...")

Every table of a run is written here: to a temporary name, flushed to disk, then renamed. The same
rows give the same bytes: zstd at a fixed level, no clock and no host name in the file. Row groups are
cut by the caller (`write` makes one each), so that a reader's memory is bounded by them.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

COMPRESSION_LEVEL = 3
"""zstd level; 3 is zstd's own default."""
HASH_BLOCK = 1 << 20
"""Bytes read at a time when a file is hashed."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What a finished file must look like; checked on resume and by `curation verify`."""

    name: str
    """Path relative to the folder of the task."""
    rows: int
    bytes: int
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """The record as JSON values."""
        return asdict(self)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(HASH_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def flush_to_disk(path: Path) -> None:
    """Force a file's or folder's bytes out of the page cache, so that a rename after it is safe."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a small file beside its final name and rename it when it is whole."""
    temporary = temporary_name(path)
    try:
        temporary.write_bytes(content)
        flush_to_disk(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def temporary_name(path: Path) -> Path:
    """Where a file of this process is written before it is renamed; `remove_temporary` finds it."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def remove_temporary(folder: Path) -> None:
    """Delete what killed processes left of their writes into this folder."""
    for path in folder.glob(".*.tmp"):
        path.unlink(missing_ok=True)


class ParquetFile:
    """A parquet file under construction: a context manager that renames on success, deletes on failure."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.schema = schema
        self.rows = 0
        self.record: FileRecord | None = None
        self._temporary = temporary_name(path)
        self._writer: Any = None

    def __enter__(self) -> Self:
        self._writer = pq.ParquetWriter(
            self._temporary,
            self.schema,
            compression="zstd",
            compression_level=COMPRESSION_LEVEL,
            use_dictionary=[f.name for f in self.schema if f.name not in UNIQUE_COLUMNS],
            write_page_index=False,
            write_statistics=[f.name for f in self.schema if f.name != "content"],
        )
        return self

    def write(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Write one row group; `columns` has one equally long sequence for every column of the schema."""
        self.write_table(pa.Table.from_pydict(dict(columns), schema=self.schema))

    def write_table(self, table: pa.Table) -> None:
        """Write one row group from an Arrow table of the schema; an empty table writes nothing."""
        if table.num_rows:
            self._writer.write_table(table, row_group_size=table.num_rows)
            self.rows += table.num_rows

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        if kind is not None:
            self._temporary.unlink(missing_ok=True)
            return
        flush_to_disk(self._temporary)
        self.record = FileRecord(
            self.path.name, self.rows, self._temporary.stat().st_size, sha256_of(self._temporary)
        )
        self._temporary.replace(self.path)


UNIQUE_COLUMNS = frozenset({"id", "content", "content_id", "path"})
"""Columns whose values hardly repeat: a dictionary would cost time and save nothing."""
