"""Folders that all tests share, made by whichever process of a test session comes first.

    once(shared(factory) / "models", make)      -> the folder; `make` is given it, empty, the first time only

It knows nothing of what is in them.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

MADE = ".made"
"""Written last into a folder; one without it was left by a process that was ended."""


def shared(factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of a test session see."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def once(folder: Path, make: Callable[[Path], object]) -> Path:
    """A folder that is made where it stays, so that what is in it may name it; not to be changed.

    Args:
        folder: Which, below `shared`.
        make: Fills it; the others that want it wait.
    """
    with FileLock(f"{folder}.lock"):
        if not (folder / MADE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / MADE).touch()
    return folder
