"""Where personal data and secrets stand in a text: the one value that detectors return.

    resolve([Span(4, 20, "EMAIL", "email", 0.9), Span(10, 30, "KEY", "aws-access-key", 1.0)])
        -> [Span(4, 30, "KEY", "aws-access-key", 1.0)]

A span names a place, never a value. It finds nothing and edits nothing.
"""

from collections.abc import Iterable
from typing import NamedTuple

TAGS = ("KEY", "PASSWORD", "EMAIL", "IP_ADDRESS", "NAME", "USERNAME")
"""What a span can be, the more dangerous first (the entities of StarPII, StarCoder paper section 4)."""
RANK = {tag: place for place, tag in enumerate(TAGS)}


class Span(NamedTuple):
    """`text[start:end]` is personal data or a secret."""

    start: int
    """First character, counted in characters of the text."""
    end: int
    """Character after the last one."""
    tag: str
    """One of `TAGS`."""
    rule: str
    """Id of the rule that decided."""
    score: float
    """Trust in the finding, 0 to 1."""


def resolve(spans: Iterable[Span]) -> list[Span]:
    """Spans that neither overlap nor repeat, in the order of the text.

    Spans that share a character become one that covers them all, so nothing found is left over. It takes
    tag, rule and score from the span with the highest score; among equals from the longest; among those
    from the tag that stands first in `TAGS`; then from the rule that sorts first. Spans that only touch
    stay apart.

    Args:
        spans: In any order.
    """
    ordered = sorted(spans)
    merged: list[Span] = []
    best = Span(0, 0, "", "", 0.0)  # the strongest span of the group that `merged` ends with
    for span in ordered:
        if merged and span.start < merged[-1].end:
            best = min(best, span, key=_strength)
            last = merged[-1]
            merged[-1] = best._replace(start=last.start, end=max(last.end, span.end))
        elif span.start < span.end:
            merged.append(span)
            best = span
    return merged


def _strength(span: Span) -> tuple[float, int, int, str]:
    return (-span.score, span.start - span.end, RANK[span.tag], span.rule)
