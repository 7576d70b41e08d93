"""The text of each comment is cleaned, and what was done is named once."""

import pytest

from curation.structured.issues.settings import IssueSettings
from curation.structured.issues.texts import clean, one_line_end
from curation.structured.records import Comment

HEADING = "On Mon, Jan 4, 2016, Ann <notifications@github.com> wrote:\n> x"
LONG = "\n".join(map(str, range(300)))
TABLE = [
    ("plain\ntext", "plain\ntext", set()),
    ("a\r\nb\rc", "a\nb\nc", {"crlf"}),
    (f"a\n\n{HEADING}", "a", {"email_text_removed"}),
    (f"a\r\n\r\n{HEADING}", "a", {"crlf", "email_text_removed"}),
    (LONG, None, {"truncated"}),
    (HEADING, "", {"email_text_removed"}),
    (" \n ", "", set()),
    ("", "", set()),
]


@pytest.mark.parametrize(("text", "expected", "changes"), TABLE)
def test_a_comment_is_cleaned(text: str, expected: str | None, changes: set[str]) -> None:
    """Line ends first, then mail, then length."""
    (comment,), found = clean([Comment("ann", "User", text, "created", 5, 6)], IssueSettings())
    assert found == changes
    assert (comment.author, comment.action, comment.created, comment.id) == ("ann", "created", 5, 6)
    assert expected is None or comment.text == expected


def test_length_is_that_without_mail() -> None:
    """A comment that is only long because of the mail below it is not cut."""
    quote = "\n".join("> x" for _ in range(300))
    (comment,), changes = clean([Comment("a", "", f"a\n\n{HEADING}\n{quote}", "created")], IssueSettings())
    assert (comment.text, changes) == ("a", {"email_text_removed"})


def test_each_step_can_be_off() -> None:
    """Then mail and long texts stay."""
    settings = IssueSettings(strip_email=False, lines=None)
    for text in (f"a\n\n{HEADING}", LONG):
        (comment,), changes = clean([Comment("a", "", text, "created")], settings)
        assert (comment.text, changes) == (text, set())


def test_line_ends() -> None:
    """Each kind becomes one newline."""
    assert one_line_end("a\r\n\r\nb\r\rc\n") == "a\n\nb\n\nc\n"
