"""Files with the wrong mix of characters are dropped."""

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("settings", "signals", "reason"),
    [
        ({"minimum_alphanumeric": 0.25}, {"alphanumeric_fraction": 0.249}, "min_alphanumeric"),
        ({"minimum_alphanumeric": 0.25}, {"alphanumeric_fraction": 0.25}, ""),
        ({"minimum_alphabetic": 0.25}, {"alphabetic_fraction": 0.1}, "min_alphabetic"),
        ({"minimum_alphabetic": 0.25}, {"alphabetic_fraction": 0.25}, ""),
        (
            {"minimum_alphabetic_nonspace": 0.5},
            {"alphabetic_fraction_nonspace": 0.4},
            "min_alphabetic_nonspace",
        ),
        ({"minimum_alphabetic_nonspace": 0.5}, {"alphabetic_fraction_nonspace": 0.5}, ""),
        ({"maximum_digits": 0.2}, {"digit_fraction": 0.21}, "max_digits"),
        ({"maximum_digits": 0.2}, {"digit_fraction": 0.2}, ""),
        ({"maximum_whitespace": 0.5}, {"whitespace_fraction": 0.6}, "max_whitespace"),
        ({"maximum_whitespace": 0.5}, {"whitespace_fraction": 0.5}, ""),
        ({"maximum_replacement": 0.01}, {"replacement_fraction": 0.02}, "max_replacement"),
        ({"maximum_replacement": 0.01}, {"replacement_fraction": 0.01}, ""),
        ({"maximum_non_ascii": 0.3}, {"non_ascii_fraction": 0.31}, "max_non_ascii"),
        ({"maximum_non_ascii": 0.3}, {"non_ascii_fraction": 0.3}, ""),
        ({}, {"alphanumeric_fraction": 0.0, "digit_fraction": 1.0}, ""),
    ],
)
def test_limits(
    reason_of: Callable[..., str], settings: dict[str, object], signals: dict[str, float], reason: str
) -> None:
    """Shares beyond a limit drop a file; the limit itself and no limit keep it."""
    assert reason_of({"characters": settings}, signals) == reason
