r"""A document and the spans of its secrets -> the document without them. The only place that edits.

    redact('key = "AKIA..."', [Span(7, 27, "KEY", "aws", 1.0)], settings=..., key=...)
        -> text 'key = "<KEY>"'

Nothing outside the spans changes. Spans are resolved first; then by rule these stay: values shorter than
four characters, private addresses and public name servers, and what is a replacement already. A file that
could be parsed before can be parsed after: where the profile's replacements would break it, all its spans
get those of typed-fake, and if these do too, letters become x and digits 0. If even that breaks it, the
problem is "syntax", and the document must be set aside. No value is in the result, nor in any error.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from curation.pii.replacements import digest, is_fake, is_kept_address, mask, stand_in
from curation.pii.settings import PiiSettings
from curation.pii.spans import Span, resolve
from curation.pii.syntax import Edit, keeps_syntax

MIN_CHARACTERS = 4
"""A shorter value stays (bigcode-dataset, pii/ner/pii_redaction/utils.py: longer than 3)."""
_ESCAPED = re.compile(r"u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-3][0-7]{2}|[abefnrtv0\\'\"/]")
"""What follows a backslash and belongs to it, not to a value."""


class Applied(NamedTuple):
    """What became of a span, without its value."""

    start: int
    """First character in the text before."""
    end: int
    """Character after the last one, in the text before."""
    tag: str
    """One of `curation.pii.spans.TAGS`."""
    rule: str
    """Id of the rule that found it."""
    replacement_length: int
    """Characters that stand there now."""
    hash: str
    """Keyed hash of tag and value, 16 hex characters: equal for equal values of a run."""
    kept: bool
    """Whether a rule let the value stay."""


class Redacted(NamedTuple):
    """A document after redaction."""

    text: str
    """What is left; masked throughout if there is a problem."""
    applied: tuple[Applied, ...]
    """One for each resolved span, in the order of the text."""
    problem: str
    """Empty, or "syntax": every replacement breaks a file that could be parsed; set the document aside."""

    def __repr__(self) -> str:
        size = f"{len(self.text)} characters"
        return f"Redacted(<{size}>, {len(self.applied)} spans, problem={self.problem!r})"


def redact(
    text: str,
    spans: Iterable[Span],
    *,
    settings: PiiSettings,
    key: bytes,
    language: str = "",
    path: str = "",
) -> Redacted:
    """Replace what the spans cover.

    Args:
        text: A whole document.
        spans: Of any detectors, in any order; they may overlap. User names are passed over unless the
            settings ask for them, before spans are merged, so that none can shield a key.
        settings: Profile of replacements, and whether user names count.
        key: Secret of the run, under which replacements and hashes are made.
        language: Linguist name, to know the syntax; may be empty.
        path: Path in the repository; used where a language has several syntaxes.
    """
    found = resolve(span for span in spans if settings.usernames or span.tag != "USERNAME")
    if not found:
        return Redacted(text, (), "")
    assert found[0].start >= 0, "a span lies outside of its text"
    assert found[-1].end <= len(text), "a span lies outside of its text"
    places = [_between_escapes(text, span) for span in found]
    values = [text[span.start : span.end] for span in places]
    seeds = [digest(span.tag, value, key) for span, value in zip(places, values, strict=True)]
    kept = [_is_kept(span.tag, value) for span, value in zip(places, values, strict=True)]
    targets = [
        (span, value, seed)
        for span, value, seed, stays in zip(places, values, seeds, kept, strict=True)
        if not stays
    ]
    new, edits, problem = _edit(text, targets, settings, language, path)
    lengths = iter([len(edit.new) for edit in edits])
    applied = tuple(
        Applied(*span[:4], len(value) if stays else next(lengths), seed.hex(), stays)
        for span, value, seed, stays in zip(places, values, seeds, kept, strict=True)
    )
    return Redacted(new, applied, problem)


def _edit(
    text: str, targets: Sequence[tuple[Span, str, bytes]], settings: PiiSettings, language: str, path: str
) -> tuple[str, list[Edit], str]:
    """The text with the first kind of replacements that keeps its syntax, the edits, and what is wrong."""
    if not targets:
        return text, [], ""
    new, edits = text, []
    for profile in dict.fromkeys((settings.replacement, "typed-fake", "mask")):
        edits = [
            Edit(
                span.start,
                span.end,
                mask(value) if profile == "mask" else stand_in(span.tag, value, profile=profile, seed=seed),
            )
            for span, value, seed in targets
        ]
        new = apply(text, edits)
        if keeps_syntax(text, new, edits, language, path):
            return new, edits, ""
    return new, edits, "syntax"


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The text with edits made, which are in order and apart; what lies between is copied as it is."""
    pieces: list[str] = []
    place = 0
    for edit in edits:
        pieces += (text[place : edit.start], edit.new)
        place = edit.end
    pieces.append(text[place:])
    return "".join(pieces)


def _is_kept(tag: str, value: str) -> bool:
    if len(value) < MIN_CHARACTERS or is_fake(value):
        return True
    return tag == "IP_ADDRESS" and is_kept_address(value)


def _between_escapes(text: str, span: Span) -> Span:
    r"""The span without what belongs to an escape at its edge.

    In `"to\nann@ex.org"` the n is no letter of the address, and without it the backslash would escape
    what comes next; in the same way a backslash at the end belongs to the character after it.
    """
    start, end = span.start, span.end
    if "\\" not in (text[start - 1 : start], text[end - 1]) or is_fake(text[start:end]):
        return span
    if start and text[start - 1] == "\\" and _backslashes(text, start) % 2:
        escaped = _ESCAPED.match(text, start, end)
        start = escaped.end() if escaped else start
    if text[end - 1] == "\\" and end > start and _backslashes(text, end) % 2:
        end -= 1
    return span._replace(start=start, end=end)


def _backslashes(text: str, end: int) -> int:
    """How many backslashes stand directly before a place."""
    start = end
    while start and text[start - 1] == "\\":
        start -= 1
    return end - start
