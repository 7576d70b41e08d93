r"""Characters that two libraries may sort into different classes, because they know different Unicodes.

    runs()                         -> Run(first=0, last=8, kind="other"), Run(9, 13, "space"), ...
    probe("٣")                     -> "a٣!٣ ٣\n٣1", which a vocabulary can be made for that shows its class
    table = table_of(((0x378, 0x379),))
    any_of("\u0378 is unassigned", table)   -> True

A class is what patterns ask for: letter, number, white space, other. Classes of what is assigned are never
changed, so between two libraries only newer characters can differ; those that this Python's Unicode does not
know yet are in doubt always. Judges nothing: see `training.tokenizer.proof`.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

USED = (range(0x40000), range(0xE0000, 0xE1000))
"""Code points that may be assigned: the planes between are empty, and those behind are for private use."""
PRIVATE = 0xF0000
"""The first of those for private use, which are of class other in every version."""
POINTS = 0x110000
"""Code points of Unicode."""
UNASSIGNED, SURROGATE = "unassigned", "surrogate"
BEFORE = "a! \n"
"""A letter, a sign, a space and another white space: what a character is joined to tells its class."""


class Run(NamedTuple):
    """Characters of one class that stand in a row."""

    first: int
    """Code point."""
    last: int
    """Code point, included."""
    kind: str
    """L, N, space, other, unassigned or surrogate."""


@lru_cache(maxsize=1)
def runs() -> tuple[Run, ...]:
    """All runs, in order, that can hold an assigned character."""
    found: list[Run] = []
    for points in USED:
        first, kind = points[0], _kind(points[0])
        for point in points:
            own = _kind(point)
            if own != kind:
                found.append(Run(first, point - 1, kind))
                first, kind = point, own
        found.append(Run(first, points[-1], kind))
    return tuple(found)


def unassigned() -> tuple[tuple[int, int], ...]:
    """First and last code points of what is not assigned, as far as this Python knows."""
    between = ((USED[0].stop, USED[1].start - 1), (USED[1].stop, PRIVATE - 1))
    return (*((run.first, run.last) for run in runs() if run.kind == UNASSIGNED), *between)


def probe(character: str) -> str:
    """A text with a character behind a letter, a sign, a space and a line feed, and before a digit."""
    return "".join(before + character for before in BEFORE) + "1"


def table_of(ranges: Iterable[tuple[int, int]]) -> NDArray[np.bool_]:
    """For every code point, whether it is in one of the ranges; ends are included."""
    table = np.zeros(POINTS, np.bool_)
    for first, last in ranges:
        table[first : last + 1] = True
    return table


def any_of(text: str, table: NDArray[np.bool_]) -> bool:
    """Whether a text without lone surrogates has one of the characters of a table."""
    if text.isascii():
        return False
    points: Any = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    return bool(table[points].any())


def _kind(point: int) -> str:
    category = unicodedata.category(chr(point))
    if category in {"Cn", "Cs"}:
        return UNASSIGNED if category == "Cn" else SURROGATE
    return category[0] if category[0] in "LN" else "space" if chr(point).isspace() else "other"
