"""Local files, read so that a hostile or changing tree can do no harm.

    read_file(folder, "src/a.py", limit=10 * MIB) -> b"..." or Problem("link")

No symbolic link is followed in any component of the path, no FIFO or device is waited for, and never
more than `limit` bytes are held. It lists nothing and decides nothing.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import ELOOP, ENOTDIR, ENXIO
from pathlib import Path

from curation.errors import BadInputError
from curation.sources.base import Problem

MIB = 1 << 20
LICENCE_FILE_BYTES = 64 << 10
"""Most that is read of a licence file, see `Repository.licence_files`."""

FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
FOLDER = FILE | os.O_DIRECTORY


@contextmanager
def opened_folder(path: str | Path) -> Iterator[int]:
    """A descriptor of a folder that the settings name; the folder itself may be a link.

    Raises:
        BadInputError: It does not exist, is not a folder or may not be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise BadInputError(
            f"{path}: {error.strerror}; expected a folder that can be read; check the path in the config"
        ) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def read_file(folder: int, path: str, limit: int, planned: int | None = None) -> bytes | Problem:
    """The bytes of one regular file, or why they cannot be had.

    Args:
        folder: Descriptor of the folder that `path` is relative to.
        path: Relative path with forward slashes, checked by `safe_path`.
        limit: Most bytes that are read; a larger file is a problem.
        planned: Bytes that the file had when the run was planned; None if that is not known.
    """
    try:
        descriptor = _open_below(folder, path)
    except OSError as error:
        return _open_problem(error)
    try:
        return _read(descriptor, limit, planned)
    except OSError as error:
        return Problem("unreadable", detail=error.strerror or "")
    finally:
        os.close(descriptor)


def stat_problem(status: os.stat_result, path: str | Path, limit: int) -> Problem | None:
    """Why a file will not be read, from its status alone; None if it will be.

    Args:
        status: Of the entry itself, not of what a link points to.
        path: Where it is, to ask whether it may be read.
        limit: Most bytes that are read.
    """
    if stat.S_ISLNK(status.st_mode):
        return Problem("link")
    if not stat.S_ISREG(status.st_mode):
        return Problem("special_file", detail="FIFO, socket or device")
    if status.st_size > limit:
        return Problem("too_large", status.st_size, limit)
    return None if os.access(path, os.R_OK) else Problem("unreadable", detail="no permission")


def read_start(folder: int, path: str, limit: int = LICENCE_FILE_BYTES) -> bytes:
    """Up to `limit` first bytes of a regular file; b"" if it cannot be read."""
    try:
        descriptor = _open_below(folder, path)
    except OSError:
        return b""
    try:
        with suppress(OSError):
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return _read_up_to(descriptor, limit)
        return b""
    finally:
        os.close(descriptor)


def _open_below(folder: int, path: str) -> int:
    """Open component by component, so that a folder swapped for a link is not followed."""
    *parents, name = path.split("/")
    current = folder
    try:
        for parent in parents:
            inner = os.open(parent, FOLDER, dir_fd=current)
            if current != folder:
                os.close(current)
            current = inner
        return os.open(name, FILE, dir_fd=current)
    finally:
        if current != folder:
            os.close(current)


def _open_problem(error: OSError) -> Problem:
    if error.errno in {ELOOP, ENOTDIR}:
        return Problem("link", detail="became a link or file after the run was planned")
    if error.errno == ENXIO:
        return Problem("special_file", detail="socket or device")
    return Problem("unreadable", detail=error.strerror or "")


def _read(descriptor: int, limit: int, planned: int | None) -> bytes | Problem:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return Problem("special_file", detail="not a regular file")
    if planned is not None and status.st_size != planned:
        return Problem("unreadable", status.st_size, planned, "size changed after the run was planned")
    if status.st_size > limit:
        return Problem("too_large", status.st_size, limit)
    content = _read_up_to(descriptor, limit + 1)
    if len(content) > limit:
        return Problem("too_large", len(content), limit, "grew while it was read")
    return content


def _read_up_to(descriptor: int, limit: int) -> bytes:
    pieces: list[bytes] = []
    left = limit
    while left > 0:
        piece = os.read(descriptor, min(left, MIB))
        if not piece:
            break
        pieces.append(piece)
        left -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
