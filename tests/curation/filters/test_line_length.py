"""Files with lines too long for code, or too short, are dropped."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("settings", "signals", "reason"),
    [
        ({"maximum": 1000}, {"max_line_length": 1001.0}, "max_line_length"),
        ({"maximum": 1000}, {"max_line_length": 1000.0}, ""),
        ({"mean_maximum": 100}, {"mean_line_length": 100.1}, "max_mean_line_length"),
        ({"mean_maximum": 100}, {"mean_line_length": 100.0}, ""),
        ({"mean_minimum": 5}, {"mean_line_length": 4.9}, "min_mean_line_length"),
        ({"mean_minimum": 5}, {"mean_line_length": 5.0}, ""),
        (
            {"maximum": 10, "mean_maximum": 5},
            {"max_line_length": 11.0, "mean_line_length": 6.0},
            "max_line_length",
        ),
        ({}, {"max_line_length": 1e9}, ""),
    ],
)
def test_limits(
    reason_of: Callable[..., str], settings: dict[str, object], signals: dict[str, float], reason: str
) -> None:
    """Lines beyond a limit drop a file, the longest line named first; the limit itself keeps it."""
    assert reason_of({"line_length": settings}, signals) == reason
