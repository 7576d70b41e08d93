"""Files with encoded data in bulk are dropped."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("settings", "signals", "reason"),
    [
        ({"maximum_run": 1024}, {"encoded_longest": 1025.0}, "max_encoded_run"),
        ({"maximum_run": 1024}, {"encoded_longest": 1024.0}, ""),
        ({"maximum_fraction": 0.5}, {"encoded_fraction": 0.51}, "max_encoded"),
        ({"maximum_fraction": 0.5}, {"encoded_fraction": 0.5}, ""),
        ({}, {"encoded_longest": 1e6, "encoded_fraction": 1.0}, ""),
    ],
)
def test_limits(
    reason_of: Callable[..., str], settings: dict[str, object], signals: dict[str, float], reason: str
) -> None:
    """A long run or a large share drops a file; the limit itself and no limit keep it."""
    assert reason_of({"encoded": settings}, signals) == reason
