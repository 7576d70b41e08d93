"""Candidate pairs: all of small runs, linearly many of large ones, and none of different keys."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from near_hash_twin import uncompiled

from curation.dedup import match
from curation.dedup.match import LEADERS, NEIGHBOURS, SMALL_RUN
from curation.dedup.tokens import Hashes


def numbers(values: list[int]) -> Hashes:
    """An array as the functions take it."""
    return np.array(values, np.uint64)


def no_policy(documents: Hashes) -> Hashes:
    """For bands that have no large run."""
    raise AssertionError(documents)


def pairs_of(found: Hashes) -> list[tuple[int, int]]:
    """Pairs as tuples, lower document first."""
    first, second = match.sides(found)
    return list(zip(first.tolist(), second.tolist(), strict=True))


def by_brute_force(keys: list[int], documents: list[int]) -> set[tuple[int, int]]:
    """Every pair of documents of equal keys."""
    every = combinations(zip(keys, documents, strict=True), 2)
    return {(min(a, b), max(a, b)) for (one, a), (other, b) in every if one == other}


@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, (1 << 32) - 1)),
        max_size=SMALL_RUN,
        unique_by=lambda e: e[1],
    ),
    st.sampled_from([0, 1, 17, 60]),
)
def test_small_runs_give_all_pairs(entries: list[tuple[int, int]], place: int) -> None:
    """Of up to 24 documents with the same key every pair is a candidate, once; of other keys, none.

    The keys differ in their lowest bits, which the sort gives up for the position, or in higher ones.
    """
    keys, documents = [key << place for key, _ in entries], [document for _, document in entries]
    found = match.candidates(numbers(keys), numbers(documents), no_policy)
    pairs = pairs_of(found.pairs)
    assert set(pairs) == by_brute_force(keys, documents)
    assert len(pairs) == len(set(pairs))
    assert (found.large_runs, found.in_large_runs) == (0, 0)


def test_keys_that_differ_only_in_the_packed_bits_are_not_paired() -> None:
    """Keys whose upper bits agree and whose lowest do not share a run of the sort, but are no pair."""
    keys = [0b100, 0b101, 0b100, 0b111]
    found = match.candidates(numbers(keys), numbers([9, 8, 7, 6]), no_policy)
    assert pairs_of(found.pairs) == [(7, 9)]


def test_a_large_run_holds_one_key_only() -> None:
    """A document whose key differs from those of a large run in the packed bits meets none of them."""
    found = match.candidates(numbers([*[8] * 30, 9]), np.arange(31, dtype=np.uint64), lambda own: own)
    assert 30 not in np.concatenate(match.sides(found.pairs))


def test_documents_keep_their_numbers() -> None:
    """A pair names documents, not positions; the lower number comes first, up to 2^32 - 1."""
    found = match.candidates(numbers([5, 6, 5]), numbers([(1 << 32) - 1, 3, 1 << 31]), no_policy)
    assert pairs_of(found.pairs) == [(1 << 31, (1 << 32) - 1)]


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_for_a_pair(count: int) -> None:
    """No document and one document give no pair."""
    found = match.candidates(numbers([1] * count), numbers([0] * count), no_policy)
    assert (pairs_of(found.pairs), found.large_runs) == ([], 0)


@pytest.mark.parametrize("size", [SMALL_RUN, SMALL_RUN + 1])
def test_where_a_run_becomes_large(size: int) -> None:
    """Twenty-four are all compared; of twenty-five, each meets the leaders and its neighbours."""
    documents = numbers(list(range(100, 100 + size)))
    found = match.candidates(numbers([3] * size), documents, lambda own: own)
    pairs = set(pairs_of(found.pairs))
    assert (found.large_runs, found.in_large_runs) == ((0, 0) if size == SMALL_RUN else (1, size))
    every = by_brute_force([3] * size, documents.tolist())
    assert (pairs == every) == (size == SMALL_RUN)
    assert pairs <= every


@given(st.integers(SMALL_RUN + 1, 200), st.integers(0, 3))
def test_large_runs_meet_the_leaders_and_neighbours(size: int, spread: int) -> None:
    """Leaders are those that the policy keeps first, ties by number; neighbours follow in document order."""
    generator = np.random.Generator(np.random.PCG64(size + spread))
    documents = generator.choice(1 << 20, size, replace=False).astype(np.uint64)
    policy = dict(zip(documents.tolist(), generator.integers(0, 10**spread, size).tolist(), strict=True))
    found = match.candidates(
        numbers([1 << 60] * size), documents, lambda own: numbers([policy[n] for n in own.tolist()])
    )
    ordered = sorted(policy)
    leaders = sorted(ordered, key=lambda n: (policy[n], n))[:LEADERS]
    expected = {(min(a, b), max(a, b)) for a in leaders for b in ordered if a != b}
    for step in range(1, NEIGHBOURS + 1):
        expected |= set(zip(ordered[:-step], ordered[step:], strict=True))
    assert set(pairs_of(found.pairs)) == expected


def test_large_runs_are_linear() -> None:
    """Fifty thousand documents of one key give at most 14 pairs each, not a thousand million."""
    count = 50_000
    found = match.candidates(numbers([9] * count), np.arange(count, dtype=np.uint64), lambda own: own)
    assert len(found.pairs) <= (LEADERS + NEIGHBOURS) * count
    assert (found.large_runs, found.in_large_runs) == (1, count)
    met = np.bincount(np.concatenate(match.sides(found.pairs)), minlength=count)
    assert met.min() >= LEADERS


def test_small_and_large_runs_of_one_band() -> None:
    """Runs do not disturb each other; the policy is asked for the documents of large runs only."""
    keys = [1, 2, 1, *[3] * 30, 2, *[4] * 40, 5]
    asked: list[int] = []

    def policy(documents: Hashes) -> Hashes:
        asked.extend(documents.tolist())
        return documents

    found = match.candidates(numbers([key << 50 for key in keys]), np.arange(75, dtype=np.uint64), policy)
    assert sorted(asked) == [*range(3, 33), *range(34, 74)]
    assert (found.large_runs, found.in_large_runs) == (2, 70)
    pairs = pairs_of(found.pairs)
    assert {(0, 2), (1, 33)} <= set(pairs)
    assert all(keys[one] == keys[other] for one, other in pairs)


@given(st.lists(st.lists(st.integers(0, 50), max_size=20), max_size=5))
def test_unique(lists: list[list[int]]) -> None:
    """The pairs of all bands, each once, ascending."""
    assert match.unique([numbers(own) for own in lists]).tolist() == sorted({n for own in lists for n in own})


def test_sides() -> None:
    """A pair is taken apart into its lower and higher document number."""
    first, second = match.sides(numbers([(3 << 32) | 7, ((1 << 32) - 2) << 32 | ((1 << 32) - 1)]))
    assert (first.tolist(), second.tolist()) == ([3, (1 << 32) - 2], [7, (1 << 32) - 1])


def test_uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernels mean the same as plain Python as when they are compiled."""
    keys = numbers([1, 2, 1, 3, *[9] * 26, 2, 1]) << np.uint64(50)
    documents = np.arange(32, dtype=np.uint64)
    compiled = match.candidates(keys, documents, lambda own: own)
    with uncompiled(monkeypatch):
        plain = match.candidates(keys, documents, lambda own: own)
    assert plain.pairs.tolist() == compiled.pairs.tolist()
    assert plain[1:] == compiled[1:] == (1, 26)
