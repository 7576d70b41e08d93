r"""Redaction of a document that has parts: each keeps its borders, its syntax and its place.

    parts "ask" and "m = 'ann@uni-ulm.de'", [Span(9, 23, "EMAIL", ...)]  ->  "ask" and "m = '<EMAIL>'"

Spans are of the joined text (see `curation.structured.parts`), so that detectors see a document whole. A
span that crosses a border becomes one in each part; the newline between them belongs to none and stays.
Editing itself is the business of `curation.pii.redact`.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from curation.pii.redact import Applied, redact
from curation.pii.settings import PiiSettings
from curation.pii.spans import Span, resolve
from curation.structured.parts import Part

IN_LANGUAGE = frozenset({"code", "before", "after", "script"})
"""Roles of parts that are written in the language of the document, so that their syntax can be checked."""


class RedactedParts(NamedTuple):
    """The parts of a document after redaction."""

    parts: tuple[Part, ...]
    applied: tuple[Applied, ...]
    """Places are those of the joined text before."""
    problem: str
    """Why the document may not pass; "" if it may."""


def redact_parts(
    parts: Sequence[Part],
    spans: Iterable[Span],
    *,
    settings: PiiSettings,
    key: bytes,
    language: str = "",
    path: str = "",
) -> RedactedParts:
    """Replace what the spans cover, part by part.

    Args:
        parts: Of one document, in order.
        spans: Places in the joined text, in any order; they may overlap.
        settings: Profile of replacements, and whether user names count.
        key: Secret of the run, under which replacements and hashes are made.
        language: Linguist name of the parts that are code.
        path: Path in the repository; used where a language has several syntaxes.
    """
    edited: list[Part] = []
    applied: list[Applied] = []
    for part, start, inside in _inside(parts, resolve(_asked(spans, settings))):
        known = part.role in IN_LANGUAGE
        result = redact(
            part.text,
            inside,
            settings=settings,
            key=key,
            language=language if known else "",
            path=path if known else "",
        )
        if result.problem:
            return RedactedParts(tuple(parts), (), result.problem)
        edited.append(part._replace(text=result.text))
        applied += [one._replace(start=one.start + start, end=one.end + start) for one in result.applied]
    return RedactedParts(tuple(edited), tuple(applied), "")


def _asked(spans: Iterable[Span], settings: PiiSettings) -> Iterable[Span]:
    """Without user names that nobody asked for, so that none can shield a key when spans are merged."""
    return (span for span in spans if settings.usernames or span.tag != "USERNAME")


def _inside(parts: Sequence[Part], spans: Sequence[Span]) -> Iterable[tuple[Part, int, list[Span]]]:
    """Each part with where it starts, and the spans in it, as places in it; linear in both."""
    start = first = 0
    for part in parts:
        end = start + len(part.text)
        while first < len(spans) and spans[first].end <= start:
            first += 1
        inside = []
        place = first
        while place < len(spans) and spans[place].start < end:
            span = spans[place]
            inside.append(span._replace(start=max(span.start, start) - start, end=min(span.end, end) - start))
            place += 1
        yield part, start, inside
        start = end + 1
