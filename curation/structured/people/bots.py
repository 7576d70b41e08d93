"""Tell accounts of programs from those of people, by name.

    is_bot("codecov-io", "User", rules) -> "author"
    is_bot("ann", "Bot", rules)         -> "stated"
    is_bot("abbot", "User", rules)      -> "suffix:bot" as published, None with careful rules

The names stand in curation/data/bots.toml with their sources. All are compared in lower case; upstream
compares a lower-cased login with names that have capitals, which therefore never match. It does not look at
what an account writes.
"""

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

from curation.structured.people.settings import BotSettings, Lists

LONGEST = 256
"""Characters of a login that are looked at, from its end; GitHub's have 39 and a mark at most."""
SEPARATORS = str.maketrans("_.[]", "----")


class Names:
    """The names of one list, ready to be compared with logins."""

    def __init__(self, table: dict[str, list[str]]) -> None:
        self.authors = _lower(table["authors"])
        self.keywords = tuple(_lower(table.get("keywords", table.get("signs", []))))
        self.suffixes = tuple(_lower(table["suffixes"]))
        self.parts = _lower(table.get("parts", []))
        self.ambiguous = _lower(table.get("ambiguous", []))
        self.companions = _lower(table.get("companions", []))


def is_bot(login: str, kind: str, rules: BotSettings) -> str | None:
    """The rule that says that this account is a program, or None.

    Args:
        login: Name of the account; "" for a deleted user.
        kind: As GitHub states it, such as User or Bot; "" if it does not.
        rules: Which rules apply.

    Returns:
        "people" settings aside, the first that holds of "stated", "nameless", "more", "author",
        "keyword:<word>" and "suffix:<end>"; None for a person.
    """
    name = login.strip()[-LONGEST:]
    lower = name.lower()
    if lower and lower in _given(rules.people):
        return None
    if rules.stated and kind.lower() == "bot":
        return "stated"
    if not lower:
        return "nameless" if rules.nameless else None
    if lower in _given(rules.more):
        return "more"
    return _author(lower, rules.authors) or _keyword(lower, rules.keywords) or _suffix(name, rules.suffixes)


def _author(lower: str, rule: Lists) -> str | None:
    """By the whole name."""
    if rule == "off":
        return None
    published, careful = names("published").authors, names("careful").authors
    return "author" if lower in published or (rule == "careful" and lower in careful) else None


def _keyword(lower: str, rule: Lists) -> str | None:
    """By what stands in the name."""
    if rule == "off":
        return None
    lists = names(rule)
    found = next((word for word in lists.keywords if word in lower), None)
    if found is None and rule == "careful":
        found = _part(lower.translate(SEPARATORS).split("-"), lists)
    return f"keyword:{found}" if found else None


def _part(parts: list[str], lists: Names) -> str | None:
    """A part that says enough alone, or an ambiguous one that has company."""
    if len(parts) < 2:
        return None
    found = next((part for part in parts if part in lists.parts), None)
    if found is None and not lists.companions.isdisjoint(parts):
        found = next((part for part in parts if part in lists.ambiguous), None)
    return found


def _suffix(name: str, rule: Lists) -> str | None:
    """By the end of the name."""
    if rule == "off":
        return None
    lower = name.lower()
    found = next((end for end in names(rule).suffixes if lower.endswith(end)), None)
    if found is not None and rule == "careful" and not _begins_part(name, len(found)):
        found = None
    return f"suffix:{found}" if found else None


def _begins_part(name: str, length: int) -> bool:
    """Whether the last characters are a part: after a separator, or from a capital after a small letter."""
    before, end = name[:-length], name[-length:]
    if before.translate(SEPARATORS).endswith("-"):
        return True
    return end == "Bot" and before[-1:].islower()


@lru_cache(maxsize=2)
def names(rule: Lists) -> Names:
    """The names of a list, published or careful."""
    text = files("curation.data").joinpath("bots.toml").read_text("utf-8")
    return Names(tomllib.loads(text)[rule])


@lru_cache(maxsize=16)
def _given(logins: tuple[str, ...]) -> frozenset[str]:
    """Logins of the settings, ready to be compared."""
    return _lower(logins)


def _lower(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word.lower() for word in words)
