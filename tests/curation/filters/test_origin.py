"""Generated and vendored files are dropped where that is switched on."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("settings", "signals", "reason"),
    [
        ({"generated": True}, {"is_generated": 1.0}, "generated"),
        ({"generated": True}, {"is_generated": 0.0, "is_vendor": 1.0}, ""),
        ({"vendored": True}, {"is_vendor": 1.0}, "vendored"),
        ({"vendored": True}, {"is_vendor": 0.0, "is_generated": 1.0}, ""),
        ({"generated": True, "vendored": True}, {"is_generated": 1.0, "is_vendor": 1.0}, "generated"),
        ({"generated": False}, {"is_generated": 1.0}, ""),
        ({}, {"is_generated": 1.0, "is_vendor": 1.0}, ""),
    ],
)
def test_limits(
    reason_of: Callable[..., str], settings: dict[str, object], signals: dict[str, float], reason: str
) -> None:
    """Each origin drops a file only if its own switch is on."""
    assert reason_of({"origin": settings}, signals) == reason
