"""HTML that shows little text is dropped."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("settings", "signals", "reason"),
    [
        ({"minimum_visible_characters": 100}, {"html_visible_characters": 99.0}, "min_visible_characters"),
        ({"minimum_visible_characters": 100}, {"html_visible_characters": 100.0}, ""),
        (
            {"minimum_visible_characters": 100, "strict": True},
            {"html_visible_characters": 100.0},
            "min_visible_characters",
        ),
        ({"minimum_visible_characters": 100, "strict": True}, {"html_visible_characters": 101.0}, ""),
        ({"minimum_visible_fraction": 0.2}, {"html_visible_fraction": 0.19}, "min_visible_fraction"),
        ({"minimum_visible_fraction": 0.2}, {"html_visible_fraction": 0.2}, ""),
        (
            {"minimum_visible_fraction": 0.2, "strict": True},
            {"html_visible_fraction": 0.2},
            "min_visible_fraction",
        ),
        ({"unparsable": True}, {"html_parse_failed": 1.0}, "html_unparsable"),
        ({"unparsable": True}, {"html_parse_failed": 0.0}, ""),
        ({"minimum_visible_characters": 100, "unparsable": True}, {}, ""),
        ({}, {"html_visible_characters": 0.0, "html_parse_failed": 1.0}, ""),
    ],
)
def test_limits(
    reason_of: Callable[..., str], settings: dict[str, object], signals: dict[str, float], reason: str
) -> None:
    """Less visible text than the limit drops a file, at the limit only if strict; unmeasured keeps it."""
    assert reason_of({"html": settings}, signals) == reason
