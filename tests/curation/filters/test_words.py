"""Files of too few or odd words are dropped."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("settings", "signals", "reason"),
    [
        ({"minimum": 30}, {"words": 29.0}, "min_words"),
        ({"minimum": 30}, {"words": 30.0}, ""),
        ({"mean_length_minimum": 2}, {"mean_word_length": 1.9}, "min_mean_word_length"),
        ({"mean_length_minimum": 2}, {"mean_word_length": 2.0}, ""),
        ({"mean_length_maximum": 10}, {"mean_word_length": 10.1}, "max_mean_word_length"),
        ({"mean_length_maximum": 10}, {"mean_word_length": 10.0}, ""),
        ({"maximum_hex": 0.4}, {"hex_word_fraction": 0.41}, "max_hex_words"),
        ({"maximum_hex": 0.4}, {"hex_word_fraction": 0.4}, ""),
        ({"minimum_unique": 0.4}, {"unique_word_fraction": 0.39}, "min_unique_words"),
        ({"minimum_unique": 0.4}, {"unique_word_fraction": 0.4}, ""),
        ({}, {"words": 0.0}, ""),
    ],
)
def test_limits(
    reason_of: Callable[..., str], settings: dict[str, object], signals: dict[str, float], reason: str
) -> None:
    """Words beyond a limit drop a file; the limit itself and no limit keep it."""
    assert reason_of({"words": settings}, signals) == reason
