"""A text and what was found in it -> lines that may be shown: every value masked or replaced.

    Excerpts(text, findings).line(findings[0])  ->  (Piece("text", "key = '"), Piece("value", "g•••"), ...)
    Excerpts(text, findings).diff()             ->  Line("-", 7, ...), Line("+", 0, ...)

Both are made from the places of the findings, so the cost is that of the lines shown. It finds nothing.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

AROUND = 60
"""Characters shown of a line on either side of a value."""
CONTEXT = 2
"""Equal lines shown around those that a redaction changes."""
ELLIPSIS = "…"


class Piece(NamedTuple):
    """A part of a line that is shown."""

    kind: str
    """text, value for a masked value, new for its replacement."""
    text: str


class Line(NamedTuple):
    """A line of a diff."""

    mark: str
    """" " equal, "-" before, "+" after, "…" lines left out."""
    number: int
    """Line of the file as it is, from 1; 0 where there is none."""
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is found in a file."""

    line: int
    """From 1."""
    column: int
    """Characters, from 1."""
    start: int
    """First character in the decoded text, from 0."""
    end: int
    """Character after the last one."""
    tag: str
    rule: str
    score: float
    """Trust in the finding, 0 to 1."""
    masked: str
    """The value as it may be shown."""
    replacement: str
    """What would stand there instead; empty if the value is kept."""
    kept: bool
    """Whether a rule keeps the value, such as a public DNS server."""


class Excerpts:
    """Lines of a text around what was found in it."""

    def __init__(self, text: str, findings: Sequence[Finding]) -> None:
        """Prepare to show parts of `text`.

        Args:
            text: A whole text.
            findings: All of it, in order, none overlapping.
        """
        self.text = text
        self.findings = findings
        self.starts = [finding.start for finding in findings]
        self.ends = [finding.end for finding in findings]

    def line(self, finding: Finding) -> tuple[Piece, ...]:
        """The line of a finding, or `AROUND` characters on either side."""
        low, high = max(0, finding.start - AROUND), min(len(self.text), finding.end + AROUND)
        low = max(low, self.text.rfind("\n", low, finding.start) + 1)
        end = self.text.find("\n", finding.end, high)
        return tuple(self._pieces(low, high if end < 0 else end))

    def diff(self) -> Iterator[Line]:
        """The lines that redaction changes, with `CONTEXT` equal lines around them."""
        starts = self._line_starts()
        changed = self._changed(starts)
        shown = 0
        for n, (first, last) in enumerate(changed):
            begin = max(shown, first - CONTEXT)
            if begin > shown:
                yield Line(ELLIPSIS, 0, ())
            yield from self._lines(" ", starts, begin, first)
            yield from self._lines("-", starts, first, last + 1)
            yield from self._lines("+", starts, first, last + 1)
            following = changed[n + 1][0] if n + 1 < len(changed) else len(starts) - 1
            shown = min(last + 1 + CONTEXT, following)
            yield from self._lines(" ", starts, last + 1, shown)

    def _line_starts(self) -> list[int]:
        """Where each line begins, and where one after the last would."""
        starts = [0]
        while place := self.text.find("\n", starts[-1]) + 1:
            starts.append(place)
        if starts[-1] < len(self.text):
            starts.append(len(self.text))
        return starts

    def _changed(self, starts: Sequence[int]) -> list[tuple[int, int]]:
        """First and last lines, from 0, of each run of lines that redaction changes."""
        changed: list[tuple[int, int]] = []
        for finding in self.findings:
            if finding.kept:
                continue
            first = bisect_right(starts, finding.start) - 1
            last = bisect_right(starts, finding.end - 1) - 1
            if changed and first <= changed[-1][1] + 1:
                changed[-1] = changed[-1][0], max(last, changed[-1][1])
            else:
                changed.append((first, last))
        return changed

    def _lines(self, mark: str, starts: Sequence[int], first: int, last: int) -> Iterator[Line]:
        """Lines `first` up to `last`, counted from 0, before or after redaction."""
        if first >= last:
            return
        rows: list[list[Piece]] = [[]]
        for kind, text in self._pieces(starts[first], starts[last], after=mark == "+"):
            for n, part in enumerate(text.split("\n")):
                if n:
                    rows.append([])
                if part:
                    rows[-1].append(Piece(kind, part))
        if not rows[-1]:
            rows.pop()
        is_numbered = mark != "+" and len(rows) == last - first
        for n, row in enumerate(rows):
            pieces = tuple(
                _shortened(piece, at_start=p == 0, at_end=p == len(row) - 1) for p, piece in enumerate(row)
            )
            yield Line(mark, first + 1 + n if is_numbered or (mark == "-" and not n) else 0, pieces)

    def _pieces(self, low: int, high: int, *, after: bool = False) -> list[Piece]:
        """`text[low:high]` with every value in it masked or, after redaction, replaced."""
        pieces = []
        for finding in self.findings[bisect_right(self.ends, low) : bisect_left(self.starts, high)]:
            pieces.append(Piece("text", self.text[low : max(low, finding.start)]))
            new = after and not finding.kept
            pieces.append(Piece("new", finding.replacement) if new else Piece("value", finding.masked))
            low = finding.end
        pieces.append(Piece("text", self.text[low : max(low, high)]))
        return [piece for piece in pieces if piece.text]


def _shortened(piece: Piece, *, at_start: bool, at_end: bool) -> Piece:
    """A piece of text of which only what is next to values is shown; values as they are."""
    text = piece.text
    if piece.kind != "text" or len(text) <= 2 * AROUND:
        return piece
    head = "" if at_start and not at_end else text[:AROUND]
    tail = "" if at_end else text[-AROUND:]
    return Piece("text", f"{head}{ELLIPSIS}{tail}")
