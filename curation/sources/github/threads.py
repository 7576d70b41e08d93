"""The events of an issue -> a thread.

    opened by ann, "With 2.0."; 91 by bob, "Same here."; closed by ann
    -> Thread(7, "It breaks", (Comment("ann", ..., "With 2.0.", "opened"), Comment("bob", ..., "created"),
              Comment("ann", ..., "", "closed")), closed=True)

An issue that was opened before the archive begins, or in an hour that it lacks, gets an opening made from
what any later event says of it (opening_made). Whoever says no more than that something was labelled or
assigned has a comment without text.
"""

from collections.abc import Sequence

from curation.sources.github.events import Event
from curation.sources.github.history import Entry, History, history
from curation.structured.records import Comment, Thread


def thread(events: Sequence[Event]) -> Thread:
    """The thread of at least one event, all of one number, in order of time."""
    past = history(events)
    mended = past.mended
    opening = _opening(past)
    comments = [opening] if opening else []
    for entry in past.entries:
        if entry.event is not past.opening:
            comments.append(_comment(entry))
            mended |= dict.fromkeys((*entry.event.faults, *(entry.said.faults if entry.said else ())))
    return Thread(
        number=events[0].number,
        title=(past.subject.title or "") if past.subject else "",
        comments=tuple(comments),
        closed=past.closed,
        is_pull=past.is_pull,
        mended=tuple(sorted(mended)),
    )


def _opening(past: History) -> Comment | None:
    """The description, from its own event or from what later ones say; None if none says anything."""
    subject, event = past.subject, past.opening
    if event is None and (subject is None or not subject.digest):
        past.mended["opening_missing"] = None
        return None
    if event is None:
        past.mended["opening_made"] = None
    past.mended.update(dict.fromkeys(event.faults if event else ()))
    if subject is None or not subject.digest:
        past.mended |= {"title_missing": None, "body_missing": None}
    else:
        past.mended.update(dict.fromkeys(subject.faults))
    login = subject.author if subject else ""
    created = event.created if event else None
    return Comment(
        author=login or (event.actor if event else ""),
        author_type=(subject.author_type if login and subject else event.actor_type if event else ""),
        text=(subject.body or "") if subject else "",
        action="opened",
        created=subject.created if created is None and subject else created,
    )


def _comment(entry: Entry) -> Comment:
    """A comment, or a change of state, which has no text."""
    event, said = entry.event, entry.said
    if said is None:
        return Comment(event.actor, event.actor_type, "", event.action, event.created)
    return Comment(said.author, said.author_type, said.text, "created", entry.time, said.id)
