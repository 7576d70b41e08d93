"""Files that repeat themselves are dropped."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("settings", "signals", "reason"),
    [
        ({"maximum_duplicate_lines": 0.7}, {"duplicate_line_fraction": 0.71}, "max_duplicate_lines"),
        ({"maximum_duplicate_lines": 0.7}, {"duplicate_line_fraction": 0.7}, ""),
        ({"maximum_top_2gram": 0.2}, {"top_2gram_fraction": 0.21}, "max_top_2gram"),
        ({"maximum_top_3gram": 0.18}, {"top_3gram_fraction": 0.19}, "max_top_3gram"),
        ({"maximum_top_4gram": 0.16}, {"top_4gram_fraction": 0.17}, "max_top_4gram"),
        ({"maximum_top_4gram": 0.16}, {"top_4gram_fraction": 0.16, "top_2gram_fraction": 1.0}, ""),
        ({"maximum_duplicate_5gram": 0.8}, {"duplicate_5gram_fraction": 0.81}, "max_duplicate_5gram"),
        ({"maximum_duplicate_6gram": 0.7}, {"duplicate_6gram_fraction": 0.71}, "max_duplicate_6gram"),
        ({"maximum_duplicate_7gram": 0.7}, {"duplicate_7gram_fraction": 0.71}, "max_duplicate_7gram"),
        ({"maximum_duplicate_8gram": 0.7}, {"duplicate_8gram_fraction": 0.71}, "max_duplicate_8gram"),
        ({"maximum_duplicate_9gram": 0.7}, {"duplicate_9gram_fraction": 0.71}, "max_duplicate_9gram"),
        ({"maximum_duplicate_10gram": 0.6}, {"duplicate_10gram_fraction": 0.61}, "max_duplicate_10gram"),
        ({"maximum_duplicate_10gram": 0.6}, {"duplicate_10gram_fraction": 0.6}, ""),
        ({}, {"duplicate_line_fraction": 1.0, "top_2gram_fraction": 2.0}, ""),
    ],
)
def test_limits(
    reason_of: Callable[..., str], settings: dict[str, object], signals: dict[str, float], reason: str
) -> None:
    """Each limit reads its own signal; the limit itself and no limit keep a file."""
    assert reason_of({"repetition": settings}, signals) == reason
