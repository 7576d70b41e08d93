"""Plain text is kept only if its name says that it is documentation."""

from collections.abc import Callable

import pytest

REQUIRED = {"prose_names": {"required": {"languages": {"Text": True}}}}


@pytest.mark.parametrize(
    ("language", "documentation", "reason"),
    [
        ("Text", 0.0, "not_documentation"),
        ("Text", 1.0, ""),
        ("Markdown", 0.0, ""),
    ],
)
def test_names(reason_of: Callable[..., str], language: str, documentation: float, reason: str) -> None:
    """Text without a documentation name is dropped; other languages are not asked."""
    signals = {"name_is_documentation": documentation}
    assert reason_of(REQUIRED, signals, language=language, path="a.txt") == reason
