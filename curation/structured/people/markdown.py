"""Which parts of a Markdown text are code: fenced blocks and spans between backticks.

    code_spans("Use `a` and `b`.") -> [(4, 7), (12, 15)]
    fenced(["```", "x = 1", "```", "Done"]) -> [True, True, True, False]

A fence that is never closed lasts to the end, as on GitHub. Code that is only indented is not found: in
lists it is text. No HTML is read. Every text is read once from front to back.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

RUN = re.compile("`+")
FENCE = re.compile(
    r"(?P<prefix>[> \t]*(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+)?)(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)"
)
Spans = list[tuple[int, int]]


class _Run(NamedTuple):
    """Backticks in a row."""

    start: int
    length: int
    paragraph: int


def fenced(lines: Sequence[str]) -> list[bool]:
    """Whether each line belongs to a fenced block, the fences themselves included."""
    inside: list[bool] = []
    fence, quoted = "", False
    for line in lines:
        match = FENCE.match(line)
        if quoted and not line.lstrip().startswith(">"):
            fence, quoted = "", False  # a quote that ends closes what it opened
        if not fence:
            opens = match is not None and not (match["fence"][0] == "`" and "`" in match["info"])
            if match is not None and opens:
                fence, quoted = match["fence"], ">" in match["prefix"]
            inside.append(opens)
            continue
        inside.append(True)
        if match is not None and match["fence"].startswith(fence) and not match["info"].strip():
            fence, quoted = "", False
    return inside


def code_spans(text: str) -> Spans:
    """Where fenced blocks and spans between backticks begin and end, in order, without overlaps."""
    if "`" not in text and "~~~" not in text:
        return []
    blocks: Spans = []
    runs: list[_Run] = []
    start = paragraph = 0
    lines = text.split("\n")
    for line, code in zip(lines, fenced(lines), strict=True):
        if code:
            blocks.append((start, start + len(line) + 1))
            paragraph += 1
        elif not line or line.isspace():
            paragraph += 1
        elif "`" in line:
            runs += (_Run(start + m.start(), len(m[0]), paragraph) for m in RUN.finditer(line))
        start += len(line) + 1
    return sorted([*blocks, *_pairs(runs)])


def _pairs(runs: Sequence[_Run]) -> Spans:
    """Spans from each run of backticks to the next one of its length in its paragraph."""
    alike: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, run in enumerate(runs):
        alike[run.paragraph, run.length].append(index)
    spans: Spans = []
    index = 0
    while index < len(runs):
        run = runs[index]
        same = alike[run.paragraph, run.length]
        position = bisect_right(same, index)
        if position < len(same):
            index = same[position]
            spans.append((run.start, runs[index].start + run.length))
        index += 1
    return spans
