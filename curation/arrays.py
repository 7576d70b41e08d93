"""Arrays on disk: `.npy` files that are appended to, renamed when whole, and mapped instead of read.

    with ArrayFile(folder / "bands.npy", BAND) as out: out.append(entries)      read_array(path, BAND)[10:20]

The format is NumPy's own (a header with type and shape, then the plain values, little-endian), so any
NumPy can open the files. A file that is missing, cut short or of another type is refused with its path.
"""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from curation.errors import BrokenRunError
from curation.shards import FileRecord, flush_to_disk, sha256_of, temporary_name


class ArrayFile:
    """An array file under construction: a context manager that renames on success, deletes on failure."""

    def __init__(self, path: Path, kind: npt.DTypeLike) -> None:
        self.path = path
        self.kind = np.dtype(kind)
        self.rows = 0
        self.record: FileRecord | None = None
        self._temporary = temporary_name(path)
        self._stream: Any = None

    def __enter__(self) -> Self:
        self._stream = self._temporary.open("wb")
        self._write_header()
        return self

    def append(self, values: npt.NDArray[Any]) -> None:
        """Write further values of the file's type, one-dimensional."""
        assert values.dtype == self.kind, (values.dtype, self.kind)
        values.tofile(self._stream)
        self.rows += len(values)

    def _write_header(self) -> None:
        """NumPy pads headers so that the first dimension can grow in place."""
        description = np.lib.format.dtype_to_descr(self.kind)
        header = {"descr": description, "fortran_order": False, "shape": (self.rows,)}
        np.lib.format.write_array_header_1_0(self._stream, header)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._stream.seek(0)
            self._write_header()
        self._stream.close()
        if kind is not None:
            self._temporary.unlink(missing_ok=True)
            return
        flush_to_disk(self._temporary)
        size, digest = self._temporary.stat().st_size, sha256_of(self._temporary)
        self.record = FileRecord(self.path.name, self.rows, size, digest)
        self._temporary.replace(self.path)


def write_array(path: Path, values: npt.NDArray[Any]) -> FileRecord:
    """Write a whole one-dimensional array."""
    with ArrayFile(path, values.dtype) as out:
        out.append(values)
    assert out.record is not None
    return out.record


def read_array(path: Path, kind: npt.DTypeLike) -> npt.NDArray[Any]:
    """An array file mapped into memory, read-only.

    Raises:
        BrokenRunError: If it is missing, cut short, or holds another type.
    """
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BrokenRunError(
            f"{path}: expected a whole array file, saw: {error}; delete its folder and run the same command "
            "again to make it anew"
        ) from error
    if values.dtype != np.dtype(kind) or values.ndim != 1:
        raise BrokenRunError(
            f"{path}: expected values of type {np.dtype(kind)}, saw {values.dtype}: it was written with "
            "other settings or by another version"
        )
    return np.asarray(values)
