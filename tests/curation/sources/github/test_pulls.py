"""Events of one pull request -> the pull request, with its commits, reviews and files."""

from typing import Any

import pytest
from github_payloads import (
    BASE,
    HEAD,
    PUSHED,
    START,
    comment_event,
    event,
    issue_event,
    pull,
    pull_event,
    pushed,
    review_comment_event,
    review_event,
)

from curation.sources.github.events import Event, read_event
from curation.sources.github.pulls import pull_request
from curation.sources.github.stored import Contents
from curation.structured.records import FilePair, PullEvent, PullRequest

LINK: dict[str, Any] = {"pull_request": {"url": "https://api.github.com/repos/octo/hello/pulls/12"}}


def of(*lines: dict[str, Any], contents: tuple[Contents, ...] = ()) -> PullRequest:
    found = [read_event(line, ("issues", "pull_requests")) for line in lines]
    events = [each for each in found if isinstance(each, Event)]
    assert len(events) == len(found)
    return pull_request(sorted(events, key=lambda each: each.created or 0), contents)


def kinds(found: PullRequest) -> list[str]:
    return [each.kind for each in found.events]


def test_pull_request_is_all_that_happened_to_it() -> None:
    """The worked example: opened, commented, reviewed with a comment, merged."""
    assert of(
        pull_event(12, "opened"),
        comment_event(12, 91, "Thanks!", at=60, **LINK),
        review_event(12, 500, "approved", at=120, body="Good."),
        review_comment_event(12, 501, "Why?", at=121),
        pull_event(12, "closed", at=180, actor="zoe", merged=True, state="closed"),
    ) == PullRequest(
        number=12,
        title="Mend the parser",
        description="It lost the last line.",
        author="ann",
        author_type="User",
        events=(
            PullEvent("opened", "ann", "User", action="opened", created=START, head=HEAD),
            PullEvent("comment", "bob", "User", "Thanks!", "created", START + 60, 91, HEAD),
            PullEvent("review", "bob", "User", "Good.", "created", START + 120, 500, HEAD, "approved"),
            PullEvent(
                "review_comment",
                "bob",
                "User",
                "Why?",
                "created",
                START + 121,
                501,
                HEAD,
                review=500,
                reply_to=490,
                path="src/parse.py",
                line=4,
                hunk="@@ -1 +1 @@\n-a\n+b",
            ),
            PullEvent("closed", "zoe", action="closed", created=START + 180, head=HEAD),
        ),
        base=BASE,
        base_owner="octo",
        head_owner="ann",
        base_count=1,
        merged=True,
        closed=True,
    )


def test_new_head_commit_is_an_event_before_the_one_that_shows_it() -> None:
    """The archive has none for a push; a push that it has is not made twice."""
    found = of(
        pull_event(12, "opened"),
        review_event(12, 500, "commented", at=60, **pushed()),
        pull_event(12, "closed", at=90, **pushed()),
    )
    assert [(e.kind, e.head) for e in found.events] == [
        ("opened", HEAD),
        ("synchronize", PUSHED),
        ("review", PUSHED),
        ("closed", PUSHED),
    ]
    told = of(pull_event(12, "opened"), pull_event(12, "synchronize", at=50, **pushed()))
    assert [(e.kind, e.author, e.head) for e in told.events] == [
        ("opened", "ann", HEAD),
        ("synchronize", "ann", PUSHED),
    ]


def test_missing_opening_is_made() -> None:
    """From what any event says of the pull request."""
    found = of(review_event(12, 500, "approved", at=60))
    assert found.events[0] == PullEvent("opened", "ann", "User", action="opened", created=START, head=HEAD)
    assert (found.title, found.description) == ("Mend the parser", "It lost the last line.")
    assert found.mended == ("opening_made",)


def test_title_comes_from_a_comment_where_pull_requests_have_none() -> None:
    """As since October 2025, when the archive's pull requests are only numbers and commits."""
    bare = pull_event(12, "opened")
    for name in ("title", "body", "user"):
        del bare["payload"]["pull_request"][name]
    comment = comment_event(12, 91, "Thanks!", title="Mend the parser", body="It lost a line.", **LINK)
    found = of(bare, comment)
    assert (found.title, found.description, found.author) == ("Mend the parser", "It lost a line.", "ann")
    assert of(bare).mended == ("body_missing", "title_missing")
    assert of(bare).author == "ann"


@pytest.mark.parametrize(
    ("last", "merged", "closed"),
    [
        (pull_event(12, "closed", at=9, merged=True), True, True),
        (pull_event(12, "closed", at=9), False, True),
        (pull_event(12, "merged", at=9), True, True),
        (pull_event(12, "reopened", at=9), False, False),
        (review_event(12, 500, "approved", at=9, merged=None, merged_at="2019-05-15T15:20:05Z"), True, False),
    ],
)
def test_merged_and_closed_are_known_from_any_event(last: dict[str, Any], merged: bool, closed: bool) -> None:
    """By the action, by the field of today and by the date of old events."""
    found = of(pull_event(12, "opened"), last)
    assert (found.merged, found.closed) == (merged, closed)


def test_base_commits_are_counted() -> None:
    """The base is the first; a rebase makes it two."""
    other: dict[str, Any] = {"base": {**pull(0)["base"], "sha": "d" * 40}}
    found = of(pull_event(12, "opened"), pull_event(12, "closed", at=5, **other))
    assert (found.base, found.base_count) == (BASE, 2)


def test_dismissed_review_is_one_review_that_is_dismissed() -> None:
    """Its last state counts, at the place of the first."""
    dismissed = review_event(12, 500, "dismissed", at=130)
    dismissed["payload"]["action"] = "dismissed"
    found = of(pull_event(12, "opened"), review_event(12, 500, "changes_requested", at=120), dismissed)
    assert [(e.kind, e.state) for e in found.events] == [("opened", ""), ("review", "dismissed")]


def test_same_id_of_another_kind_is_something_else() -> None:
    """Comments, reviews and review comments are numbered each for themselves."""
    found = of(
        pull_event(12, "opened"),
        comment_event(12, 500, "Thanks!", at=60, **LINK),
        review_event(12, 500, "approved", at=120),
        review_comment_event(12, 500, "Why?", at=121),
    )
    assert kinds(found) == ["opened", "comment", "review", "review_comment"]


def test_labels_are_no_events_and_are_counted() -> None:
    """Nor is what happens to the issue of the same number."""
    found = of(
        pull_event(12, "opened"), pull_event(12, "labeled", at=5), issue_event(12, "closed", at=6, **LINK)
    )
    assert kinds(found) == ["opened"]
    assert found.mended == ("action_left_out", "issue_event_left_out")


def test_files_are_sorted_by_head_and_path() -> None:
    """A file that cannot be shown is left out and counted; of two rows the last counts."""
    found = of(
        pull_event(12, "opened"),
        contents=(
            Contents("octo/hello", 12, PUSHED, "b.py", "old", "new"),
            Contents("octo/hello", 12, HEAD, "b.py", "old", "new"),
            Contents("octo/hello", 12, HEAD, "a.py", None, "first"),
            Contents("octo/hello", 12, HEAD, "a.py", None, "second"),
            Contents("octo/hello", 12, HEAD, "c.bin", None, None, faults=("file_not_text",)),
        ),
    )
    assert found.files == {
        HEAD: (FilePair("a.py", None, "second"), FilePair("b.py", "old", "new")),
        PUSHED: (FilePair("b.py", "old", "new"),),
    }
    assert found.mended == ("duplicate_file", "file_not_text")


def test_pull_request_of_2012_is_read() -> None:
    """Only a title and a number, and counts that are not read."""
    payload = {
        "action": "closed",
        "number": 1,
        "pull_request": {"title": "Promptmemes", "number": 1, "commits": 1},
    }
    found = of(event("PullRequestEvent", payload))
    assert (found.title, found.description, found.closed) == ("Promptmemes", "", True)
    assert found.mended == ("body_missing", "opening_made")
