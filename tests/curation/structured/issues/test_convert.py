"""A thread becomes a document in which people have numbers for names, or a counted reason."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from issue_hostile import hostile

from curation.structured.issues.convert import convert
from curation.structured.issues.settings import IssueSettings
from curation.structured.outcome import Converted, Refused
from curation.structured.parts import Part, header, join, split
from curation.structured.records import Comment, Thread

PROSE = "The build fails whenever I run the tests on my machine, and I have no idea why this happens. " * 3
SETTINGS = IssueSettings()


def thread(*comments: tuple[str, str], title: str = "It breaks", closed: bool = False) -> Thread:
    """A thread from authors and texts; the first is the description."""
    made = tuple(
        Comment(author, "User", text, "created" if index else "opened")
        for index, (author, text) in enumerate(comments)
    )
    return Thread(7, title, made, closed)


def converted(given: Thread, settings: IssueSettings = SETTINGS) -> Converted:
    """The document, which there must be."""
    outcome = convert(given, settings)
    assert isinstance(outcome, Converted)
    return outcome


def test_a_whole_thread() -> None:
    """Mail, programs and names are gone, and each is named; parts are in order of time."""
    mail = "On Mon, Jan 4, 2016, Ann-K <notifications@github.com> wrote:\n\n> x"
    given = thread(
        ("Ann-K", f"{PROSE}\r\nWhat does bob99 think?"),
        ("bob99", "/retest please"),
        ("x-bot", "Started."),
        ("bob99", f"@ann-k ask @carol-d.\n\n{mail}"),
        ("ann-k", "\n".join(map(str, range(200)))),
        ("", "Bye, CAROL-D"),
        title=" ann-k cannot\nbuild ",
        closed=True,
    )
    outcome = converted(replace(given, mended=("author_missing",)))
    long = "\n".join([*map(str, range(80)), "[Truncated]", *map(str, range(180, 200))])
    assert (outcome.kind, outcome.path, outcome.text) == ("issues", "issues/7", "")
    assert outcome.parts == (
        Part("title", "username_0 cannot build", {"closed": True}),
        Part("comment", f"{PROSE}\nWhat does username_1 think?", {"user": "username_0"}),
        Part("comment", "@username_0 ask @username_3.", {"user": "username_1"}),
        Part("comment", long, {"user": "username_0"}),
        Part("comment", "Bye, username_3", {"user": "username_2"}),
    )
    assert outcome.changes == (
        *("author_missing", "crlf", "email_text_removed", "truncated", "bots_removed", "bot_calls_removed"),
        "usernames_replaced",
    )


def test_a_plain_thread_is_not_changed() -> None:
    """Its texts are the same, an open issue says nothing of being closed, and nothing is counted."""
    outcome = converted(thread(("ann-k", PROSE), ("bob99", "Same here.")))
    assert outcome.changes == ()
    assert outcome.parts[0] == Part("title", "It breaks", {})
    assert [part.text for part in outcome.parts[1:]] == [PROSE, "Same here."]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (thread(), "no_text"),
        (thread(("ann", ""), ("bob", " \n")), "no_text"),
        (thread(("ann", "Signed-off-by: a <b>")), "no_text"),
        (thread(("x-bot", PROSE), ("y[bot]", PROSE)), "bots_only"),
        (thread(("x-bot", PROSE), ("ann", "")), "bots_only"),
        (thread(("ann", "short"), ("bob", "too")), "too_short"),
        (thread(("ann", PROSE * 40)), "one_user_long"),
        (thread(*[("ann", PROSE)] * 11), "one_user_many"),
        (
            thread(("ann", "Der Build schlägt fehl, sobald ich die Tests auf meinem Rechner starte. " * 3)),
            "not_english",
        ),
        (replace(thread(("ann", PROSE)), is_pull=True), "pull_request"),
    ],
)
def test_reasons(given: Thread, reason: str) -> None:
    """Each reason, of the kind issues, without content."""
    outcome = convert(given, SETTINGS)
    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.problem.reason) == ("issues", reason)
    assert "ann" not in outcome.problem.detail


def test_pull_requests_can_be_asked_for() -> None:
    """Their discussions are issues too on GitHub."""
    assert converted(replace(thread(("ann", PROSE)), is_pull=True), IssueSettings(pulls=True)).parts


def test_an_empty_description_is_a_part() -> None:
    """So the first part is by whom opened the issue; other events without text leave none."""
    outcome = converted(thread(("ann-k", ""), ("bob99", PROSE), ("bob99", ""), ("ann-k", "Thanks")))
    assert [(part.text, part.about.get("user")) for part in outcome.parts[1:]] == [
        ("", "username_0"),
        (PROSE, "username_1"),
        ("Thanks", "username_0"),
    ]


def test_only_a_description_is_a_part_without_text() -> None:
    """Where its event is missing, the first comment with text comes first."""
    closed = (Comment("bob99", "", "", "closed"), Comment("ann-k", "", PROSE, "created"))
    assert [part.text for part in converted(Thread(7, "x", closed)).parts] == ["x", PROSE]


def test_deleted_users_are_one_participant() -> None:
    """As GitHub shows them: ghost."""
    outcome = converted(thread(("", PROSE), ("ann-k", "@ghost?"), ("", "Yes")))
    assert [part.about.get("user") for part in outcome.parts[1:]] == [
        "username_0",
        "username_1",
        "username_0",
    ]
    assert outcome.parts[2].text == "@username_0?"


def test_names_in_texts_can_stay() -> None:
    """The authors are numbered all the same."""
    outcome = converted(thread(("ann-k", PROSE), ("bob99", "ann-k?")), IssueSettings(usernames=False))
    assert outcome.parts[2] == Part("comment", "ann-k?", {"user": "username_1"})
    assert outcome.changes == ()


def test_a_long_thread_is_one_document() -> None:
    """5,000 comments of 500 people, each of whom is someone else."""
    rows = [(f"maintainer{i % 500}x", f"{PROSE}@maintainer{(i + 7) % 500}x") for i in range(5_000)]
    outcome = converted(thread(*rows))
    assert len({part.about.get("user") for part in outcome.parts[1:]}) == 500
    assert outcome.parts[1].text.endswith("@username_7")
    assert not any("maintainer" in part.text for part in outcome.parts)


@pytest.mark.parametrize("name", hostile(64))
def test_hostile_texts_are_read_to_their_end(name: str) -> None:
    """As title, as description and as login: a document or a reason, never an error, and parts that join."""
    text = hostile(64 << 10)[name]
    settings = IssueSettings(minimum_characters=0)
    given = thread((text[:40], text), ("anna", text[::-1]), (text, PROSE), title=text[:999])
    outcome = convert(given, settings)
    if isinstance(outcome, Converted):
        assert split(join(outcome.parts), header(outcome.parts)) == outcome.parts


TEXT = st.text(max_size=60) | st.sampled_from(
    [PROSE, "@ann", "/x", "> q", "On 2016 a wrote:\n> q", "\ud800\0\r"]
)
AUTHOR = st.text(max_size=12) | st.sampled_from(["ann", "x-bot", "", "username_1", "a", ".*"])


@given(
    st.lists(st.tuples(AUTHOR, TEXT), max_size=8),
    TEXT,
    st.sampled_from(["default", "sc1", "sc1-paper", "sc2"]),
)
def test_any_thread_has_an_outcome(rows: list[tuple[str, str]], title: str, profile: str) -> None:
    """A document whose parts are a title and comments by numbers, or a reason."""
    settings = IssueSettings.model_validate({"profile": profile, "minimum_characters": 0})
    outcome = convert(thread(*rows, title=title), settings)
    if isinstance(outcome, Refused):
        assert outcome.problem.reason in {"no_text", "bots_only", "not_english"}
        return
    assert [part.role for part in outcome.parts] == ["title", *["comment"] * (len(outcome.parts) - 1)]
    assert all(str(part.about["user"]).startswith("username_") for part in outcome.parts[1:])
    assert "\n" not in outcome.parts[0].text
    assert not any("\r" in part.text for part in outcome.parts)
