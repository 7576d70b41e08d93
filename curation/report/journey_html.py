"""The steps of `curation.report.journey` -> an HTML fragment, for a notebook or a page.

    as_html(journey(run, "000003-00000017"))   ->   <section style=...>...</section>

Self-contained: no script, no style sheet, nothing loaded, and colours that go with light and dark pages.
Everything is made visible, then escaped. Long texts are cut in the middle, and the cut says how much it
leaves out. A text that is the same as in the step before is not repeated.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from curation.render.view import as_html as rendered_html
from curation.report.html import environment
from curation.report.journey import Step
from curation.report.journey_pieces import Piece

LIMIT = 4_000
"""Characters shown of one part, unless more are asked for."""
PIECES = 24
"""Parts shown of a document; the ones in the middle are left out and counted."""
DECISIONS = 40
"""Decisions shown."""


class Segment(NamedTuple):
    """A stretch of a text."""

    text: str
    is_replaced: bool
    """Whether it stands for personal data or a secret."""


class Shown(NamedTuple):
    """A part as the template needs it."""

    role: str
    about: str
    head: Sequence[Segment] | Markup
    left_out: int
    """Characters between head and tail."""
    tail: Sequence[Segment] | Markup


def as_html(steps: Sequence[Step], *, limit: int = LIMIT) -> str:
    """The steps as one fragment.

    Args:
        steps: From `curation.report.journey.journey`.
        limit: Characters shown of one part, at least 2.
    """
    template = environment().get_template("journey.html.j2")
    shown = []
    before: Sequence[Piece] = ()
    for step in steps:
        same = bool(before) and _texts(step.pieces) == _texts(before)
        shown.append((step, same, *_shown(step, limit)))
        before = step.pieces or before
    page: str = template.render(steps=shown, decisions=DECISIONS)
    return page


def _texts(pieces: Sequence[Piece]) -> list[tuple[str, str]]:
    return [(piece.role, piece.text) for piece in pieces]


def _shown(step: Step, limit: int) -> tuple[list[Shown], int, list[Shown]]:
    """The first parts, how many are left out, and the last ones."""
    first, last = _around_the_middle(len(step.pieces), PIECES)
    render = step.name == "rendered"
    head = [_cut(piece, limit, rendered=render) for piece in step.pieces[:first]]
    tail = [_cut(piece, limit, rendered=render) for piece in step.pieces[last:]]
    return head, last - first, tail


def _around_the_middle(length: int, limit: int) -> tuple[int, int]:
    """Where to stop, and where to go on, so that at most `limit` of `length` are shown."""
    if length <= limit:
        return length, length
    head = limit * 2 // 3
    return head, length - (limit - head)


def _cut(piece: Piece, limit: int, *, rendered: bool) -> Shown:
    first, last = _around_the_middle(len(piece.text), limit)
    return Shown(
        piece.role,
        piece.about,
        _part(piece, 0, first, rendered=rendered),
        last - first,
        _part(piece, last, len(piece.text), rendered=rendered),
    )


def _part(piece: Piece, start: int, end: int, *, rendered: bool) -> Sequence[Segment] | Markup:
    """A stretch of a text, its special tokens in colours if it is rendered."""
    if rendered:
        # view escapes whatever it is given, so its result is safe
        return Markup(rendered_html(piece.text[start:end], limit=max(1, end - start)))  # noqa: S704
    return list(_segments(piece, start, end))


def _segments(piece: Piece, start: int, end: int) -> Iterator[Segment]:
    for low, high in piece.replaced:
        first, last = max(low, start), min(high, end)
        if first < last:
            yield Segment(piece.text[start:first], is_replaced=False)
            yield Segment(piece.text[first:last], is_replaced=True)
            start = last
    if start < end:
        yield Segment(piece.text[start:end], is_replaced=False)
