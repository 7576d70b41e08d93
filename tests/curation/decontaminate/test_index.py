"""The tables: every text that counts is in them, once per window."""

import numpy as np
from decontaminate_twin import DOCSTRING, SOLUTION
from hypothesis import given
from hypothesis import strategies as st

from curation.decontaminate.benchmarks import Text
from curation.decontaminate.index import (
    build,
    count_windows,
    distinct_in,
    padded,
    rarest,
    set_bits,
    windows_for,
)
from curation.decontaminate.settings import DecontaminateSettings, Method
from curation.decontaminate.streams import STEP
from curation.decontaminate.verify import EXACT, GRAM, NAMES, WANTS_EXACT, WANTS_FREE


def test_texts_are_in_the_tables_by_the_methods_asked_for() -> None:
    """One key for the characters, one for the names, and one per n-gram."""
    whole = build([DOCSTRING, SOLUTION], DecontaminateSettings())
    kinds = np.bincount(whole.needles.streams, minlength=4).tolist()
    assert kinds[EXACT] == 2 * STEP
    assert kinds[GRAM] == whole.totals.sum() > 4
    assert kinds[NAMES] == 1
    methods: tuple[Method, ...] = ("whitespace_free",)
    free = build([DOCSTRING, SOLUTION], DecontaminateSettings(methods=methods))
    assert np.bincount(free.needles.streams).tolist() == [2 * STEP]
    assert free.needles.wants.tolist() == [WANTS_FREE] * 2
    assert whole.needles.wants.tolist() == [WANTS_EXACT | WANTS_FREE] * 2


def test_prose_is_not_looked_for_under_other_names() -> None:
    """It is all names."""
    prose = Text("ours", "1", "x", "text", SOLUTION.text)
    assert NAMES not in build([prose], DecontaminateSettings()).needles.streams


def test_the_window_of_characters_fits_the_shortest_text() -> None:
    """It holds as many windows in a row as there are characters from one lookup to the next."""
    for characters in range(8, 40):
        settings = DecontaminateSettings.model_validate({"trivial": {"characters": characters}})
        length = -(-64 // int(windows_for(settings).turn))
        assert 5 <= length <= min(characters, 16) - STEP + 1


def test_keys_are_sorted_and_each_has_its_texts() -> None:
    """The same text twice shares all its keys."""
    once = build([DOCSTRING], DecontaminateSettings())
    twice = build([DOCSTRING, DOCSTRING], DecontaminateSettings())
    assert (np.diff(twice.table.keys.astype(object)) > 0).all()
    assert twice.table.keys.tolist() == once.table.keys.tolist()
    assert np.diff(twice.needles.offsets).tolist() == [2] * len(twice.table.keys)


@given(st.lists(st.integers(0, 3), min_size=3, max_size=30), st.integers(1, 3))
def test_different_tokens_of_a_window_are_counted(tokens: list[int], length: int) -> None:
    """As a set counts them."""
    hashes = np.array(tokens, np.uint64)
    expected = [len(set(tokens[n : n + length])) for n in range(len(tokens) - length + 1)]
    assert distinct_in(hashes, length).tolist() == expected
    assert distinct_in.py_func(hashes, length).tolist() == expected


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=30))
def test_the_rarest_window_is_chosen(values: list[int]) -> None:
    """Its counter is the lowest; compiled and plain choose alike."""
    hashes = np.array(values, np.uint64)
    seen, plain = np.zeros(1 << 20, np.int64), np.zeros(1 << 20, np.int64)
    count_windows(seen, hashes)
    count_windows.py_func(plain, hashes)
    assert (seen == plain).all()
    length = min(len(values), STEP)
    best = rarest(seen, hashes, length)
    assert best == rarest.py_func(seen, hashes, length)
    counts = [int(seen[value >> 44]) for value in values]
    sums = [sum(counts[n : n + length]) for n in range(len(counts) - length + 1)]
    assert sums[best] == min(sums)


def test_bits_are_set_alike() -> None:
    """Compiled and plain."""
    one, other = np.zeros(4, np.uint64), np.zeros(4, np.uint64)
    hashes = np.array([1, 2**63, 2**64 - 1], np.uint64)
    set_bits(one, hashes)
    set_bits.py_func(other, hashes)
    assert one.tolist() == other.tolist()
    assert sum(int(value).bit_count() for value in one) >= 3


def test_texts_are_padded_for_the_kernels() -> None:
    """Any string, lone surrogates too."""
    data, size = padded("é\ud800")
    assert size == 5
    assert len(data) > size + 64
