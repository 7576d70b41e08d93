"""Who has asked not to be used is left out of records before anything is made of them.

    A pull request opened by, from or to somebody on the list         -> "optout_author"
    A thread or pull request in which somebody on the list has said something -> the same without it

A repository on the list is left out later, with all its documents (see `curation.optout`); here it is people,
who are known only as long as a record is whole. Names are never written.
"""

from dataclasses import replace

from curation.optout import Kind, OptOut
from curation.structured.records import PullRequest, Record, Thread

AUTHOR = "optout_author"
EVENTS = "optout_events"
"""Counted as a change: what somebody on the list has said was left out."""


def without(record: Record, optout: OptOut) -> Record | str:
    """The record without what people on the list have said; or the reason against all of it."""
    if not optout.entries:
        return record
    if isinstance(record, Thread):
        return _thread(record, optout)
    if isinstance(record, PullRequest):
        return _pull(record, optout)
    return AUTHOR if _listed(record.author, "commits", optout) else record


def _listed(login: str, kind: Kind, optout: OptOut) -> bool:
    """Whether a list names this person for documents of this kind."""
    return bool(login) and "/" not in login and optout.reason(kind, login) is not None


def _thread(thread: Thread, optout: OptOut) -> Thread | str:
    kept = tuple(one for one in thread.comments if not _listed(one.author, "issues", optout))
    if len(kept) == len(thread.comments):
        return thread
    if thread.comments[0] not in kept:
        return AUTHOR
    return replace(thread, comments=kept, mended=(*thread.mended, EVENTS))


def _pull(pull: PullRequest, optout: OptOut) -> PullRequest | str:
    if any(_listed(who, "issues", optout) for who in (pull.author, pull.base_owner, pull.head_owner)):
        return AUTHOR
    kept = tuple(one for one in pull.events if not _listed(one.author, "issues", optout))
    if len(kept) == len(pull.events):
        return pull
    return replace(pull, events=kept, mended=(*pull.mended, EVENTS))
