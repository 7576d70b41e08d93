"""Folders that are either whole or not there, and a lock for who writes into one.

    with whole_folder(tokens / "python-00000-of-00001") as folder:
        ... write files into folder ...

It is filled under a temporary name, flushed to disk and renamed. When the final one stands already, made by
another attempt, that one stays. What killed attempts have left is removed by `remove_attempts`.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curation.errors import BrokenRunError
from curation.shards import flush_to_disk

ATTEMPT, LOCK = ".attempt-", ".lock"
"""How the name of a folder starts while it is filled, and the file that is locked."""


@contextmanager
def whole_folder(final: Path) -> Iterator[Path]:
    """A folder to write into, which gets its name when the block ends without an error."""
    final.parent.mkdir(parents=True, exist_ok=True)
    folder = final.parent / f"{ATTEMPT}{final.name}-{os.getpid()}-{secrets.token_hex(4)}"
    folder.mkdir()
    try:
        yield folder
        for path in sorted(folder.rglob("*")):
            flush_to_disk(path)
        flush_to_disk(folder)
        if not final.exists():
            folder.rename(final)
            flush_to_disk(final.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_attempts(parent: Path) -> None:
    """Delete what killed attempts have left in a folder."""
    for folder in parent.glob(f"{ATTEMPT}*"):
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Nobody else writes into the folder until the block ends; a process that dies lets go.

    Raises:
        BrokenRunError: If somebody does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BrokenRunError(
                f"{folder}: another process is writing here; wait for it, or end it, then run this again"
            ) from error
        yield
