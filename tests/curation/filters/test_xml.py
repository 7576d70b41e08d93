"""XML under another name is dropped."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("settings", "signals", "reason"),
    [
        ({"header": True}, {"xml_header": 1.0}, "xml_header"),
        ({"header": True}, {"xml_header": 0.0}, ""),
        ({"header": False}, {"xml_header": 1.0}, ""),
        ({"header": {"default": True, "languages": {"Python": False}}}, {"xml_header": 1.0}, ""),
        ({}, {"xml_header": 1.0}, ""),
    ],
)
def test_limits(
    reason_of: Callable[..., str], settings: dict[str, object], signals: dict[str, float], reason: str
) -> None:
    """A declaration drops a file where the rule is on and its language is not exempt."""
    assert reason_of({"xml": settings}, signals) == reason
