"""Intervals hold what they say, and pass@k is the estimator of the paper."""

from itertools import combinations

import numpy as np
import pytest

from training.evaluate.intervals import interval, pass_at


def test_an_interval_holds_the_mean_of_where_the_values_come_from() -> None:
    """Of many samples of a coin, about 95 % of the intervals hold its chance."""
    generator = np.random.default_rng(0)
    held = [
        low <= 0.3 <= high
        for turn in range(100)
        for low, high in [interval((generator.random(100) < 0.3).astype(float), turn)]
    ]
    assert 0.9 <= np.mean(held) <= 0.99


def test_an_interval_is_the_same_again() -> None:
    """The seed decides it, also where the values are drawn in blocks."""
    values = np.random.default_rng(1).random(9_000)
    assert interval(values, 3) == interval(values, 3)
    assert interval(values, 3) != interval(values, 4)


def test_few_values_have_an_interval_too() -> None:
    """One value is its own interval; none has none."""
    assert interval(np.array([0.25]), 0) == (0.25, 0.25)
    assert np.isnan(interval(np.array([]), 0)).all()


@pytest.mark.parametrize("k", [1, 2, 5])
def test_pass_at_k_counts_all_choices_of_k(k: int) -> None:
    """Against every way to choose k of the attempts."""
    attempts, right = 6, 2
    ways = list(combinations([True] * right + [False] * (attempts - right), k))
    expected = sum(any(way) for way in ways) / len(ways)
    assert pass_at(k, [attempts], [right]) == pytest.approx(expected)
    assert pass_at(k, [attempts, attempts], [right, 0]) == pytest.approx(expected / 2)


def test_pass_at_k_needs_k_attempts() -> None:
    """Too few say nothing; and one or all right are the edges."""
    assert pass_at(10, [9], [9]) is None
    assert pass_at(1, [], []) is None
    assert pass_at(10, [10], [1]) == 1.0
    assert pass_at(100, [200], [0]) == 0.0
