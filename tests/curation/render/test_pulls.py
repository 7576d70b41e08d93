"""Pull requests in StarCoder2's layout: written and read."""

import pytest

from curation.errors import BadInputError
from curation.render.item import Item, Parsed, Rendered
from curation.render.layouts import parse, render
from curation.render.settings import RenderSettings
from curation.sources.base import Problem
from curation.structured.parts import Part, header, join

SETTINGS = RenderSettings()
OPENED = (
    Part("title", "Fix the sum", {"user": "username_0", "status": "opened"}),
    Part("description", "As asked in #7."),
)
OPENED_TEXT = "<pr>Title: Fix the sum\nusername_0: As asked in #7.<pr_status>opened<repo_name>octo/hello"
FILES = (
    Part("base_file", "x = 1\n", {"path": "a.py"}),
    Part("base_file", "y = 1\n", {"path": "b.py"}),
    Part("hunk", "@@ -1,1 +1,1 @@\n-x = 1\n+x = 2", {"path": "a.py"}),
    Part("hunk", "@@ -9,1 +9,1 @@\n-z\n+Z", {"path": "a.py"}),
    Part("hunk", "@@ -1,1 +1,1 @@\n-y = 1\n+y = 2", {"path": "b.py"}),
)
FILES_TEXT = (
    "<pr_base><pr_file>a.py<pr_base_code>x = 1\n<pr_file>b.py<pr_base_code>y = 1\n"
    "<pr_diff><pr_file>a.py<pr_diff_hunk>@@ -1,1 +1,1 @@\n-x = 1\n+x = 2"
    "<pr_diff_hunk>@@ -9,1 +9,1 @@\n-z\n+Z<pr_file>b.py<pr_diff_hunk>@@ -1,1 +1,1 @@\n-y = 1\n+y = 2"
)
EVENTS = (
    Part("comment", "Looks good.", {"user": "username_1", "id": 1, "status": "created"}),
    Part("review", "Two remarks.", {"user": "username_1", "id": 2, "state": "changes_requested"}),
    Part("comment_hunk", "@@ -1,1 +1,1 @@\n-x = 1", {"path": "a.py", "line": 4}),
    Part("review_comment", "Why 2?", {"user": "username_1", "id": 3, "review": 2}),
    Part("comment_hunk", "@@ -1,1 +1,1 @@\n-x = 1", {"path": "a.py", "line": 4}),
    Part("review_comment", "See #7.", {"user": "username_0", "id": 4, "review": 2, "reply_to": 3}),
    Part("update", ""),
    Part("hunk", "@@ -1,1 +1,1 @@\n-x = 1\n+x = 3", {"path": "a.py"}),
    Part("review", "", {"user": "username_1", "id": 5, "state": "approved"}),
    Part("update", ""),
    Part("closed", "", {"user": "username_0", "merged": True}),
)
EVENTS_TEXT = (
    "<pr_comment>username_1: Looks good.<pr_event_id>1<pr_status>created"
    "<pr_review>username_1: Two remarks.<pr_event_id>2<pr_review_state>changes_requested"
    "<pr_review_comment><pr_event_id>3<pr_in_reply_to_review_id>2<pr_file>a.py"
    "<pr_diff_hunk_comment_line>4<pr_diff_hunk>@@ -1,1 +1,1 @@\n-x = 1<pr_comment>username_1: Why 2?"
    "<pr_review_comment><pr_event_id>4<pr_in_reply_to_review_id>2<pr_in_reply_to_comment_id>3<pr_file>a.py"
    "<pr_diff_hunk_comment_line>4<pr_diff_hunk>@@ -1,1 +1,1 @@\n-x = 1<pr_comment>username_0: See #7."
    "<pr_diff><pr_file>a.py<pr_diff_hunk>@@ -1,1 +1,1 @@\n-x = 1\n+x = 3"
    "<pr_review>username_1<pr_event_id>5<pr_review_state>approved"
    "<pr_diff>[DIFFS OMITTED]"
    "<pr>username_0<pr_status>closed<pr_is_merged>True"
)


def pull(*parts: Part, name: str = "octo/hello") -> Item:
    """A pull request of these parts."""
    return Item("1", "pull-requests", join(parts), header(parts), repo_name=name, path="pull/8")


def test_golden_pull_request_with_every_event() -> None:
    """The opening, the files as they were, the difference, and all that was said and done."""
    parts = OPENED + FILES + EVENTS
    text = OPENED_TEXT + FILES_TEXT + EVENTS_TEXT
    assert render(pull(*parts), SETTINGS) == Rendered(text, ("1",))
    assert parse(text, "pull-requests", SETTINGS) == Parsed("pull-requests", parts, repo_name="octo/hello")


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((), "<pr_diff>[DIFFS OMITTED]"),
        (FILES[:1], "<pr_base><pr_file>a.py<pr_base_code>x = 1\n<pr_diff>[DIFFS OMITTED]"),
        (FILES[4:], "<pr_diff><pr_file>b.py<pr_diff_hunk>@@ -1,1 +1,1 @@\n-y = 1\n+y = 2"),
        (
            (Part("update", ""), Part("update", "")),
            "<pr_diff>[DIFFS OMITTED]<pr_diff>[DIFFS OMITTED]<pr_diff>[DIFFS OMITTED]",
        ),
        (
            (Part("comment", "x", {"user": "u"}), Part("review", "y", {"user": "v", "state": "commented"})),
            "<pr_diff>[DIFFS OMITTED]<pr_comment>u: x<pr_review>v: y<pr_review_state>commented",
        ),
        (
            (Part("comment_hunk", "@@", {"path": "a"}), Part("review_comment", "x", {"user": "u"})),
            "<pr_diff>[DIFFS OMITTED]<pr_review_comment><pr_file>a<pr_diff_hunk>@@<pr_comment>u: x",
        ),
        (
            (Part("closed", "", {"user": "u", "merged": False}), Part("comment", "x", {"user": "v"})),
            "<pr_diff>[DIFFS OMITTED]<pr>u<pr_status>closed<pr_is_merged>False<pr_comment>v: x",
        ),
    ],
    ids=["no files", "base only", "hunk only", "updates", "no numbers", "no numbers of lines", "not merged"],
)
def test_what_is_missing_is_left_out(parts: tuple[Part, ...], text: str) -> None:
    """Nothing is made up: no empty base, no number, no state; and it is read again as it was."""
    assert render(pull(*OPENED, *parts), SETTINGS) == Rendered(OPENED_TEXT + text, ("1",))
    assert parse(OPENED_TEXT + text, "pull-requests", SETTINGS).parts == OPENED + parts


def test_a_hunk_that_looks_like_an_omission_stays_a_hunk() -> None:
    """The words stand behind <pr_diff_hunk>, not behind <pr_diff>."""
    parts = (*OPENED, Part("hunk", "[DIFFS OMITTED]", {"path": "[DIFFS OMITTED]"}))
    rendered = render(pull(*parts), SETTINGS)
    assert isinstance(rendered, Rendered)
    assert parse(rendered.text, "pull-requests", SETTINGS).parts == parts


def test_starcoder_has_no_pull_requests() -> None:
    """A counted reason."""
    assert render(pull(*OPENED), RenderSettings(family="starcoder")) == Problem(
        "no_layout", detail="pull-requests for starcoder"
    )


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (OPENED[:1], "other parts than a title and a description first"),
        (OPENED[::-1], "other parts than a title and a description first"),
        ((*OPENED, Part("base", "x")), "has a part 'base' where an event is expected"),
        ((*OPENED, EVENTS[0], FILES[2]), "has a part 'hunk' where an event is expected"),
        ((*OPENED, EVENTS[2]), "comment_hunk without a review_comment behind it"),
        ((*OPENED, EVENTS[2], EVENTS[0]), "comment_hunk without a review_comment behind it"),
        ((*OPENED, EVENTS[3]), "has a part 'review_comment' where an event is expected"),
        ((*OPENED, Part("comment", "x", {"id": "7"})), "id is a str, expected a whole number"),
        ((*OPENED, Part("comment", "x", {"id": True})), "id is a bool, expected a whole number"),
    ],
)
def test_other_parts_are_refused(parts: tuple[Part, ...], message: str) -> None:
    """As bad_parts, naming the role and no text."""
    problem = render(pull(*parts), SETTINGS)
    assert isinstance(problem, Problem)
    assert problem.reason == "bad_parts"
    assert message in problem.detail


DIFF = "<pr_diff>[DIFFS OMITTED]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<pr>Fix<pr_status>opened", "expected 'Title: ' and a title"),
        (OPENED_TEXT, "expected <pr_diff> as token 4, saw the end"),
        (f"{OPENED_TEXT}<pr_diff>nothing", "expected .DIFFS OMITTED. or nothing behind <pr_diff>"),
        (f"{OPENED_TEXT}{DIFF}<pr>u<pr_status>open<pr_is_merged>True", "expected closed, and True or False"),
        (f"{OPENED_TEXT}{DIFF}<pr>u<pr_status>closed<pr_is_merged>Yes", "saw 'closed', 'Yes'"),
        (f"{OPENED_TEXT}{DIFF}<pr_comment>u: x<pr_event_id>x", "a whole number behind <pr_event_id>"),
        (f"{OPENED_TEXT}{DIFF}<pr_comment>u: x<pr_event_id>{'9' * 9999}", "saw 9999 characters"),
        (f"{OPENED_TEXT}{DIFF}<pr_comment>u: x<pr_event_id>٣", "a whole number behind <pr_event_id>"),
        (f"{OPENED_TEXT}{DIFF}<pr_file>a<pr_diff_hunk>@@", "expected <pr> as token 5, saw <pr_file>"),
        (f"{OPENED_TEXT}<pr_diff><pr_file>a", "expected <pr_diff_hunk> as token 6, saw the end"),
        (f"{OPENED_TEXT}{DIFF}<file_sep>x", "expected <pr> as token 5, saw <file_sep>"),
        (f"x{OPENED_TEXT}{DIFF}", "expected a token first, saw 1 characters"),
    ],
)
def test_what_is_no_pull_request_is_refused(text: str, message: str) -> None:
    """With what was expected where."""
    with pytest.raises(BadInputError, match=message):
        parse(text, "pull-requests", SETTINGS)
