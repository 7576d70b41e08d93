"""Repositories with many pull requests keep fewer."""

import pytest

from curation.structured.pulls.subsample import keep_probability


@pytest.mark.parametrize(
    ("count", "probability"),
    [(0, 0.8), (1, 0.8), (11, 0.793), (501, 0.45), (1000, 0.1007), (1001, 100 / 1001), (20_000, 0.005)],
)
def test_probabilities_by_hand(count: int, probability: float) -> None:
    """From 0.8 in a straight line to about 0.1 at 1,000, then as many as make 100."""
    assert keep_probability(count) == pytest.approx(probability)


def test_absurd_counts_have_a_probability() -> None:
    """A number beyond all sense is as good as never kept."""
    assert keep_probability(10**400) == 0
    assert keep_probability(-5) == pytest.approx(0.8)
