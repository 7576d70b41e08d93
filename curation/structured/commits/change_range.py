r"""Two versions of a text -> the lines from the first to the last change, and what is shown of both.

    changed(["a\n", "b\n", "c\n"], ["a\n", "x\n", "c\n"])  -> ChangeRange(start=1, old_end=2, new_end=2)
    window(["a\n", "b\n", "c\n"], 1, 2, above=1, below=0)  -> "a\nb\n"

The range is what lies between the lines that both versions begin with and those that both end with. (Upstream
lets every range begin at line 0, so that its limits measure where the change ends.) Lines end at \n, \r\n or
a lone \r, and keep their ends, so a changed line end is a change. Time and memory are linear.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from operator import eq
from typing import NamedTuple

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class ChangeRange(NamedTuple):
    """Line numbers from 0; the ends are the first lines behind the change."""

    start: int
    """The same in both versions."""
    old_end: int
    new_end: int

    @property
    def lines(self) -> int:
        """Lines of the change in the version that has more of them."""
        return max(self.old_end, self.new_end) - self.start


def lines_of(text: str) -> list[str]:
    """The lines of a text with their ends; an empty last piece is none."""
    return LINE.findall(text)


def changed(old: Sequence[str], new: Sequence[str]) -> ChangeRange:
    """The range of the change between two versions; of no lines if they are equal."""
    start = _shared(old, new)
    end = _shared(reversed(old[start:]), reversed(new[start:]))
    return ChangeRange(start, len(old) - end, len(new) - end)


def _shared(one: Iterable[str], other: Iterable[str]) -> int:
    """How many lines both begin with."""
    return sum(takewhile(bool, map(eq, one, other)))


def window(lines: Sequence[str], start: int, end: int, *, above: int, below: int) -> str:
    """The lines of a range with some before and after it, as far as there are any."""
    return "".join(lines[max(start - above, 0) : end + below])
