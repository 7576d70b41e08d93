"""All items of one issue or pull request -> one document, and whatever could not be read beside it.

    events of octo/hello 7                       -> SourceFile("issues/7", Thread(...))
    events of octo/hello 12, contents of files   -> SourceFile("pull/12", PullRequest(...))
    contents of files without any event          -> SourceFile("pull/12", problem=events_missing)

A number with no event of a pull request that is one all the same (only its comments are in the archive) is a
thread that says so. More bytes than allowed are read, but not held: the document is too_large.
"""

from collections.abc import Iterable, Iterator, Sequence

from curation.grouping import Item
from curation.sources.base import Problem, Repository, SourceFile
from curation.sources.github.events import PULL_TYPES, Event
from curation.sources.github.pulls import pull_request
from curation.sources.github.stored import Contents, Unreadable, unpack
from curation.sources.github.threads import thread
from curation.structured.records import PullRequest, Thread


def documents(items: Iterable[Item], max_record_bytes: int) -> Iterator[SourceFile]:
    """What the items of one key make: what is unreadable first, then at most one document.

    Args:
        items: All of one key, in order.
        max_record_bytes: Most bytes of items that become a document.
    """
    events: list[Event] = []
    contents: list[Contents] = []
    first: Event | Contents | None = None
    size = 0
    for item in items:
        size += len(item.payload)
        if first and size > max_record_bytes:
            events, contents = events[:1], []
            continue
        stored = unpack(item.payload)
        if isinstance(stored, Unreadable):  # alone under its key
            yield _file("", stored, problem=stored.problem)
            continue
        first = first or stored
        if isinstance(stored, Event):
            events.append(stored)
        else:
            contents.append(stored)
    if first is None:
        return
    if size > max_record_bytes:
        kind = "pull" if _is_pull(events) or isinstance(first, Contents) else "issues"
        problem = Problem("too_large", size, max_record_bytes, "all events of one number")
        yield _file(f"{kind}/{first.number}", first, _repository([], first), problem=problem)
    else:
        yield _document(first, events, contents)


def _document(first: Event | Contents, events: Sequence[Event], contents: Sequence[Contents]) -> SourceFile:
    repository = _repository(events, first)
    if not events:
        problem = Problem("events_missing", detail="contents of a pull request that no event is about")
        return _file(f"pull/{first.number}", first, repository, problem=problem)
    if any(event.type in PULL_TYPES for event in events):
        file = _file(f"pull/{first.number}", events[0], repository, pull_request(events, contents))
    else:
        kind = "pull" if _is_pull(events) else "issues"
        file = _file(f"{kind}/{first.number}", events[0], repository, thread(events))
    file.file_date = max((event.created for event in events if event.created is not None), default=None)
    return file


def _is_pull(events: Sequence[Event]) -> bool:
    return any(event.subject is not None and event.subject.is_pull for event in events)


def _repository(events: Sequence[Event], first: Event | Contents) -> Repository:
    """The repository, as the last event says."""
    found = Repository(name=first.repository)
    for event in events:
        found.name = event.repository
        subject = event.subject
        if subject:
            found.stars = found.stars if subject.stars is None else subject.stars
            found.forks = found.forks if subject.forks is None else subject.forks
            found.licences = (subject.licence,) if subject.licence else found.licences
    return found


def _file(
    path: str,
    place: Event | Contents | Unreadable,
    repository: Repository | None = None,
    content: Thread | PullRequest | None = None,
    problem: Problem | None = None,
) -> SourceFile:
    return SourceFile(
        path=path,
        content=content,
        source_file=place.source_file,
        source_row_group=place.source_row_group,
        source_row=place.source_row,
        repository=repository or Repository(),
        problem=problem,
    )
