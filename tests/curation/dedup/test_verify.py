"""Estimates from sketches, and what they decide."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from near_hash_twin import uncompiled

from curation.dedup import verify
from curation.dedup.banding import standard_deviation


def estimate(agreeing: int, values: int) -> float:
    """What the estimate of two sketches with so many equal values must be."""
    return max((agreeing / values - 1 / 256) / (1 - 1 / 256), 0.0)


def decided(
    estimates: list[float],
    how: verify.Verify,
    margins: tuple[float, float] = (3.0, 3.0),
    threshold: float = 0.7,
    values: int = 256,
) -> list[str]:
    """For each estimate: accepted, open or refused; margins are those below and above the threshold."""
    bar = verify.Bar(how, threshold, *margins, values)
    verdicts = verify.judge(np.array(estimates), np.ones(len(estimates), bool), bar)
    assert not (verdicts.accepted & verdicts.open).any()
    words = np.where(verdicts.accepted, "accepted", np.where(verdicts.open, "open", "refused"))
    return [str(word) for word in words]


@pytest.mark.parametrize("values", [8, 112, 250, 256, 9, 15])
def test_estimates(values: int) -> None:
    """The share of equal values less chance, from 0 to 1, for numbers of values that 8 divides or not."""
    sketches = np.zeros((values + 1, values), np.uint8)
    for row in range(values + 1):
        sketches[row, row:] = 1 + np.arange(values - row) % 255
    first, second = np.zeros(values + 1, np.int64), np.arange(values + 1)
    sketches[0] = 0
    expected = [1.0, *(estimate(agreeing, values) for agreeing in range(1, values + 1))]
    assert verify.estimates(sketches, first, second) == pytest.approx(expected, abs=1e-15)


@given(st.lists(st.binary(min_size=20, max_size=20), min_size=2, max_size=6), st.integers(1, 20))
def test_estimates_of_any_bytes(rows: list[bytes], values: int) -> None:
    """Equal bytes are counted, whatever the bytes are."""
    sketches = np.frombuffer(b"".join(rows), np.uint8).reshape(-1, 20)[:, :values]
    first, second = np.divmod(np.arange(len(rows) ** 2), len(rows))
    agreeing = (sketches[first] == sketches[second]).sum(axis=1)
    expected = [estimate(int(count), values) for count in agreeing]
    assert verify.estimates(sketches, first, second) == pytest.approx(expected, abs=1e-15)


def test_uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel means the same as plain Python as when it is compiled."""
    sketches = np.random.Generator(np.random.PCG64(2)).integers(0, 3, (9, 250), np.uint8)
    first, second = np.divmod(np.arange(81), 9)
    compiled = verify.estimates(sketches, first, second)
    with uncompiled(monkeypatch):
        assert verify.estimates(sketches, first, second).tolist() == compiled.tolist()


def test_no_pairs() -> None:
    """No pair has no estimate, and no verdict."""
    none = np.empty(0, np.int64)
    assert verify.estimates(np.zeros((2, 8), np.uint8), none, none).tolist() == []
    assert decided([], "exact") == []


REFUSED, OPEN, ACCEPTED = "refused", "open", "accepted"


@pytest.mark.parametrize(
    ("how", "margins", "expected"),
    [
        ("none", (3, 3), [ACCEPTED] * 6),
        ("sketch", (3, 3), [REFUSED, REFUSED, REFUSED, ACCEPTED, ACCEPTED, ACCEPTED]),
        ("exact", (3, 3), [REFUSED, REFUSED, OPEN, OPEN, OPEN, ACCEPTED]),
        ("exact", (3, 100), [REFUSED, REFUSED, OPEN, OPEN, OPEN, OPEN]),
        ("exact", (0, 100), [REFUSED, REFUSED, REFUSED, OPEN, OPEN, OPEN]),
        ("exact", (100, 3), [OPEN, OPEN, OPEN, OPEN, OPEN, ACCEPTED]),
        ("exact", (0, 0), [REFUSED, REFUSED, REFUSED, ACCEPTED, ACCEPTED, ACCEPTED]),
        ("exact", (100, 100), [OPEN] * 6),
    ],
)
def test_verdicts(how: verify.Verify, margins: tuple[float, float], expected: list[str]) -> None:
    """All candidates, the estimate alone, or exact similarity between margins of 0.0287 each."""
    assert 3 * float(standard_deviation(0.7, 256)) == pytest.approx(0.086, abs=0.001)
    assert decided([0.0, 0.61, 0.62, 0.7, 0.78, 0.79], how, margins) == expected


def test_the_margin_narrows_with_more_values() -> None:
    """With 2,048 values the estimate is trusted closer to the threshold."""
    assert decided([0.66, 0.68, 0.72, 0.74], "exact", values=2048) == ["refused", "open", "open", "accepted"]


@pytest.mark.parametrize("how", ["none", "sketch", "exact"])
@pytest.mark.parametrize("margin", [0.0, 3.0, 100.0])
def test_documents_of_different_groups_never_pass(how: verify.Verify, margin: float) -> None:
    """Whatever the estimate, a pair of different groups is neither accepted nor compared."""
    bar = verify.Bar(how, 0.7, margin, margin, 256)
    verdicts = verify.judge(np.array([1.0, 0.7, 0.0]), np.zeros(3, bool), bar)
    assert not verdicts.accepted.any()
    assert not verdicts.open.any()


def test_at_a_threshold_of_one_equal_sketches_are_compared() -> None:
    """Equal sketches do not prove equal sets: with a threshold of 1 they are compared exactly."""
    assert decided([1.0, 0.99], "exact", (100.0, 100.0), threshold=1.0)[0] == "open"
