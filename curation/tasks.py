"""The folder of one task: filled under a temporary name, renamed when whole, never touched again.

    with TaskFolder(run / "clean", "unit-000012") as task:
        ... write files into task.folder ...
        task.commit({"counts": ...})

A task is done exactly when its folder stands under its final name; `record.json` in it lists every
file with rows, bytes and SHA-256. Each attempt has a temporary name of its own, so that a worker
that outlives its run cannot write into the folder of the next attempt.
"""

import os
import secrets
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from curation.errors import BrokenRunError
from curation.shards import FileRecord, flush_to_disk, sha256_of, write_atomically

RECORD = "record.json"
PENDING = ".pending-"
"""How the temporary folder of an attempt starts."""


class TaskFolder:
    """A task's outputs under construction: a context manager that deletes what was not committed."""

    def __init__(self, parent: Path, name: str) -> None:
        self.final = parent / name
        self.folder = parent / f"{PENDING}{name}-{os.getpid()}-{secrets.token_hex(4)}"

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True)
        return self

    def commit(self, record: dict[str, Any], files: list[FileRecord]) -> None:
        """Write the record, flush everything to disk and rename the folder to its final name.

        If another attempt has finished the same task meanwhile, its equal result stands.
        """
        record = {**record, "files": [file.as_json() for file in files]}
        write_atomically(self.folder / RECORD, orjson.dumps(record, option=orjson.OPT_INDENT_2))
        flush_to_disk(self.folder)
        if not self.final.exists():
            self.folder.rename(self.final)
            flush_to_disk(self.final.parent)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def is_done(folder: Path) -> bool:
    """Whether a task was committed."""
    return (folder / RECORD).is_file()


def read_record(folder: Path) -> dict[str, Any]:
    """The record of a committed task.

    Raises:
        BrokenRunError: If it is missing or no JSON object.
    """
    path = folder / RECORD
    try:
        record = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise BrokenRunError(f"{path}: expected the record of a finished task, saw: {error}") from error
    if not isinstance(record, dict):
        raise BrokenRunError(f"{path}: expected a JSON object, saw {type(record).__name__}")
    return record


def damage(folder: Path, *, deep: bool = True) -> str:
    """What is wrong with a committed task's files; "" if nothing is.

    Args:
        folder: Final folder of the task.
        deep: Compare SHA-256, not only the sizes.
    """
    for file in read_record(folder)["files"]:
        path = folder / file["name"]
        if not path.is_file():
            return f"{path} is missing"
        if path.stat().st_size != file["bytes"]:
            return f"{path} has {path.stat().st_size} bytes, its record says {file['bytes']}"
        if deep and sha256_of(path) != file["sha256"]:
            return f"{path} has another SHA-256 than its record"
    return ""


def remove_pending(parent: Path) -> None:
    """Delete what unfinished attempts left behind."""
    for folder in parent.glob(f"{PENDING}*"):
        shutil.rmtree(folder, ignore_errors=True)
