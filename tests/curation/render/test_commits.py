"""Commits in StarCoder's layout."""

import pytest

from curation.errors import BadInputError
from curation.render.item import Item, Parsed, Rendered
from curation.render.layouts import parse, render
from curation.render.settings import RenderSettings
from curation.sources.base import Problem
from curation.structured.parts import Part, header, join

SETTINGS = RenderSettings(family="starcoder")
PARTS = (Part("before", "a = 1\n"), Part("message", "Double it"), Part("after", "a = 2\n"))
TEXT = "<commit_before>a = 1\n<commit_msg>Double it<commit_after>a = 2\n"


def item(parts: tuple[Part, ...]) -> Item:
    """A commit of these parts."""
    return Item("1", "commits", join(parts), header(parts), repo_name="octo/hello", path="a.py", stars=5)


def test_golden_commit() -> None:
    """Before, message, after, and no metadata."""
    assert render(item(PARTS), SETTINGS) == Rendered(TEXT, ("1",))
    assert parse(TEXT, "commits", SETTINGS) == Parsed("commits", PARTS)


def test_starcoder2_has_no_commits() -> None:
    """A counted reason, not an error."""
    assert render(item(PARTS), RenderSettings()) == Problem("no_layout", detail="commits for starcoder2")


@pytest.mark.parametrize("parts", [PARTS[:2], PARTS[::-1], (*PARTS, PARTS[0])])
def test_other_parts_are_refused(parts: tuple[Part, ...]) -> None:
    """As bad_parts, with the roles and no text."""
    problem = render(item(parts), SETTINGS)
    assert isinstance(problem, Problem)
    assert problem.reason == "bad_parts"
    assert "expected before, message, after" in problem.detail
    assert "Double" not in problem.detail


@pytest.mark.parametrize(
    "text", ["<commit_before>a<commit_after>b", "<commit_msg>m", "", "a", f"{TEXT}<commit_msg>m", f"x{TEXT}"]
)
def test_what_is_no_commit_is_refused(text: str) -> None:
    """Every token in its place, and nothing before or behind."""
    with pytest.raises(BadInputError, match="parse: expected "):
        parse(text, "commits", SETTINGS)
