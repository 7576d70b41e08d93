"""The events of a pull request, and the contents of its files -> a pull request.

    PullRequestEvent opened; IssueCommentEvent; PullRequestReviewEvent; PullRequestEvent closed, merged
    -> PullRequest(12, "Mend it", ..., events=(opened, comment, review, closed), merged=True)

GH Archive has no event for a push to a pull request: where an event shows another head commit than the one
before, a `synchronize` event is put before it. The opening has no text of its own: that is the description.
"""

from collections.abc import Iterable, Iterator, Sequence

from curation.sources.github.events import Event, Said
from curation.sources.github.history import Entry, History, history
from curation.sources.github.stored import Contents
from curation.structured.records import FilePair, PullEvent, PullRequest

SAID = {
    "IssueCommentEvent": "comment",
    "PullRequestReviewEvent": "review",
    "PullRequestReviewCommentEvent": "review_comment",
}
DONE = {"closed": "closed", "merged": "closed", "reopened": "reopened", "synchronize": "synchronize"}
"""What happens to a pull request that is one of its events; a label or a milestone is none."""


def pull_request(events: Sequence[Event], contents: Iterable[Contents] = ()) -> PullRequest:
    """The pull request of events of one number, in order of time, at least one of them of a pull request."""
    past = history([event for event in events if event.type != "IssuesEvent"])
    if len(events) > sum(event.type != "IssuesEvent" for event in events):
        past.mended["issue_event_left_out"] = None
    subject = past.subject
    snapshots = [event.subject for event in events if event.subject]
    opening = _opening(past, next((shown.head for shown in snapshots if shown.head), ""))
    return PullRequest(
        number=events[0].number,
        title=(subject.title or "") if subject else "",
        description=(subject.body or "") if subject else "",
        author=opening.author,
        author_type=opening.author_type,
        events=(opening, *_events(past, opening.head)),
        base=next((shown.base for shown in snapshots if shown.base), ""),
        base_owner=next((shown.base_owner for shown in snapshots if shown.base_owner), ""),
        head_owner=next((shown.head_owner for shown in snapshots if shown.head_owner), ""),
        base_count=len({shown.base for shown in snapshots if shown.base}),
        merged=any(shown.merged for shown in snapshots) or any(e.action == "merged" for e in events),
        closed=past.closed,
        files=_files(contents, past),
        mended=tuple(sorted(past.mended)),
    )


def _opening(past: History, head: str) -> PullEvent:
    """The opening, from its own event or from what others say of it."""
    event, subject = past.opening, past.subject
    if event is None:
        past.mended["opening_made"] = None
    faults = event.faults if event else ()
    faults += subject.faults if subject and subject.digest else ("title_missing", "body_missing")
    past.mended |= dict.fromkeys(faults)
    login = subject.author if subject else ""
    created = event.created if event else None
    return PullEvent(
        kind="opened",
        author=login or (event.actor if event else ""),
        author_type=subject.author_type if login and subject else event.actor_type if event else "",
        action="opened",
        created=subject.created if created is None and subject else created,
        head=head,
    )


def _events(past: History, head: str) -> Iterator[PullEvent]:
    """What happened after the opening, with a `synchronize` wherever the head commit has changed.

    Args:
        past: The events.
        head: Head commit at the opening.
    """
    for entry in past.entries:
        event = entry.event
        if event is past.opening:
            continue
        now = event.subject.head if event.subject else ""
        if now and now != head:
            head = now
            if event.action != "synchronize":
                yield PullEvent("synchronize", "", action="synchronize", created=event.created, head=now)
        past.mended |= dict.fromkeys(event.faults)
        if entry.said:
            past.mended |= dict.fromkeys(entry.said.faults)
            yield _said(entry, entry.said, head)
        elif event.action in DONE:
            kind = DONE[event.action]
            yield PullEvent(
                kind, event.actor, event.actor_type, action=event.action, created=event.created, head=head
            )
        else:
            past.mended["action_left_out"] = None


def _said(entry: Entry, said: Said, head: str) -> PullEvent:
    """A comment, a review, or a comment of a review."""
    return PullEvent(
        kind=SAID[entry.event.type],
        author=said.author,
        author_type=said.author_type,
        text=said.text,
        action=entry.event.action,
        created=entry.time,
        id=said.id,
        head=head,
        state=said.state,
        review=said.review,
        reply_to=said.reply_to,
        path=said.path,
        line=said.line,
        hunk=said.hunk,
    )


def _files(contents: Iterable[Contents], past: History) -> dict[str, tuple[FilePair, ...]]:
    """Head commit -> files, sorted by path; of two rows about one file the last one counts."""
    found: dict[str, dict[str, FilePair]] = {}
    for row in contents:
        past.mended |= dict.fromkeys(row.faults)
        files = found.setdefault(row.head, {})
        if row.path in files:
            past.mended["duplicate_file"] = None
        if not row.faults:
            files[row.path] = FilePair(row.path, row.before, row.after)
    return {head: tuple(files[path] for path in sorted(files)) for head, files in sorted(found.items())}
