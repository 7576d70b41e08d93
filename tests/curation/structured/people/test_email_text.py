"""What mail added to a comment is removed, and nothing that its author wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.structured.people.email_text import strip_email

HEADING = "On Mon, Jan 4, 2016 at 3:04 PM, Ann Lee <notifications@github.com> wrote:"
CLOSING = "Reply to this email directly or view it on GitHub<https://github.com/o/r/issues/7>."
HEAD = "From: Ann Lee [mailto:notifications@github.com]\nSent: Monday, January 4\nTo: o/r\nSubject: Re: It"
CLOSING_LINES = """Reply to this email directly, view it on GitHub
<https://github.com/o/r/issues/7>,
or unsubscribe
<https://github.com/notifications/x>.
You are receiving this because you were mentioned.Message ID:
"""

REMOVED = {
    "a heading and a quote": (f"Fixed.\n\n{HEADING}\n\n> It breaks\n> here\n", "Fixed."),
    "a heading over two lines": (
        "Fixed.\n\nOn Mon, Jan 4, 2016 at 3:04 PM, Ann <notifications@github.com>\nwrote:\n\n> It breaks",
        "Fixed.",
    ),
    "a heading broken by a quote mark": (
        "Fixed.\n\nOn Mon, Jan 4, 2016, Ann <notifications@github.com\n> wrote:\n\n> It breaks",
        "Fixed.",
    ),
    "a heading without GitHub's address": (
        "Fixed.\n\nOn 4 Jan 2016, at 15:04, Ann wrote:\n\n> It breaks",
        "Fixed.",
    ),
    "a heading with a link": (
        "Ok\n\nOn Mon, A <notifications@github.com [x](mailto:notifications@github.com)> wrote:",
        "Ok",
    ),
    "a French heading": (
        "Merci\nLe 4 janv. 2016 à 15:04, A <notifications@github.com> a écrit :\n\n> q",
        "Merci",
    ),
    "an address that answers": ("Ok\n\nOn Mon, A <reply+0a1b@reply.github.com> wrote:\n> q", "Ok"),
    "a mail that is not quoted": (
        f"Ok\n\n{HEADING}\n\nIt breaks\nhere\n\n\u2014\n{CLOSING}\n\nBye",
        "Ok\n\n\nBye",
    ),
    "closing lines": (f"Ok\n\n\u2014\n{CLOSING}", "Ok"),
    "closing lines over several lines": (f"Ok\n\n---\n{CLOSING_LINES}", "Ok"),
    "closing lines in a quote at the end": (f"Ok\n\n> It breaks\n>\n> \u2014\n> {CLOSING}\n", "Ok"),
    "reasons": ("Ok\n\n\u2014\nYou are receiving this because you commented.", "Ok"),
    "a head as of Outlook": (f"Yes.\n\n{HEAD}\n\nIt breaks\n\n\u2014\n{CLOSING}\n", "Yes."),
    "a head with a rule above": (f"Yes.\n\n{'_' * 32}\n{HEAD}\n\nIt breaks\n\n\u2014\n{CLOSING}", "Yes."),
    "a head with words above": (f"Yes.\n\n-----Original Message-----\n{HEAD}\n\n> It breaks", "Yes."),
    "a signature": ("Yes.\n\n-- \nAnn Lee\nAcme", "Yes."),
    "a signature before a quote": (f"Yes.\n\n-- \nAnn Lee\n\n{HEADING}\n> It breaks", "Yes."),
    "a device": ("Yes.\n\nSent from my iPhone", "Yes."),
    "a device before a quote": (f"Yes.\n\nSent from my iPhone\n\n{HEADING}\n> It breaks", "Yes."),
    "a program": ("Yes.\n\nGet Outlook for Android<https://aka.ms/x>", "Yes."),
    "sign-offs": ("Patch\n\nSigned-off-by: Ann Lee <ann@example.org>\nmore", "Patch\n\nmore"),
    "underscores": (f"a\n{'_' * 20}\nb {'_' * 25} c", "a\nb  c"),
    "a picture that tells of reading": (
        'a\n<img src="https://github.com/notifications/beacon/x.gif" />',
        "a",
    ),
    "carriage returns": (f"Fixed.\r\n\r\n{HEADING}\r\n\r\n> It breaks\r\n", "Fixed."),
}
KEPT = {
    "a quote between lines": "line 1\nline 2\n> quote\nline 3",
    "a quote at the end": "line 1\n\n> quote",
    "a sentence about the address": "Mails of notifications@github.com are spam.\n\nSecond.\n\nThird.",
    "a sentence that begins with the sender": "From: notifications@github.com is what I see.\n\nSecond.",
    "a sentence with On and wrote": "On Monday Bob wrote: it breaks notifications@github.com\n\n> yes\n\nno",
    "a sentence over two lines": "On 4 Jan I asked notifications@github.com\nand Bob wrote:\n\nIt breaks.",
    "a sentence without a date": "On Monday notifications@github.com wrote:\n\nIt breaks.",
    "someone's words": "On 4 Jan 2016 Bob wrote:\nthat it breaks\n",
    "a sentence that replies": "Reply to this email directly and it bounces.",
    "a sentence that is sent": "Sent from my fork, the request fails.",
    "a device in the middle": "Sent from my iPhone\n\nmore",
    "a heading in code": f"```\n{HEADING}\n> x\n```",
    "a head in code": f"```\n{HEAD}\n```\n\nOwn.",
    "underscores in code": f"```\n{'_' * 30}\n```",
    "19 underscores": "_" * 19,
    "two hyphens": "a\n\n--\nb",
    "a heading of Markdown": "Title\n-- \nText",
    "a long signature": "a\n\n-- \n" + "b\n" * 9 + "c",
    "sign-off as a word": "Please add Signed-off-by: to the message.",
    "a head without GitHub": "From: a@b.c\nTo: d@e.f\nSubject: x\nDate: y\n\nbody",
    "white space": "  a\n\n\n",
    "nothing": "",
}


@pytest.mark.parametrize("name", REMOVED)
def test_mail_is_removed(name: str) -> None:
    """Each form of it."""
    text, expected = REMOVED[name]
    assert strip_email(text) == expected


@pytest.mark.parametrize("name", KEPT)
def test_what_is_no_mail_is_kept(name: str) -> None:
    """To the last character."""
    assert strip_email(KEPT[name]) == KEPT[name]


def test_answers_between_quotes_are_kept_with_them() -> None:
    """Only the heading goes where someone answered below each piece of a mail."""
    text = f"{HEADING}\n\n> one?\n\nYes.\n\n> two?\n\nNo.\n\n> \u2014\n> {CLOSING}\n"
    assert strip_email(text) == "> one?\n\nYes.\n\n> two?\n\nNo."


@given(
    st.lists(st.sampled_from([*"ab", "", "> q", "-- ", HEADING, CLOSING, "```", "\u2014", "From: a", "own"]))
)
def test_lines_of_ones_own_are_kept_unless_a_mail_is_around_them(lines: list[str]) -> None:
    """Lines above any mail stay, in their order, and nothing is written that was not there."""
    kept = strip_email("\n".join(lines)).split("\n")
    mail = [index for index, line in enumerate(lines) if line not in {"a", "b", "", "own"}]
    above = [line for line in lines[: min(mail, default=len(lines))] if line]
    assert [line for line in kept if line][: len(above)] == above
    rest = iter(lines)
    assert all(any(line.rstrip() == other.rstrip() for other in rest) for line in kept if line.strip())


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    """None is an error."""
    assert isinstance(strip_email(text), str)
