"""Files of too many or too few lines are dropped."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("settings", "signals", "reason"),
    [
        ({"maximum": 512}, {"lines": 513.0}, "max_lines"),
        ({"maximum": 512}, {"lines": 512.0}, ""),
        ({"minimum": 10}, {"lines": 9.0}, "min_lines"),
        ({"minimum": 10}, {"lines": 10.0}, ""),
        ({}, {"lines": 1e9}, ""),
    ],
)
def test_limits(
    reason_of: Callable[..., str], settings: dict[str, object], signals: dict[str, float], reason: str
) -> None:
    """Both ends of the window are kept."""
    assert reason_of({"line_count": settings}, signals) == reason
