"""Titles and texts of people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_pulls import ALL
from patience import ends_soon, repeated

from curation.sources.base import Problem
from curation.structured.people.usernames import Participants
from curation.structured.pulls import texts

LONG = "\n".join(f"line {number}" for number in range(100))


@pytest.mark.parametrize(
    ("text", "expected", "changes"),
    [
        ("Add retries to requests", "Add retries to requests", set()),
        ("  Add retries  ", "Add retries", set()),
        ("Ten chars.", "Ten chars.", set()),
        ("Nine char", Problem("title_too_short", 9, 10), set()),
        ("", Problem("title_too_short", 0, 10), set()),
        ("Bump all dependencies", Problem("title_word", detail="dependencies"), set()),
        ("Bump a DEPENDENCY", Problem("title_word", detail="dependency"), set()),
        ("This depends on it", Problem("title_word", detail="depend"), set()),
        ("Release 2.0 of the tool", Problem("title_word", detail="release"), set()),
        ("Rely on the new parser", "Rely on the new parser", set()),
        ("Add retries\nto requests", "Add retries to requests", {"title_joined"}),
    ],
)
def test_titles_by_hand(text: str, expected: str | Problem, changes: set[str]) -> None:
    """Short titles and those about dependencies and releases are refused; others stand on one line."""
    seen: set[str] = set()
    assert texts.title(text, ALL, seen) == expected
    assert seen == changes


def test_long_titles_are_cut() -> None:
    """A title has 500 characters at most."""
    seen: set[str] = set()
    assert texts.finish_title("x" * 500, Participants(), ALL, seen) == "x" * 500
    assert seen == set()
    assert texts.finish_title("x" * 501, Participants(), ALL, seen) == "x" * 500
    assert seen == {"truncated"}


@pytest.mark.parametrize(
    ("text", "expected", "changes"),
    [
        ("Looks good to me!", "Looks good to me!", set()),
        ("", "", set()),
        ("Done.<!-- fill in -->\nThanks", "Done.\nThanks", {"html_comments_removed"}),
        ("<!-- a --><!-- b\nc -->", "", {"html_comments_removed"}),
        ("a --> b <!-- never closed", "a --> b <!-- never closed", set()),
        ("Found by Qwiet AI", Problem("text_of_qwiet"), set()),
        ("be qwiet", "be qwiet", set()),
        ("# [CodeCov](https://codecov.io/x) Report", "[OMITTED]CodeCov", {"codecov_omitted"}),
        ("The coverage is fine", "The coverage is fine", set()),
        (
            LONG,
            "\n".join([*LONG.split("\n")[:60], "[TRUNCATED]", *LONG.split("\n")[-20:]]),
            {"truncated"},
        ),
        ("\n".join(LONG.split("\n")[:80]), "\n".join(LONG.split("\n")[:80]), set()),
        (
            "Fixed.\n\nOn Mon, Jan 4, 2016 at 3:04 PM, A <notifications@github.com> wrote:\n\n> It broke\n",
            "Fixed.",
            {"email_text_removed"},
        ),
    ],
)
def test_texts_by_hand(text: str, expected: str | Problem, changes: set[str]) -> None:
    """Each rule about texts edits, drops or leaves alone, and says so."""
    seen: set[str] = set()
    assert texts.prepare(text, ALL, seen) == expected
    assert seen == changes


def test_names_are_replaced_before_the_cut() -> None:
    """A cut that would fall into a replaced name falls before it, or the name would be another's."""
    people = Participants(["ann-k", *(f"someone{number}x" for number in range(12))])
    text = "x " * 493 + "and @someone11x was here too"
    seen: set[str] = set()
    shown = texts.finish(text, people, ALL, seen)
    assert shown == "x " * 493 + "and @"
    assert seen == {"truncated", "usernames_replaced"}
    assert texts.finish("Thanks @ann-k", people, ALL, set()) == "Thanks @username_0"


def test_names_in_titles_are_replaced() -> None:
    """A title names nobody either."""
    seen: set[str] = set()
    assert texts.finish_title("As @ann-k said", Participants(["ann-k"]), ALL, seen) == "As @username_0 said"
    assert seen == {"usernames_replaced"}


def test_a_report_left_out_is_neither_short_nor_somebody() -> None:
    """What stands for a report of codecov is shown as it is, though it is short and may look like a name."""
    assert texts.too_short(texts.CODECOV, ALL) is None
    assert texts.finish(texts.CODECOV, Participants(["codecov"]), ALL, set()) == texts.CODECOV


@pytest.mark.parametrize(("size", "short"), [(19, True), (20, False), (0, True)])
def test_short_texts_are_named(size: int, short: bool) -> None:
    """Comments and descriptions have 20 characters at least."""
    assert texts.too_short("x" * size, ALL) == (Problem("text_too_short", size, 20) if short else None)


@given(st.lists(st.sampled_from(["<!--", "-->", "a", "\n", "\ud800"])).map("".join))
def test_comments_are_gone_and_nothing_else(text: str) -> None:
    """What stays are the characters outside of comments, in order."""
    shown = texts.without_comments(text)
    rest, expected = text, ""
    while "<!--" in rest and "-->" in rest.split("<!--", 1)[1]:
        before, rest = rest.split("<!--", 1)
        expected += before
        rest = rest.split("-->", 1)[1]
    assert shown == expected + rest


@pytest.mark.parametrize("unit", ["<!--", "-->", "<!-- -->", "username_1 ", "@a-", "\n", "codeco"])
def test_hostile_texts_take_linear_time(unit: str) -> None:
    """Whatever is said again and again, it ends."""
    text = repeated(unit)
    with ends_soon(f"cleaning texts of {unit!r}"):
        shown = texts.prepare(text, ALL, set())
        assert isinstance(shown, str)
        texts.finish(shown, Participants(["ann"]), ALL, set())
