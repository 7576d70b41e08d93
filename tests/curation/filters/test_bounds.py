"""A bound compares one value, or many at once, with the same result."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.filters.bounds import COMPARE, Bound, Side, first_failure

SIDES: tuple[Side, ...] = ("above", "at_least", "below", "at_most")


@pytest.mark.parametrize(
    ("side", "dropped"),
    [
        ("above", [False, False, True]),
        ("at_least", [False, True, True]),
        ("below", [True, False, False]),
        ("at_most", [True, True, False]),
    ],
)
def test_sides(side: Side, dropped: list[bool]) -> None:
    """Each side drops the values on its side, and the threshold itself only if it says "at"."""
    bound = Bound("lines", side, 10.0, "x")
    assert [bound.drops(value) for value in (9.0, 10.0, 11.0)] == dropped


@given(st.sampled_from(SIDES), st.floats(allow_nan=False), st.lists(st.floats()))
def test_many_values_are_decided_as_each(side: Side, threshold: float, values: list[float]) -> None:
    """`drops_array` over an array equals `drops` over its values, NaN and infinities included."""
    bound = Bound("lines", side, threshold, "x")
    assert bound.drops_array(np.array(values)).tolist() == [bound.drops(value) for value in values]


@given(st.sampled_from(SIDES), st.floats(allow_nan=False))
def test_what_was_not_measured_is_kept(side: Side, threshold: float) -> None:
    """NaN is on no side of any threshold."""
    assert not Bound("lines", side, threshold, "x").drops(math.nan)


@given(
    st.sampled_from(SIDES), st.floats(allow_nan=False), st.floats(allow_nan=False), st.floats(allow_nan=False)
)
def test_a_stricter_threshold_never_keeps_more(side: Side, one: float, other: float, value: float) -> None:
    """What a lenient threshold drops, the stricter one drops too."""
    lenient, strict = (max(one, other), min(one, other))
    if side in ("below", "at_most"):
        lenient, strict = strict, lenient
    assert Bound("lines", side, lenient, "x").drops(value) <= Bound("lines", side, strict, "x").drops(value)


def test_the_first_failure_in_order_counts() -> None:
    """Of two bounds that drop, the earlier one is the reason; if none drops there is none."""
    lines, size = Bound("lines", "above", 1.0, "max_lines"), Bound("bytes", "above", 1.0, "max_bytes")
    index = {"bytes": 0, "lines": 1}
    assert first_failure([lines, size], [5.0, 5.0], index) == lines
    assert first_failure([size, lines], [5.0, 5.0], index) == size
    assert first_failure([size, lines], [0.0, 0.0], index) is None


def test_every_side_has_a_comparison() -> None:
    """Reports that walk over sides find each of them."""
    assert set(COMPARE) == set(SIDES)
