"""Issues in the layout of both families."""

import pytest

from curation.errors import BadInputError
from curation.render.item import Item, Parsed, Rendered
from curation.render.layouts import parse, render
from curation.render.settings import RenderSettings
from curation.sources.base import Problem
from curation.structured.parts import Part, header, join

SETTINGS = RenderSettings()
TITLE = Part("title", "It breaks")
FIRST = Part("comment", "With 2.0.", {"user": "username_0"})
SECOND = Part("comment", "Fixed.\nThanks.", {"user": "username_1"})


def issue(*parts: Part) -> Item:
    """An issue of these parts."""
    return Item("1", "issues", join(parts), header(parts), repo_name="octo/hello", path="issues/7")


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_golden_issue(family: str) -> None:
    """Title and description first, then comments."""
    settings = RenderSettings.model_validate({"family": family})
    text = "<issue_start>Title: It breaks\nusername_0: With 2.0.<issue_comment>username_1: Fixed.\nThanks."
    assert render(issue(TITLE, FIRST, SECOND), settings) == Rendered(text, ("1",))
    assert parse(text, "issues", settings) == Parsed("issues", (TITLE, FIRST, SECOND))


def test_golden_closed_issue() -> None:
    """One token more, at the end."""
    closed = Part("title", "It breaks", {"closed": True})
    text = "<issue_start>Title: It breaks\nusername_0: With 2.0.<issue_closed>"
    assert render(issue(closed, FIRST), SETTINGS) == Rendered(text, ("1",))
    assert parse(text, "issues", SETTINGS) == Parsed("issues", (closed, FIRST))


def test_golden_issue_as_the_playground_shows_it() -> None:
    """The title is a comment as well, if asked for."""
    settings = RenderSettings(family="starcoder", issue_opening="start_comment")
    text = "<issue_start><issue_comment>Title: It breaks\nusername_0: With 2.0."
    assert render(issue(TITLE, FIRST), settings) == Rendered(text, ("1",))
    assert parse(text, "issues", settings) == Parsed("issues", (TITLE, FIRST))


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((TITLE,), "<issue_start>Title: It breaks"),
        ((Part("title", ""), FIRST), "<issue_start>Title: \nusername_0: With 2.0."),
        (
            (TITLE, Part("comment", "", {"user": "username_0"})),
            "<issue_start>Title: It breaks\nusername_0",
        ),
        ((TITLE, Part("comment", "x", {"user": ""})), "<issue_start>Title: It breaks\n: x"),
        (
            (TITLE, Part("comment", "username_9: y", {"user": "a:"})),
            "<issue_start>Title: It breaks\na:: username_9: y",
        ),
    ],
    ids=["title only", "no title", "nothing said", "nobody", "colons"],
)
def test_texts_that_look_like_the_layout_come_back(parts: tuple[Part, ...], text: str) -> None:
    """Whatever is missing or doubled, reading gives what was written."""
    rendered = render(issue(*parts), SETTINGS)
    assert isinstance(rendered, Rendered)
    assert rendered.text == text
    assert parse(text, "issues", SETTINGS).parts == parts


def test_a_title_of_several_lines_becomes_one() -> None:
    """The first newline ends the title."""
    rendered = render(issue(Part("title", "It\r\nbreaks\u2028now"), FIRST), SETTINGS)
    assert isinstance(rendered, Rendered)
    assert rendered.text == "<issue_start>Title: It breaks now\nusername_0: With 2.0."
    assert rendered.changes == ("line_breaks_joined",)


def test_a_user_name_has_no_white_space() -> None:
    """So the first colon and space end it."""
    rendered = render(issue(TITLE, Part("comment", "x", {"user": "a: <fim_ pad>\n"})), SETTINGS)
    assert isinstance(rendered, Rendered)
    assert rendered.text == "<issue_start>Title: It breaks\na:<\u2060fim_pad>: x"
    assert rendered.changes == ("sentinels_escaped", "white_space_removed")


@pytest.mark.parametrize("parts", [(FIRST,), (TITLE, TITLE), (TITLE, FIRST, Part("text", "x"))])
def test_other_parts_are_refused(parts: tuple[Part, ...]) -> None:
    """A title, then comments."""
    assert render(issue(*parts), SETTINGS) == Problem(
        "bad_parts", detail="render: an issue has other parts than a title and then comments"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<issue_start>It breaks", "expected 'Title: ' and a title, saw 'It brea'"),
        ("<issue_start>Title: x<issue_closed>y", "behind <issue_closed>, saw 1 characters"),
        ("<issue_start>Title: x<issue_closed><issue_comment>y", "expected the end after 2 tokens"),
        ("<issue_comment>x", "expected <issue_start> as token 1, saw <issue_comment>"),
    ],
)
def test_what_is_no_issue_is_refused(text: str, message: str) -> None:
    """With what was expected where."""
    with pytest.raises(BadInputError, match=message):
        parse(text, "issues", SETTINGS)
