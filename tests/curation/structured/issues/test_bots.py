"""Programs leave a thread, with the comments that called them."""

import pytest

from curation.structured.issues.bots import calls, without_bots
from curation.structured.issues.settings import IssueSettings
from curation.structured.records import Comment

SC1 = IssueSettings(profile="sc1")
OURS = IssueSettings()


def thread(*rows: str) -> list[Comment]:
    """Comments from "author: text"; the first is the description."""
    pairs = [row.split(": ", 1) for row in rows]
    return [
        Comment(author, "User", text, "created" if index else "opened")
        for index, (author, text) in enumerate(pairs)
    ]


CASES = [
    (("ann: broken", "bob: yes"), "ann bob", "ann bob", set()),
    (("ann: broken", "x-bot: hi", "bob: yes"), "ann bob", "ann bob", {"bots_removed"}),
    (("ann: broken", "bob: /retest", "x-bot: ok", "ann: ty"), "ann ann", "ann bob ann", {"bots_removed"}),
    (("ann: broken", "bob: @x-bot run", "x-bot: ok"), "ann", "ann bob", {"bots_removed"}),
    (("ann: @x-bot run", "x-bot: ok"), "ann", "ann", {"bots_removed"}),
    (("ann: /x", "x-bot: ok", "bob: /y", "x-bot: ok"), "ann", "ann", {"bots_removed", "bot_calls_removed"}),
    (("ann: a", "x-bot: ok", "bob: b", "x-bot: ok"), "ann bob", "ann bob", {"bots_removed"}),
    (("ann: a", "bob: /y", "x-bot: ok", "y-bot: ok"), "ann", "ann bob", {"bots_removed"}),
    (("x-bot: a", "x-bot: b"), "", "", {"bots_removed"}),
    (("x-bot: a", "bob: /y", "bob: z", "x-bot: c"), "bob bob", "bob bob", {"bots_removed"}),
    ((), "", "", set()),
]


@pytest.mark.parametrize(("rows", "ours", "published", "changes"), CASES)
def test_who_is_left(rows: tuple[str, ...], ours: str, published: str, changes: set[str]) -> None:
    """Ours drops every call, the code of StarCoder none before the first comment of a program."""
    left, found = without_bots(thread(*rows), OURS)
    assert " ".join(comment.author for comment in left) == ours
    assert found - {"bot_calls_removed"} == changes - {"bot_calls_removed"}
    left, found = without_bots(thread(*rows), SC1)
    assert " ".join(comment.author for comment in left) == published
    assert found == changes


def test_events_without_text_do_not_part_a_call_from_its_answer() -> None:
    """Someone may close the issue in between."""
    rows = thread("ann: broken", "bob: /retest", "bob: ", "x-bot: ok")
    left, changes = without_bots(rows, OURS)
    assert [comment.text for comment in left] == ["broken", ""]
    assert changes == {"bots_removed", "bot_calls_removed"}


def test_a_call_may_come_first() -> None:
    """Where the event of the description is missing."""
    rows = [Comment("ann", "", "/x", "created"), Comment("x-bot", "", "ok", "created")]
    assert without_bots(rows, OURS) == ([], {"bots_removed", "bot_calls_removed"})
    rows = [Comment("x-bot", "", "ok", "created"), Comment("ann", "", "/x", "created")]
    assert without_bots(rows, OURS) == (rows[1:], {"bots_removed"})


def test_calls_can_be_kept() -> None:
    """By a setting."""
    left, _ = without_bots(thread("ann: a", "bob: /y", "x-bot: ok"), IssueSettings(bot_calls=False))
    assert [comment.author for comment in left] == ["ann", "bob"]


@pytest.mark.parametrize(
    ("text", "bot", "expected"),
    [
        ("@dependabot rebase", "dependabot[bot]", True),
        ("DEPENDABOT, please", "dependabot[bot]", True),
        ("  /merge", "any", True),
        ("a/b", "any", False),
        ("ask x-botany", "x-bot", False),
        ("ask x-bot.", "x-bot", True),
        ("ask zap on", "zap", True),
        ("go on", "go", False),
        ("@go on", "go", True),
        ("what", "", False),
        ("(a+)+", "(a+)+", True),
    ],
)
def test_what_is_a_call(text: str, bot: str, expected: bool) -> None:
    """A slash at the beginning, or the name as a whole word; a very short name needs an @."""
    assert calls(Comment("ann", "User", text, "created"), bot) is expected
    assert not calls(Comment("ann", "User", text, "opened"), bot)
