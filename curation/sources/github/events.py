"""One line of GH Archive -> what it says about an issue or a pull request, and nothing else of it.

    {"type": "IssueCommentEvent", "repo": {"name": "octo/hello"}, "payload": {"issue": {"number": 7, ...},
     "comment": {"id": 91, "user": {"login": "ann"}, "body": "Same here."}}, ...}
    -> Event("IssueCommentEvent", "created", "octo/hello", 7, ..., Subject(...), Said(91, "ann", ...))

    {"type": "WatchEvent", ...}  -> Left("WatchEvent")         counted, and no more
    {"type": "IssuesEvent", ...} without a number or repository  -> Problem("bad_row", ...)

Knows the archive's formats since 2011: an actor who is a login alone, an `issue` that is only an id, a
repository as owner and name, comments without any text (which are left), and pull requests without title
and body, as since October 2025. The title of a pull request is taken from the payload, where it is.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

import orjson

from curation.sources.base import Problem
from curation.sources.github.values import (
    NO_VALUES,
    Values,
    author,
    count,
    inner,
    moment,
    number_in,
    truth,
    who,
    word,
    words,
)
from curation.sources.rows import text

Kinds = tuple[Literal["issues", "pull_requests"], ...]
ISSUE_TYPES = ("IssuesEvent", "IssueCommentEvent")
PULL_TYPES = ("PullRequestEvent", "PullRequestReviewEvent", "PullRequestReviewCommentEvent")
OTHER_TYPES = (
    *("CommitCommentEvent", "CreateEvent", "DeleteEvent", "DownloadEvent", "FollowEvent", "ForkApplyEvent"),
    *("ForkEvent", "GistEvent", "GollumEvent", "MemberEvent", "PublicEvent", "PullRequestReviewThreadEvent"),
    *("PushEvent", "ReleaseEvent", "SponsorshipEvent", "TeamAddEvent", "WatchEvent", "DiscussionEvent"),
)
"""Counted under their own name; any other under "other"."""
OWN_WORDS = frozenset({"", "created", "submitted", "opened"})
"""Actions in which who acts is who writes; others are done to what somebody else wrote."""


@dataclass(slots=True)
class Left:
    """An event that says nothing about an issue or pull request that is asked for."""

    reason: str
    """Type of the event, and in some words why, if the type alone does not say it."""


@dataclass(slots=True)
class Subject:
    """An issue or pull request as it was when something happened to it."""

    digest: str
    """Of title and body; "" if the event has neither."""
    title: str | None
    """None if the event has neither, or if it stands with another event of the same digest."""
    body: str | None
    """As the title."""
    author: str
    author_type: str
    created: int | None
    state: str
    """open or closed; "" if unknown."""
    is_pull: bool
    merged: bool = False
    base: str = ""
    head: str = ""
    base_owner: str = ""
    head_owner: str = ""
    stars: int | None = None
    """Of the repository that is pulled to."""
    forks: int | None = None
    licence: str = ""
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class Said:
    """A comment, a review, or a comment of a review."""

    id: int | None
    author: str
    author_type: str
    text: str
    created: int | None
    state: str = ""
    review: int | None = None
    reply_to: int | None = None
    path: str = ""
    line: int | None = None
    hunk: str = ""
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class Event:
    """Something that happened to an issue or pull request."""

    type: str
    action: str
    repository: str
    """owner/name, as it was written."""
    number: int
    id: str
    """Of the event; "" in archives before 2015."""
    created: int | None
    actor: str
    actor_type: str
    subject: Subject | None
    said: Said | None
    faults: tuple[str, ...] = ()
    source_file: str = ""
    source_row_group: int = -1
    source_row: int = -1

    @property
    def key(self) -> str:
        """What all events of one issue or pull request share: both are numbered together."""
        return f"{self.repository.lower()}/{self.number}"


def read_event(values: Values, kinds: Kinds) -> Event | Left | Problem:
    """What one line says.

    Args:
        values: The JSON object of the line.
        kinds: What is asked for; events of anything else are left.
    """
    kind = values.get("type")
    if kind not in ISSUE_TYPES and kind not in PULL_TYPES:
        if not isinstance(kind, str):
            return _bad(f"type is of type {type(kind).__name__}, expected a text")
        return Left(kind if kind in OTHER_TYPES else "other")
    if kind in PULL_TYPES and "pull_requests" not in kinds:
        return Left(kind)
    payload = _payload(values.get("payload"))
    if payload is None:
        return _bad(f"payload is of type {type(values.get('payload')).__name__}, expected an object")
    event = _event(kind, values, payload)
    if isinstance(event, Event) and kind in ISSUE_TYPES:
        is_pull = event.subject is not None and event.subject.is_pull
        if ("pull_requests" if is_pull else "issues") not in kinds:
            return Left(f"{kind} of {'a pull request' if is_pull else 'an issue'}")
    return event


def _payload(value: object) -> Values | None:
    """The payload: an object, or one written as text, as in BigQuery; None for anything else."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            return None
    return value if isinstance(value, dict) else None


def _bad(detail: str) -> Problem:
    return Problem("bad_row", detail=detail)


def _event(kind: str, values: Values, payload: Values) -> Event | Left | Problem:
    """The event of a type that is asked for."""
    about = payload.get("issue" if kind in ISSUE_TYPES else "pull_request")
    action = word(payload.get("action")).lower()
    actor = _actor(values, payload)
    opener = actor if action == "opened" else ("", "")
    subject = _subject(about, values, kind, opener) if isinstance(about, dict) else _unknown(values, kind)
    said = _said(kind, payload, actor if action in OWN_WORDS else ("", ""))
    if said is None and kind not in {"IssuesEvent", "PullRequestEvent"}:
        return Left(f"{kind} without text")
    repository = _repository(values, payload)
    number = _number(about, values, payload)
    if not repository or not number:
        return _bad(f"the event has no {'number' if repository else 'repository'}")
    created = moment(values.get("created_at"))
    if created is None and said:
        created = said.created
    return Event(
        type=kind,
        action=action,
        repository=repository,
        number=number,
        id=text(values.get("id"))[:40],
        created=created,
        actor=actor[0],
        actor_type=actor[1],
        subject=subject,
        said=said,
        faults=() if created is not None else ("date_missing",),
    )


def _actor(values: Values, payload: Values) -> tuple[str, str]:
    """Login and type of who did it; types stand only in the archives of 2012 to 2014."""
    actor, kind = who(values.get("actor") or payload.get("actor"))
    login = actor or who(values.get("actor_attributes"))[0]
    return login, kind or who(values.get("actor_attributes"))[1]


def _repository(values: Values, payload: Values) -> str:
    """owner/name; "" if neither the event nor its payload says it."""
    name = inner(values, "repo").get("name")
    if isinstance(name, str) and name.count("/") == 1 and not name.startswith("/"):
        return text(name)[:200]
    old = inner(values, "repository")
    owner = who(old.get("owner"))[0]
    if owner and isinstance(old.get("name"), str):
        return text(f"{owner}/{old['name']}")[:200]
    return word(old.get("full_name")) or word(payload.get("repo"))


def _number(about: object, values: Values, payload: Values) -> int | None:
    """Number of the issue or pull request."""
    own = about if isinstance(about, dict) else NO_VALUES
    comment = inner(payload, "comment")
    found = count(own.get("number")) or count(payload.get("number"))
    return found or number_in(
        values.get("url"),
        inner(comment, "_links", "pull_request").get("href"),
        comment.get("pull_request_url"),
        comment.get("html_url"),
    )


def _unknown(values: Values, kind: str) -> Subject | None:
    """What is known of a subject that the event does not hold: at most that it is a pull request."""
    url = values.get("url")
    if kind in PULL_TYPES or (isinstance(url, str) and "/pull/" in url[:500]):
        return Subject("", None, None, "", "", None, "", is_pull=True)
    return None


def _subject(about: Values, values: Values, kind: str, opener: tuple[str, str]) -> Subject:
    """The issue or pull request of an event."""
    faults: list[str] = []
    title = body = None
    digest = ""
    if "title" in about or "body" in about:
        title = words(about.get("title"), "title", faults)
        body = words(about.get("body"), "body", faults)
        digest = _digest(title, body)
    login, login_type = author(about.get("user"), faults, opener) if "user" in about else opener
    subject = Subject(
        digest=digest,
        title=title,
        body=body,
        author=login,
        author_type=login_type,
        created=moment(about.get("created_at")),
        state=word(about.get("state")).lower(),
        is_pull=kind in PULL_TYPES or _links_to_pull(about.get("pull_request")),
        faults=tuple(faults),
    )
    if kind in PULL_TYPES:
        _add_commits(subject, about)
        subject.base_owner = subject.base_owner or _repository(values, NO_VALUES).partition("/")[0]
    return subject


def _digest(title: str, body: str) -> str:
    both = f"{len(title)} {title}{body}".encode("utf-8", "surrogatepass")
    return blake2b(both, digest_size=8).hexdigest()


def _links_to_pull(value: Any) -> bool:
    """Whether an issue says that it is a pull request; in 2011 all did, but without a link to one."""
    return any(value.values()) if isinstance(value, dict) else bool(value)


def _add_commits(subject: Subject, about: Values) -> None:
    """Commits and repositories of a pull request."""
    base, head = inner(about, "base"), inner(about, "head")
    repository = inner(base, "repo")
    merged = truth(about.get("merged"))
    subject.merged = bool(about.get("merged_at")) if merged is None else merged
    subject.base, subject.head = word(base.get("sha")).lower(), word(head.get("sha")).lower()
    subject.base_owner = _owner(base)
    subject.head_owner = _owner(head)
    subject.stars, subject.forks = (
        count(repository.get("stargazers_count")),
        count(repository.get("forks_count")),
    )
    subject.licence = word(inner(repository, "license").get("spdx_id"))


def _owner(side: Values) -> str:
    """Whom the repository on one side of a pull request belongs to; "" if it is gone."""
    repository = inner(side, "repo")
    return who(repository.get("owner"))[0] or who(side.get("user"))[0]


def _said(kind: str, payload: Values, actor: tuple[str, str]) -> Said | None:
    """The comment or review of an event; None if it holds none."""
    name = "review" if kind == "PullRequestReviewEvent" else "comment"
    found = payload.get(name)
    if not isinstance(found, dict) or kind in {"IssuesEvent", "PullRequestEvent"}:
        return None
    faults: list[str] = []
    body = found.get("body")
    login, login_type = author(found.get("user"), faults, actor)
    said = Said(
        id=count(found.get("id")),
        author=login,
        author_type=login_type,
        text="" if name == "review" and body is None else words(body, "body", faults),
        created=moment(found.get("submitted_at" if name == "review" else "created_at")),
        state=word(found.get("state")).lower(),
    )
    if kind == "PullRequestReviewCommentEvent":
        line = count(found.get("line"))
        said.line = count(found.get("original_line")) if line is None else line
        said.review, said.reply_to = (
            count(found.get("pull_request_review_id")),
            count(found.get("in_reply_to_id")),
        )
        said.path = path if isinstance(path := found.get("path"), str) else ""
        said.hunk = hunk if isinstance(hunk := found.get("diff_hunk"), str) else ""
    said.faults = tuple(faults)
    return said
