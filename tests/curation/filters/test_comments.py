"""Files with too little or too much comment are dropped."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("settings", "signals", "reason"),
    [
        ({"minimum": 0.01}, {"comment_fraction": 0.009}, "min_comments"),
        ({"minimum": 0.01}, {"comment_fraction": 0.01}, ""),
        ({"minimum": 0.01, "strict": True}, {"comment_fraction": 0.01}, "min_comments"),
        ({"minimum": 0.01, "strict": True}, {"comment_fraction": 0.011}, ""),
        ({"maximum": 0.8}, {"comment_fraction": 0.81}, "max_comments"),
        ({"maximum": 0.8}, {"comment_fraction": 0.8}, ""),
        ({"maximum": 0.8, "strict": True}, {"comment_fraction": 0.8}, "max_comments"),
        ({"maximum": 0.8, "strict": True}, {"comment_fraction": 0.79}, ""),
        ({"minimum": 0.01, "maximum": 0.8}, {}, ""),
        ({}, {"comment_fraction": 0.0}, ""),
    ],
)
def test_limits(
    reason_of: Callable[..., str], settings: dict[str, object], signals: dict[str, float], reason: str
) -> None:
    """Shares beyond a limit drop a file, at the limit only if strict; unmeasured comment keeps it."""
    assert reason_of({"comments": settings}, signals) == reason
