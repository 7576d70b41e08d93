"""The maker of archives for tests, benchmarks and the demo: real shapes, the same bytes for the same seed."""

import json
from pathlib import Path
from typing import Any

import pytest
from github_archive import make
from github_payloads import (
    comment_event,
    issue,
    issue_event,
    pull,
    pull_event,
    review_comment_event,
    review_event,
    user,
)

from curation.shards import sha256_of
from curation.sources import github_events
from curation.sources.github_events import Settings
from curation.structured.records import PullRequest, Thread


def hook(name: str, *events: dict[str, Any]) -> dict[str, Any]:
    """Examples of a webhook, as the package has them: payloads with sender and repository."""
    repository = {"id": 1, "full_name": "octo/hello", "url": "https://api.github.com/repos/octo/hello"}
    examples = [{**event["payload"], "repository": repository, "sender": user("ann")} for event in events]
    return {"name": name, "examples": examples}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package like GitHub's examples, with what is made of them."""
    links = {
        "url": "https://api.github.com/repos/octo/hello/pulls/2",
        "html_url": "https://github.com/octo/hello/pull/2",
    }
    review = review_event(2, 500, "approved", html_url=links["html_url"])
    review["payload"]["action"] = "submitted"
    hooks = [
        hook("issues", issue_event(1, "opened")),
        hook("issue_comment", comment_event(1, 90, "Hi")),
        hook("pull_request", pull_event(2, "opened", html_url=links["html_url"])),
        hook("pull_request_review", review),
        hook("pull_request_review_comment", review_comment_event(2, 501, "Why?")),
        *(hook(name, {"payload": {"ref": "main"}}) for name in ("push", "star", "fork", "create")),
        hook("check_run", {"payload": {"action": "created"}}),
    ]
    folder = tmp_path / "package" / "api.github.com"
    folder.mkdir(parents=True)
    (folder / "index.json").write_text(json.dumps(hooks))
    assert issue(1)["number"] < pull(2)["number"]
    return tmp_path / "package"


def test_archive_is_made_of_the_examples_and_read_as_any_other(package: Path, tmp_path: Path) -> None:
    """Issues and pull requests with comments, pushes and files; nothing unreadable."""
    make(tmp_path / "made", package, threads=30, megabytes=0, hours=2, seed=3)
    how = Settings(
        path=str(tmp_path / "made" / "archive"), contents=str(tmp_path / "made" / "contents.jsonl.gz")
    )
    for number, task in enumerate(github_events.inputs(how)):
        folder = tmp_path / "group" / github_events.task_name(number)
        folder.mkdir(parents=True)
        assert not github_events.group(task, how, folder).unreadable
    (unit,) = github_events.plan(how)
    records = [file.content for file in github_events.read(unit, how, tmp_path / "group")]
    pulls = [record for record in records if isinstance(record, PullRequest)]
    threads = [record for record in records if isinstance(record, Thread)]
    assert len(threads) + len(pulls) == len(records) == 32
    assert len(pulls) == 11
    assert sum(bool(pull.files) for pull in pulls) == 10
    assert {event.kind for pull in pulls for event in pull.events} >= {
        "opened",
        "comment",
        "review",
        "synchronize",
    }
    assert max(len(thread.comments) for thread in threads) > 5


def test_same_seed_makes_the_same_bytes(package: Path, tmp_path: Path) -> None:
    """And another seed makes others."""
    hashes = []
    for name, seed in (("one", 1), ("two", 1), ("three", 2)):
        make(tmp_path / name, package, threads=5, megabytes=0, hours=1, seed=seed)
        hashes.append(sha256_of(tmp_path / name / "archive" / "2015-01-01-0.json.gz"))
    assert hashes[0] == hashes[1] != hashes[2]
