"""Threads are dropped for their size, their people or their language."""

import pytest

from curation.sources.base import Problem
from curation.structured.issues.rules import other_language, too_small
from curation.structured.issues.settings import IssueSettings
from curation.structured.records import Comment

OURS = IssueSettings()
SC1 = IssueSettings(profile="sc1")
GERMAN = "Der Build schlägt leider fehl, sobald ich die Tests auf meinem Rechner ausführe."
ENGLISH = "The build fails whenever I run the tests on my own machine, sorry."


def said(*lengths: int, users: int = 1) -> list[Comment]:
    """Comments of these lengths by so many users in turn."""
    return [Comment(f"user{i % users}", "", "x" * length, "created") for i, length in enumerate(lengths)]


@pytest.mark.parametrize(
    ("comments", "reason"),
    [
        (said(199), "too_short"),
        (said(200), None),
        (said(100, 100), None),
        (said(), "too_short"),
        (said(7000), None),
        (said(7001), "one_user_long"),
        (said(3500, 3501), "one_user_long"),
        (said(3500, 3501, users=2), None),
        (said(*[20] * 10), None),
        (said(*[20] * 11), "one_user_many"),
        (said(*[20] * 11, users=2), None),
        ([*said(7001), Comment("USER0", "", "y", "created")], "one_user_long"),
        ([*said(7001), Comment("", "", "y", "created")], None),
        ([Comment("", "", "y" * 7001, "opened"), Comment("ghost", "", "y", "created")], "one_user_long"),
    ],
)
def test_size_and_users(comments: list[Comment], reason: str | None) -> None:
    """Below 200 characters goes; one person alone stays up to 7000 characters and 10 events."""
    for settings in (OURS, SC1):
        problem = too_small(comments, settings)
        assert (problem and problem.reason) == reason


def test_what_was_measured_is_said() -> None:
    """With the limit."""
    assert too_small(said(7), OURS) == Problem("too_short", 7, 200, "characters of all comments")
    assert too_small(said(7001), OURS) == Problem("one_user_long", 7001, 7000, "users: 1")
    assert too_small(said(*[20] * 11), OURS) == Problem("one_user_many", 11, 10, "users: 1")


def test_events_without_text_count_as_published_only() -> None:
    """In the code of StarCoder who closes an issue is a user too, and each closing an event."""
    closed = [*said(7001), Comment("bob", "", "", "closed")]
    assert too_small(closed, SC1) is None
    assert too_small(closed, OURS) == Problem("one_user_long", 7001, 7000, "users: 1")
    again = [*said(300), *[Comment("user0", "", "", "closed")] * 10]
    assert too_small(again, SC1) == Problem("one_user_many", 11, 10, "users: 1")
    assert too_small(again, OURS) is None


@pytest.mark.parametrize(
    ("title", "texts", "reason"),
    [
        ("It breaks", [ENGLISH], None),
        ("Es geht nicht", [GERMAN, GERMAN], "not_english"),
        (GERMAN, ["x = 1"], "not_english"),
        ("Es geht nicht", ["Danke!"], None),
        ("It breaks", [ENGLISH, f"> {GERMAN}"], None),
        ("It breaks", [f"{ENGLISH}\n```\nnever closed", GERMAN, GERMAN], None),
    ],
)
def test_language(title: str, texts: list[str], reason: str | None) -> None:
    """Another language goes if there is enough prose to be sure; quotes and code do not count."""
    comments = [Comment("ann", "", text, "created") for text in texts]
    problem = other_language(title, comments, OURS)
    assert (problem and problem.reason) == reason
    if problem is not None:
        assert (problem.limit, problem.detail) == (0.7, "language: de")


def test_another_language_can_be_asked_for_and_all_can() -> None:
    """With de, English goes; with null, no model is asked."""
    comments = [Comment("ann", "", ENGLISH, "opened")]
    problem = other_language("", comments, IssueSettings(language="de"))
    assert problem is not None
    assert (problem.reason, problem.detail) == ("other_language", "language: en")
    assert other_language("", comments, IssueSettings(language=None)) is None


def test_only_the_beginning_of_a_long_thread_is_read() -> None:
    """200,000 characters tell enough."""
    comments = [
        Comment("ann", "", f"{ENGLISH}\n" * 4000, "opened"),
        Comment("b", "", GERMAN * 9000, "created"),
    ]
    assert other_language("", comments, OURS) is None
