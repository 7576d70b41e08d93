"""Which paths are code, and which are data that is kept less often.

is_known("src/a.py"), is_known("build/api.Dockerfile")  -> True, True
is_known("notes.xyz")                                   -> False
is_data("conf/a.YAML", frozenset({"yaml"}))             -> True
"""

from collections.abc import Container

from curation.language.identify import name_facts

BUILD_FILES = ("Dockerfile", "Makefile")
"""What the path of a build file may end in, whatever stands before it."""


def is_known(path: str) -> bool:
    """Whether a path is that of a known language, by name or extension, a Dockerfile or a Makefile."""
    return path.endswith(BUILD_FILES) or bool(name_facts(_name(path)).candidates)


def is_data(path: str, extensions: Container[str]) -> bool:
    """Whether a path has one of these extensions (without the dot, in lower case)."""
    _, dot, extension = _name(path).rpartition(".")
    return bool(dot) and extension.lower() in extensions


def _name(path: str) -> str:
    return path.rpartition("/")[2]
