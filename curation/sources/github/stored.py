"""What is carried from the files of an archive to the group it belongs to, as bytes, and back.

    pack(event)  -> b'e{"type":"IssuesEvent",...}'      unpack(b'e{...}') -> event

Events, contents of files and what could not be read travel together, so that nothing is lost between two
tasks. A lone surrogate, which JSON can hold and UTF-8 cannot, comes back as it was.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from curation.sources.base import Problem
from curation.sources.github.events import Event, Said, Subject


@dataclass(slots=True)
class Contents:
    """A file before and after a pull request, at one of its head commits."""

    repository: str
    number: int
    head: str
    path: str
    before: str | None
    after: str | None
    source_file: str = ""
    source_row_group: int = -1
    source_row: int = -1
    faults: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The key of the events of the pull request."""
        return f"{self.repository.lower()}/{self.number}"


@dataclass(slots=True)
class Unreadable:
    """A line or row that is no event."""

    source_file: str
    source_row_group: int
    source_row: int
    reason: str
    value: float | None
    limit: float | None
    detail: str

    @property
    def key(self) -> str:
        """A key that no other line has, and no repository can have."""
        return f"\0{self.source_file}\0{self.source_row}"

    @property
    def problem(self) -> Problem:
        """The problem that it is counted as."""
        return Problem(self.reason, self.value, self.limit, self.detail)


Stored = Event | Contents | Unreadable
TAGS: dict[type, bytes] = {Event: b"e", Contents: b"f", Unreadable: b"u"}


def pack(stored: Stored) -> bytes:
    """The bytes of one of these."""
    try:
        content = orjson.dumps(stored)
    except TypeError:  # it holds a lone surrogate
        content = json.dumps(asdict(stored), separators=(",", ":")).encode()
    return TAGS[type(stored)] + content


def unpack(payload: bytes) -> Stored:
    """What `pack` was given."""
    values = _load(payload[1:])
    tag = payload[:1]
    if tag == b"u":
        return Unreadable(**values)
    values["faults"] = tuple(values["faults"])
    if tag == b"f":
        return Contents(**values)
    for name, kind in (("subject", Subject), ("said", Said)):
        if values[name] is not None:
            values[name] = kind(**{**values[name], "faults": tuple(values[name]["faults"])})
    return Event(**values)


def _load(content: bytes) -> dict[str, Any]:
    try:
        values = orjson.loads(content)
    except orjson.JSONDecodeError:
        values = json.loads(content)
    assert isinstance(values, dict)
    return values
