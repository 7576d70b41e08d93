"""Steps as HTML: nothing acts, nothing hides, long texts are cut in the middle."""

from pages import ALLOWED, Page
from report_runs import BIDI, ESCAPE, IMAGE, SCRIPT

from curation.report.journey import Decision, Step
from curation.report.journey_html import DECISIONS, PIECES, as_html
from curation.report.journey_pieces import Piece

HOSTILE = f"{SCRIPT}{IMAGE}{BIDI}{ESCAPE}{{{{ 7 * 7 }}}}</pre></section>\r\n"


def shown(*steps: Step, limit: int = 100) -> str:
    """The text of the fragment, without white space at its ends."""
    return "".join(Page(as_html(steps, limit=limit)).text)


def step(*pieces: Piece, name: str = "made") -> Step:
    """A step with these texts."""
    return Step("rendered" if name == "rendered" else "made", "A title", pieces=pieces)


def test_hostile_names_and_texts_are_only_shown() -> None:
    """In facts, decisions, roles, notes, texts and rendered texts."""
    piece = Piece(HOSTILE, HOSTILE, HOSTILE, ((1, 4),))
    decision = Decision(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    steps = [
        Step("made", HOSTILE, {HOSTILE: HOSTILE}, (decision,), (piece,), HOSTILE),
        Step("rendered", HOSTILE, pieces=(piece._replace(text="<fim_prefix>" + HOSTILE),)),
    ]
    page = as_html(steps)
    parsed = Page(page)
    assert {tag for tag, _ in parsed.tags} <= ALLOWED
    assert not [name for _, given in parsed.tags for name in given if name not in {"style", "title"}]
    assert parsed.open == []
    assert "{{ 7 * 7 }}" in "".join(parsed.text)
    assert all(character.isprintable() or character in "\n\t" for character in page)


def test_a_long_text_is_cut_in_the_middle() -> None:
    """The beginning, how much is left out, and the end."""
    text = shown(step(Piece("", "", "a" * 1_000 + "b" * 50_000 + "c" * 1_000)), limit=30)
    assert "a" * 20 + "\n" in text
    assert "51,970 characters left out" in text
    assert "c" * 10 in text
    assert "b" not in text.replace("A title", "").replace("characters", "")
    assert "left out" not in shown(step(Piece("", "", "a" * 30)), limit=30)


def test_many_parts_are_cut_in_the_middle() -> None:
    """So are many decisions, at their end."""
    pieces = [Piece("comment", f"user username_{n}", f"text {n}") for n in range(100)]
    text = shown(step(*pieces))
    assert f"{100 - PIECES} parts left out" in text
    assert "username_99" in text
    assert "username_50" not in text
    rows = [Decision("filters", "changed", f"reason_{n}", "") for n in range(DECISIONS + 3)]
    text = shown(Step("decided", "A title", decisions=rows))
    assert "3 more rows" in text
    assert f"reason_{DECISIONS}" not in text


def test_replacements_are_marked_also_at_a_cut() -> None:
    """A place that the cut goes through is marked on both sides."""
    page = as_html([step(Piece("", "", "0123456789", ((2, 8),)))], limit=6)
    marked = page.split('title="was personal data or a secret">')[1:]
    assert [piece.partition("<")[0] for piece in marked] == ["23"]
    page = as_html([step(Piece("", "", "0123456789", ((2, 9),)))], limit=6)
    marked = page.split('title="was personal data or a secret">')[1:]
    assert [piece.partition("<")[0] for piece in marked] == ["23", "8"]


def test_special_tokens_are_coloured_in_rendered_texts_only() -> None:
    """Elsewhere they are text like any other."""
    text = "<file_sep>x < 1"
    assert "background:#1565c0" in as_html([step(Piece("", "", text), name="rendered")])
    assert "background:#1565c0" not in as_html([step(Piece("", "", text))])


def test_an_equal_text_is_not_repeated() -> None:
    """A sentence instead, also if a step without a text lies between."""
    steps = [step(Piece("", "", "some text")), Step("decided", "Between"), step(Piece("", "", "some text"))]
    text = shown(*steps)
    assert text.count("some text") == 1
    assert text.count("The text is the same as above.") == 1
    assert shown(steps[0], step(Piece("", "", "other text"))).count("same as above") == 0
