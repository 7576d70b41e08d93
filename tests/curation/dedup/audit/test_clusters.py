"""The largest clusters are described by the documents in them."""

import numpy as np
from near_runs import HOSTILE, HOSTILE_PATH

from curation.dedup.audit import clusters, scan
from curation.dedup.audit.books import NearBooks, open_books
from curation.dedup.audit.edges import NearPair


def test_largest_clusters_are_described(books: NearBooks) -> None:
    """Keeper, languages, repositories, and for the first ones the dropped document least like the keeper."""
    found = scan.scan(books.decisions, largest=4)
    described = clusters.largest(books, found.largest, diffs=2)
    assert [each.size for each in described] == found.largest["cluster_size"].tolist()
    first = described[0]
    assert first.members_seen == first.size
    assert sum(first.languages.values()) == first.size
    assert first.repositories_seen == HOSTILE > len(first.repositories) == clusters.NAMED
    assert first.size == HOSTILE
    assert first.keeper["path"] == f"src/{HOSTILE_PATH}"
    pair = first.least_similar
    assert pair is not None
    assert pair.jaccard is not None
    assert pair.one == first.keeper
    assert 0.7 <= pair.jaccard < 1.0
    assert pair.lines
    assert [each.least_similar is None for each in described] == [False, False, True, True]


def test_hostile_texts_are_visible_in_a_diff(books: NearBooks) -> None:
    """Escapes and bidi overrides have their names."""
    found = scan.scan(books.decisions, largest=1)
    (cluster,) = clusters.largest(books, found.largest, diffs=1)
    assert cluster.least_similar is not None
    lines = "\n".join(row.left + row.right for row in cluster.least_similar.lines or ())
    assert "⟨ESC⟩[31m ⟨U+202E⟩gnp" in lines
    assert "\x1b" not in lines


def test_members_are_bounded(books: NearBooks) -> None:
    """What is counted says on how many documents."""
    found = scan.scan(books.decisions, largest=1)
    members = scan.members(books.decisions, found.largest, 2)
    assert len(members[0]) <= 3


def test_a_pair_without_texts_has_no_lines(books: NearBooks) -> None:
    """Nothing is shown of what the run has not kept; what nobody has compared has no similarity."""
    gone = open_books(books.run / "nowhere", books.manifest)
    (pair,) = clusters.describe(gone, [NearPair((0, 0), (0, 1), float("nan"))])
    assert (pair.lines, pair.jaccard) == (None, None)
    assert pair.one["id"] == "000000-00000000"
    assert clusters.describe(books, []) == []


def test_dropped_documents_come_with_their_keepers() -> None:
    """The keeper first."""
    rows = np.array([(1, 2, 3, 4, 0.75, 9)], scan.DECISION)
    assert clusters.with_keepers(rows) == [NearPair((3, 4), (1, 2), 0.75)]
