"""One row of a table of issues or pull requests, whatever its shape -> a thread or a pull request.

    {"issue_number": 7, "events": [{"action": "opened", "author": "ann", ...}]}     -> Thread
    {"number": 7, "title": "It breaks", "body": "With 2.0.", "comments": [...]}     -> Thread
    {"number": 12, "base": "c0ffee...", "events": [{"kind": "review", ...}]}        -> PullRequest
    {"number": 7, "events": null}                                                   -> Problem("bad_row")

Shapes are told apart by what a row has, not by settings. Comments come in order of time if all have one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from curation.sources.base import Problem
from curation.sources.github.history import ENDED
from curation.sources.github.values import (
    Values,
    author,
    count,
    moment,
    number_in,
    truth,
    who,
    word,
    words,
)
from curation.sources.paths import safe_path
from curation.structured.records import Comment, FilePair, PullEvent, PullRequest, Thread

TEXTS = ("text", "comment", "description", "body")
"""Where the text of an event may stand; the first that is not empty counts."""
API = "/repos/"
PULL_KINDS = (*("opened", "comment", "review", "review_comment", "synchronize", "closed", "reopened"),)


def record_of(values: Values) -> Thread | PullRequest | Problem:
    """The thread or pull request of a row, or why there is none."""
    number = _number(values)
    if number is None:
        return Problem("bad_row", detail="the row has no number")
    events, comments = values.get("events"), values.get("comments")
    if _is_pull_row(values, events):
        return _pull(values, number, _items(events))
    if isinstance(events, Sequence) and not isinstance(events, str | bytes):
        return _from_events(values, number, _items(events))
    if values.get("title") is None and values.get("body") is None:
        return Problem("bad_row", detail=f"events are of type {type(events).__name__}, expected a list")
    return _from_comments(values, number, _items(comments))


def repository_of(values: Values) -> str:
    """owner/name; "" if the row does not say it."""
    for name in ("repo_name", "repo", "repository"):
        value = values.get(name)
        found = value.get("full_name") or value.get("name") if isinstance(value, Mapping) else value
        if word(found):
            return word(found)
    url = values.get("repository_url")
    return url.partition(API)[2][:200] if isinstance(url, str) else ""


def size_of(record: Thread | PullRequest) -> int:
    """Characters of all texts."""
    if isinstance(record, Thread):
        return len(record.title) + sum(len(comment.text) for comment in record.comments)
    events = sum(len(event.text) + len(event.hunk) for event in record.events)
    pairs = [pair for files in record.files.values() for pair in files]
    files = sum(len(pair.before or "") + len(pair.after or "") for pair in pairs)
    return len(record.title) + len(record.description) + events + files


def _number(values: Values) -> int | None:
    pull = values.get("pull_request")
    in_pull = count(pull.get("number")) if isinstance(pull, Mapping) else None
    own = next((n for name in ("number", "issue_number") if (n := count(values.get(name))) is not None), None)
    return own if own is not None else in_pull if in_pull is not None else number_in(values.get("html_url"))


def _is_pull_row(values: Values, events: object) -> bool:
    """Whether a row is shaped like a pull request, as told by its events, or by its base if it has none."""
    if "base" not in values and "merged" not in values:
        return False
    first = next(_items(events), None)
    return "kind" in first if isinstance(first, Mapping) else values.get("base") is not None


def _items(value: object) -> Iterator[Any]:
    """The items of a list; none of anything else."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        yield from value


def _links_to_pull(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(inner not in (None, "") for inner in value.values())
    return bool(value)


def _from_events(values: Values, number: int, events: Iterator[Any]) -> Thread:
    """A thread of rows as The Stack has them, where all that happened is an event."""
    faults: list[str] = []
    comments: list[Comment] = []
    title = words(values.get("title", ""), "title", faults)
    closed = bool(truth(values.get("closed"))) or word(values.get("state")) == "closed"
    for event in events:
        if not isinstance(event, Mapping):
            faults.append("event_not_read")
            continue
        action = word(event.get("action")).lower()
        closed = ENDED.get(action, closed) if event.get("type") != "comment" else closed
        title = title or (found if isinstance(found := event.get("title"), str) else "")
        login, kind = author(event.get("author", event.get("user")), faults)
        comments.append(
            Comment(
                author=login,
                author_type=kind,
                text=_text(event, action, faults),
                action=action or "created",
                created=_time(event),
                id=count(event.get("comment_id", event.get("id"))),
            )
        )
    if not title:
        faults.append("title_missing")
    return _thread(values, number, title, comments, closed, faults)


def _text(event: Values, action: str, faults: list[str]) -> str:
    """The text of an event, which a mere change of state has none of."""
    found = [event[name] for name in TEXTS if event.get(name) is not None]
    value = next((each for each in found if each != ""), found[0] if found else None)
    if value is None and action not in {"opened", "created", ""}:
        return ""
    return words(value, "body", faults)


def _time(event: Values) -> int | None:
    names = ("datetime", "created_at", "created", "date")
    return next((found for name in names if (found := moment(event.get(name))) is not None), None)


def _from_comments(values: Values, number: int, items: Iterator[Any]) -> Thread:
    """A thread of rows with a description and a list of comments, which may be texts alone."""
    faults: list[str] = []
    title = words(values.get("title"), "title", faults)
    login, kind = author(values.get("user", values.get("author")), faults)
    body = words(values.get("body", values.get("text")), "body", faults)
    comments = [Comment(login, kind, body, "opened", _time(values))]
    for item in items:
        if isinstance(item, str):
            comments.append(Comment("", "", item, "created"))
            faults.append("author_missing")
        elif isinstance(item, Mapping):
            login, kind = author(item.get("user", item.get("author")), faults)
            text = words(item.get("body", item.get("text")), "body", faults)
            comments.append(Comment(login, kind, text, "created", _time(item), count(item.get("id"))))
        else:
            faults.append("comment_not_read")
    closed = bool(truth(values.get("closed"))) or word(values.get("state")).lower() == "closed"
    return _thread(values, number, title, comments, closed, faults)


def _thread(
    values: Values, number: int, title: str, comments: list[Comment], closed: bool, faults: list[str]
) -> Thread:
    is_pull = _links_to_pull(values.get("pull_request"))
    if all(comment.created is not None for comment in comments):
        comments.sort(key=lambda comment: (comment.action != "opened", comment.created))
    return Thread(number, title, tuple(comments), closed, is_pull, tuple(sorted(set(faults))))


def _pull(values: Values, number: int, items: Iterator[Any]) -> PullRequest:
    """A pull request of rows shaped like one."""
    faults: list[str] = []
    login, kind = author(values.get("author", values.get("user")), faults)
    events = [event for item in items if (event := _pull_event(item, faults))]
    return PullRequest(
        number=number,
        title=words(values.get("title"), "title", faults),
        description=words(values.get("description", values.get("body")), "body", faults),
        author=login,
        author_type=kind or word(values.get("author_type")),
        events=tuple(events),
        base=word(values.get("base")),
        base_owner=who(values.get("base_owner"))[0] or repository_of(values).partition("/")[0],
        head_owner=who(values.get("head_owner"))[0],
        base_count=count(values.get("base_count")) or int(bool(values.get("base"))),
        merged=bool(truth(values.get("merged"))),
        closed=bool(truth(values.get("closed"))),
        files=_files(values.get("files"), faults),
        mended=tuple(sorted(set(faults))),
    )


def _pull_event(item: object, faults: list[str]) -> PullEvent | None:
    kind = word(item.get("kind")) if isinstance(item, Mapping) else ""
    if not isinstance(item, Mapping) or kind not in PULL_KINDS:
        faults.append("event_not_read")
        return None
    says = kind in {"comment", "review_comment"}
    login, login_type = author(item.get("author"), faults if says else [])
    text = item.get("text")
    return PullEvent(
        kind=kind,
        author=login,
        author_type=login_type or word(item.get("author_type")),
        text=words(text, "body", faults) if says or text is not None else "",
        action=word(item.get("action")),
        created=_time(item),
        id=count(item.get("id")),
        head=word(item.get("head")).lower(),
        state=word(item.get("state")).lower(),
        review=count(item.get("review")),
        reply_to=count(item.get("reply_to")),
        path=path if isinstance(path := item.get("path"), str) else "",
        line=count(item.get("line")),
        hunk=hunk if isinstance(hunk := item.get("hunk"), str) else "",
    )


def _files(value: object, faults: list[str]) -> dict[str, tuple[FilePair, ...]]:
    """Files by head commit: of an object of lists, of pairs as parquet has maps, or of rows with a head."""
    if isinstance(value, Mapping):
        pairs = [(head, row) for head, rows in value.items() for row in _items(rows)]
    else:
        pairs = []
        for item in _items(value):
            if isinstance(item, Mapping):
                pairs.append((item.get("head_commit", item.get("head")), item))
            elif isinstance(item, tuple) and len(item) == 2:
                pairs += [(item[0], row) for row in _items(item[1])]
            else:
                faults.append("file_not_read")
    found: dict[str, dict[str, FilePair]] = {}
    for head, row in pairs:
        pair = _file_pair(row)
        if pair is None or not word(head):
            faults.append("file_not_read")
        else:
            found.setdefault(word(head).lower(), {})[pair.path] = pair
    return {head: tuple(files[path] for path in sorted(files)) for head, files in sorted(found.items())}


def _file_pair(row: object) -> FilePair | None:
    if not isinstance(row, Mapping) or not isinstance(row.get("path"), str):
        return None
    path, problem = safe_path(row["path"])
    before, after = row.get("before"), row.get("after")
    texts = isinstance(before, str | None) and isinstance(after, str | None)
    return (
        FilePair(path, before, after) if texts and not problem and (before, after) != (None, None) else None
    )
