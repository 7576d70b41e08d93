"""What happens in a pull request, as parts."""

from dataclasses import replace

import pytest
from made_pulls import ALL, CLOSED, HEAD, OPENED, REVIEW, comment, with_events

from curation.structured.parts import Part
from curation.structured.people.usernames import Participants
from curation.structured.pulls.events import Scene, distinct, finished, parts_of, prepared
from curation.structured.pulls.settings import PullSettings
from curation.structured.records import PullEvent

TEXT = "Would it not be simpler to sort first?"
HUNK = "@@ -41,3 +41,4 @@\n a\n+b\n c\n d"
SECOND = "d" * 40
DIFF = (Part("hunk", "@@ -1,1 +1,1 @@\n-x\n+y", {"path": "v.py"}),)
REMARK = PullEvent(
    *("review_comment", "bob", "User", TEXT, "created"), id=77, head=HEAD, path="v.py", line=42, hunk=HUNK
)


def made(*events: PullEvent, settings: PullSettings = ALL, head: str = HEAD) -> tuple[list[Part], set[str]]:
    """The parts of these events, and what was changed."""
    changes: set[str] = set()
    people = Participants(["ann"])
    scene = Scene(people, head, {HEAD: DIFF, SECOND: DIFF}, {"v.py": 40}, merged=True)
    told = prepared(distinct(with_events(*events), settings, changes), settings, changes)
    shown = [one for one in finished(told, people, settings, changes) if one.event not in (OPENED, CLOSED)]
    return list(parts_of(shown, scene, settings, changes)), changes


@pytest.mark.parametrize(
    ("event", "parts", "changes"),
    [
        (
            comment(TEXT, id=5),
            [Part("comment", TEXT, {"user": "username_1", "id": 1, "status": "created"})],
            set(),
        ),
        (comment(TEXT, "ann"), [Part("comment", TEXT, {"user": "username_0", "status": "created"})], set()),
        (comment(TEXT, ""), [Part("comment", TEXT, {"user": "username_1", "status": "created"})], {"ghost"}),
        (
            comment(TEXT, action="EDITED"),
            [Part("comment", TEXT, {"user": "username_1", "status": "edited"})],
            set(),
        ),
        (
            comment(TEXT, action="<pr_status>"),
            [Part("comment", TEXT, {"user": "username_1", "status": "created"})],
            set(),
        ),
        (comment("Too short"), [], {"comments_dropped"}),
        (comment(""), [], {"comments_dropped"}),
        (comment("This was found by Qwiet AI."), [], {"comments_dropped"}),
        (
            comment("See codecov.io for it"),
            [Part("comment", "[OMITTED]CodeCov", {"user": "username_1", "status": "created"})],
            {"codecov_omitted"},
        ),
        (REVIEW, [Part("review", "", {"user": "username_1", "id": 1, "state": "approved"})], set()),
        (
            replace(REVIEW, text="Fine!", state="CHANGES_REQUESTED", id=None),
            [Part("review", "Fine!", {"user": "username_1", "state": "changes_requested"})],
            set(),
        ),
        (
            replace(REVIEW, state="odd", id=None),
            [Part("review", "", {"user": "username_1", "state": "commented"})],
            set(),
        ),
        (replace(REVIEW, text="Qwiet says no"), [], {"comments_dropped"}),
        (
            REMARK,
            [
                Part("comment_hunk", "@@ -1,3 +1,4 @@\n a\n+b\n c\n d", {"path": "v.py", "line": 2}),
                Part("review_comment", TEXT, {"user": "username_1", "id": 1}),
            ],
            set(),
        ),
        (
            replace(REMARK, path="else\ud800.py", line=10**30, hunk="", reply_to=4, review=4),
            [
                Part("comment_hunk", "", {"path": "else?.py"}),
                Part("review_comment", TEXT, {"user": "username_1", "id": 1}),
            ],
            set(),
        ),
        (
            replace(REMARK, hunk="@@ -1,2 +1,2 @@\n" + "x" * 10_000, path="w.py", line=None),
            [
                Part("comment_hunk", "[OMITTED]", {"path": "w.py"}),
                Part("review_comment", TEXT, {"user": "username_1", "id": 1}),
            ],
            {"hunk_omitted"},
        ),
        (
            replace(REMARK, hunk="x" * 10_000, line=0),
            [
                Part("comment_hunk", "x" * 10_000, {"path": "v.py"}),
                Part("review_comment", TEXT, {"user": "username_1", "id": 1}),
            ],
            set(),
        ),
        (replace(REMARK, text="short"), [], {"comments_dropped"}),
        (PullEvent("synchronize", "ann", head=SECOND), [Part("update", ""), *DIFF], set()),
        (PullEvent("synchronize", "ann", head="e" * 40), [Part("update", "")], {"diffs_omitted"}),
        (PullEvent("synchronize", "ann", head=HEAD), [], set()),
        (PullEvent("labeled", "ann"), [], set()),
        (
            replace(CLOSED, created=99, text="An old description that names Qwiet"),
            [Part("closed", "", {"user": "username_1", "merged": True})],
            set(),
        ),
    ],
)
def test_events_by_hand(event: PullEvent, parts: list[Part], changes: set[str]) -> None:
    """Every kind of event becomes its parts, or none, and what was changed is named."""
    assert made(event) == (parts, changes)


def test_a_new_head_is_told_once_by_what_names_it_first() -> None:
    """A review of a new head commit comes after its diff; comments of nobody's head tell none."""
    found, _ = made(
        replace(REVIEW, head=SECOND), comment(TEXT, head=HEAD), replace(REVIEW, id=502, head=SECOND)
    )
    assert [part.role for part in found] == ["update", "hunk", "review", "comment", "review"]


def test_the_first_head_is_no_update_if_none_was_known() -> None:
    """Where the head at the opening is unknown, the first that is named changes nothing."""
    assert [part.role for part in made(REVIEW, head="")[0]] == ["review"]


def test_answers_name_what_is_shown() -> None:
    """A review comment names its review and the comment that it answers by their numbers in the document."""
    review = replace(REVIEW, id=10**12)
    answer = replace(REMARK, id=78, text=TEXT + "!", reply_to=77, review=10**12)
    lost = replace(REMARK, id=79, text=TEXT + "?", reply_to=999, review=999)
    found, _ = made(review, REMARK, answer, lost)
    assert [dict(part.about) for part in found if part.role == "review_comment"] == [
        {"user": "username_1", "id": 2},
        {"user": "username_1", "id": 3, "review": 1, "reply_to": 2},
        {"user": "username_1", "id": 4},
    ]


def test_repeats_are_shown_once() -> None:
    """An event that the archive holds twice is one; the same review with another state is not."""
    found, changes = made(
        comment(TEXT, id=5), comment(TEXT, id=5, created=8), REVIEW, replace(REVIEW, state="dismissed")
    )
    assert [part.role for part in found] == ["comment", "review", "review"]
    assert [part.about["id"] for part in found] == [1, 2, 2]
    assert changes == {"repeats_dropped"}


def test_programs_speak_or_do_not() -> None:
    """As published, programs are shown among people; on request they are not."""
    events = (comment(TEXT, "codecov-io"), REVIEW)
    assert [part.role for part in made(*events)[0]] == ["comment", "review"]
    found, changes = made(*events, settings=ALL.model_copy(update={"bot_events": "drop"}))
    assert [part.role for part in found] == ["review"]
    assert changes == {"bots_removed"}


@pytest.mark.parametrize(
    ("kinds", "roles"),
    [
        (("closed",), ["closed"]),
        (("closed", "reopened"), []),
        (("closed", "reopened", "closed"), ["closed"]),
        (("reopened",), []),
    ],
)
def test_only_the_last_closing_is_shown(kinds: tuple[str, ...], roles: list[str]) -> None:
    """A closing that was undone is not told."""
    events = [PullEvent(kind, "bob", created=number) for number, kind in enumerate(kinds, start=20)]
    assert [part.role for part in made(*events)[0]] == roles
