"""Events of one issue -> its thread: nothing twice, nothing withdrawn, an opening even if it is missing."""

from typing import Any

import pytest
from github_payloads import START, comment_event, event, issue, issue_event, old_issue_event, user

from curation.sources.github.events import Event, read_event
from curation.sources.github.threads import thread
from curation.structured.records import Comment, Thread


def events_of(*lines: dict[str, Any]) -> list[Event]:
    found = [read_event(line, ("issues", "pull_requests")) for line in lines]
    events = [each for each in found if isinstance(each, Event)]
    assert len(events) == len(found)
    return sorted(events, key=lambda each: each.created or 0)


def of(*lines: dict[str, Any]) -> Thread:
    return thread(events_of(*lines))


def test_thread_is_description_comments_and_state() -> None:
    """The worked example: opened, commented, closed."""
    assert of(
        issue_event(7, "opened"),
        comment_event(7, 91, "Same here.", at=60),
        issue_event(7, "closed", at=90, actor="zoe"),
    ) == Thread(
        number=7,
        title="It breaks",
        comments=(
            Comment("ann", "User", "With 2.0 it does.", "opened", START),
            Comment("bob", "User", "Same here.", "created", START + 60, 91),
            Comment("zoe", "", "", "closed", START + 90),
        ),
        closed=True,
    )


def test_missing_opening_is_made_from_a_later_event() -> None:
    """By whom and when the issue was opened, what it says, and that it was made."""
    found = of(comment_event(7, 91, "Same here.", at=60), comment_event(7, 92, "Same.", at=70))
    assert found.comments[0] == Comment("ann", "User", "With 2.0 it does.", "opened", START)
    assert found.title == "It breaks"
    assert found.mended == ("opening_made",)


def test_words_of_the_opening_stay_when_later_ones_differ() -> None:
    """What was opened counts, not what the author made of it later."""
    found = of(issue_event(7, "opened"), comment_event(7, 91, "Hi", title="Solved: it broke", body="Edited."))
    assert (found.title, found.comments[0].text) == ("It breaks", "With 2.0 it does.")


def test_opening_counts_also_if_it_comes_late() -> None:
    """Clocks differ: a comment may be a second earlier than what it is about."""
    found = of(comment_event(7, 91, "Hi", at=4, title="Edited"), issue_event(7, "opened", at=5))
    assert found.title == "It breaks"
    assert [comment.action for comment in found.comments] == ["opened", "created"]


def test_without_an_opening_the_first_words_count() -> None:
    """The earliest that a later event carries."""
    found = of(
        comment_event(7, 91, "Hi", at=60, title="First"), comment_event(7, 92, "Ho", at=70, title="Second")
    )
    assert found.title == "First"


def test_words_that_stand_with_another_event_are_found() -> None:
    """Title and body are carried once for each text: an event that lacks them names them by their digest."""
    events = events_of(issue_event(7, "opened"), comment_event(7, 91, "Hi", at=60, title="New", body="New."))
    late = events_of(comment_event(7, 92, "Ho", at=80))[0]
    opened = events[0].subject
    assert opened
    opened.title = opened.body = None
    found = thread([*events, late])
    assert (found.title, found.comments[0].text) == ("It breaks", "With 2.0 it does.")


def test_old_opening_takes_its_words_from_a_later_event() -> None:
    """Before 2015 the archive has no texts of issues, but later comments bring them."""
    later = {**comment_event(12, 91, "Still so."), "created_at": "2015-03-01T00:00:00Z"}
    found = of(old_issue_event(12), later)
    assert found.comments[0] == Comment("ann", "User", "With 2.0 it does.", "opened", 1357064551)
    assert found.mended == ()


def test_old_opening_alone_has_no_words_and_says_so() -> None:
    """Kept, with reasons that are counted."""
    found = of(old_issue_event(12))
    assert found.comments == (Comment("Ann", "User", "", "opened", 1357064551),)
    assert found.mended == ("body_missing", "title_missing")


def test_old_closing_alone_has_no_opening() -> None:
    """There is nothing to make one from."""
    closing = old_issue_event(12)
    closing["payload"]["action"] = "closed"
    found = of(closing)
    assert [comment.action for comment in found.comments] == ["closed"]
    assert found.mended == ("opening_missing",)
    assert found.closed


def test_same_event_twice_counts_once() -> None:
    """Hours overlap; before 2015 events have no ids and are compared by what they say."""
    line = comment_event(7, 91, "Same here.")
    found = of(issue_event(7, "opened"), line, line)
    assert len(found.comments) == 2
    assert found.mended == ("duplicate_event",)
    old = of(old_issue_event(3), old_issue_event(3))
    assert len(old.comments) == 1
    assert "duplicate_event" in old.mended


def test_edited_comment_is_as_it_was_last_in_the_place_of_the_first() -> None:
    """By its id, whatever the order of ids."""
    found = of(
        issue_event(7, "opened"),
        comment_event(7, 91, "Helo", at=60),
        comment_event(7, 90, "Hi", at=70),
        comment_event(7, 91, "Hello", at=80, action="edited"),
    )
    assert [(c.id, c.text) for c in found.comments[1:]] == [(91, "Hello"), (90, "Hi")]
    assert found.mended == ("comment_edited",)


def test_comment_known_only_from_its_edition_is_where_it_was_written() -> None:
    """Its own time counts."""
    edited = comment_event(7, 91, "Hello", at=80, action="edited")
    edited["payload"]["comment"]["created_at"] = issue(7)["created_at"].replace("20:00", "21:00")
    found = of(issue_event(7, "opened"), comment_event(7, 92, "Hi", at=70), edited)
    assert [c.id for c in found.comments] == [None, 91, 92]


def test_deleted_comment_is_withdrawn() -> None:
    """Whoever deletes it, and also if only the deletion is known."""
    found = of(
        issue_event(7, "opened"),
        comment_event(7, 91, "secret", at=60),
        comment_event(7, 91, "secret", at=90, action="deleted"),
        comment_event(7, 92, "other", at=95, action="deleted"),
    )
    assert [comment.text for comment in found.comments] == ["With 2.0 it does."]
    assert found.mended == ("comment_deleted",)


@pytest.mark.parametrize(
    ("actions", "closed"),
    [
        (["opened"], False),
        (["closed"], True),
        (["closed", "reopened"], False),
        (["reopened", "closed"], True),
    ],
)
def test_last_change_of_state_counts(actions: list[str], closed: bool) -> None:
    """Closed, reopened, closed again."""
    assert of(*(issue_event(7, action, at=n) for n, action in enumerate(actions))).closed is closed


def test_state_is_also_known_from_comments() -> None:
    """A comment on a closed issue says that it is closed."""
    assert of(comment_event(7, 91, "Still so.", state="closed")).closed
    assert not of(issue_event(7, "closed"), comment_event(7, 91, "Reopened?", state="open")).closed


def test_opening_by_a_deleted_user_is_by_who_acted() -> None:
    """The archive still names who opened it; who is unknown is empty and counted."""
    assert of(issue_event(7, "opened", user=None, actor="zoe")).comments[0].author == "zoe"
    made = of(comment_event(7, 91, "Hi", user=None))
    assert (made.comments[0].author, made.mended) == ("", ("author_missing", "opening_made"))


def test_faults_of_all_parts_are_counted_once_each() -> None:
    """Those of comments, and those of the description that is used."""
    nameless = user("x") | {"login": 5}
    found = of(
        issue_event(7, "opened", body=None),
        comment_event(7, 91, None, at=60, by=nameless, title=3),
        comment_event(7, 92, None, at=61, by=nameless),
    )
    assert found.mended == ("author_not_text", "body_missing")


def test_event_without_a_date_comes_last() -> None:
    """It is kept, and counted."""
    found = of(issue_event(7, "opened"), {**issue_event(7, "labeled"), "id": "5", "created_at": None})
    assert [comment.action for comment in found.comments] == ["opened", "labeled"]
    assert found.mended == ("date_missing",)


def test_comments_of_a_pull_request_alone_are_a_thread_that_says_so() -> None:
    """Whether it is wanted is for others to decide."""
    assert of(comment_event(12, 91, "Hi", pull_request={"url": "https://x/pulls/12"})).is_pull


def test_50_000_comments_are_a_thread() -> None:
    """In time that grows with their number alone."""
    lines = [issue_event(7, "opened")]
    template = comment_event(7, 0, "Same here.")
    for number in range(50_000):
        payload = {**template["payload"], "comment": {**template["payload"]["comment"], "id": number}}
        lines.append(
            {**event("IssueCommentEvent", payload, id=number + 1), "created_at": template["created_at"]}
        )
    assert len(of(*lines).comments) == 50_001
