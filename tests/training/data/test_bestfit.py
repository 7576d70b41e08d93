"""Sizes into bins: compared with a plain search over all bins, and with the loop that is not compiled."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.bestfit import fit, windows_of

SIZES = st.integers(1, 80).flatmap(
    lambda capacity: st.tuples(st.lists(st.integers(1, capacity), max_size=60), st.just(capacity))
)


def searched(sizes: list[int], capacity: int) -> list[int]:
    """Largest first, each into the bin with the least room that is enough, found by looking at all bins."""
    rooms: list[int] = []
    for item in sorted(range(len(sizes)), key=lambda item: -sizes[item]):
        enough = [number for number, room in enumerate(rooms) if room >= sizes[item]]
        if not enough:
            rooms.append(capacity)
            enough = [len(rooms) - 1]
        best = min(enough, key=lambda number: rooms[number])
        rooms[best] -= sizes[item]
    return sorted(rooms)


@given(SIZES)
def test_bins_are_as_full_as_by_searching(case: tuple[list[int], int]) -> None:
    """The room that is left in the bins is that of a plain search for the best bin."""
    sizes, capacity = case
    bins, count = fit(np.array(sizes, np.int64), capacity)
    filled = np.bincount(bins, weights=sizes, minlength=count)
    assert sorted((capacity - filled).astype(int).tolist()) == searched(sizes, capacity)


@given(SIZES)
def test_the_compiled_loop_is_the_plain_one(case: tuple[list[int], int]) -> None:
    """Machine code and plain Python give the same bins."""
    sizes, capacity = case
    compiled, count = fit(np.array(sizes, np.int64), capacity)
    plain, same = fit(np.array(sizes, np.int64), capacity, compiled=False)
    assert (compiled.tolist(), count) == (plain.tolist(), same)


def test_the_example() -> None:
    """Four sizes fill two bins."""
    bins, count = fit(np.array([60, 50, 40, 30]), 100)
    assert (bins.tolist(), count) == ([0, 1, 0, 1], 2)


@pytest.mark.parametrize("sizes", [[0], [101], [-1]])
def test_sizes_that_fit_in_no_bin_are_a_mistake(sizes: list[int]) -> None:
    """A size that no bin can hold never reaches the loop."""
    with pytest.raises(AssertionError):
        fit(np.array(sizes), 100)


@given(SIZES)
def test_windows_hold_the_items_of_their_bin(case: tuple[list[int], int]) -> None:
    """Items are listed bin by bin, each once."""
    sizes, capacity = case
    bins, count = fit(np.array(sizes, np.int64), capacity)
    order, starts = windows_of(bins, count)
    assert sorted(order.tolist()) == list(range(len(sizes)))
    for number in range(count):
        assert {int(bins[item]) for item in order[starts[number] : starts[number + 1]]} == {number}


def test_real_lengths_leave_little_room() -> None:
    """Lengths as those of code fill windows of 2,048 and 8,192 to 99.5 % and more."""
    lengths = np.random.default_rng(0).lognormal(6.6, 1.3, 20_000).astype(np.int64) + 1
    for capacity in (2048, 8192):
        sizes = np.minimum(lengths, capacity)
        _, count = fit(sizes, capacity)
        assert sizes.sum() / (count * capacity) > 0.995


def test_importing_it_imports_no_compiler() -> None:
    """The compiler, which takes a second to import, is imported when it is first needed."""
    code = "import sys, training.data.dataset; print([m for m in ('numba', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
