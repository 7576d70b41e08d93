"""Files of mostly string literals are dropped."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("settings", "signals", "reason"),
    [
        ({"maximum": 0.6}, {"string_fraction": 0.61}, "max_strings"),
        ({"maximum": 0.6}, {"string_fraction": 0.6}, ""),
        ({"maximum_long_lines": 0.2}, {"long_string_line_fraction": 0.21}, "max_long_strings"),
        ({"maximum_long_lines": 0.2}, {"long_string_line_fraction": 0.2}, ""),
        ({"maximum_long_words": 0.4}, {"long_string_word_fraction": 0.41}, "max_long_string_words"),
        ({"maximum_long_words": 0.4}, {"long_string_word_fraction": 0.4}, ""),
        ({"maximum": 0.6}, {}, ""),
    ],
)
def test_limits(
    reason_of: Callable[..., str], settings: dict[str, object], signals: dict[str, float], reason: str
) -> None:
    """Shares beyond a limit drop a file; the limit itself and no measurement keep it."""
    assert reason_of({"strings": settings}, signals) == reason
