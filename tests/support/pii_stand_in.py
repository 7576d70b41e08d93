"""A detector and a redactor simple enough to be right by reading, for tests of what measures them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from curation.pii.context import Context
from curation.pii.engine import DetectorError
from curation.pii.spans import Span

RULES = {
    "mail": ("EMAIL", re.compile(r"[\w.-]+@[\w.]+\w")),
    "sk": ("KEY", re.compile(r"sk-\w+")),
    "pw": ("PASSWORD", re.compile(r"pw-\w+")),
    "dotted": ("IP_ADDRESS", re.compile(r"\d+\.\d+\.\d+\.\d+")),
}
"""Rule -> tag, and what it finds."""
KEPT = "8.8.8.8"
"""The value that redaction lets stay."""


class Applied(NamedTuple):
    """One edit."""

    start: int
    end: int
    replacement_length: int
    kept: bool = False


class Redacted(NamedTuple):
    """What the redactor returns."""

    text: str
    applied: tuple[Applied, ...]
    problem: str = ""


def find(text: str, context: Context) -> list[Span]:
    """Whatever looks like a member of `RULES`; gives up on texts that say so."""
    if "give up" in text:
        raise DetectorError("timeout")
    return sorted(
        Span(match.start(), match.end(), tag, rule, 1.0)
        for rule, (tag, pattern) in RULES.items()
        for match in pattern.finditer(text)
    )


def redact(text: str, spans: Sequence[Span], context: Context) -> Redacted:
    """Replace by <TAG>; texts that say so cannot be redacted."""
    new, place = "", 0
    applied = []
    for span in spans:
        kept = text[span.start : span.end] == KEPT
        instead = KEPT if kept else f"<{span.tag}>"
        new += text[place : span.start] + instead
        place = span.end
        applied.append(Applied(span.start, span.end, len(instead), kept))
    return Redacted(new + text[place:], tuple(applied), "syntax" if "brittle" in text else "")
