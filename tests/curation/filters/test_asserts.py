"""Files of little but assertions are dropped."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("settings", "signals", "reason"),
    [
        ({"maximum": 0.4}, {"assert_line_fraction": 0.41}, "max_asserts"),
        ({"maximum": 0.4}, {"assert_line_fraction": 0.4}, ""),
        ({}, {"assert_line_fraction": 1.0}, ""),
    ],
)
def test_limits(
    reason_of: Callable[..., str], settings: dict[str, object], signals: dict[str, float], reason: str
) -> None:
    """More assertions than the limit drop a file; the limit itself and no limit keep it."""
    assert reason_of({"asserts": settings}, signals) == reason
