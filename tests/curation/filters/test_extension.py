"""Files are dropped for their extension alone."""

from collections.abc import Callable

import pytest

TABLE = "sc1_extensions.excluded"


@pytest.mark.parametrize(
    ("settings", "language", "path", "reason"),
    [
        ({"excluded": {"extensions": {"lock": True}}}, "TOML", "Cargo.lock", "extension_excluded"),
        ({"excluded": {"extensions": {"lock": True}}}, "TOML", "Cargo.toml", ""),
        ({"excluded": {"extensions": {"TOML/lock": True}}}, "Elixir", "mix.lock", ""),
        ({"excluded": {"extensions": {"C++/": True}}}, "C++", "include/vector", "extension_excluded"),
        ({"excluded": {"languages": {"CSV": True}}}, "CSV", "a.csv", "extension_excluded"),
        ({"excluded": {"table": TABLE}}, "Yacc", "grammar.YY", "extension_excluded"),
        ({"excluded": {"table": TABLE}}, "Yacc", "grammar.y", ""),
        ({"excluded": {"table": TABLE}}, "Dockerfile", "Dockerfile.prod", ""),
        (
            {"unlisted": {"default": True, "table": TABLE}},
            "Dockerfile",
            "Dockerfile.prod",
            "extension_unlisted",
        ),
        ({"unlisted": {"default": True, "table": TABLE}}, "Dockerfile", "Dockerfile", ""),
        ({"excluded": {"table": "sc2_extensions.excluded"}}, "CSV", "a.anything", "extension_excluded"),
        ({"excluded": {"table": "sc2_extensions.excluded"}}, "C++", "include/vector", "extension_excluded"),
        ({"excluded": {"table": "sc2_extensions.excluded"}}, "C++", "vector.h", ""),
        ({}, "Yacc", "grammar.yy", ""),
    ],
)
def test_extensions(
    reason_of: Callable[..., str], settings: dict[str, object], language: str, path: str, reason: str
) -> None:
    """Excluded and, if asked, unlisted extensions drop a file of any size."""
    assert reason_of({"extension": settings}, {"bytes": 0.0}, language=language, path=path) == reason
