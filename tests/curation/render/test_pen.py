"""What layouts write with."""

import pytest

from curation.errors import BadInputError
from curation.render.pen import Pen, number, one_line, one_word
from curation.render.settings import RenderSettings
from curation.sources.base import Problem


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a b", "a b"),
        ("a\nb", "a b"),
        ("a\r\n\r\nb\n", "a b "),
        ("a\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029b", "a b"),
        ("a\tb  c", "a\tb  c"),
        ("", ""),
    ],
)
def test_line_breaks_of_every_kind_become_one_space(text: str, line: str) -> None:
    """And nothing else does."""
    assert one_line(text) == line
    assert len(line.splitlines()) <= 1


def test_a_word_has_no_white_space() -> None:
    """Of no kind."""
    assert one_word(" a\u00a0b\n: c\u2003") == "ab:c"


def test_what_is_edited_is_counted_once_for_each_kind() -> None:
    """Names of changes are sorted, tokens are counted."""
    pen = Pen(RenderSettings(), "1")
    assert pen.changes() == ()
    written = (pen.text("<pr>"), pen.line("a\n<pr>"), pen.said("a b", "<fim_pad>"), pen.said("", ""))
    assert written == ("<\u2060pr>", "a <\u2060pr>", "ab: <\u2060fim_pad>", "")
    assert pen.changes() == ("line_breaks_joined", "sentinels_escaped", "white_space_removed")
    assert pen.forged == {"<pr>": 2, "<fim_pad>": 1}
    assert pen.refusal() is None


def test_chance_at_its_ends_is_certain() -> None:
    """0 is never, 1 is always; what it lets in is noted."""
    pen = Pen(RenderSettings(), "1")
    assert not pen.chance("a", 0.0)
    assert pen.chance("b", 1.0)
    assert pen.shown == ["b"]


def test_purposes_are_decided_apart() -> None:
    """Two choices of one document do not go together."""
    both = [
        (Pen(s, str(n)).chance("a", 0.5), Pen(s, str(n)).chance("b", 0.5))
        for s in [RenderSettings()]
        for n in range(99)
    ]
    assert len(set(both)) == 4


def test_numbers_are_written_if_they_are_known() -> None:
    """A number of a fact that is none is an error that holds no value."""
    assert number({"id": 7}, "id", "<pr_event_id>") == ["<pr_event_id>", "7"]
    assert number({}, "id", "<pr_event_id>") == []
    with pytest.raises(BadInputError, match="render: id is a str, expected a whole number"):
        number({"id": "7"}, "id", "<pr_event_id>")


def test_a_refusal_names_tokens_and_their_number() -> None:
    """Only if the settings refuse."""
    pen = Pen(RenderSettings(forged="drop"), "1")
    assert pen.refusal() is None
    assert pen.text("<pr><pr>") == "<pr><pr>"
    assert pen.refusal() == Problem("forged_sentinel", 2.0, 0.0, "<pr>")
