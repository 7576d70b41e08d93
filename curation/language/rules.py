"""Choose between the languages that share an extension, by what the file's first 32 KiB hold.

    chooser(".h").choose(b"namespace a { }")   -> ("C++", "rules")
    chooser(".h").choose(b"int f(void);")      -> ("C", "default")

The table is curation/data/language_rules.toml: ordered rules of linear patterns, and a default. All
patterns of an extension run as one google-re2 set, in one pass over the text. It parses nothing: a
file that imitates another language is taken for it.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import re2

from curation.language.facts import data

HEAD = 32_768
"""Bytes of the content that rules see."""


class Rule(NamedTuple):
    """Holds if every group has a match and no pattern of `none` has one; numbers are pattern numbers."""

    language: str
    groups: tuple[frozenset[int], ...]
    none: frozenset[int]


@dataclass(frozen=True, slots=True)
class Chooser:
    """The rules of one extension or file name."""

    default: str
    rules: tuple[Rule, ...]
    patterns: Any
    """A compiled re2.Set."""

    def choose(self, content: bytes) -> tuple[str, str]:
        """The language of this content, and "rules" or "default"; language "" is none of the known ones."""
        head = content[:HEAD]
        if b"\r" in head:
            head = head.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        matched = frozenset(self.patterns.Match(head) or ())
        for language, groups, none in self.rules:
            if none.isdisjoint(matched) and not any(group.isdisjoint(matched) for group in groups):
                return language, "rules"
        return self.default, "default"


def options() -> Any:
    """How our patterns are compiled: on bytes, since a file need not be UTF-8."""
    chosen = re2.Options()
    chosen.encoding = re2.Options.Encoding.LATIN1
    chosen.log_errors = False
    return chosen


class _Patterns:
    """Numbers the patterns of one chooser, each once."""

    def __init__(self, named: dict[str, list[str]]) -> None:
        self.named = named
        self.numbers: dict[str, int] = {}

    def expand(self, items: list[str]) -> frozenset[int]:
        """Numbers of the patterns, where "$name" stands for a named list."""
        plain = [p for item in items for p in (self.named[item[1:]] if item[0] == "$" else [item])]
        return frozenset(self.numbers.setdefault(pattern, len(self.numbers)) for pattern in plain)

    def compile(self) -> Any:
        """One set of all patterns, in the order of their numbers."""
        compiled = re2.Set.SearchSet(options())
        for pattern in self.numbers:
            compiled.Add(b"(?m)" + pattern.encode())
        compiled.Compile()
        return compiled


def _build(row: dict[str, Any], named: dict[str, list[str]]) -> Chooser:
    """The chooser of one row of the table."""
    patterns = _Patterns(named)
    rules = []
    for rule in row["rules"]:
        groups = [patterns.expand([item]) for item in rule.get("all", [])]
        groups += [patterns.expand(rule["any"])] if "any" in rule else []
        rules.append(Rule(rule["is"], tuple(groups), patterns.expand(rule.get("none", []))))
    return Chooser(row["default"], tuple(rules), patterns.compile())


@cache
def _rows(section: str) -> dict[str, dict[str, Any]]:
    """Rows of the table by extension or file name."""
    return {name: row for row in data("language_rules.toml")[section] for name in row["names"]}


@cache
def chooser(key: str, section: str = "extension") -> Chooser | None:
    """The rules of an extension such as ".h" (section "extension") or of a file name (section "filename").

    Returns:
        None if the table has no such row. Compiled on first use and kept.
    """
    row = _rows(section).get(key)
    return None if row is None else _build(row, data("language_rules.toml")["patterns"])
