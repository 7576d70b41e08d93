"""Which pieces of which documents make which window.

    plan = in_memory(packed(documents, Reserve.of(2048, FimSettings()), vocabulary))
    plan.window(7)    -> [[document, first token, token behind the last], ...]

Long documents are cut, and pieces are packed into as few windows as can be, in blocks of a million, so that
memory does not grow with the corpus. The plan is the same for every epoch; the order of windows and the gaps
are not (see `training.data.dataset`). Saving is done by `training.data.plan_store`.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.errors import BadInputError
from training.data.bestfit import fit, windows_of
from training.data.cutting import BLOCK_PIECES, Cutter, Documents, blocks
from training.data.reserve import Reserve
from training.fim.vocabulary import Ints, Vocabulary

Pieces = npt.NDArray[np.uint32]
LARGEST = 1 << 32
"""Documents, and tokens of a document, must be fewer."""


class Block(NamedTuple):
    """Some windows."""

    pieces: Pieces
    """Shape (pieces, 3): document, first token, token behind the last; in the order of their windows."""
    starts: Ints
    """Where each window begins among them, and where the last ends."""


class Plan(NamedTuple):
    """All windows of an epoch."""

    pieces: Pieces
    starts: Ints
    tokens: int
    """Of all pieces, ends of documents not counted."""
    sha256: str
    """Of both arrays, in hexadecimal digits."""
    folder: Path | None = None
    """Where it is saved, if it is."""

    @property
    def windows(self) -> int:
        """How many there are."""
        return len(self.starts) - 1

    def window(self, number: int) -> Ints:
        """The pieces of a window, shape (pieces, 3): document, first token, token behind the last."""
        first, last = self.starts[number : number + 2].tolist()
        return np.asarray(self.pieces[first:last], np.int64)


class Digest:
    """The hash of a plan, which is the same whatever the blocks."""

    def __init__(self) -> None:
        self.tokens = 0
        self._pieces, self._starts = hashlib.sha256(), hashlib.sha256()

    def add(self, pieces: Pieces, starts: Ints) -> None:
        """Some more of both arrays."""
        self._pieces.update(pieces.tobytes())
        self._starts.update(starts.tobytes())
        self.tokens += int((pieces[:, 2].astype(np.int64) - pieces[:, 1]).sum())

    def __str__(self) -> str:
        return hashlib.sha256(self._pieces.digest() + self._starts.digest()).hexdigest()


def packed(
    documents: Documents,
    reserve: Reserve,
    vocabulary: Vocabulary,
    *,
    repositories: bool = True,
    block: int = BLOCK_PIECES,
) -> Iterator[Block]:
    """Cut documents and pack the pieces: best-fit decreasing in each block.

    Args:
        documents: A split of the tokens.
        reserve: Length of windows and what is kept free in them.
        vocabulary: Of the tokenizer.
        repositories: Whether some documents may be repositories; their tokens are all read.
        block: Pieces that are packed together, about.

    Raises:
        BadInputError: If a document is too long, or there are too many.
    """
    cutter = Cutter(reserve, vocabulary, repositories=repositories)
    for first, last in blocks(documents.lengths, reserve.limit, block):
        pieces, sizes = cutter.pieces(documents, first, last)
        if not len(pieces):
            continue
        if pieces.max() >= LARGEST:
            raise BadInputError(
                f"documents {first} to {last - 1}: saw a document or token with number {pieces.max()}; "
                f"expected less than {LARGEST}. Split the corpus, or leave the document out"
            )
        bins, count = fit(sizes, reserve.capacity)
        order, starts = windows_of(bins, count)
        yield Block(pieces[order].astype(np.uint32), starts)


def in_memory(windows: Iterable[Block]) -> Plan:
    """A plan that is not saved, for what is small.

    Raises:
        BadInputError: If there is no window.
    """
    pieces, starts, done, digest = [np.zeros((0, 3), np.uint32)], [np.zeros(1, np.int64)], 0, Digest()
    digest.add(pieces[0], starts[0])
    for block in windows:
        pieces.append(block.pieces)
        starts.append(block.starts[1:] + done)
        done += len(block.pieces)
        digest.add(pieces[-1], starts[-1])
    check_not_empty(done)
    return Plan(np.concatenate(pieces), np.concatenate(starts), digest.tokens, str(digest))


def check_not_empty(pieces: int) -> None:
    """Refuse a plan without windows.

    Raises:
        BadInputError: If there is none.
    """
    if not pieces:
        raise BadInputError(
            "there is nothing to make windows of: expected documents with tokens, saw none. Look at "
            "corpus.folders, corpus.languages and corpus.held_out, and whether the curation run kept anything"
        )
