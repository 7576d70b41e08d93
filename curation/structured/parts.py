r"""The parts of a document that is more than one text, and how they share one text.

    parts = [Part("before", "a = 1"), Part("message", "Double it"), Part("after", "a = 2")]
    join(parts)   -> "a = 1\nDouble it\na = 2"
    header(parts) -> '[["before",5],["message",9],["after",5]]'
    split("a = 1\nDouble it\na = 2", header(parts)) -> the parts again

So whatever asks about a text (signals, dedup, detectors) needs to know nothing of parts, and what edits or
renders them finds them again. Lengths are characters; parts are separated by one newline that belongs to
none of them. What roles a kind has, and in which order, is said where the kind is made and rendered.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from curation.errors import BadInputError

Facts = Mapping[str, str | int | bool]
NO_FACTS: Facts = {}


class Part(NamedTuple):
    """One piece of a document."""

    role: str
    """What it is, such as "code", "comment" or "message"."""
    text: str
    about: Facts = NO_FACTS
    """Facts that the layout needs besides the text, such as {"user": "username_0"}; never free text."""


def join(parts: Iterable[Part]) -> str:
    """The texts of the parts as one text."""
    return "\n".join(part.text for part in parts)


def header(parts: Iterable[Part]) -> str:
    """Roles, lengths in characters and facts as one line of JSON, with sorted keys."""
    rows = [
        [part.role, len(part.text), dict(part.about)] if part.about else [part.role, len(part.text)]
        for part in parts
    ]
    return orjson.dumps(rows, option=orjson.OPT_SORT_KEYS).decode()


def split(content: str, line: str) -> tuple[Part, ...]:
    """The parts that `join` and `header` were given.

    Raises:
        BadInputError: If the header is none, or its lengths are not those of the content.
    """
    parts: list[Part] = []
    position = 0
    for row in _rows(line):
        role, length, *rest = row
        end = position + length
        parts.append(Part(role, content[position:end], rest[0] if rest else NO_FACTS))
        if content[end : end + 1] not in ("\n", ""):
            raise BadInputError(f"parts: expected a newline after character {end}, where {role} ends")
        position = end + 1
    if position != len(content) + 1:
        raise BadInputError(f"parts: they are {position - 1} characters long, but the content {len(content)}")
    return tuple(parts)


def _rows(line: str) -> Sequence[Any]:
    try:
        rows = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadInputError(
            f"parts: expected a list of [role, length, facts], saw no JSON: {error}"
        ) from error
    if not isinstance(rows, list) or not all(_is_row(row) for row in rows):
        raise BadInputError(f"parts: expected a list of [role, length, facts], saw {line[:80]!r}")
    return rows


def _is_row(row: object) -> bool:
    """Whether this is a role, a length and maybe facts."""
    if not isinstance(row, list) or len(row) not in {2, 3}:
        return False
    role, length = row[:2]
    return (
        isinstance(role, str) and isinstance(length, int) and length >= 0 and isinstance(row[-1], int | dict)
    )
