"""Verified pairs are counted once, and refused ones are what was open and not accepted."""

import numpy as np
import pytest

from curation.arrays import read_array
from curation.dedup.audit import edges
from curation.dedup.audit.books import NearBooks
from curation.dedup.clusters import EDGE


def stored(books: NearBooks, folder: str, name: str) -> list[tuple[int, int, float]]:
    """All pairs of a kind, read plainly."""
    paths = sorted((books.run / folder).glob(f"*/{name}"))
    return [(int(a), int(b), float(j)) for path in paths for a, b, j in read_array(path, EDGE)]


def test_every_verified_pair_is_counted(books: NearBooks) -> None:
    """By similarity, those accepted by the sketch apart from those compared exactly."""
    found = edges.edge_histogram(books)
    estimated, exact = stored(books, "estimate", "edges.npy"), stored(books, "compare", "edges.npy")
    assert (found.estimated.sum(), found.exact.sum()) == (len(estimated), len(exact))
    assert found.pairs == found.read == len(estimated) + len(exact)
    assert found.exact[:70].sum() == 0
    assert found.exact[84:87].sum() == sum(0.84 <= j + 1e-6 < 0.87 for _, _, j in exact)


def test_refused_pairs_are_open_ones_that_were_not_accepted(books: NearBooks) -> None:
    """Those nearest to the threshold by estimate are kept, and are not similar enough when compared anew."""
    accepted = {(a, b) for a, b, _ in stored(books, "compare", "edges.npy")}
    open_ = stored(books, "estimate", "open.npy")
    wanted = [(a, b, j) for a, b, j in open_ if (a, b) not in accepted]
    found = edges.refused(books, 5)
    assert (found.pairs, found.read, found.open) == (len(wanted), len(open_), len(open_))
    assert found.pairs > 5
    nearest = sorted(abs(np.float32(j) - np.float32(0.7)) for _, _, j in wanted)[:5]
    assert [abs(j - np.float32(0.7)) for j in found.nearest["jaccard"]] == nearest
    pairs = edges.below_threshold(books, edges.refused(books, 1000), 3)
    assert [pair.jaccard for pair in pairs] == sorted((pair.jaccard for pair in pairs), reverse=True)
    assert all(0.6 < pair.jaccard < 0.7 for pair in pairs)


def test_large_files_are_sampled_and_said_to_be(books: NearBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many pairs, evenly spread pieces are read."""
    monkeypatch.setattr(edges, "PIECE", 4)
    every, some = edges.edge_histogram(books), edges.edge_histogram(books, most=40)
    assert every.pairs == some.pairs == every.read
    assert 0 < some.read < every.read
    looked = edges.refused(books, 10, most=40)
    assert 0 < looked.read < looked.open
    assert looked.pairs < edges.refused(books, 10).pairs


def test_nothing_refused_is_nothing_compared(books: NearBooks) -> None:
    """An empty list asks for no text."""
    empty = edges.Refused(0, 0, 0, np.empty(0, EDGE))
    assert edges.below_threshold(books, empty, 5) == []
