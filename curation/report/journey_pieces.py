"""The parts of a stored document, fit to be shown, with the places of what was replaced in them.

    'm = "ann.lee@uni-ulm.de"'  ->  Piece(role="", about="", text='m = "<EMAIL>"', replaced=((5, 12),))

A text from before redaction is redacted as the run does it: searched whole, edited part by part. What no
detector can answer for is not shown at all. It counts nothing and reads no file.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from curation.pii.context import Context
from curation.pii.engine import DetectorError, detector_of
from curation.pii.masked import WITHHELD
from curation.pii.pieces import redact_parts
from curation.pii.settings import PiiSettings
from curation.structured.parts import Part, join, split

Place = tuple[int, int]
"""First character, and the one behind the last."""


class Piece(NamedTuple):
    """One part of a document, or all of its text."""

    role: str
    """As in `curation.structured.parts`; "" for a document of one piece."""
    about: str
    """Facts of the part, such as "user username_0"."""
    text: str
    """Whole; neither visible nor escaped."""
    replaced: tuple[Place, ...] = ()
    """Places in the text where personal data or secrets were."""


def shown(row: Mapping[str, Any], settings: PiiSettings) -> tuple[tuple[Part, ...], list[Place]]:
    """The parts of a document from before redaction as they may be shown, and the places of replacements.

    As `curation.pii.masked`, but of a document with parts, which is searched whole and edited part by part.

    Args:
        row: Of a documents table: content, parts, language and path.
        settings: Of the run; if they are off, the parts are returned as they are.
    """
    parts = parts_of(row)
    if not settings.enabled:
        return parts, []
    language, path = row["language"] or "", row["path"] or ""
    withheld: tuple[tuple[Part, ...], list[Place]] = ((Part("", WITHHELD),), [])
    try:
        spans = detector_of(settings).find(join(parts), Context(language, path))
    except DetectorError:
        return withheld
    known = [part._replace(role=part.role or "code") for part in parts]
    found = redact_parts(known, spans, settings=settings, key=settings.key(), language=language, path=path)
    if found.problem:
        return withheld
    edited = tuple(new._replace(role=old.role) for old, new in zip(parts, found.parts, strict=True))
    return edited, after([(a.start, a.end, not a.kept, a.replacement_length) for a in found.applied])[0]


def parts_of(row: Mapping[str, Any]) -> tuple[Part, ...]:
    """The parts of a stored document; one without a role if it has none."""
    content = row["content"] or ""
    return split(content, row["parts"]) if row["parts"] else (Part("", content),)


def after(edits: Sequence[tuple[int, int, bool, int]]) -> tuple[list[Place], int]:
    """Where replacements are in the text after redaction, and by how many characters it is longer.

    Args:
        edits: Start, end, whether it was replaced, length of the replacement; sorted, of the text before.
    """
    places, shift = [], 0
    for start, end, replaced, length in edits:
        if replaced:
            places.append((start + shift, start + shift + length))
            shift += length - (end - start)
    return places, shift


def pieces_of(parts: Sequence[Part], places: Sequence[Place]) -> tuple[Piece, ...]:
    """Parts for display, each with the places that are in it.

    Args:
        parts: Of a document, in order.
        places: In the joined text, in order.
    """
    starts = accumulate((len(part.text) + 1 for part in parts), initial=0)
    return tuple(
        Piece(
            part.role,
            ", ".join(f"{key} {value}" for key, value in part.about.items()),
            part.text,
            tuple(_within(places, start, len(part.text))),
        )
        for part, start in zip(parts, starts, strict=False)
    )


def _within(places: Sequence[Place], start: int, length: int) -> Iterator[Place]:
    for first, last in places:
        if first < start + length and last > start:
            yield max(0, first - start), min(length, last - start)
