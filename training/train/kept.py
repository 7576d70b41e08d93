"""Which checkpoints of a run are whole, and which stay.

    whole(Path("runs/train/smoke"))     -> [checkpoint-3, checkpoint-6]
    settle(folder, note)                -> record.json is written: from now on the checkpoint counts

A checkpoint is written by several processes in many files. Its record.json comes last, after all have
finished: a folder without one is what a killed save left, is never resumed from, and is removed when the run
goes on. An older checkpoint is deleted only after a newer one has its record.
"""

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from curation.errors import BrokenRunError
from curation.shards import write_atomically

RECORD = "record.json"
"""Written last into a checkpoint."""
NAME = re.compile(r"checkpoint-(\d+)")


def step_of(folder: Path) -> int:
    """Optimiser steps that a checkpoint has behind it, by its name."""
    found = NAME.fullmatch(folder.name)
    return int(found[1]) if found else -1


def whole(output: Path) -> list[Path]:
    """Checkpoints of a run that are complete, oldest first."""
    return [folder for folder in _all(output) if (folder / RECORD).is_file()]


def newest(output: Path) -> Path | None:
    """The complete checkpoint with the most steps; None if there is none."""
    found = whole(output)
    return found[-1] if found else None


def remove_torn(output: Path) -> list[str]:
    """Delete what killed saves left, and say what that was."""
    torn = [folder for folder in _all(output) if not (folder / RECORD).is_file()]
    for folder in torn:
        shutil.rmtree(folder)
    partial = output / ".final"
    if partial.exists():
        shutil.rmtree(partial)
    return [folder.name for folder in torn]


def settle(folder: Path, note: dict[str, Any]) -> None:
    """Write a checkpoint's record, which makes it count.

    Args:
        folder: A checkpoint, all of whose files are written.
        note: What it knows of its run.
    """
    written = {**note, "created": datetime.now(UTC).isoformat(timespec="seconds")}
    write_atomically(folder / RECORD, (json.dumps(written, indent=2) + "\n").encode())


def read_note(folder: Path) -> dict[str, Any]:
    """What a checkpoint knows of its run.

    Raises:
        BrokenRunError: If its record cannot be read.
    """
    try:
        values = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BrokenRunError(f"{folder / RECORD}: expected a record of a checkpoint, saw: {error}") from error
    if not isinstance(values, dict):
        raise BrokenRunError(f"{folder / RECORD}: expected an object, saw {type(values).__name__}")
    return values


def rotate(output: Path, keep: int) -> None:
    """Delete all but the newest complete checkpoints.

    Args:
        output: Folder of the run.
        keep: How many stay, at least one.
    """
    for folder in whole(output)[: -max(keep, 1)]:
        (folder / RECORD).unlink()  # from now on it does not count, also if the deletion is cut short
        shutil.rmtree(folder)


def _all(output: Path) -> list[Path]:
    return sorted((path for path in output.glob("checkpoint-*") if step_of(path) >= 0), key=step_of)
