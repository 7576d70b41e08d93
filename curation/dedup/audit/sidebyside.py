r"""Two texts -> their lines next to each other, where they differ.

    side_by_side("a\nb\nc", "a\nB\nc")  ->  a | a,  b ~ B,  c | c

Lines that both texts begin or end with are not compared, of what is between at most `COMPARED_LINES` of each
are, so time and memory are bounded whatever the texts. Shown are the lines that differ with a few around
them, cut to a width, with nothing hidden in them (`curation.report.visible`); not escaped for HTML.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from curation.report.visible import ELLIPSIS, visible

COMPARED_LINES = 600
"""Lines of each text that are matched with those of the other."""
CONTEXT = 2
"""Equal lines shown around those that differ."""
TAB = "    "


class Row(NamedTuple):
    """One line of each text."""

    mark: str
    """" " equal, "~" changed, "-" only in the first text, "+" only in the second, "…" lines left out."""
    one: int | None
    """Number of the line in the first text, from 1."""
    left: str
    other: int | None
    """Number of the line in the second text, from 1."""
    right: str


def side_by_side(one: str, other: str, *, width: int = 80, rows: int = 40) -> list[Row]:
    """The lines in which two texts differ, next to each other.

    Args:
        one: A text.
        other: Another one.
        width: Characters of each line, at most, not counting the names that hidden ones are given.
        rows: Rows, at most; a last row says that there are more.
    """
    left, right = one.split("\n"), other.split("\n")
    shown: list[Row] = []
    for mark, a, b in _hunks(left, right):
        if len(shown) == rows:
            return shown if shown[-1].mark == ELLIPSIS else [*shown, Row(ELLIPSIS, None, "", None, "")]
        texts = _cut(left[a] if a is not None else "", right[b] if b is not None else "", width)
        if mark == ELLIPSIS:
            shown.append(Row(mark, None, "", None, ""))
        else:
            numbers = (None if place is None else place + 1 for place in (a, b))
            first, second = numbers
            shown.append(Row(mark, first, texts[0], second, texts[1]))
    return shown


def _cut(left: str, right: str, width: int) -> tuple[str, str]:
    """Both lines from a little before their first difference, so that it is seen in long ones too."""
    start = 0
    if max(len(left), len(right)) > width and left != right:
        start = max(0, _common(left, right) - width // 4)
    return _piece(left, start, width), _piece(right, start, width)


def _piece(line: str, start: int, width: int) -> str:
    head = ELLIPSIS if start and line else ""
    room = width - len(head)
    tail = ELLIPSIS if len(line) - start > room else ""
    text = line[start : start + room - len(tail)].removesuffix("\r")
    return head + visible(text.replace("\t", TAB)[:room], keep="") + tail


def _hunks(left: list[str], right: list[str]) -> Iterator[tuple[str, int | None, int | None]]:
    """Mark and line numbers, from 0, of what is shown."""
    first = _common(left, right)
    last = min(_common(left[::-1], right[::-1]), min(len(left), len(right)) - first)
    middle_left, middle_right = left[first : len(left) - last], right[first : len(right) - last]
    matcher = SequenceMatcher(None, middle_left[:COMPARED_LINES], middle_right[:COMPARED_LINES])
    start = max(0, first - CONTEXT)
    if start:
        yield ELLIPSIS, None, None
    for n in range(start, first):
        yield " ", n, n
    for tag, a, a_end, b, b_end in matcher.get_opcodes():
        if tag == "equal":
            yield from _equal(a + first, b + first, a_end - a)
        else:
            yield from _differing((a + first, a_end + first), (b + first, b_end + first))
    if max(len(middle_left), len(middle_right)) > COMPARED_LINES:
        yield ELLIPSIS, None, None
        return
    ends = len(left) - last, len(right) - last
    for n in range(min(last, CONTEXT)):
        yield " ", ends[0] + n, ends[1] + n
    if last > CONTEXT:
        yield ELLIPSIS, None, None


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Equal lines, or characters, at the beginning."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _equal(a: int, b: int, count: int) -> Iterator[tuple[str, int | None, int | None]]:
    """Equal lines between two differences: all of a few, else the first and the last."""
    if count <= 2 * CONTEXT + 1:
        yield from ((" ", a + n, b + n) for n in range(count))
        return
    yield from ((" ", a + n, b + n) for n in range(CONTEXT))
    yield ELLIPSIS, None, None
    yield from ((" ", a + n, b + n) for n in range(count - CONTEXT, count))


def _differing(one: tuple[int, int], other: tuple[int, int]) -> Iterator[tuple[str, int | None, int | None]]:
    """Lines that stand for each other in order, then those of the longer side."""
    for n in range(max(one[1] - one[0], other[1] - other[0])):
        a = one[0] + n if one[0] + n < one[1] else None
        b = other[0] + n if other[0] + n < other[1] else None
        yield "~" if a is not None and b is not None else "-" if b is None else "+", a, b
