"""The largest clusters of a run -> who is in them, and how a dropped member differs from the keeper.

    45 documents, kept: include/area.hpp of libboost, C++ (45), 1 repository, least similar: 0.71

Of every cluster the first `MEMBERS` documents are looked up, whatever its size; languages and repositories
are of those. The texts come from the run's own files, where they still are.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from curation.dedup.audit import scan, texts
from curation.dedup.audit.books import NearBooks
from curation.dedup.audit.edges import NearPair
from curation.dedup.audit.sidebyside import Row, side_by_side
from curation.pii.masked import masked, settings_of_run

MEMBERS = 200
"""Documents of a cluster that are looked up."""
NAMED = 5
"""Languages and repositories of a cluster that are named, the most frequent ones."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two similar documents next to each other."""

    one: dict[str, Any]
    """id, repo_name, path, language, license_type, length_bytes; all but the id may be None."""
    other: dict[str, Any]
    jaccard: float | None
    """Similarity, as the run has it or computed anew; None where nobody has seen it."""
    lines: tuple[Row, ...] | None
    """Where the texts differ; None if the run has not kept them."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster of near-duplicates."""

    size: int
    """Documents in it, the kept one included."""
    keeper: dict[str, Any]
    """The kept document: id, repo_name, path, language, license_type, length_bytes."""
    members_seen: int
    """Documents that the next two were counted on."""
    languages: dict[str, int]
    """The most frequent ones, with their documents."""
    repositories: dict[str, int]
    repositories_seen: int
    """All repositories of the documents that were looked up."""
    least_similar: Pair | None
    """Keeper and the dropped document least like it; None if not asked for."""


def largest(books: NearBooks, heads: scan.Decisions, diffs: int, *, width: int = 80) -> tuple[Cluster, ...]:
    """Describe clusters.

    Args:
        books: The run.
        heads: Their keepers, from `scan`.
        diffs: For how many of them, from the first, a dropped document is shown next to the keeper.
        width: Characters of a line, at most.

    Raises:
        BrokenRunError: If a file is damaged.
    """
    found = scan.members(books.decisions, heads, MEMBERS)
    every = np.concatenate([np.empty(0, scan.DECISION), heads, *found])
    known = {each["id"]: each for each in texts.identities(books.folders, every["unit"], every["row"])}
    least = [rows[scan.is_dropped(rows)] for rows in found]
    chosen = [rows[np.argsort(rows["jaccard"], kind="stable")[:1]] for rows in least]
    shown = np.concatenate([np.empty(0, scan.DECISION), *chosen[:diffs]])
    pairs = {pair.one["id"]: pair for pair in describe(books, with_keepers(shown), width=width)}
    return tuple(
        _cluster(books, head, rows[:MEMBERS], known, pairs) for head, rows in zip(heads, found, strict=True)
    )


def _ids(books: NearBooks, rows: scan.Decisions) -> list[str]:
    return [books.folders.name(int(row["unit"]), int(row["row"])) for row in rows]


def _cluster(
    books: NearBooks,
    head: Any,
    rows: scan.Decisions,
    known: dict[str, dict[str, Any]],
    pairs: dict[str, Pair],
) -> Cluster:
    (keeper,) = _ids(books, np.array([head]))
    members = [known[each] for each in _ids(books, rows)]
    languages = Counter(each["language"] or "(unknown)" for each in members)
    repositories = Counter(each["repo_name"] or "(unknown)" for each in members)
    return Cluster(
        size=int(head["cluster_size"]),
        keeper=known[keeper],
        members_seen=len(members),
        languages=dict(languages.most_common(NAMED)),
        repositories=dict(repositories.most_common(NAMED)),
        repositories_seen=len(repositories),
        least_similar=pairs.get(keeper),
    )


def describe(books: NearBooks, pairs: Sequence[NearPair], *, width: int = 80) -> list[Pair]:
    """Pairs of documents with who they are and where their texts differ.

    Args:
        books: The run.
        pairs: A few pairs; both texts of all of them are in memory at once.
        width: Characters of a line, at most.

    Raises:
        BrokenRunError: If a file is damaged.
    """
    places = np.array([side for pair in pairs for side in (pair.one, pair.other)], np.int64).reshape(-1, 2)
    who = texts.identities(books.folders, places[:, 0], places[:, 1])
    what = texts.strings(books.folders, places[:, 0], places[:, 1])
    pii = settings_of_run(books.manifest)
    described = []
    for n, pair in enumerate(pairs):
        left, right = (
            None if text is None else masked(text, settings=pii) for text in what[2 * n : 2 * n + 2]
        )
        there = left is not None and right is not None
        lines = tuple(side_by_side(left or "", right or "", width=width)) if there else None
        jaccard = None if math.isnan(pair.jaccard) else pair.jaccard
        described.append(Pair(who[2 * n], who[2 * n + 1], jaccard, lines))
    return described


def with_keepers(rows: scan.Decisions) -> list[NearPair]:
    """Dropped documents as pairs with their keepers, which come first."""
    names = ("keeper_unit", "keeper_row", "unit", "row")
    return [
        NearPair((keeper_unit, keeper_row), (unit, row), jaccard)
        for keeper_unit, keeper_row, unit, row, jaccard in zip(
            *(rows[name].tolist() for name in (*names, "jaccard")), strict=True
        )
    ]
