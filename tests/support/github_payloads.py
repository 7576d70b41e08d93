"""Events as GH Archive has them, written by hand: what our code reads and some of what it does not.

issue_event(7, "opened")      -> {"type": "IssuesEvent", "payload": {"issue": {"number": 7, ...}}, ...}
comment_event(7, 91, "Hi")    -> {"type": "IssueCommentEvent", ...}
"""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Json = dict[str, Any]
REPOSITORY = "octo/hello"
BASE, HEAD, PUSHED = "b" * 40, "1" * 40, "2" * 40
START = 1_557_933_600
"""15 May 2019, 15:20 UTC."""


def iso(seconds: int) -> str:
    """As GitHub writes a time, `seconds` after START."""
    minutes, rest = divmod(20 * 60 + seconds, 60)
    return f"2019-05-15T{15 + minutes // 60:02d}:{minutes % 60:02d}:{rest:02d}Z"


def user(login: str, kind: str = "User") -> Json:
    """A user as in a payload."""
    return {"login": login, "id": 21_031_067, "type": kind, "url": f"https://api.github.com/users/{login}"}


def event(kind: str, payload: Json, *, at: int = 0, actor: str = "ann", id: int | None = None) -> Json:  # noqa: A002  # as the archive calls it
    """A line of the archive."""
    return {
        "id": str(9_000_000_000 + (at if id is None else id)),
        "type": kind,
        "actor": {"id": 1, "login": actor, "url": f"https://api.github.com/users/{actor}"},
        "repo": {"id": 17, "name": REPOSITORY, "url": f"https://api.github.com/repos/{REPOSITORY}"},
        "payload": payload,
        "public": True,
        "created_at": iso(at),
    }


def issue(number: int, /, **more: Any) -> Json:
    """An issue as in a payload."""
    return {
        "url": f"https://api.github.com/repos/{REPOSITORY}/issues/{number}",
        "id": 444_500_000 + number,
        "number": number,
        "title": "It breaks",
        "user": user("ann"),
        "labels": [],
        "state": "open",
        "created_at": iso(0),
        "body": "With 2.0 it does.",
        **more,
    }


def issue_event(number: int, action: str, /, *, at: int = 0, actor: str = "ann", **more: Any) -> Json:
    """An issue is opened, closed or reopened."""
    state = "closed" if action == "closed" else "open"
    payload = {"action": action, "issue": issue(number, **{"state": state, **more})}
    return event("IssuesEvent", payload, at=at, actor=actor)


def comment_event(
    number: int,
    comment: int,
    body: object,
    /,
    *,
    at: int = 60,
    by: Any = "bob",
    action: str = "created",
    **more: Any,
) -> Json:
    """Somebody comments on an issue, or on a pull request if `more` says so."""
    said = {
        "id": comment,
        "user": user(by) if isinstance(by, str) else by,
        "created_at": iso(at),
        "body": body,
    }
    payload = {"action": action, "issue": issue(number, **more), "comment": said}
    return event("IssueCommentEvent", payload, at=at, actor="bob")


def pull(number: int, **more: Any) -> Json:
    """A pull request as in a payload."""
    return {
        "url": f"https://api.github.com/repos/{REPOSITORY}/pulls/{number}",
        "id": 279_147_000 + number,
        "number": number,
        "state": "open",
        "title": "Mend the parser",
        "user": user("ann"),
        "body": "It lost the last line.",
        "created_at": iso(0),
        "merged": False,
        "head": {"ref": "mend", "sha": HEAD, "user": user("ann"), "repo": {"owner": user("ann")}},
        "base": {
            "ref": "main",
            "sha": BASE,
            "user": user("octo"),
            "repo": {
                "full_name": REPOSITORY,
                "owner": user("octo"),
                "stargazers_count": 5,
                "forks_count": 2,
                "license": {"key": "mit", "spdx_id": "MIT"},
            },
        },
        **more,
    }


def pull_event(number: int, action: str, *, at: int = 0, actor: str = "ann", **more: Any) -> Json:
    """A pull request is opened or closed."""
    payload = {"action": action, "number": number, "pull_request": pull(number, **more)}
    return event("PullRequestEvent", payload, at=at, actor=actor)


def pushed(sha: str = PUSHED) -> Json:
    """What a pull request shows after a push."""
    return {"head": {**pull(0)["head"], "sha": sha}}


def review_event(
    number: int, review: int, state: str, *, at: int = 120, body: Any = None, **more: Any
) -> Json:
    """Somebody reviews a pull request."""
    said = {"id": review, "user": user("bob"), "body": body, "state": state, "submitted_at": iso(at)}
    payload = {"action": "created", "review": said, "pull_request": pull(number, **more)}
    return event("PullRequestReviewEvent", payload, at=at, actor="bob")


def review_comment_event(number: int, comment: int, body: str, *, at: int = 121, **more: Any) -> Json:
    """Somebody comments on a line of a pull request."""
    said = {
        "id": comment,
        "pull_request_review_id": 500,
        "diff_hunk": "@@ -1 +1 @@\n-a\n+b",
        "path": "src/parse.py",
        "position": 1,
        "line": 4,
        "commit_id": HEAD,
        "user": user("bob"),
        "body": body,
        "created_at": iso(at),
        "in_reply_to_id": 490,
    }
    payload = {"action": "created", "comment": said, "pull_request": pull(number, **more)}
    return event("PullRequestReviewCommentEvent", payload, at=at, actor="bob")


def watch_event(*, at: int = 5) -> Json:
    """Somebody stars a repository."""
    return event("WatchEvent", {"action": "started"}, at=at)


def old_issue_event(number: int) -> Json:
    """An issue is opened, as the archives of 2012 to 2014 have it: no text, an actor who is a login."""
    return {
        "created_at": "2013-01-01T10:22:31-08:00",
        "payload": {"action": "opened", "issue": 959_102, "number": number},
        "public": True,
        "type": "IssuesEvent",
        "url": f"https://github.com/{REPOSITORY}/issues/{number}",
        "actor": "Ann",
        "actor_attributes": {"login": "Ann", "type": "User"},
        "repository": {"id": 17, "name": "hello", "owner": "octo", "url": f"https://github.com/{REPOSITORY}"},
    }


def write_hour(path: Path, lines: Iterable[Json | bytes]) -> Path:
    """An hour of the archive: events, and bytes as they are."""
    data = b"".join(
        (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path
