"""Decontamination in plain Python: what the kernels must agree with, and benchmark items for tests."""

import re
import unicodedata
from collections.abc import Sequence

from curation.decontaminate.alphabet import reserved_words
from curation.decontaminate.benchmarks import Text

RESERVED = frozenset(reserved_words())
DOCSTRING = Text(
    "ours",
    "one",
    "docstring",
    "text",
    "Count how often the Ferry of the Lake crosses before the ice comes back.",
)
SOLUTION = Text(
    "ours",
    "one",
    "solution",
    "code",
    "crossings = 0\n"
    "    for day in calendar:\n"
    "        if ice[day] > limit:\n"
    "            break\n"
    "        for boat in ferries:\n"
    "            crossings += boat.trips(day) * 2\n"
    "        log.append((day, crossings))\n"
    "    return crossings",
)
RENAMED = (
    "n = 0\nfor d in cal:\n  if z[d] > m:\n    break\n  for b in fs:\n    n += b.t(d) * 2\n"
    "  lg.ap((d, n))\nreturn n\n"
)
"""The solution with other names and white space."""


def folded(text: str) -> str:
    """Lower case, character by character."""
    return "".join(lower if len(lower := one.lower()) == 1 else one for one in text)


def is_letter(one: str) -> bool:
    """Whether a character is one of a word; good for those in these tests."""
    return one == "_" or (one.isalnum() and not is_alone(one)) or unicodedata.category(one).startswith("M")


def is_alone(one: str) -> bool:
    """Whether a character is a word by itself; good for those in these tests."""
    return "\u4e00" <= one <= "\u9fff"


def tokens(text: str) -> list[str]:
    """Words and signs, as they are written."""
    found: list[str] = []
    inside = False
    for one in text:
        if is_letter(one):
            if inside:
                found[-1] += one
            else:
                found.append(one)
        elif not one.isspace():
            found.append(one)
        inside = is_letter(one)
    return found


def words(text: str) -> list[str]:
    """Words in lower case."""
    return [folded(token) for token in tokens(text) if is_letter(token[0]) or is_alone(token[0])]


def is_name(token: str) -> bool:
    """Whether a token may be renamed."""
    return is_letter(token[0]) and not re.match("[0-9]", token) and folded(token) not in RESERVED


def holds_exact(text: str, item: str) -> bool:
    """StarCoder's rule: the item, case ignored (and carriage returns)."""
    return folded(item.strip().replace("\r", "")) in folded(text.replace("\r", ""))


def holds_free(text: str, item: str) -> bool:
    """StarCoder2's rule: the item without white space."""
    return "".join(folded(item).split()) in "".join(folded(text).split())


def share(text: str, item: str, size: int, distinct: int) -> float:
    """Share of the item's windows of words that are in the text."""

    def windows(found: Sequence[str]) -> set[tuple[str, ...]]:
        every = {tuple(found[n : n + size]) for n in range(len(found) - size + 1)}
        return {one for one in every if len(set(one)) >= distinct}

    mine = windows(words(item))
    return len(mine & windows(words(text))) / len(mine) if mine else 0.0


def holds_renamed(text: str, item: str) -> bool:
    """Whether the item is there with its names mapped one to one."""
    mine, theirs = tokens(item), tokens(text)
    return any(
        _same_but_names(mine, theirs[start : start + len(mine)])
        for start in range(len(theirs) - len(mine) + 1)
    )


def _same_but_names(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    renamed: dict[str, str] = {}
    for own, other in zip(mine, theirs, strict=True):
        if is_name(own) != is_name(other):
            return False
        if not is_name(own):
            if folded(own) != folded(other) if is_letter(own[0]) else own != other:
                return False
        elif renamed.setdefault(own, other) != other:
            return False
    return len(set(renamed.values())) == len(renamed)
