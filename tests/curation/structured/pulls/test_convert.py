"""Whole pull requests."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_pulls import (
    ALL,
    BASE_TEXT,
    CLOSED,
    HEAD,
    HEAD_TEXT,
    OPENED,
    PAIR,
    PULL,
    REVIEW,
    comment,
    with_events,
)
from patience import ends_soon

from curation.sources.base import Problem, Repository
from curation.structured.outcome import Converted, Refused
from curation.structured.parts import Part, header, join, split
from curation.structured.pulls import PullSettings, convert
from curation.structured.records import FilePair, PullEvent, PullRequest

WHOLE = ALL.model_copy(update={"whole_file": 1.0, "context_min": 3, "context_max": 3})
REPOSITORY = Repository("ann/tool")
ROLES = {
    *("title", "description", "base_file", "hunk", "comment", "review", "comment_hunk", "review_comment"),
    *("update", "closed"),
}
PIECES = ["a", "@", "\n", "\ud800", "\0", "é", "-->", "<!--", "codecov", "@@ -1 +1 @@"]
ODD = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
PAPER = PullSettings(subsample=False)


def converted(pull: PullRequest, settings: PullSettings = ALL) -> Converted:
    """The document of a pull request that has one."""
    found = convert(pull, REPOSITORY, settings, f"ann/tool/{pull.number}")
    assert isinstance(found, Converted), found
    return found


def refused(pull: PullRequest, settings: PullSettings = ALL) -> Problem:
    """Why a pull request has no document."""
    found = convert(pull, REPOSITORY, settings, f"ann/tool/{pull.number}")
    assert isinstance(found, Refused), found
    assert found.kind == "pull-requests"
    return found.problem


def test_a_pull_request_by_hand() -> None:
    """Title, description, base, diff, what was said and the closing: all of it, in order."""
    pull = with_events(
        comment("Thanks @ann! Does @carol-d agree?", "bob", id=900, created=2),
        REVIEW,
        mended=("body_not_text",),
    )
    path = {"path": "tool/values.py"}
    hunk = (
        "@@ -48,7 +48,7 @@\n value_47 = compute(47)\n value_48 = compute(48)\n value_49 = compute(49)\n"
        "-value_50 = compute(50)\n+value_50 = compute(51)\n"
        " value_51 = compute(51)\n value_52 = compute(52)\n value_53 = compute(53)"
    )
    assert converted(pull, WHOLE) == Converted(
        "pull-requests",
        "pull/1",
        parts=(
            Part("title", "Correct the value of fifty", {"user": "username_0", "status": "opened"}),
            Part("description", "The value of fifty was computed from the wrong number."),
            Part("base_file", BASE_TEXT, path),
            Part("hunk", hunk, path),
            Part(
                "comment",
                "Thanks @username_0! Does @username_2 agree?",
                {"user": "username_1", "id": 1, "status": "created"},
            ),
            Part("review", "", {"user": "username_1", "id": 2, "state": "approved"}),
            Part("closed", "", {"user": "username_1", "merged": True}),
        ),
        changes=("body_not_text", "usernames_replaced"),
    )


def test_titles_and_general_comments_are_kept() -> None:
    """What the released code loses, the title of the record and comments of the discussion, is there."""
    roles = [part.role for part in converted(with_events(comment("x" * 30), REVIEW)).parts]
    assert roles[0] == "title"
    assert "comment" in roles


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"author": "dependabot[bot]"}, "opened_by_bot"),
        ({"title": "Short"}, "title_too_short"),
        ({"title": "Bump dependencies again"}, "title_word"),
        ({"description": "Written by Qwiet AI, as one sees"}, "text_of_qwiet"),
        ({"description": "Too little"}, "text_too_short"),
        ({"description": "<!-- a template, never filled -->"}, "text_too_short"),
        ({"files": {HEAD: (FilePair("a.csv", "a", "b"),)}}, "no_files_left"),
    ],
)
def test_reasons_against_a_pull_request(changes: dict[str, object], reason: str) -> None:
    """The first rule that is against it is named."""
    assert refused(replace(PULL, **changes)).reason == reason  # type: ignore[arg-type] # any field of the record


def test_sizes_of_the_parts_together() -> None:
    """Parts of 200 characters to the profile's most are a document; 100,000 are the paper's most."""
    size = sum(len(part.text) for part in converted(PULL).parts)
    exact = ALL.model_copy(update={"characters_min": size, "characters_max": size})
    assert converted(PULL, exact).parts
    assert refused(PULL, ALL.model_copy(update={"characters_min": size + 1})) == Problem(
        "too_short", size, size + 1
    )
    assert refused(PULL, ALL.model_copy(update={"characters_max": size - 1})).reason == "too_long"
    large = "value = compute()\n" * 10_000
    pull = replace(PULL, files={HEAD: (FilePair("v.py", large, large.replace("v", "w")),)})
    assert refused(pull, PullSettings(subsample=False)).reason == "too_long"
    assert converted(pull).parts


def test_conversations_without_code_on_request() -> None:
    """Without the rule about diffs, a pull request whose files nobody knows is a conversation."""
    settings = ALL.model_copy(update={"require_diff": False, "characters_min": 0})
    for pull in (replace(PULL, files={}), replace(PULL, files={}, events=(replace(REVIEW, head=""),))):
        roles = [part.role for part in converted(pull, settings).parts]
        assert roles[:2] == ["title", "description"]
        assert not {"base_file", "hunk", "update"} & set(roles)


def test_the_same_record_gives_the_same_document() -> None:
    """Nothing but seed, document and record decides; another seed or document decides anew."""
    assert converted(PULL) == converted(PULL)
    others = {join(converted(replace(PULL, number=number)).parts) for number in range(30)}
    assert len(others) > 10
    seeded = {join(converted(PULL, ALL.model_copy(update={"seed": seed})).parts) for seed in range(30)}
    assert len(seeded) > 10


def test_deleted_users_take_part() -> None:
    """An author without a name is one account, and is counted."""
    found = converted(replace(PULL, author="", events=(OPENED, replace(REVIEW, author=""), CLOSED)), PAPER)
    assert found.changes == ("ghost",)
    assert (
        found.parts[0].about["user"]
        == next(part for part in found.parts if part.role == "review").about["user"]
    )


def test_who_is_not_shown_has_no_number() -> None:
    """New head commits, which nobody is named for, leave no gap in the numbers of people."""
    pull = with_events(PullEvent("synchronize", "", head="second"), PullEvent("labeled", "zoe"), REVIEW)
    review = next(part for part in converted(pull).parts if part.role == "review")
    assert review.about["user"] == "username_1"


def test_parts_share_one_text() -> None:
    """Whatever the parts hold, their header can be written and read again."""
    pull = replace(PULL, files={HEAD: (replace(PAIR, path="a\ud800.py"),)})
    parts = converted(pull).parts
    assert split(join(parts), header(parts)) == parts


@given(
    st.builds(
        PullRequest,
        st.integers(),
        st.just("A title of some length") | ODD,
        st.just("A description of some length") | ODD,
        *(
            st.sampled_from(["", "ann", "a", "username_1", "\ud800", "test"]),
            st.sampled_from(["", "User", "Bot", "?"]),
        ),
        st.lists(
            st.builds(
                PullEvent,
                st.sampled_from(
                    ["opened", "comment", "review", "review_comment", "synchronize", "closed", "reopened", ""]
                ),
                st.sampled_from(["", "ann", "a", "1", ".*", "username_0"]),
                st.sampled_from(["", "User", "Bot"]),
                ODD | st.just("A comment that is long enough to stay"),
                ODD,
                created=st.none() | st.integers(),
                id=st.none() | st.integers(),
                head=st.sampled_from(["", HEAD, "second"]),
                state=st.sampled_from(["", "approved", "odd"]),
                review=st.none() | st.integers(),
                reply_to=st.none() | st.integers(),
                path=ODD,
                line=st.none() | st.integers(),
                hunk=ODD,
            ),
            max_size=8,
        ).map(tuple),
        merged=st.booleans(),
        base_count=st.integers(-1, 3),
        files=st.dictionaries(
            st.sampled_from([HEAD, "second"]),
            st.lists(
                st.builds(
                    FilePair,
                    st.sampled_from(["a.py", "\ud800.py", "", "b.json"]),
                    st.none() | ODD | st.just(BASE_TEXT),
                    st.none() | ODD | st.just(HEAD_TEXT),
                ),
                max_size=4,
            ).map(tuple),
        ),
    ),
    st.booleans(),
)
def test_no_record_is_too_odd(pull: PullRequest, strict: bool) -> None:
    """Any record is a document with known parts, or refused with a reason; nothing is raised."""
    update = {} if strict else {"require_diff": False, "title_min": 0, "text_min": 0, "title_words": ()}
    found = convert(pull, REPOSITORY, PAPER.model_copy(update=update), "r/1")
    if isinstance(found, Refused):
        assert found.problem.reason
        return
    roles = [part.role for part in found.parts]
    assert roles[:2] == ["title", "description"]
    assert set(roles) <= ROLES
    assert header(found.parts)
    for role, after in zip(roles, [*roles[1:], ""], strict=True):
        assert (role == "comment_hunk") == (after == "review_comment")


def test_fifty_thousand_comments() -> None:
    """A thread of 50,000 comments by 5,000 people ends; if it is too long, that is the reason."""
    events = tuple(
        comment(
            f"Comment number {number} for @person{number % 4999}x, please look",
            f"person{number % 5000}x",
            id=number,
        )
        for number in range(50_000)
    )
    with ends_soon("converting 50,000 comments"):
        assert refused(with_events(REVIEW, *events)).reason == "too_long"
        found = converted(with_events(REVIEW, *events), ALL.model_copy(update={"characters_max": 10**8}))
    assert sum(part.role == "comment" for part in found.parts) == 50_000


def test_heads_that_come_and_go_do_not_multiply() -> None:
    """Thousands of reviews that alternate between two heads stop at the largest size."""
    large = "".join(f"value_{number} = {number}\n" for number in range(5000))
    files = {
        head: (FilePair("v.py", large, large.replace("=", sign)),)
        for head, sign in ((HEAD, ":="), ("second", "+="))
    }
    reviews = (replace(REVIEW, id=number, head=(HEAD, "second")[number % 2]) for number in range(10_000))
    with ends_soon("converting heads that alternate"):
        assert refused(with_events(*reviews, files=files)).reason == "too_long"


def test_long_lines_and_many_files() -> None:
    """A line of 5 MB takes its file out and nothing else; ten thousand files are looked at."""
    line = FilePair("long.py", "x" * 5_000_000, "y" * 5_000_000)
    many = tuple(
        FilePair(f"f{number}.py", f"value = {number}\n", "value = 0.5\n") for number in range(10_000)
    )
    with ends_soon("converting a long line and many files"):
        found = converted(replace(PULL, files={HEAD: (PAIR, line)}))
        assert found.changes == ("files_dropped",)
        assert converted(replace(PULL, files={HEAD: many})).parts
