"""Rows of an archive or of a table of contents -> items to be grouped, and the counts of what is left.

    Row(values={"type": "IssuesEvent", ...})  -> Item("octo/hello/7", order, payload)
    Row(values={"type": "WatchEvent", ...})   -> nothing, left: WatchEvent
    Row(problem=bad_json)                     -> Item with this problem, under a key of its own

Title and body of an issue stand in each of its events, 50,000 times in one with as many comments; they are
kept once for each task and text.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from curation.grouping import Item, order_of
from curation.shards import FileRecord
from curation.sources.base import Problem
from curation.sources.github.events import Event, Kinds, Left, read_event
from curation.sources.github.history import LATE
from curation.sources.github.stored import Contents, Stored, Unreadable, pack
from curation.sources.github.values import count, word
from curation.sources.paths import safe_path
from curation.sources.rows import Row, text

REMEMBERED = 500_000
"""Titles and bodies of which a task remembers that it has kept them; with more, some are kept twice."""


@dataclass(slots=True)
class Grouped:
    """What one task has split; read = kept + the sum of left."""

    read: int = 0
    """Lines and rows."""
    kept: int = 0
    """Events, contents and unreadable lines, all of which go on to the second step."""
    left: Counter[str] = field(default_factory=Counter)
    """Events that nothing is made of, by type."""
    unreadable: Counter[str] = field(default_factory=Counter)
    """Of those kept, lines that are no event, by reason; each becomes a file with this problem."""
    bytes_kept: int = 0
    """Bytes of what is kept, uncompressed."""
    files: list[FileRecord] = field(default_factory=list)
    """What was written."""

    def as_json(self) -> dict[str, Any]:
        """The counts as JSON values."""
        return {
            "read": self.read,
            "kept": self.kept,
            "left": dict(sorted(self.left.items())),
            "unreadable": dict(sorted(self.unreadable.items())),
            "bytes_kept": self.bytes_kept,
        }


def event_items(rows: Iterable[Row], kinds: Kinds, counts: Grouped) -> Iterator[Item]:
    """An item for each event that is asked for and for each line that is none.

    Args:
        rows: Lines of an archive.
        kinds: What is asked for.
        counts: What was read, kept and left is added to it.
    """
    kept_texts: set[bytes] = set()
    for row in rows:
        counts.read += 1
        event = row.problem or read_event(row.values, kinds)
        if isinstance(event, Left):
            counts.left[event.reason] += 1
            continue
        if isinstance(event, Event):
            _keep_text_once(event, kept_texts)
            event.source_file, event.source_row_group, event.source_row = _place(row)
            time = LATE if event.created is None else event.created
            yield _item(event, (time, count(event.id) or 0), counts)
        else:
            yield _item(_unreadable(row, event), (), counts)


def content_items(rows: Iterable[Row], max_file_bytes: int, counts: Grouped) -> Iterator[Item]:
    """An item for each row about a file of a pull request, also for those that cannot be used.

    Args:
        rows: Of a table with the columns repo_name, number, head_commit, path, before, after.
        max_file_bytes: Longer files are left out of their pull request, with file_too_large.
        counts: What was read and kept is added to it.
    """
    for row in rows:
        counts.read += 1
        contents = row.problem or _contents(row.values, max_file_bytes)
        if isinstance(contents, Contents):
            contents.source_file, contents.source_row_group, contents.source_row = _place(row)
            yield _item(contents, (LATE + 1, 0), counts)
        else:
            yield _item(_unreadable(row, contents), (), counts)


def _item(stored: Stored, order: tuple[int, ...], counts: Grouped) -> Item:
    payload = pack(stored)
    counts.kept += 1
    counts.bytes_kept += len(payload)
    if isinstance(stored, Unreadable):
        counts.unreadable[stored.reason] += 1
    place = (stored.source_file, stored.source_row)
    return Item(stored.key, order_of(*order, *place), payload)


def _place(row: Row) -> tuple[str, int, int]:
    return text(row.source_file), row.group, row.number


def _unreadable(row: Row, problem: Problem) -> Unreadable:
    return Unreadable(*_place(row), problem.reason, problem.value, problem.limit, problem.detail)


def _keep_text_once(event: Event, kept: set[bytes]) -> None:
    """Take title and body out of an event if this task has kept them with another."""
    subject = event.subject
    if subject is None or not subject.digest:
        return
    mark = blake2b(f"{event.key} {subject.digest}".encode(), digest_size=16).digest()
    if mark in kept:
        subject.title = subject.body = None
    else:
        if len(kept) >= REMEMBERED:
            kept.clear()
        kept.add(mark)


def _contents(values: Mapping[str, Any], max_file_bytes: int) -> Contents | Problem:
    """A file of a pull request; a file that cannot be shown says why among its faults."""
    repository, number = word(values.get("repo_name")), count(values.get("number"))
    head, path = word(values.get("head_commit")).lower(), values.get("path")
    if "/" not in repository or not number or not head or not isinstance(path, str):
        return Problem("bad_row", detail="expected texts repo_name, head_commit and path, and a number")
    path, problem = safe_path(path)
    if problem:
        return problem
    faults: list[str] = []
    before = _file_text(values.get("before"), max_file_bytes, faults)
    after = _file_text(values.get("after"), max_file_bytes, faults)
    if before is None and after is None and not faults:
        faults.append("file_missing")
    if faults:
        before = after = None
    return Contents(repository, number, head, path, before, after, faults=tuple(dict.fromkeys(faults)))


def _file_text(value: object, max_file_bytes: int, faults: list[str]) -> str | None:
    """The text of a file; None if there is none, or if it is none and one of the faults."""
    if value is None:
        return None
    if not isinstance(value, str | bytes):
        faults.append("file_not_text")
    elif len(value) > max_file_bytes:
        faults.append("file_too_large")
    elif isinstance(value, str):
        return value
    else:
        try:
            return value.decode()
        except UnicodeDecodeError:
            faults.append("file_not_text")
    return None
