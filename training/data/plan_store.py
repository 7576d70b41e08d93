"""Plans as files: made once, mapped into memory by every worker.

    stored(tokens / "plans", {"sequence_length": 8192, ...}, lambda: packed(...))   -> Plan

    plans/3f2a.../plan.json      what it was made from, how much it holds, the hash of its arrays
    plans/3f2a.../pieces.npy     three uint32 for each piece
    plans/3f2a.../starts.npy     an int64 for each window, and one more

A folder is named by what its plan was made from and is renamed into place when it is whole, so that another
corpus, tokenizer or length of windows has another folder and a finished one is never changed. Processes that
ask at the same time wait for the first. A hundred million documents take about 1.6 GB.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from curation.errors import BrokenRunError
from curation.shards import flush_to_disk
from training.data.cutting import Documents
from training.data.plan import Block, Digest, Plan, check_not_empty

VERSION = 1
"""Of the way to cut and pack: raised when the same documents would give another plan."""
PIECES, STARTS, SUMMARY = "pieces.npy", "starts.npy", "plan.json"
_HASHED_AT_ONCE = 1 << 20
"""Lengths of documents."""


def fingerprint(documents: Documents, manifest: Mapping[str, Any]) -> str:
    """Hash of a split: of its manifest, and of the length of every document; in hexadecimal digits."""
    digest = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode())
    for first in range(0, len(documents.lengths), _HASHED_AT_ONCE):
        some = np.asarray(documents.lengths[first : first + _HASHED_AT_ONCE], np.int64)
        digest.update(some.tobytes())
    return digest.hexdigest()


def stored(folder: Path, made_from: Mapping[str, Any], make: Callable[[], Iterable[Block]]) -> Plan:
    """The plan that is in the folder for what it is made from; it is made if it is not there.

    Args:
        folder: Where plans are; made if needed.
        made_from: All that decides on the plan, as JSON values.
        make: Gives the windows of the plan.

    Raises:
        BadInputError: If there is no window.
        BrokenRunError: If a finished plan cannot be read as what it says it is.
    """
    values = {"version": VERSION, **made_from}
    text = json.dumps(values, sort_keys=True)
    own = folder / hashlib.sha256(text.encode()).hexdigest()[:16]
    if not own.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            if not own.exists():
                _write(own, values, make())
    return opened(own)


def opened(own: Path) -> Plan:
    """A finished plan, mapped into memory.

    Args:
        own: Its folder.

    Raises:
        BrokenRunError: If it is not what its summary says.
    """
    advice = "delete the folder; it is made again"
    try:
        summary = json.loads((own / SUMMARY).read_bytes())
        pieces, starts = (np.load(own / name, mmap_mode="r") for name in (PIECES, STARTS))
        expected = ((summary["pieces"], 3), (summary["windows"] + 1,))
        tokens, sha256 = summary["tokens"], summary["sha256"]
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise BrokenRunError(f"{own}: expected a plan of windows, saw {error!r}; {advice}") from error
    if (pieces.shape, starts.shape) != expected:
        raise BrokenRunError(
            f"{own}: expected arrays of {expected} as {SUMMARY} says, saw {pieces.shape} and {starts.shape}; "
            f"{advice}"
        )
    return Plan(pieces, starts, tokens, sha256, own)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process makes a plan here."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(own: Path, values: Mapping[str, Any], windows: Iterable[Block]) -> None:
    """Make a plan's folder, and remove what killed processes left of theirs.

    Raises:
        BadInputError: If there is no window.
    """
    for left in own.parent.glob(".*.tmp"):
        shutil.rmtree(left)
    temporary = own.with_name(f".{own.name}.{os.getpid()}.tmp")
    temporary.mkdir()
    try:
        digest, done = Digest(), 0
        with (
            _Rows(temporary / PIECES, np.dtype("<u4"), (3,)) as pieces,
            _Rows(temporary / STARTS, np.dtype("<i8"), ()) as starts,
        ):
            starts.add(np.zeros(1, np.int64))
            digest.add(np.zeros((0, 3), np.uint32), np.zeros(1, np.int64))
            for block in windows:
                pieces.add(block.pieces)
                starts.add(block.starts[1:] + done)
                digest.add(block.pieces, block.starts[1:] + done)
                done += len(block.pieces)
        check_not_empty(done)
        summary = {
            "made_from": values,
            "windows": starts.rows - 1,
            "pieces": pieces.rows,
            "tokens": digest.tokens,
            "sha256": str(digest),
        }
        (temporary / SUMMARY).write_text(json.dumps(summary, indent=1) + "\n")
        flush_to_disk(temporary / SUMMARY)
        temporary.rename(own)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


class _Rows:
    """An .npy file whose length is known when it is closed."""

    def __init__(self, path: Path, kind: np.dtype[Any], width: tuple[int, ...]) -> None:
        self.rows = 0
        self._path = path
        self._kind = kind
        self._width = width
        self._stream = path.open("wb")
        self._begins = self._head()

    def __enter__(self) -> Self:
        return self

    def add(self, rows: npt.NDArray[Any]) -> None:
        """Write some more rows."""
        self._stream.write(np.ascontiguousarray(rows, self._kind).tobytes())
        self.rows += len(rows)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._head() == self._begins, "numpy left too little room for the length"
        self._stream.close()
        flush_to_disk(self._path)

    def _head(self) -> int:
        """Write what an .npy file begins with, in which numpy leaves room for more rows; its bytes."""
        self._stream.seek(0)
        np.lib.format.write_array_header_1_0(
            self._stream,
            {
                "descr": np.lib.format.dtype_to_descr(self._kind),
                "fortran_order": False,
                "shape": (self.rows, *self._width),
            },
        )
        return self._stream.tell()
