"""Keyed draws, and the order of an epoch."""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.randomness import Purpose, generator, shuffled, shuffled_all

SEEDS = st.integers(0, (1 << 64) - 1)


@given(size=st.integers(1, 700), seed=SEEDS, epoch=st.integers(0, 10))
def test_shuffling_loses_and_repeats_nothing(size: int, seed: int, epoch: int) -> None:
    """All places together hold every number exactly once."""
    assert sorted(shuffled(place, size, seed, epoch) for place in range(size)) == list(range(size))


@given(size=st.integers(1, 700), seed=SEEDS, block=st.integers(1, 800))
def test_shuffling_in_blocks_is_the_same(size: int, seed: int, block: int) -> None:
    """All at once, in blocks of any length, gives what one place after the other gives."""
    every = np.concatenate(list(shuffled_all(size, seed, 3, "stream", block))).tolist()
    assert every == [shuffled(place, size, seed, 3, "stream") for place in range(size)]


def test_a_large_range_is_shuffled_too() -> None:
    """Places of a range that no array could hold have numbers in it, and different ones."""
    size = (1 << 40) + 12345
    found = {shuffled(place, size, 1, 0) for place in range(2000)}
    assert len(found) == 2000
    assert all(0 <= one < size for one in found)
    assert np.mean(list(found)) == pytest.approx(size / 2, rel=0.05)


@pytest.mark.parametrize("size", [2, 3, 5, 11])
def test_every_number_is_as_likely_at_every_place(size: int) -> None:
    """Over many seeds, each place holds each number equally often (chi-square, 1 in 10,000 to fail)."""
    trials = 2000
    counts = np.zeros((size, size))
    for seed in range(trials):
        for place in range(size):
            counts[place, shuffled(place, size, seed, 0)] += 1
    assert _chi_square(counts, trials / size) < _bound((size - 1) ** 2)


def test_pairs_are_as_likely_as_each_other() -> None:
    """Over many seeds, the numbers at the first two places are each pair equally often."""
    size, trials = 5, 4000
    counts = Counter((shuffled(0, size, seed, 0), shuffled(1, size, seed, 0)) for seed in range(trials))
    pairs = list(itertools.permutations(range(size), 2))
    assert _chi_square(np.array([counts[pair] for pair in pairs]), trials / len(pairs)) < _bound(
        len(pairs) - 1
    )


def test_neighbours_do_not_stay_together() -> None:
    """Numbers at neighbouring places are no nearer to each other than any two are."""
    size = 3000
    order = np.array([shuffled(place, size, 7, 0) for place in range(size)])
    assert np.abs(np.diff(order)).mean() == pytest.approx(size / 3, rel=0.05)
    assert abs(np.corrcoef(order[:-1], order[1:])[0, 1]) < 0.08
    assert abs(np.corrcoef(order, np.arange(size))[0, 1]) < 0.08


def test_epochs_seeds_and_purposes_have_orders_of_their_own() -> None:
    """Another epoch, seed or purpose is another order, that agrees in few places only."""
    size = 1000
    base = np.array([shuffled(place, size, 1, 0) for place in range(size)])
    others: list[tuple[int, int, Purpose]] = [(1, 1, "order"), (2, 0, "order"), (1, 0, "stream")]
    for seed, epoch, purpose in others:
        other = np.array([shuffled(place, size, seed, epoch, purpose) for place in range(size)])
        assert (base == other).sum() < 10


@given(seed=SEEDS, epoch=st.integers(0, 1 << 30), number=st.integers(0, 1 << 50))
def test_the_same_arguments_give_the_same_draws(seed: int, epoch: int, number: int) -> None:
    """Draws depend on nothing but the arguments."""
    one, other = (generator(seed, "gaps", epoch, number).random(5).tolist() for _ in range(2))
    assert one == other


def test_other_arguments_give_other_draws() -> None:
    """Each of the arguments matters, and streams of neighbours do not overlap."""
    streams = [
        generator(seed, purpose, epoch, number).random(200)
        for seed, epoch, number in itertools.product((1, 2), (0, 1), (0, 1))
        for purpose in ("order", "gaps", "documents", "stream")
    ]  # fmt: skip
    every = np.concatenate(streams)
    assert len(np.unique(every)) == len(every)
    assert every.mean() == pytest.approx(0.5, abs=0.02)


def test_draws_are_those_of_every_machine() -> None:
    """Draws and orders are what they were when this was written, so that old runs can be resumed."""
    draws = generator(1234, "gaps", 2, 7).random(2).tolist()
    assert draws == pytest.approx([0.462324070302, 0.570476335028], abs=1e-12)
    assert [shuffled(place, 10, 1234, 2) for place in range(10)] == [9, 5, 3, 1, 8, 2, 7, 6, 4, 0]


def _chi_square(counts: np.typing.NDArray[np.float64], expected: float) -> float:
    return float(((counts - expected) ** 2 / expected).sum())


def _bound(freedom: int) -> float:
    """What chi-square exceeds once in 10,000 times (Wilson and Hilferty's approximation)."""
    return float(freedom * (1 - 2 / (9 * freedom) + 3.719 * np.sqrt(2 / (9 * freedom))) ** 3)
