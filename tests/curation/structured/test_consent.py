"""People who asked not to be used are left out of records, with what they said or with all of it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_pulls import CLOSED, PULL, comment, with_events

from curation.optout import OptOut
from curation.structured.consent import AUTHOR, EVENTS, without
from curation.structured.records import Comment, Commit, Record, Thread

LISTED = "Mallory"
THREAD = Thread(
    7,
    "It breaks",
    (
        Comment("ann", "User", "It breaks.", "opened"),
        Comment("bob", "User", "For me too.", "created"),
        Comment("ann", "User", "Thanks.", "created"),
    ),
    mended=("author_missing",),
)
COMMIT = Commit("Fix it\n", "Ann", "a.py", "a.py", b"a", b"b")
RECORDS: dict[str, Record] = {"issues": THREAD, "pull-requests": PULL, "commits": COMMIT}


def listed(*names: str, kind: str = "every") -> OptOut:
    """A list with these people."""
    return OptOut({(kind, "owner"): {name.lower() for name in names}})


@pytest.mark.parametrize("optout", [OptOut(), listed(LISTED), listed("")], ids=["empty", "other", "nobody"])
@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_a_record_without_anybody_listed_stays_the_same(record: Record, optout: OptOut) -> None:
    """It is passed on as it is, also if the list is empty."""
    assert without(record, optout) is record


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_deleted_users_are_on_no_list(record: Record) -> None:
    """A name that is empty, or that looks like a repository, is nobody's."""
    nameless: dict[type, Record] = {
        Thread: replace(THREAD, comments=(replace(THREAD.comments[0], author=""),)),
        type(PULL): replace(PULL, author="", events=(replace(CLOSED, author="mallory/tool"),)),
        Commit: replace(COMMIT, author="Mallory/tool"),
    }
    given = nameless[type(record)]
    assert without(given, listed("", LISTED)) is given


@pytest.mark.parametrize(
    "record",
    [
        replace(THREAD, comments=(replace(THREAD.comments[0], author="mallory"), *THREAD.comments[1:])),
        replace(PULL, author="MALLORY"),
        replace(PULL, base_owner="mallory"),
        replace(PULL, head_owner="Mallory"),
        replace(COMMIT, author="mallory"),
    ],
    ids=["issue by", "pull request by", "pull request to", "pull request from", "commit by"],
)
def test_what_a_listed_person_began_is_left_out_whole(record: Record) -> None:
    """Whatever the case of letters; the reason is a fixed word without the name."""
    assert without(record, listed(LISTED)) == AUTHOR == "optout_author"


def test_what_a_listed_person_said_is_left_out_of_a_thread() -> None:
    """All of it and nothing else, counted once beside what was counted before."""
    said = Comment("MALLORY", "User", "Me too.", "created")
    given = replace(THREAD, comments=(THREAD.comments[0], said, *THREAD.comments[1:], said))
    expected = replace(THREAD, mended=("author_missing", EVENTS))
    assert without(given, listed(LISTED)) == expected
    assert EVENTS == "optout_events"


def test_what_a_listed_person_did_is_left_out_of_a_pull_request() -> None:
    """Comments, reviews and the closing; title, files and the others' words stay."""
    given = with_events(comment("Mine.", "mallory"), comment("Good.", "bob"), comment("More.", LISTED))
    found = without(given, listed(LISTED))
    assert found == replace(with_events(comment("Good.", "bob")), mended=(EVENTS,))
    closed = without(
        replace(PULL, events=(*PULL.events[:-1], replace(CLOSED, author=LISTED))), listed(LISTED)
    )
    assert closed == replace(PULL, events=PULL.events[:-1], mended=(EVENTS,))


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("every", {"issues", "pull-requests", "commits"}),
        ("issues", {"issues", "pull-requests"}),
        ("commits", {"commits"}),
        ("code", set()),
    ],
)
def test_a_list_holds_for_the_kinds_that_it_names(kind: str, left: set[str]) -> None:
    """Issues and pull requests share one list, as in the records of the published opt-outs."""
    optout = listed("ann", kind=kind)
    assert {name for name, record in RECORDS.items() if without(record, optout) == AUTHOR} == left


def test_a_listed_repository_is_not_the_business_of_records() -> None:
    """Only owners are asked for; repositories and files are left out later, with all their documents."""
    optout = OptOut({("every", "repository"): {"ann/tool"}, ("every", "file"): {"a" * 40}})
    assert without(replace(PULL, base_owner="ann"), optout) == replace(PULL, base_owner="ann")


@given(st.lists(st.sampled_from(["ann", "Mallory", "mallory", "", "\ud800", "a/b"]), max_size=6))
def test_nobody_who_is_listed_is_left(authors: list[str]) -> None:
    """Whoever says what: the others' comments stay in order, and no listed name is in the result."""
    thread = Thread(1, "x", tuple(Comment(author, "User", "y", "created") for author in authors))
    found = without(thread, listed(LISTED))
    others = [author for author in authors if author.lower() != "mallory"]
    if isinstance(found, Thread):
        assert [one.author for one in found.comments] == others
        assert (found.mended == (EVENTS,)) == (others != authors)
    else:
        assert (found, authors[0].lower()) == (AUTHOR, "mallory")
    assert "mallory" not in repr(found).lower()
