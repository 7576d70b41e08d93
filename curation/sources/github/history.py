"""All events of one number -> each once, in order, and what was said as it was said last.

    [created 91 "Helo", edited 91 "Hello"]   -> one entry with "Hello", at the time of the first
    [created 92 "Secret", deleted 92]        -> none: who deletes a comment withdraws it

The subject is the issue or pull request as the opening has it; if the archive lacks the opening, as the first
later event has it that has a title or a body, whoever it comes from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from curation.sources.github.events import Event, Said, Subject

LATE = 1 << 62
"""Where an event without a date comes."""
ENDED = {"closed": True, "merged": True, "reopened": False, "opened": False}


@dataclass(slots=True)
class Entry:
    """Something that happened, with the last edition of what was said."""

    event: Event
    """Its first event."""
    said: Said | None

    @property
    def time(self) -> int | None:
        """When, in seconds since 1970; for a comment known only from its edition, when it was written."""
        late = self.event.action == "edited" and self.said is not None
        if late and self.said is not None and self.said.created is not None:
            return self.said.created
        return self.event.created


@dataclass(slots=True)
class History:
    """What happened to one issue or pull request."""

    entries: list[Entry]
    subject: Subject | None
    """With title and body, as the opening or the first event that has them says; None if no event does."""
    opening: Event | None
    """The event of the opening; None if the archive lacks it."""
    closed: bool
    is_pull: bool
    mended: dict[str, None] = field(default_factory=dict)
    """What was wrong or left out, each once, in order."""


def history(events: Sequence[Event]) -> History:
    """What the events of one number say.

    Args:
        events: In order of time; at least one.
    """
    mended: dict[str, None] = {}
    distinct = _distinct(events, mended)
    texts = {
        event.subject.digest: (event.subject.title, event.subject.body)
        for event in distinct
        if event.subject and event.subject.title is not None
    }
    opening = next((event for event in distinct if _opens(event)), None)
    subject = _first_subject(opening, distinct)
    if subject and subject.digest:
        subject.title, subject.body = texts.get(subject.digest, (subject.title, subject.body))
    entries = _entries(distinct, mended)
    return History(
        entries=entries,
        subject=subject,
        opening=opening,
        closed=_closed(distinct),
        is_pull=any(event.subject is not None and event.subject.is_pull for event in distinct),
        mended=mended,
    )


def _opens(event: Event) -> bool:
    return event.action == "opened" and event.type in {"IssuesEvent", "PullRequestEvent"}


def _distinct(events: Sequence[Event], mended: dict[str, None]) -> list[Event]:
    """Every event once: by its id or, before 2015, when there was none, by what it says."""
    seen: set[object] = set()
    distinct: list[Event] = []
    for event in events:
        said = (event.said.id, event.said.text) if event.said else None
        same: object = event.id or (event.type, event.action, event.created, event.actor, said)
        if same in seen:
            mended["duplicate_event"] = None
        else:
            seen.add(same)
            distinct.append(event)
    return distinct


def _first_subject(opening: Event | None, events: Sequence[Event]) -> Subject | None:
    """The subject of the opening, if it has title and body; else the first that has; else any."""
    known = [event.subject for event in ([opening] if opening else []) + list(events) if event.subject]
    return next((subject for subject in known if subject.digest), known[0] if known else None)


def _closed(events: Sequence[Event]) -> bool:
    """Whether it is closed after the last event."""
    closed = False
    for event in events:
        action = event.action if event.type in {"IssuesEvent", "PullRequestEvent"} else ""
        state = event.subject.state if event.subject else ""
        closed = ENDED.get(action, state == "closed" if state else closed)
    return closed


def _entries(events: Sequence[Event], mended: dict[str, None]) -> list[Entry]:
    """One entry for each comment and review, and one for each other event, in order of time."""
    entries: list[Entry] = []
    by_id: dict[tuple[str, int], Entry] = {}
    deleted: set[int] = set()
    for event in events:
        said = event.said
        known = by_id.get((event.type, said.id)) if said and said.id is not None else None
        if known is None:
            known = Entry(event, said)
            entries.append(known)
            if said and said.id is not None:
                by_id[event.type, said.id] = known
        elif known.said and said:
            if event.action != "deleted" and said.state == known.said.state:
                mended["comment_edited" if said.text != known.said.text else "duplicate_comment"] = None
            known.said = said
        if said:
            (deleted.add if event.action == "deleted" else deleted.discard)(id(known))
    if deleted:
        mended["comment_deleted"] = None
    kept = [entry for entry in entries if id(entry) not in deleted]
    return sorted(kept, key=lambda entry: LATE if entry.time is None else entry.time)
