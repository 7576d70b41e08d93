"""Band keys -> candidate pairs: documents whose sketches agree in a whole band.

    keys 7 3 7 9 7 (documents 0 to 4)  ->  pairs (0, 2) (0, 4) (2, 4)

The keys of one band are sorted; equal keys form a run. In a run of up to `SMALL_RUN` documents every pair
is a candidate. A larger run (boilerplate: licences, empty classes, generated stubs) would need a number of
pairs that grows with its square; there, each document meets the `LEADERS` documents of the run that the
policy would keep first, and the `NEIGHBOURS` that follow it in document order, where files of the same
repository stand. That is linear. Two documents of a large run that are similar to each other but to no
leader are still found if any other band puts them into a small run, or if they are neighbours; such runs
are counted. Pairs are not verified here (see `curation.dedup.verify`).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from curation.dedup.tokens import Hashes
from curation.kernels import Ints, kernel

SMALL_RUN = 24
"""Documents in a run, up to which all pairs are candidates: 12 pairs per document at most, on average."""
LEADERS = 12
"""Documents that each one meets in a larger run."""
NEIGHBOURS = 2
"""Following documents that each one meets in a larger run."""
PAIRS_AT_ONCE = 1 << 25
"""Candidate pairs that a task holds before it writes them: 0.25 GB, and twice as much to sort them."""
HALF = np.uint64(32)


class Candidates(NamedTuple):
    """Candidate pairs of one band."""

    pairs: Hashes
    """Lower document number in the upper 32 bits, higher one in the lower; may repeat."""
    large_runs: int
    """Runs of more than `SMALL_RUN` documents."""
    in_large_runs: int
    """Documents in them."""


@kernel
def _count(ordered: Hashes, shift: int) -> tuple[int, int, int]:
    """Pairs of all small runs, number of large runs, documents in them."""
    pairs = large = inside = 0
    bits = np.uint64(shift)
    n = 0
    while n < len(ordered):
        key = ordered[n] >> bits
        after = n + 1
        while after < len(ordered) and ordered[after] >> bits == key:
            after += 1
        size = after - n
        if size <= SMALL_RUN:
            pairs += size * (size - 1) // 2
        else:
            large += 1
            inside += size
        n = after
    return pairs, large, inside


@kernel
def _emit(ordered: Hashes, shift: int, keys: Hashes, documents: Hashes, pairs: Hashes, runs: Ints) -> int:
    """Write the pairs of all small runs, and where the large ones begin and end; number of pairs."""
    bits = np.uint64(shift)
    low = (np.uint64(1) << bits) - np.uint64(1)
    n = written = large = 0
    while n < len(ordered):
        key = ordered[n] >> bits
        after = n + 1
        while after < len(ordered) and ordered[after] >> bits == key:
            after += 1
        if after - n > SMALL_RUN:
            runs[large] = n
            runs[large + 1] = after
            large += 2
        else:
            for a in range(n, after):
                first = ordered[a] & low
                for b in range(a + 1, after):
                    second = ordered[b] & low
                    if keys[first] == keys[second]:
                        one, other = documents[first], documents[second]
                        pairs[written] = (min(one, other) << HALF) | max(one, other)
                        written += 1
        n = after
    return written


def _large_runs(members: Hashes, runs: Ints, policy_of: Callable[[Hashes], Hashes]) -> Iterator[Hashes]:
    """Pairs of each large run: everybody with the leaders, and with the next in document order.

    Args:
        members: Documents of all large runs, one run after the other.
        runs: Sizes of the runs.
        policy_of: Document numbers -> policy keys.
    """
    asked, places = np.unique(members, return_inverse=True)
    policy = policy_of(asked)[places]
    start = 0
    for size in runs:
        part = slice(start, start + size)
        start += size
        best = members[part][np.lexsort((members[part], policy[part]))[:LEADERS]]
        ordered = np.sort(members[part])
        sides = [(np.repeat(best, size), np.tile(ordered, len(best)))]
        sides += [(ordered[:-step], ordered[step:]) for step in range(1, NEIGHBOURS + 1)]
        one, other = (np.concatenate(side) for side in zip(*sides, strict=True))
        pairs = (np.minimum(one, other) << HALF) | np.maximum(one, other)
        yield pairs[one != other]


def candidates(keys: Hashes, documents: Hashes, policy_of: Callable[[Hashes], Hashes]) -> Candidates:
    """Candidate pairs of one band.

    Args:
        keys: Band keys, shape (n,).
        documents: Document number of each key, below 2^32, shape (n,).
        policy_of: Document numbers -> policy keys (lower stays first); asked for large runs only.
    """
    if len(keys) < 2:
        return Candidates(np.empty(0, np.uint64), 0, 0)
    shift = int(len(keys) - 1).bit_length()
    # The low bits of a key make room for its position, so that one sort of plain numbers does both; keys
    # that differ only there are told apart in `_emit`.
    ordered = (keys >> np.uint64(shift)) << np.uint64(shift)
    ordered |= np.arange(len(keys), dtype=np.uint64)
    ordered.sort()
    count, large, inside = _count(ordered, shift)
    pairs, runs = np.empty(count, np.uint64), np.empty(2 * large, np.int64)
    written = _emit(ordered, shift, keys, documents, pairs, runs)
    found = [pairs[:written]]
    if large:
        low = np.uint64((1 << shift) - 1)
        places = np.concatenate([ordered[start:after] for start, after in runs.reshape(-1, 2)]) & low
        # Runs of equal high bits become runs of equal keys, in the order of the keys.
        places = places[np.argsort(keys[places], kind="stable")]
        sizes = np.unique(keys[places], return_counts=True)[1]
        found += _large_runs(documents[places], sizes, policy_of)
    return Candidates(np.concatenate(found), large, inside)


def unique(pairs: list[Hashes]) -> Hashes:
    """All pairs once, ascending."""
    if not pairs:
        return np.empty(0, np.uint64)
    ordered = np.sort(np.concatenate(pairs))
    fresh = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:])
    return ordered[fresh]


def sides(pairs: Hashes) -> tuple[Ints, Ints]:
    """Lower and higher document numbers of pairs."""
    return (pairs >> HALF).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)
