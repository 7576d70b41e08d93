"""How each language names the files that it needs, compiled from curation/data/imports.toml.

    rules_of("Ruby").finds  ->  (Find(how="path", ...), Find(how="search", ...))

The table says what its fields mean. It looks at no text.
"""

from collections import defaultdict
from functools import cache
from typing import Any, NamedTuple

import re2

from curation.language.facts import data, facts
from curation.language.rules import options

TABLE = "imports.toml"


class Find(NamedTuple):
    """One way of importing, or of declaring."""

    pattern: Any
    """Of google-re2, on bytes, with one group."""
    how: str = ""
    open: bytes = b""
    until: bytes = b""
    extensions: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    separator: str = "."
    family: str = ""
    loose: bool = False


class Rules(NamedTuple):
    """What is looked for in the files of a language."""

    finds: tuple[Find, ...] = ()
    declares: tuple[Find, ...] = ()


@cache
def _table() -> dict[str, Rules]:
    """Linguist name -> rules."""
    compiled: dict[str, defaultdict[str, list[Find]]] = {
        "rules": defaultdict(list),
        "declares": defaultdict(list),
    }
    for part, found in compiled.items():
        for row in data(TABLE)[part]:
            find = _compile(dict(row))
            for language in row["languages"]:
                found[language].append(find)
    names = {name for found in compiled.values() for name in found}
    return {name: Rules(tuple(compiled["rules"][name]), tuple(compiled["declares"][name])) for name in names}


def _compile(row: dict[str, Any]) -> Find:
    """One row of the table."""
    del row["languages"]
    pattern = re2.compile(row.pop("find").encode(), options())
    for key in ("open", "until"):
        row[key] = row.get(key, "").encode()
    for key in ("extensions", "prefixes"):
        row[key] = tuple(row.get(key, ()))
    return Find(pattern, **row)


def rules_of(language: str) -> Rules:
    """The rules of a language; without any for one that is not in the table."""
    return _table().get(language, Rules())


def comes_first(path: str, language: str) -> str:
    """Whether a file is "documentation", describes a "build", or neither: ""."""
    tables = data(TABLE)
    name = path.rpartition("/")[2].lower()
    known = facts().languages.get(language)
    if known and known.kind in tables["documentation"]["kinds"] and name not in tables["build"]["names"]:
        return "documentation"
    if name.partition(".")[0] in tables["documentation"]["names"]:
        return "documentation"
    return "build" if language in tables["build"]["languages"] or name in tables["build"]["names"] else ""
