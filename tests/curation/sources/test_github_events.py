"""GH Archive: what is spread over many files comes together once, and nothing is lost silently."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from github_archive import TYPES, write_hours
from github_payloads import (
    BASE,
    HEAD,
    comment_event,
    issue_event,
    old_issue_event,
    pull_event,
    review_event,
    watch_event,
    write_hour,
)

from curation.errors import BadInputError, BrokenRunError
from curation.shards import sha256_of
from curation.sources import github_events
from curation.sources.base import SourceFile
from curation.sources.github_events import Settings
from curation.sources.inputs import Reading
from curation.structured.records import FilePair, PullRequest, Thread

LINK: dict[str, Any] = {"pull_request": {"url": "https://api.github.com/repos/octo/hello/pulls/12"}}
ROW = {
    "repo_name": "Octo/Hello",
    "number": 12,
    "head_commit": HEAD.upper(),
    "path": "src/parse.py",
    "before": "a\n",
    "after": "b\n",
}


def settings(path: Path, **more: Any) -> Settings:
    return Settings(path=str(path), **more)


def run(how: Settings, folder: Path) -> tuple[list[SourceFile], list[dict[str, Any]]]:
    """Both steps: the documents in order, and the counts of the tasks of the first."""
    counts = []
    for number, task in enumerate(github_events.inputs(how)):
        here = folder / github_events.task_name(number)
        here.mkdir(parents=True)
        counts.append(github_events.group(task, how, here).as_json())
    files = [file for unit in github_events.plan(how) for file in github_events.read(unit, how, folder)]
    return files, counts


def by_path(files: list[SourceFile]) -> dict[str, SourceFile]:
    found = {file.path: file for file in files}
    assert len(found) == len(files)
    return found


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Three hours with an issue, a pull request, events of no interest, and an overlap."""
    folder = tmp_path / "archive"
    write_hour(
        folder / "2019-05-15-15.json.gz", [issue_event(7, "opened"), watch_event(), pull_event(12, "opened")]
    )
    write_hour(
        folder / "2019-05-15-16.json.gz",
        [comment_event(7, 91, "Same here."), comment_event(12, 92, "Thanks!", **LINK), watch_event(at=8)],
    )
    write_hour(
        folder / "2019-05-15-17.jsonl",
        [
            comment_event(7, 91, "Same here."),
            review_event(12, 500, "approved"),
            pull_event(12, "closed", at=130, merged=True),
            issue_event(7, "closed", at=140),
        ],
    )
    return folder


def test_thread_and_pull_request_come_together_from_all_files(archive: Path, tmp_path: Path) -> None:
    """A folder of hours, plain and compressed; place, repository and date come with them."""
    files, counts = run(settings(archive), tmp_path / "group")
    found = by_path(files)
    assert sorted(found) == ["issues/7", "pull/12"]
    thread = found["issues/7"].content
    assert isinstance(thread, Thread)
    assert [comment.action for comment in thread.comments] == ["opened", "created", "closed"]
    assert thread.mended == ("duplicate_event",)
    pull = found["pull/12"].content
    assert isinstance(pull, PullRequest)
    assert [event.kind for event in pull.events] == ["opened", "comment", "review", "closed"]
    assert found["issues/7"].source_file == str(archive / "2019-05-15-15.json.gz")
    assert (found["issues/7"].source_row, found["issues/7"].file_date) == (0, 1_557_933_740)
    repository = found["pull/12"].repository
    assert (repository.name, repository.stars, repository.forks) == ("octo/hello", 5, 2)
    assert repository.licences == ("MIT",)
    assert [count["read"] for count in counts] == [3, 3, 4]
    assert [count["left"] for count in counts] == [{"WatchEvent": 1}, {"WatchEvent": 1}, {}]


def test_read_is_kept_plus_left(archive: Path, tmp_path: Path) -> None:
    """In every task of the first step, also for lines that are no events, and blank ones are no lines."""
    write_hour(archive / "bad.json", [b"{", b"", b"[]", b'{"type": 5}', watch_event()])
    _, counts = run(settings(archive), tmp_path / "group")
    for count in counts:
        assert count["read"] == count["kept"] + sum(count["left"].values())
    assert Counter(counts[-1]["unreadable"]) == {"bad_json": 2, "bad_row": 1}


def test_bad_lines_become_files_with_a_problem_once(archive: Path, tmp_path: Path) -> None:
    """With file and line, for the ledger."""
    long = b'{"type": "WatchEvent", "x": "' + b"y" * 6000 + b'"}'
    path = write_hour(archive / "2019-05-15-18.json.gz", [watch_event(), b'{"type": ', b"caf\xe9", long])
    how = settings(archive, reading=Reading(max_line_bytes=5000))
    files, _ = run(how, tmp_path / "group")
    bad = sorted((file for file in files if file.problem), key=lambda file: file.source_row)
    assert [(f.source_row, f.problem.reason) for f in bad if f.problem] == [
        (1, "bad_json"),
        (2, "bad_encoding"),
        (3, "too_large"),
    ]
    assert all(file.content is None and file.source_file == str(path) for file in bad)
    assert len(files) == 5


def units_in_parts(how: Settings, folder: Path) -> list[SourceFile]:
    """Both steps with the tasks in the opposite order."""
    tasks = list(enumerate(github_events.inputs(how)))
    for number, task in reversed(tasks):
        here = folder / github_events.task_name(number)
        here.mkdir(parents=True)
        github_events.group(task, how, here)
    units = list(github_events.plan(how))
    return [file for unit in reversed(units) for file in github_events.read(unit, how, folder)]


def test_documents_do_not_depend_on_tasks_or_partitions(archive: Path, tmp_path: Path) -> None:
    """One task for each line, many partitions, the other way round: the same documents."""
    whole, _ = run(settings(archive), tmp_path / "whole")
    small = settings(archive, partition_bytes=500, reading=Reading(unit_bytes=1))
    assert len(github_events.inputs(small)) == 6
    assert len(list(github_events.plan(small))) > 5
    parts = units_in_parts(small, tmp_path / "parts")
    assert {f.path: f for f in parts} == {f.path: f for f in whole}


def test_same_input_leaves_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    """A task that is run again on another machine makes the same files."""
    how = settings(archive, partition_bytes=1000)
    for name in ("one", "two"):
        run(how, tmp_path / name)
    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.arrow")]
    assert len(files) == 3
    assert all(sha256_of(tmp_path / "one" / path) == sha256_of(tmp_path / "two" / path) for path in files)


def test_units_name_all_inputs_once_and_cover_all_partitions(archive: Path) -> None:
    """The files are fingerprinted with the first unit; sizes are for progress."""
    units = list(github_events.plan(settings(archive, partition_bytes=1000)))
    assert [unit.part["partition"] for unit in units] == list(range(len(units)))
    assert {unit.part["of"] for unit in units} == {len(units)}
    assert {unit.part["tasks"] for unit in units} == {3}
    assert [Path(name).name for name in units[0].inputs] == [
        "2019-05-15-15.json.gz",
        "2019-05-15-16.json.gz",
        "2019-05-15-17.jsonl",
    ]
    assert all(unit.inputs == () and unit.size > 0 for unit in units[1:])


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_contents_come_to_their_pull_request(archive: Path, tmp_path: Path, kind: str) -> None:
    """By repository, whatever its case, and number; other files of the pull request stay unknown."""
    path = tmp_path / f"contents.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist([ROW, {**ROW, "path": "new.py", "before": None}]), path)
    else:
        write_hour(path, [ROW, {**ROW, "path": "new.py", "before": None}])
    files, counts = run(settings(archive, contents=str(path)), tmp_path / "group")
    pull = by_path(files)["pull/12"].content
    assert isinstance(pull, PullRequest)
    assert pull.base == BASE
    assert pull.files == {HEAD: (FilePair("new.py", None, "b\n"), FilePair("src/parse.py", "a\n", "b\n"))}
    assert counts[-1]["kept"] == 2


@pytest.mark.parametrize(
    ("change", "mended"),
    [
        ({"after": "x" * 50}, ("file_too_large",)),
        ({"before": 5}, ("file_not_text",)),
        ({"before": None, "after": None}, ("file_missing",)),
    ],
)
def test_file_that_cannot_be_shown_is_left_out_and_counted(
    archive: Path, tmp_path: Path, change: dict[str, Any], mended: tuple[str, ...]
) -> None:
    """The pull request stays, with what is wrong among what was mended."""
    path = write_hour(tmp_path / "contents.jsonl", [{**ROW, **change}])
    how = settings(archive, contents=str(path), reading=Reading(max_file_bytes=40))
    pull = by_path(run(how, tmp_path / "group")[0])["pull/12"].content
    assert isinstance(pull, PullRequest)
    assert pull.files == {HEAD: ()}
    assert pull.mended == mended


def test_bytes_in_contents_are_text_if_they_are_utf8(archive: Path, tmp_path: Path) -> None:
    """Parquet may hold them as binary."""
    rows = [
        {**ROW, "before": b"caf\xc3\xa9", "after": b"x"},
        {**ROW, "path": "b.py", "before": b"\xe9", "after": b"x"},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "contents.parquet")
    how = settings(archive, contents=str(tmp_path / "contents.parquet"))
    pull = by_path(run(how, tmp_path / "group")[0])["pull/12"].content
    assert isinstance(pull, PullRequest)
    assert pull.files[HEAD] == (FilePair("src/parse.py", "café", "x"),)
    assert pull.mended == ("file_not_text",)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"number": 13}, "events_missing"),
        ({"number": None}, "bad_row"),
        ({"repo_name": "hello"}, "bad_row"),
        ({"path": None}, "bad_row"),
        ({"path": "../../etc/passwd"}, "unsafe_path"),
    ],
)
def test_contents_that_belong_nowhere_are_counted(
    archive: Path, tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    """A pull request of which no event is there, a row without a number, a path that leads out."""
    path = write_hour(tmp_path / "contents.jsonl", [ROW, {**ROW, **change}])
    files, _ = run(settings(archive, contents=str(path)), tmp_path / "group")
    assert [file.problem.reason for file in files if file.problem] == [reason]


def test_thread_above_the_limit_is_a_problem_and_costs_no_memory(tmp_path: Path) -> None:
    """Its bytes and the limit are in the ledger; others in the unit are not touched."""
    lines = [comment_event(7, n, "x" * 1000, at=n) for n in range(90)] + [issue_event(8, "opened")]
    archive = write_hour(tmp_path / "a.jsonl", lines)
    found = by_path(run(settings(archive, max_record_bytes=50_000), tmp_path / "group")[0])
    problem = found["issues/7"].problem
    assert problem
    assert (problem.reason, problem.limit) == ("too_large", 50_000)
    assert problem.value
    assert problem.value > 90_000
    assert found["issues/7"].repository.name == "octo/hello"
    assert found["issues/8"].content


def test_long_description_is_kept_once_for_all_comments(tmp_path: Path) -> None:
    """The archive repeats it in every event; each of two texts is found again."""
    lines = [comment_event(7, n, "Hi", at=n, title=f"Title {n % 2} {'x' * 10_000}") for n in range(50)]
    archive = write_hour(tmp_path / "a.jsonl", lines)
    (file,), (counts,) = run(settings(archive), tmp_path / "group")
    assert counts["bytes_kept"] < 60_000
    assert isinstance(file.content, Thread)
    assert file.content.title.startswith("Title 0 xxx")


def test_repositories_of_the_same_number_are_apart(tmp_path: Path) -> None:
    """Also if one name is the beginning of the other; case makes no difference."""
    others = [
        {**issue_event(7, "opened"), "repo": {"name": name}, "id": name}
        for name in ("octo/hell", "o/hello", "Octo/Hello")
    ]
    archive = write_hour(tmp_path / "a.jsonl", [issue_event(7, "opened"), *others])
    files, _ = run(settings(archive), tmp_path / "group")
    names = [file.repository.name.lower() for file in files]
    assert sorted(names) == ["o/hello", "octo/hell", "octo/hello"]


@pytest.mark.parametrize(
    ("kinds", "paths"),
    [
        (("issues",), ["issues/7"]),
        (("pull_requests",), ["pull/12"]),
        (("issues", "pull_requests"), ["issues/7", "pull/12"]),
    ],
)
def test_kinds_choose_what_is_made(archive: Path, tmp_path: Path, kinds: Any, paths: list[str]) -> None:
    """What is not asked for is counted in the first step."""
    files, counts = run(settings(archive, kinds=kinds), tmp_path / "group")
    assert sorted(file.path for file in files) == paths
    assert sum(count["read"] for count in counts) == 10


def test_comments_of_a_pull_request_alone_are_a_thread_with_its_path(tmp_path: Path) -> None:
    """So that it is counted as what it is, and the reader can leave it."""
    archive = write_hour(tmp_path / "a.jsonl", [comment_event(12, 92, "Thanks!", **LINK)])
    (file,), _ = run(settings(archive), tmp_path / "group")
    assert file.path == "pull/12"
    assert isinstance(file.content, Thread)
    assert file.content.is_pull


def test_sample_reads_the_beginning_only(tmp_path: Path) -> None:
    """A megabyte at most of many, and what it makes is what a run makes of it."""
    lines = [comment_event(number, number, "x" * 500) for number in range(4000)]
    archive = write_hour(tmp_path / "a.json.gz", lines)
    files = list(github_events.sample(settings(archive), 1))
    assert 300 < len(files) < 800
    whole, _ = run(settings(archive), tmp_path / "group")
    assert {f.path: f for f in files}.items() <= {f.path: f for f in whole}.items()


def test_sample_takes_contents_too(archive: Path, tmp_path: Path) -> None:
    """A dry run shows pull requests with their files."""
    path = write_hour(tmp_path / "contents.jsonl", [ROW])
    files = by_path(list(github_events.sample(settings(archive, contents=str(path)), 1)))
    pull = files["pull/12"].content
    assert isinstance(pull, PullRequest)
    assert list(pull.files) == [HEAD]


def test_bigquery_export_is_read(archive: Path, tmp_path: Path) -> None:
    """A parquet table whose payload is text."""
    rows = []
    for path in sorted(archive.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            event = json.loads(line)
            rows.append({**event, "payload": json.dumps(event["payload"])})
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "events.parquet")
    files, _ = run(settings(tmp_path / "events.parquet"), tmp_path / "group")
    assert sorted(by_path(files)) == ["issues/7", "pull/12"]


def test_events_of_2013_and_of_today_meet(tmp_path: Path) -> None:
    """Owner and name apart, or together: one issue."""
    archive = write_hour(tmp_path / "a.jsonl", [old_issue_event(7), comment_event(7, 91, "Still so.")])
    (file,), _ = run(settings(archive), tmp_path / "group")
    assert isinstance(file.content, Thread)
    assert [comment.author for comment in file.content.comments] == ["ann", "bob"]


def test_table_of_something_else_is_refused(tmp_path: Path) -> None:
    """Before anything is read, with what is missing."""
    path = write_hour(tmp_path / "a.jsonl", [{"content": "x = 1"}])
    with pytest.raises(BadInputError, match="has no column 'type', 'payload'"):
        github_events.inputs(settings(path))


def test_damaged_hour_stops_its_task(archive: Path, tmp_path: Path) -> None:
    """With its path; it is not taken for an hour that ends early."""
    path = archive / "2019-05-15-15.json.gz"
    path.write_bytes(path.read_bytes()[:-20])
    how = settings(path)
    (tmp_path / "group").mkdir()
    with pytest.raises(BadInputError, match="is damaged or truncated"):
        for task in github_events.inputs(how):
            github_events.group(task, how, tmp_path / "group")


def test_missing_task_stops_the_second_step(archive: Path, tmp_path: Path) -> None:
    """A partition is never made of a part of its inputs."""
    how = settings(archive)
    run(how, tmp_path / "group")
    (tmp_path / "group" / "input-000001").rename(tmp_path / "gone")
    unit = next(github_events.plan(how))
    with pytest.raises(BrokenRunError, match="input-000001 is missing"):
        list(github_events.read(unit, how, tmp_path / "group"))


def test_folder_of_hours_may_have_any_name(tmp_path: Path) -> None:
    """Characters that a glob would take for its own are none here."""
    write_hour(tmp_path / "hours [of] *2019*" / "a" / "1.json.gz", [issue_event(7, "opened")])
    assert len(github_events.inputs(settings(tmp_path / "hours [of] *2019*"))) == 1


def test_made_archives_have_the_types_of_the_archive(tmp_path: Path) -> None:
    """What the generator writes is an hour as any other; it needs the examples only for their payloads."""
    assert {"IssuesEvent", "IssueCommentEvent", "PullRequestEvent"} <= set(TYPES.values())
    write_hours(tmp_path, [issue_event(7, "opened"), comment_event(7, 91, "Hi")], 2, random.Random(0))
    files, _ = run(settings(tmp_path), tmp_path / "group")
    assert [file.path for file in files] == ["issues/7"]
