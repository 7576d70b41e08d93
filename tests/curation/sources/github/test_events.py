"""One line of GH Archive: what is taken from it, in every format since 2011, and what is left or wrong."""

import copy
import json
from typing import Any

import pytest
from github_payloads import (
    BASE,
    HEAD,
    REPOSITORY,
    START,
    comment_event,
    issue_event,
    old_issue_event,
    pull_event,
    review_comment_event,
    review_event,
    user,
    watch_event,
)
from hypothesis import given
from hypothesis import strategies as st

from curation.sources.base import Problem
from curation.sources.github.events import Event, Kinds, Left, Said, Subject, read_event
from curation.sources.github.stored import pack, unpack

BOTH: Kinds = ("issues", "pull_requests")
PULL_LINK = {"url": "https://api.github.com/repos/octo/hello/pulls/12", "html_url": None}


def taken(values: dict[str, Any], kinds: Kinds = BOTH) -> Event:
    found = read_event(values, kinds)
    assert isinstance(found, Event), found
    return found


def subject_of(values: dict[str, Any]) -> Subject:
    subject = taken(values).subject
    assert subject
    return subject


def said_in(values: dict[str, Any]) -> Said:
    said = taken(values).said
    assert said
    return said


def test_issue_event_is_taken_over() -> None:
    """Repository, number, time, who acted, and the issue as it was."""
    event = taken(issue_event(7, "closed", at=30, actor="bob"))
    assert (event.repository, event.number, event.created) == (REPOSITORY, 7, START + 30)
    assert (event.type, event.action, event.actor, event.id) == ("IssuesEvent", "closed", "bob", "9000000030")
    subject = event.subject
    assert subject
    assert (subject.title, subject.body, subject.author) == ("It breaks", "With 2.0 it does.", "ann")
    assert (subject.author_type, subject.state, subject.is_pull) == ("User", "closed", False)
    assert (event.said, event.faults, subject.faults) == (None, (), ())


def test_comment_is_taken_over() -> None:
    """Its own author, text, id and time, beside the issue."""
    said = said_in(comment_event(7, 91, "Same here.", by="bob"))
    assert said == Said(91, "bob", "User", "Same here.", START + 60)


def test_title_of_a_pull_request_is_that_of_the_payload() -> None:
    """It stands below the payload, not beside it; commits, owners, stars and licence come with it."""
    values = {**pull_event(12, "closed", merged=True), "title": "not this one"}
    values["pull_request"] = {"title": "nor this"}
    subject = subject_of(values)
    assert (subject.title, subject.body) == ("Mend the parser", "It lost the last line.")
    assert (subject.base, subject.head, subject.merged) == (BASE, HEAD, True)
    assert (subject.base_owner, subject.head_owner) == ("octo", "ann")
    assert (subject.stars, subject.forks, subject.licence) == (5, 2, "MIT")
    assert subject.is_pull


def test_review_and_its_comments_are_taken_over() -> None:
    """State, text, hunk, path, line, and what answers what."""
    review = said_in(review_event(12, 500, "APPROVED", body="Good."))
    assert (review.id, review.state, review.text) == (500, "approved", "Good.")
    comment = said_in(review_comment_event(12, 501, "Why?"))
    assert (comment.id, comment.review, comment.reply_to) == (501, 500, 490)
    assert (comment.path, comment.line, comment.hunk) == ("src/parse.py", 4, "@@ -1 +1 @@\n-a\n+b")


def test_review_without_text_has_no_fault() -> None:
    """An approval need not say anything."""
    assert said_in(review_event(12, 500, "approved", body=None)).faults == ()


def test_line_of_an_outdated_comment_is_the_original_one() -> None:
    """GitHub takes the line away when the code has changed."""
    values = review_comment_event(12, 501, "Why?")
    values["payload"]["comment"] |= {"line": None, "original_line": 9}
    assert said_in(values).line == 9


@pytest.mark.parametrize(
    ("author", "expected", "faults"),
    [
        (user("bob", "Bot"), ("bob", "Bot"), ()),
        ({"login": "bob"}, ("bob", ""), ()),
        ("bob", ("bob", ""), ()),
        (None, ("bob", ""), ()),
        ({"login": None}, ("", ""), ("author_missing",)),
        ({"login": ""}, ("", ""), ("author_missing",)),
        ({}, ("", ""), ("author_missing",)),
        ({"login": 5, "type": 7}, ("", ""), ("author_not_text",)),
        (5, ("", ""), ("author_not_text",)),
        (["bob"], ("", ""), ("author_not_text",)),
    ],
)
def test_author_is_taken_as_it_comes(author: Any, expected: tuple[str, str], faults: tuple[str, ...]) -> None:
    """A login that is none is empty and counted; a comment without a user is by who acted."""
    values = comment_event(7, 91, "Hi")
    values["payload"]["comment"]["user"] = author
    said = said_in(values)
    assert ((said.author, said.author_type), said.faults) == (expected, faults)


def test_who_deletes_a_comment_is_not_taken_for_its_author() -> None:
    """An owner may delete what a deleted user wrote."""
    said = said_in(comment_event(7, 91, "Hi", by=[], action="deleted"))
    assert said.author == ""
    values = comment_event(7, 91, "Hi", action="edited")
    values["payload"]["comment"]["user"] = None
    assert said_in(values).faults == ("author_missing",)


@pytest.mark.parametrize(
    ("body", "text", "faults"),
    [
        ("", "", ()),
        ("a\ud800\r\nb\0", "a\ud800\r\nb\0", ()),
        (None, "", ("body_missing",)),
        (5, "", ("body_not_text",)),
        ({"a": 1}, "", ("body_not_text",)),
    ],
)
def test_body_is_taken_as_it_comes(body: Any, text: str, faults: tuple[str, ...]) -> None:
    """What is no text is empty and counted; what is one is not touched."""
    said = said_in(comment_event(7, 91, body))
    assert (said.text, said.faults) == (text, faults)


def test_title_and_description_that_are_no_texts_are_counted() -> None:
    """Null, missing and wrong types."""
    subject = subject_of(issue_event(7, "opened", title=None, body=3))
    assert (subject.title, subject.body, subject.faults) == ("", "", ("title_missing", "body_not_text"))


@pytest.mark.parametrize("number", [7, 7.0, "7", " 7 "])
def test_number_may_be_text(number: Any) -> None:
    """Exports write numbers in several ways."""
    assert taken(issue_event(7, "opened", number=number)).number == 7


@pytest.mark.parametrize("number", [None, True, "seven", -1, 0, [], float("nan"), 10**30, "9" * 5000])
def test_event_without_a_number_is_a_problem(number: Any) -> None:
    """What belongs to no issue is counted, not guessed."""
    assert read_event(issue_event(7, "opened", number=number), BOTH) == Problem(
        "bad_row", detail="the event has no number"
    )


@pytest.mark.parametrize("repository", [None, 5, {}, {"name": None}, {"name": "hello"}, {"name": "/"}])
def test_event_without_a_repository_is_a_problem(repository: Any) -> None:
    """As above."""
    values = {**issue_event(7, "opened"), "repo": repository}
    expected = Problem("bad_row", detail="the event has no repository")
    assert read_event(values, BOTH) == expected


@pytest.mark.parametrize(
    ("values", "detail"),
    [
        ({}, "type is of type NoneType, expected a text"),
        ({"type": 5}, "type is of type int, expected a text"),
        ({"type": ["IssuesEvent"]}, "type is of type list, expected a text"),
        ({"type": "IssuesEvent"}, "payload is of type NoneType, expected an object"),
        ({"type": "IssuesEvent", "payload": []}, "payload is of type list, expected an object"),
        ({"type": "IssuesEvent", "payload": "{"}, "payload is of type str, expected an object"),
    ],
)
def test_line_that_is_no_event_is_a_problem(values: dict[str, Any], detail: str) -> None:
    """With what it is and what was expected, and nothing of its content."""
    assert read_event(values, BOTH) == Problem("bad_row", detail=detail)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("2019-05-15T15:20:18Z", 1557933618),
        ("2013-01-01T10:22:31-08:00", 1357064551),
        ("2012/03/10 22:55:25 -0800", 1331448925),
        ("2019-05-15 15:20:18 UTC", 1557933618),
        (1557933618, 1557933618),
    ],
)
def test_time_is_read_as_each_archive_writes_it(written: Any, seconds: int) -> None:
    """With a zone or without, as GitHub, BigQuery and the archive of 2012 write it."""
    event = taken({**issue_event(7, "closed"), "created_at": written})
    assert (event.created, event.faults) == (seconds, ())


@pytest.mark.parametrize("written", [None, "", "soon", True, [], "2012/13/45 99:99:99 -0800"])
def test_missing_time_is_counted_or_that_of_the_comment(written: Any) -> None:
    """A comment has a time of its own."""
    event = taken({**issue_event(7, "closed"), "created_at": written})
    assert (event.created, event.faults) == (None, ("date_missing",))
    assert taken({**comment_event(7, 91, "Hi"), "created_at": written}).created == START + 60


def test_other_events_are_left_by_name() -> None:
    """Known types under their own name, whatever else comes under one name."""
    assert read_event(watch_event(), BOTH) == Left("WatchEvent")
    assert read_event({"type": "SomethingNewEvent"}, BOTH) == Left("other")


@pytest.mark.parametrize(
    ("values", "kinds", "reason"),
    [
        (pull_event(12, "opened"), ("issues",), "PullRequestEvent"),
        (issue_event(7, "opened"), ("pull_requests",), "IssuesEvent of an issue"),
        (comment_event(7, 91, "Hi"), ("pull_requests",), "IssueCommentEvent of an issue"),
        (
            comment_event(12, 91, "Hi", pull_request=PULL_LINK),
            ("issues",),
            "IssueCommentEvent of a pull request",
        ),
    ],
)
def test_what_is_not_asked_for_is_left(values: dict[str, Any], kinds: Kinds, reason: str) -> None:
    """With the reason, so that the counts say where everything went."""
    assert read_event(values, kinds) == Left(reason)
    assert isinstance(read_event(values, BOTH), Event)


@pytest.mark.parametrize(
    ("link", "is_pull"),
    [
        (PULL_LINK, True),
        (None, False),
        ({"html_url": None, "diff_url": None}, False),
        ({}, False),
        ("x", True),
    ],
)
def test_issue_says_whether_it_is_a_pull_request(link: Any, is_pull: bool) -> None:
    """In 2011 every issue had the field, with nulls in it."""
    assert subject_of(comment_event(12, 91, "Hi", pull_request=link)).is_pull is is_pull


def test_old_event_has_number_actor_and_repository() -> None:
    """2012 to 2014: a login alone, owner and name apart, an issue that is only an id."""
    event = taken(old_issue_event(12))
    assert (event.repository, event.number, event.actor, event.actor_type) == (REPOSITORY, 12, "Ann", "User")
    assert (event.subject, event.created, event.id) == (None, 1357064551, "")


def test_event_of_2011_names_the_actor_in_the_payload() -> None:
    """February 2011: repository and actor stand twice."""
    values = {
        "type": "IssuesEvent",
        "created_at": "2011-02-12T16:42:41Z",
        "repo": {"id": 1, "name": "/"},
        "payload": {"number": 3, "issue": 594121, "action": "opened", "repo": "octo/hello", "actor": "ann"},
    }
    event = taken(values)
    assert (event.repository, event.number, event.actor) == (REPOSITORY, 3, "ann")


def test_old_comment_without_text_is_left() -> None:
    """The archives of 2011 to 2014 have only its id."""
    values = old_issue_event(12) | {"type": "IssueCommentEvent", "payload": {"issue_id": 1, "comment_id": 2}}
    assert read_event(values, BOTH) == Left("IssueCommentEvent without text")


def test_old_review_comment_belongs_to_the_number_in_its_link() -> None:
    """2012 to 2014: no pull request in the payload."""
    values = review_comment_event(12, 501, "Why?")
    comment = values["payload"]["comment"]
    del values["payload"]["pull_request"]
    comment["_links"] = {"pull_request": {"href": "https://api.github.com/repos/octo/hello/pulls/12"}}
    event = taken(values)
    assert event.number == 12
    assert event.subject
    assert event.subject.is_pull


def test_pull_request_without_title_and_body_is_taken_all_the_same() -> None:
    """Since October 2025 the archive has only number, ids and commits."""
    values = pull_event(12, "merged")
    keep = ("number", "id", "url", "head", "base")
    values["payload"]["pull_request"] = {key: values["payload"]["pull_request"][key] for key in keep}
    subject = subject_of(values)
    assert (subject.title, subject.body, subject.digest, subject.faults) == (None, None, "", ())
    assert subject.head == HEAD


def test_payload_may_be_text() -> None:
    """As BigQuery stores it."""
    values = comment_event(7, 91, "Hi")
    assert taken({**values, "payload": json.dumps(values["payload"])}) == taken(values)


def test_repository_that_was_deleted_has_no_owner() -> None:
    """The head of a pull request from a fork that is gone has a null repository."""
    head = {"sha": HEAD, "user": None, "repo": None}
    assert subject_of(pull_event(12, "opened", head=head)).head_owner == ""


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just([]), st.just({})
)
EVENTS = [
    issue_event(7, "opened"),
    comment_event(7, 91, "Hi"),
    pull_event(12, "closed"),
    review_event(12, 500, "approved"),
    review_comment_event(12, 501, "Why?"),
    old_issue_event(3),
]


@given(st.sampled_from(EVENTS), st.data())
def test_no_value_stops_it_and_what_is_taken_can_be_carried(
    values: dict[str, Any], data: st.DataObject
) -> None:
    """Anything in any place gives an event, something left or a problem, and events survive packing."""
    values = copy.deepcopy(values)
    for _ in range(data.draw(st.integers(1, 4))):
        place: Any = values
        while True:
            key = data.draw(st.sampled_from(sorted(place)))
            if not isinstance(place[key], dict) or not place[key] or data.draw(st.booleans()):
                break
            place = place[key]
        place[key] = data.draw(LEAVES)
        if not values:
            break
    found = read_event(values, BOTH)
    if isinstance(found, Event):
        assert unpack(pack(found)) == found
        assert found.key.encode()
    else:
        assert isinstance(found, Left | Problem)
