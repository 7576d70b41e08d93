"""Tables of threads and pull requests: every shape, every row, whatever its values."""

import copy
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import BadInputError
from curation.sources import github_threads
from curation.sources.base import Problem, Repository, SourceFile
from curation.sources.github.rows import record_of
from curation.sources.github_threads import Settings
from curation.structured.records import Comment, FilePair, PullEvent, PullRequest, Thread

HEAD = "1" * 40
STACK: dict[str, Any] = {
    "repo": "octo/hello",
    "org": "octo",
    "issue_id": 444500041,
    "issue_number": 7,
    "pull_request": None,
    "events": [
        {
            "type": "issue",
            "action": "opened",
            "author": "ann",
            "comment_id": None,
            "datetime": "2019-05-15T15:20:18Z",
            "title": "It breaks",
            "text": "With 2.0.",
        },
        {
            "type": "comment",
            "action": "created",
            "author": "bob",
            "comment_id": 91.0,
            "datetime": "2019-05-15 15:21:00 UTC",
            "title": None,
            "text": "Same here.",
        },
        {
            "type": "issue",
            "action": "closed",
            "author": "ann",
            "comment_id": None,
            "datetime": "2019-05-15T15:22:00Z",
            "title": None,
            "text": None,
        },
    ],
}
SIMPLE: dict[str, Any] = {
    "repo": "octo/hello",
    "number": 7,
    "title": "It breaks",
    "body": "With 2.0.",
    "user": {"login": "ann", "type": "User"},
    "state": "closed",
    "created_at": "2019-05-15T15:20:18Z",
    "comments": [
        {
            "id": 91,
            "user": {"login": "bob", "type": "User"},
            "body": "Same here.",
            "created_at": "2019-05-15T15:21:00Z",
        }
    ],
}
PULL: dict[str, Any] = {
    "repo_name": "octo/hello",
    "number": 12,
    "title": "Mend it",
    "description": "It lost a line.",
    "author": "ann",
    "author_type": "User",
    "base": "b" * 40,
    "base_owner": "octo",
    "head_owner": "ann",
    "base_count": 1,
    "merged": True,
    "closed": True,
    "events": [
        {"kind": "opened", "author": "ann", "created": 5, "head": HEAD},
        {
            "kind": "review_comment",
            "author": "bob",
            "text": "Why?",
            "path": "a.py",
            "line": 3,
            "hunk": "@@",
            "id": 9,
        },
        {"kind": "closed", "author": "zoe", "action": "closed"},
    ],
    "files": [{"head_commit": HEAD, "path": "a.py", "before": "a", "after": "b"}],
}
OPENED = 1_557_933_618


def written(folder: Path, *rows: Any) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
    return path


def files_of(path: Path, **more: Any) -> list[SourceFile]:
    settings = Settings(path=str(path), **more)
    return [file for unit in github_threads.plan(settings) for file in github_threads.read(unit, settings)]


def test_row_of_the_stack_is_a_thread(tmp_path: Path) -> None:
    """All that happened is an event; the title is that of the opening."""
    (file,) = files_of(written(tmp_path, STACK))
    assert file == SourceFile(
        path="issues/7",
        content=Thread(
            7,
            "It breaks",
            (
                Comment("ann", "", "With 2.0.", "opened", OPENED),
                Comment("bob", "", "Same here.", "created", OPENED + 42, 91),
                Comment("ann", "", "", "closed", OPENED + 102),
            ),
            closed=True,
        ),
        source_file=str(tmp_path / "rows.jsonl"),
        source_row=0,
        repository=Repository("octo/hello"),
    )


@pytest.mark.parametrize("name", ["comment", "description", "body"])
def test_texts_of_events_have_several_names(name: str) -> None:
    """The raw rows keep comments and descriptions apart."""
    events = [{"type": "issue", "action": "opened", "author": "ann", "comment": None, name: "With 2.0."}]
    found = record_of({"issue_number": 7, "title": "T", "events": events})
    assert isinstance(found, Thread)
    assert (found.comments[0].text, found.mended) == ("With 2.0.", ())


def test_issue_with_a_list_of_comments_is_a_thread(tmp_path: Path) -> None:
    """As GitHub's own interface has it."""
    (file,) = files_of(written(tmp_path, SIMPLE))
    assert file.content == Thread(
        7,
        "It breaks",
        (
            Comment("ann", "User", "With 2.0.", "opened", OPENED),
            Comment("bob", "User", "Same here.", "created", OPENED + 42, 91),
        ),
        closed=True,
    )


def test_comments_may_be_texts_or_a_count() -> None:
    """Exports that drop the users, and those that drop the comments."""
    found = record_of({**SIMPLE, "comments": ["Same here.", 5]})
    assert isinstance(found, Thread)
    assert [comment.text for comment in found.comments] == ["With 2.0.", "Same here."]
    assert found.mended == ("author_missing", "comment_not_read")
    counted = record_of({**SIMPLE, "comments": 3})
    assert isinstance(counted, Thread)
    assert len(counted.comments) == 1


def test_row_of_a_pull_request_is_one(tmp_path: Path) -> None:
    """With its events, commits and files."""
    (file,) = files_of(written(tmp_path, PULL))
    assert file.path == "pull/12"
    assert file.content == PullRequest(
        number=12,
        title="Mend it",
        description="It lost a line.",
        author="ann",
        author_type="User",
        events=(
            PullEvent("opened", "ann", created=5, head=HEAD),
            PullEvent("review_comment", "bob", text="Why?", id=9, path="a.py", line=3, hunk="@@"),
            PullEvent("closed", "zoe", action="closed"),
        ),
        base="b" * 40,
        base_owner="octo",
        head_owner="ann",
        base_count=1,
        merged=True,
        closed=True,
        files={HEAD: (FilePair("a.py", "a", "b"),)},
    )


@pytest.mark.parametrize(
    "files",
    [
        {HEAD: [{"path": "a.py", "before": "a", "after": "b"}]},
        [(HEAD, [{"path": "a.py", "before": "a", "after": "b"}])],
        [{"head": HEAD, "path": "a.py", "before": "a", "after": "b"}],
    ],
)
def test_files_come_as_objects_maps_or_rows(files: Any) -> None:
    """JSON, parquet's maps, and flat lists."""
    found = record_of({**PULL, "files": files})
    assert isinstance(found, PullRequest)
    assert found.files == {HEAD: (FilePair("a.py", "a", "b"),)}
    assert found.mended == ()


@pytest.mark.parametrize(
    "file",
    [
        5,
        {"path": "a.py"},
        {"head": HEAD, "path": "../x", "before": "a"},
        {"head": HEAD, "path": "a", "after": 5},
    ],
)
def test_file_that_cannot_be_read_is_left_out_and_counted(file: Any) -> None:
    """The pull request stays."""
    found = record_of({**PULL, "files": [file]})
    assert isinstance(found, PullRequest)
    assert (found.files, found.mended) == ({}, ("file_not_read",))


def test_parquet_gives_the_same_threads(tmp_path: Path) -> None:
    """With times as timestamps and lists of structs."""
    pq.write_table(pa.Table.from_pylist([STACK]), tmp_path / "rows.parquet")
    (file,) = files_of(tmp_path / "rows.parquet")
    assert file.content == record_of(STACK)
    assert (file.source_row_group, file.source_row) == (0, 0)


def test_issue_that_is_a_pull_request_says_so(tmp_path: Path) -> None:
    """A null, or a struct of nulls as parquet has it, is none."""
    link = {"number": 12, "repo": "octo/hello", "user_login": "ann"}
    nulls = {"number": None, "repo": None}
    files = files_of(written(tmp_path, {**STACK, "pull_request": link}, {**STACK, "pull_request": nulls}))
    assert [file.path for file in files] == ["pull/7", "issues/7"]
    assert [isinstance(file.content, Thread) and file.content.is_pull for file in files] == [True, False]


def test_comments_are_in_order_of_time_if_all_have_one() -> None:
    """The opening first, whatever its time."""
    events = [{**STACK["events"][n], "datetime": time} for n, time in ((2, 9), (1, 3), (0, 5))]
    found = record_of({**STACK, "events": events})
    assert isinstance(found, Thread)
    assert [comment.action for comment in found.comments] == ["opened", "created", "closed"]
    unknown = record_of({**STACK, "events": [{**events[0], "datetime": None}, events[1], events[2]]})
    assert isinstance(unknown, Thread)
    assert [comment.action for comment in unknown.comments] == ["closed", "created", "opened"]


@pytest.mark.parametrize(
    ("change", "mended"),
    [
        ({"author": None}, ("author_missing",)),
        ({"author": 5}, ("author_not_text",)),
        ({"text": None}, ("body_missing",)),
        ({"text": ""}, ()),
        ({"text": 5}, ("body_not_text",)),
        ({"title": None}, ("title_missing",)),
        ({"title": 5}, ("title_missing",)),
    ],
)
def test_what_is_null_or_of_a_wrong_type_is_empty_and_counted(
    change: dict[str, Any], mended: tuple[str, ...]
) -> None:
    """Once for each thread; a change of state needs no text."""
    first, *others = STACK["events"]
    found = record_of({**STACK, "events": [{**first, **change}, *others]})
    assert isinstance(found, Thread)
    assert found.mended == mended


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({**STACK, "events": None}, "bad_row"),
        ({**STACK, "events": "x"}, "bad_row"),
        ({**STACK, "issue_number": None}, "bad_row"),
        ("{broken\n", "bad_json"),
        ("[]\n", "bad_json"),
    ],
)
def test_row_that_is_no_thread_is_a_problem(tmp_path: Path, row: Any, reason: str) -> None:
    """One null costs only itself."""
    first, bad, last = files_of(written(tmp_path, STACK, row, STACK))
    assert first.content == last.content == record_of(STACK)
    assert bad.problem
    assert (bad.problem.reason, bad.content, bad.source_row) == (reason, None, 1)


def test_event_that_is_none_is_left_out_and_counted() -> None:
    """A null among the events."""
    found = record_of({**STACK, "events": [None, *STACK["events"]]})
    assert isinstance(found, Thread)
    assert (len(found.comments), found.mended) == (3, ("event_not_read",))


def test_row_above_the_limit_is_a_problem(tmp_path: Path) -> None:
    """With its size; all texts count."""
    (file,) = files_of(written(tmp_path, STACK), max_record_bytes=20)
    assert file.problem == Problem("too_large", 28, 20, "all texts of one row")
    (pull,) = files_of(written(tmp_path, PULL), max_record_bytes=20)
    assert pull.problem == Problem("too_large", 30, 20, "all texts of one row")


def test_table_of_something_else_is_refused(tmp_path: Path) -> None:
    """With what was expected and what is there."""
    with pytest.raises(
        BadInputError, match="expected one of the columns events, comments, body, saw content, path"
    ):
        files_of(written(tmp_path, {"content": "x", "path": "y"}))


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just([]), st.just({})
)


@given(st.sampled_from([STACK, SIMPLE, PULL]), st.data())
def test_no_value_stops_a_row(row: dict[str, Any], data: st.DataObject) -> None:
    """Anything in any place gives a thread, a pull request or a problem."""
    row = copy.deepcopy(row)
    for _ in range(data.draw(st.integers(1, 4))):
        place: Any = row
        while True:
            keys = range(len(place)) if isinstance(place, list) else sorted(place)
            key = data.draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
                break
            place = place[key]
        place[key] = data.draw(LEAVES)
    found = record_of(row)
    assert isinstance(found, Thread | PullRequest | Problem)
    if isinstance(found, Thread):
        assert all(isinstance(comment.text, str) for comment in found.comments)
