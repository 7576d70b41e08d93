"""Files whose comments stand in for code are dropped."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("settings", "signals", "reason"),
    [
        ({"maximum": 0.01}, {"placeholder_comment_fraction": 0.02}, "max_placeholders"),
        ({"maximum": 0.01}, {"placeholder_comment_fraction": 0.01}, ""),
        ({"maximum": 0.01}, {}, ""),
        ({}, {"placeholder_comment_fraction": 1.0}, ""),
    ],
)
def test_limits(
    reason_of: Callable[..., str], settings: dict[str, object], signals: dict[str, float], reason: str
) -> None:
    """More placeholders than the limit drop a file; the limit itself and no measurement keep it."""
    assert reason_of({"placeholders": settings}, signals) == reason
