"""Files too large or too small are dropped."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("settings", "signals", "reason"),
    [
        ({"maximum_bytes": 3_000_000}, {"bytes": 3_000_001.0}, "max_bytes"),
        ({"maximum_bytes": 3_000_000}, {"bytes": 3_000_000.0}, ""),
        ({"minimum_characters": 100}, {"characters": 99.0}, "min_characters"),
        ({"minimum_characters": 100}, {"characters": 100.0}, ""),
        ({"maximum_characters": 5000}, {"characters": 5001.0}, "max_characters"),
        ({"maximum_characters": 5000}, {"characters": 5000.0}, ""),
        ({}, {"bytes": 1e12, "characters": 0.0}, ""),
    ],
)
def test_limits(
    reason_of: Callable[..., str], settings: dict[str, object], signals: dict[str, float], reason: str
) -> None:
    """Both ends of the window are kept."""
    assert reason_of({"size": settings}, signals) == reason
