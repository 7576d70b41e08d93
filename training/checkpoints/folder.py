"""Folders that are either whole or not there.

    with fresh(Path("models/merged")) as folder:
        (folder / "config.json").write_text(...)
    -> models/merged, if nothing failed; else nothing

Written beside its final name and renamed. An output folder that holds anything is refused: nothing is
overwritten. What a killed process leaves is a hidden folder `.NAME.PID.tmp`, which is removed by the next
attempt. Does not lock: two processes that write one output at the same time are the caller's mistake.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curation.errors import BadConfigError
from curation.shards import flush_to_disk


@contextmanager
def fresh(out: Path) -> Iterator[Path]:
    """A folder to write into; it becomes `out` when the block ends without an error.

    Args:
        out: Final name; must not exist, or be empty.

    Raises:
        BadConfigError: If it holds anything, or is a file.
    """
    check_free(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = clear_temporary(out)
    temporary.mkdir()
    try:
        yield temporary
        for path in sorted(temporary.rglob("*")):
            flush_to_disk(path)
        check_free(out)
        temporary.replace(out)
        flush_to_disk(out.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_free(out: Path) -> None:
    """Refuse to write over something.

    Args:
        out: Where a folder is to be written.

    Raises:
        BadConfigError: If there is a file, or a folder that holds anything.
    """
    if out.is_file():
        raise BadConfigError(f"{out}: expected a folder that does not exist yet, saw a file; name another")
    if out.is_dir() and any(out.iterdir()):
        raise BadConfigError(
            f"{out}: expected an empty folder or none, saw files in it; name another or remove it"
        )


def clear_temporary(out: Path) -> Path:
    """Remove what killed processes left of this output.

    Args:
        out: Final name of a folder.

    Returns:
        Where this process writes it.
    """
    for left in out.parent.glob(f".{out.name}.*.tmp"):
        shutil.rmtree(left, ignore_errors=True)
    return out.with_name(f".{out.name}.{os.getpid()}.tmp")
