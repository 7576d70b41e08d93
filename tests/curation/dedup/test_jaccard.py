"""Exact Jaccard similarity equals that of Python's sets."""

from typing import get_args

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from near_hash_twin import shingle_hashes, uncompiled
from near_twin import jaccard, shingle_set

from curation.dedup import jaccard as exact
from curation.dedup.tokens import SEGMENT, TokenRule, texts

RULES: tuple[TokenRule, ...] = get_args(TokenRule)
WORDS = ["a", "b", "if", "x1", "é", "中", "文", ".", "\n", "  "]
DOCUMENTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join), min_size=1, max_size=8)


def sets_of(documents: list[str], rule: TokenRule, size: int, wanted: list[int] | None = None) -> exact.Sets:
    """Shingle sets of documents, or of those that are wanted."""
    places = np.array(range(len(documents)) if wanted is None else wanted, np.int64)
    return exact.shingle_sets(texts(pa.array(documents, pa.string())), places, size=size, rule=rule)


def listed(sets: exact.Sets) -> list[list[int]]:
    """The sets as lists."""
    bounds = zip(sets.offsets[:-1], sets.offsets[1:], strict=True)
    return [sets.shingles[start:end].tolist() for start, end in bounds]


def compare_all(sets: exact.Sets) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Similarity of everything with everything, as a square."""
    count = len(sets.offsets) - 1
    first, second = np.divmod(np.arange(count * count), count)
    return exact.compare(sets, first, second).reshape(count, count)


@given(DOCUMENTS, st.sampled_from(RULES), st.integers(1, 6))
def test_sets_and_similarities_equal_the_twin(documents: list[str], rule: TokenRule, size: int) -> None:
    """Sets are those of tuples of strings in size and in similarity, of each document with each."""
    sets = sets_of(documents, rule, size)
    twins = [shingle_set(text, rule, size) for text in documents]
    assert [len(own) for own in listed(sets)] == [len(own) for own in twins]
    assert compare_all(sets).tolist() == [[jaccard(one, other) for other in twins] for one in twins]


@given(DOCUMENTS, st.sampled_from(RULES))
def test_distinct_in_order_of_appearance(documents: list[str], rule: TokenRule) -> None:
    """Each shingle stands once, where it first appeared."""
    found = listed(sets_of(documents, rule, 2))
    assert found == [list(dict.fromkeys(shingle_hashes(text, rule, 2))) for text in documents]


@given(DOCUMENTS, st.data())
def test_only_wanted_documents(documents: list[str], data: st.DataObject) -> None:
    """Sets of some documents are those of the whole column."""
    wanted = sorted(data.draw(st.sets(st.integers(0, len(documents) - 1))))
    every = listed(sets_of(documents, "words", 2))
    assert listed(sets_of(documents, "words", 2, wanted)) == [every[place] for place in wanted]


def test_uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernels mean the same as plain Python as when they are compiled; tables grow where they must."""
    documents = ["", "a a a b", " ".join(map(str, range(3000))), " ".join(map(str, range(0, 3000, 2)))]
    compiled = sets_of(documents, "words", 1)
    with uncompiled(monkeypatch):
        plain = sets_of(documents, "words", 1)
        assert listed(plain) == listed(compiled)
        assert compare_all(plain)[2].tolist() == [0, 0, 1, 0.5]


def test_large_sets() -> None:
    """Sets beyond the first table and the first room for results; the numbers are exact."""
    random = np.random.Generator(np.random.PCG64(5))
    drawn = random.bytes(6 * 300_000).hex(" ", 6)
    documents = [drawn[: 13 * 200_000], drawn[13 * 100_000 :], drawn[: 13 * 10], "x"]
    sets = sets_of(documents, "words", 1)
    assert np.diff(sets.offsets).tolist() == [200_000, 200_000, 10, 1]
    assert compare_all(sets)[0].tolist() == [1, 1 / 3, 10 / 200_000, 0]


def test_a_document_of_several_segments() -> None:
    """A document that is tokenised in pieces has the set of the whole, across the padding copy too."""
    text = " ".join(f"word{n % 5000}" for n in range(150_000))
    assert len(text) > SEGMENT
    sets = sets_of(["a b", text, "c d e"], "words", 5, [1, 2])
    assert np.diff(sets.offsets).tolist() == [5000, 0]


def test_shingles_that_fall_on_the_same_slot() -> None:
    """Hashes that differ only above the table's size are told apart; 0 is a hash as any other."""
    same_slot = np.arange(40, dtype=np.uint64) << np.uint64(40)
    sets = exact.Sets(np.concatenate([same_slot, same_slot[20:], same_slot[:1]]), np.array([0, 40, 60, 61]))
    assert compare_all(sets).tolist() == [[1, 0.5, 1 / 40], [0.5, 1, 0], [1 / 40, 0, 1]]


def test_pairs_in_any_order() -> None:
    """The table of the first document is emptied when another comes first, and filled again later."""
    sets = sets_of(["a b c d", "c d e f", "e f g h"], "words", 1)
    first, second = np.array([0, 1, 0, 2, 0, 0]), np.array([1, 2, 1, 0, 2, 0])
    assert exact.compare(sets, first, second).tolist() == [1 / 3, 1 / 3, 1 / 3, 0, 0, 1]


def test_nothing_to_compare() -> None:
    """No pairs, no sets: an empty answer; two empty sets are like nothing."""
    none = np.empty(0, np.int64)
    assert exact.compare(sets_of(["a"], "words", 1), none, none).tolist() == []
    assert exact.compare(exact.Sets(np.empty(0, np.uint64), np.zeros(1, np.int64)), none, none).tolist() == []
    assert compare_all(sets_of(["", ""], "words", 1)).tolist() == [[0, 0], [0, 0]]
