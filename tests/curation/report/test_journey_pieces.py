"""Parts are shown redacted, with the places of what was replaced, or not at all."""

import pytest

from curation.pii.context import Context
from curation.pii.engine import Detector, DetectorError
from curation.pii.masked import WITHHELD
from curation.pii.pieces import RedactedParts
from curation.pii.settings import PiiSettings
from curation.pii.spans import Span
from curation.report.journey_pieces import Piece, after, parts_of, pieces_of, shown
from curation.structured.parts import Part, header, join

MAIL = "ann.lee@uni-ulm.de"
PARTS = (
    Part("text", f"Ask {MAIL} or bob.lee@uni-ulm.de"),
    Part("code", "x = 1"),
    Part("output", f"from {MAIL}", {"n": 1}),
)
ROW = {"content": join(PARTS), "parts": header(PARTS), "language": "Python", "path": "a.ipynb"}


def test_values_are_replaced_part_by_part() -> None:
    """Roles and facts stay, places are those of the replacements."""
    parts, places = shown(ROW, PiiSettings())
    pieces = pieces_of(parts, places)
    assert pieces == (
        Piece("text", "", "Ask <EMAIL> or <EMAIL>", ((4, 11), (15, 22))),
        Piece("code", "", "x = 1"),
        Piece("output", "n 1", "from <EMAIL>", ((5, 12),)),
    )


def test_a_document_of_one_piece_has_no_role() -> None:
    """It is redacted as code is."""
    row = {"content": f"m = '{MAIL}'\n", "parts": "", "language": "Python", "path": "a.py"}
    parts, places = shown(row, PiiSettings())
    assert parts == (Part("", "m = '<EMAIL>'\n"),)
    assert places == [(5, 12)]


def test_a_run_that_looks_for_nothing_shows_texts_as_they_are() -> None:
    """As its shards do."""
    assert shown(ROW, PiiSettings(enabled=False)) == (parts_of(ROW), [])


def test_what_no_detector_can_answer_for_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the document, whichever part it is about."""

    def fail(_self: Detector, _text: str, _context: Context) -> list[Span]:
        raise DetectorError("timeout")

    monkeypatch.setattr(Detector, "find", fail)
    assert shown(ROW, PiiSettings()) == ((Part("", WITHHELD),), [])


def test_what_could_not_be_edited_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redaction that would break a syntax leaves the text, which still has its values."""
    broken = RedactedParts(PARTS, (), "syntax")
    monkeypatch.setattr("curation.report.journey_pieces.redact_parts", lambda *_args, **_more: broken)
    assert shown(ROW, PiiSettings()) == ((Part("", WITHHELD),), [])


def test_places_move_with_the_replacements_before_them() -> None:
    """Longer and shorter ones; what stays moves nothing and is not marked."""
    edits = [(2, 6, True, 7), (10, 12, False, 2), (20, 30, True, 5)]
    assert after(edits) == ([(2, 9), (23, 28)], -2)


def test_a_place_across_a_border_is_in_both_parts() -> None:
    """Cut where the part ends."""
    parts = (Part("a", "0123"), Part("b", "5678"))
    assert [piece.replaced for piece in pieces_of(parts, [(2, 7)])] == [((2, 4),), ((0, 2),)]
