"""The pairs that a run has judged -> their histogram, and those on either side of the threshold.

    edges.npy of all blocks  ->  12,345 pairs between 0.70 and 0.71, 9,876 between 0.71 and 0.72, ...

Verified pairs lie in RUN/estimate/*/edges.npy (similarity estimated) and RUN/compare/*/edges.npy (exact).
What was compared exactly and refused is what RUN/estimate/*/open.npy has and the latter has not; its exact
similarity is computed anew from the texts, for the pairs whose estimate is nearest to the threshold. Files
are mapped and read in pieces; of more than `READ_AT_MOST` pairs, evenly spread pieces are read, and the
result says so.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from curation.arrays import read_array
from curation.dedup.audit.books import NearBooks
from curation.dedup.audit.scan import BINS, histogram
from curation.dedup.audit.texts import exact
from curation.dedup.clusters import EDGE, Edges
from curation.kernels import Floats, Ints
from curation.layout import block_name

PIECE = 1 << 20
"""Pairs that are in memory at a time, at 12 bytes."""
READ_AT_MOST = 64 * PIECE
"""Pairs that are read for a histogram or a search, 0.8 GB of files."""


class Histogram(NamedTuple):
    """How similar the verified pairs are."""

    estimated: Ints
    """Pairs accepted by the sketch alone, by estimated similarity, shape (BINS,)."""
    exact: Ints
    """Pairs compared exactly, shape (BINS,)."""
    pairs: int
    """Verified pairs of the run."""
    read: int
    """Those that were counted here."""


class Refused(NamedTuple):
    """Pairs that were compared exactly and are not similar enough."""

    pairs: int
    """How many there are among those read."""
    read: int
    """Open pairs that were looked at."""
    open: int
    """Open pairs of the run."""
    nearest: Edges
    """Those whose estimate is nearest to the threshold; `jaccard` is the estimate."""


def _files(books: NearBooks, folder: str, name: str) -> list[Path]:
    blocks = range(len(books.plan.blocks))
    return [books.run / folder / block_name(block) / name for block in blocks]


def _pieces(values: Any, share: float) -> Iterator[Edges]:
    """About this share of an array of pairs, in evenly spread pieces."""
    step = PIECE if share >= 1 else int(PIECE / share)
    for start in range(0, len(values), step):
        yield np.array(values[start : start + PIECE])


def edge_histogram(books: NearBooks, most: int = READ_AT_MOST) -> Histogram:
    """Count the verified pairs of a run by similarity.

    Args:
        books: The run.
        most: Pairs that are read, about.

    Raises:
        BrokenRunError: If a file is missing or damaged.
    """
    found = []
    pairs = read = 0
    for folder in ("estimate", "compare"):
        arrays = [read_array(path, EDGE) for path in _files(books, folder, "edges.npy")]
        total = sum(map(len, arrays))
        pairs += total
        counts = np.zeros(BINS, np.int64)
        for values in arrays:
            for piece in _pieces(values, most / 2 / max(total, 1)):
                counts += histogram(piece["jaccard"])
                read += len(piece)
        found.append(counts)
    return Histogram(found[0], found[1], pairs, read)


def refused(books: NearBooks, keep: int, most: int = READ_AT_MOST) -> Refused:
    """The pairs that only exact comparison has refused.

    Args:
        books: The run.
        keep: Pairs to return.
        most: Pairs that are looked at, about.

    Raises:
        BrokenRunError: If a file is missing or damaged.
    """
    opened = [read_array(path, EDGE) for path in _files(books, "estimate", "open.npy")]
    total = sum(map(len, opened))
    share = most / max(total, 1)
    nearest = np.empty(0, EDGE)
    pairs = read = 0
    for values, path in zip(opened, _files(books, "compare", "edges.npy"), strict=True):
        accepted = np.sort(_keys(read_array(path, EDGE)))
        for piece in _pieces(values, share):
            read += len(piece)
            own = piece[~_among(_keys(piece), accepted)]
            pairs += len(own)
            both = np.concatenate([nearest, own])
            distance = np.abs(both["jaccard"] - np.float32(books.settings.threshold))
            nearest = both[np.lexsort((both["worse"], both["better"], distance))[:keep]]
    return Refused(pairs, read, total, nearest)


def _keys(edges: Edges) -> Ints:
    return np.asarray(edges["better"].astype(np.uint64) << np.uint64(32) | edges["worse"])


def _among(keys: Ints, ascending: Ints) -> Any:
    if not len(ascending):
        return np.zeros(len(keys), bool)
    place = np.minimum(np.searchsorted(ascending, keys), len(ascending) - 1)
    return ascending[place] == keys


class NearPair(NamedTuple):
    """Two documents whose similarity is next to the threshold."""

    one: tuple[int, int]
    """Unit and row of the better document by policy, or the keeper."""
    other: tuple[int, int]
    jaccard: float
    """Exact."""


def below_threshold(books: NearBooks, found: Refused, count: int) -> list[NearPair]:
    """The most similar ones of refused pairs, compared anew; those whose texts are gone are left out.

    Args:
        books: The run.
        found: From `refused`.
        count: Pairs to return.

    Raises:
        BrokenRunError: If a file is damaged.
    """
    if not len(found.nearest):
        return []
    one, other = (_rows(books, found.nearest[side].astype(np.int64)) for side in ("better", "worse"))
    similar: Floats = exact(books, one, other)
    # not "below the threshold only": a run that refused a similar pair should be seen to have done so
    order = np.argsort(-np.nan_to_num(similar, nan=-1.0), kind="stable")[:count]
    return [
        NearPair((int(one[0][n]), int(one[1][n])), (int(other[0][n]), int(other[1][n])), float(similar[n]))
        for n in order
        if not np.isnan(similar[n])
    ]


def _rows(books: NearBooks, numbers: Ints) -> tuple[Ints, Ints]:
    """Units, negative for those of the index, and rows of documents by number."""
    signatures = books.signatures
    units = np.searchsorted(signatures.base, numbers, side="right") - 1 - books.index.units
    return units, signatures.take_field(numbers, "row").astype(np.int64)
