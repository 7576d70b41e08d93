"""A path is code if its language is known by name; a few formats are data."""

import pytest

from curation.structured.commits.extension import is_data, is_known


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("src/a.py", True),
        ("a.JSON", True),
        ("Makefile", True),
        ("sub/api.Dockerfile", True),
        ("build/OldMakefile", True),
        ("CMakeLists.txt", True),
        ("notes.xyzzy", False),
        ("a.py/data", False),
        ("art.png", False),
        ("", False),
        ("caf\udce9.py", True),
    ],
)
def test_known_paths(path: str, known: bool) -> None:
    """By extension, whole name, or the end of a build file's name."""
    assert is_known(path) == known


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.json", True),
        ("x/a.YML", True),
        ("a.b.html", True),
        ("json", False),
        ("a.jsonl", False),
        ("a.json/b.py", False),
        ("a.java", False),
        ("a.md", False),
    ],
)
def test_data_paths(path: str, data: bool) -> None:
    """By the last extension, whatever its case."""
    assert is_data(path, ("html", "json", "xml", "yaml", "yml")) == data
