r"""A row of a table, and the careful reading of its values.

Containers (`curation.sources.parquet`, `curation.sources.jsonl`) yield rows; each shape of table turns
its rows into files. Values come as they are found, so every reader here takes anything and never raises:

    integer(0) -> 0      integer(float("nan")) -> None      strings([{"item": "MIT"}]) -> ("MIT",)
    seconds("2020-02-01T00:00:00Z") -> 1580515200           text(b"caf\xe9") -> "caf\ufffd"

It does not know any column by name, and drops nothing.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

from curation.sources.base import Problem, Repository, SourceFile

NO_COLUMN: Any = object()
"""What `lookup` answers if the row does not have the column, which is not the same as null."""


@dataclass(slots=True)
class Row:
    """One row of an input file."""

    source_file: str
    """Path or URL of the file that holds it."""
    group: int
    """Row group of a parquet file; -1 elsewhere."""
    number: int
    """Row of a parquet file, line of a JSONL file; counted from 0 over the whole file."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Column to value; empty if there is a problem."""
    problem: Problem | None = None
    """Why the row itself could not be read; None if it could."""

    def get(self, name: str) -> Any:
        """The value of a column, dotted for a nested one; None if it is null or not there."""
        value = lookup(self.values, name)
        return None if value is NO_COLUMN else value

    def first(self, *names: str) -> Any:
        """The first of these columns that holds neither null nor an empty text."""
        return next((value for name in names if (value := self.get(name)) not in (None, "")), None)

    def file(
        self,
        path: str,
        content: object,
        *,
        max_file_bytes: int,
        repository: Repository | None = None,
        problem: Problem | None = None,
    ) -> SourceFile:
        """A file of this row; its content is checked, and is None exactly if there is a problem.

        Args:
            path: Path inside the repository.
            content: Value of the content column, whatever it is.
            max_file_bytes: A longer content becomes the problem too_large.
            repository: What the row says about the repository.
            problem: Already known to be wrong; the content is then not looked at.
        """
        problem = self.problem or problem or _content_problem(content, max_file_bytes)
        return SourceFile(
            path=path,
            content=None if problem else cast("str | bytes", content),
            source_file=self.source_file,
            source_row_group=self.group,
            source_row=self.number,
            repository=repository or Repository(),
            problem=problem,
        )


def lookup(values: Mapping[str, Any], name: str) -> Any:
    """The value of `name`: the column called so, else a path through nested structs; else NO_COLUMN."""
    if name in values:
        return values[name]
    head, dot, rest = name.partition(".")
    while dot:
        inner = values.get(head)
        if not isinstance(inner, Mapping):
            return NO_COLUMN
        if rest in inner:
            return inner[rest]
        values = inner
        head, dot, rest = rest.partition(".")
    return NO_COLUMN


def nested(row: Row, name: str) -> Iterator[Mapping[str, Any] | Problem]:
    """The structs in a list column, or a problem in the place of what is none; nothing only for []."""
    if row.problem:
        yield row.problem
        return
    items = row.get(name)
    if items is None or isinstance(items, str | bytes | Mapping) or not isinstance(items, Iterable):
        yield Problem("bad_row", detail=f"{name} is of type {type(items).__name__}, expected a list of files")
        return
    for item in items:
        if isinstance(item, Mapping):
            yield item
        else:
            yield Problem("bad_row", detail=f"{name} holds a {type(item).__name__}, expected a file")


def _content_problem(content: object, max_file_bytes: int) -> Problem | None:
    """What is wrong with the value of a content column, if anything is."""
    if content is None:
        return Problem("null_content", detail="the content is null or missing")
    if not isinstance(content, str | bytes):
        return Problem("bad_row", detail=f"the content is of type {type(content).__name__}, expected text")
    size = len(content)
    if isinstance(content, str) and size <= max_file_bytes < 4 * size:  # only then does UTF-8 decide
        size = len(content.encode("utf-8", "surrogatepass"))
    if size > max_file_bytes:
        return Problem("too_large", value=size, limit=max_file_bytes)
    return None


def text(value: object) -> str:
    """A text that UTF-8 can hold: null is "", bytes and numbers are converted, lone surrogates replaced."""
    if value is None or isinstance(value, Mapping | list):
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    string = str(value)
    return string if string.isascii() else string.encode("utf-8", "replace").decode("utf-8")


def integer(value: object) -> int | None:
    """A whole number; None for null, NaN, text that is none, and for numbers that do not fit 64 bits."""
    if isinstance(value, str | bytes):
        value = _number(value)
    if isinstance(value, float | Decimal):
        finite = value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)
        value = int(value) if finite and -(2**63) <= value < 2**63 else None  # int() of 1E+999999 has no end
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**63) <= value < 2**63:
        return None
    return value


def _number(value: str | bytes) -> float | int | None:
    """The number that a short text stands for; None if it stands for none."""
    stripped = value[:32].strip()  # 64 bits have 20 digits; Python's int() is quadratic in the length
    try:
        return int(stripped)
    except ValueError:
        pass
    try:
        return float(stripped)
    except ValueError:
        return None


def boolean(value: object) -> bool | None:
    """True or False as stated, also as 0 and 1; None for anything else."""
    if isinstance(value, bool):
        return value
    return bool(value) if isinstance(value, int) and value in (0, 1) else None


def seconds(value: object) -> int | None:
    """Seconds since 1970, UTC, of a number of seconds, an ISO 8601 text, a date or a datetime; else None.

    Times without a zone are taken as UTC.
    """
    if isinstance(value, str) and not (value.isdigit() and len(value) > 8):  # 8 digits are 20200201
        value = _parse_time(value)
    if isinstance(value, datetime):
        return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())
    if isinstance(value, date):
        return int(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp())
    return integer(value)


def _parse_time(value: str) -> datetime | None:
    """An ISO 8601 time, also as BigQuery prints it ("2020-02-01 00:00:00 UTC"); None if it is none."""
    try:
        return datetime.fromisoformat(value[:40].strip().removesuffix(" UTC"))
    except ValueError:
        return None


def strings(value: object) -> tuple[str, ...]:
    """The texts of a list, in order, without nulls and empty ones.

    Takes list<string>, and the nested list/item and list/element structs of Spark and BigQuery exports.
    """
    found: list[str] = []
    pending = [value]
    while pending:  # a loop, because rows come from outside and may nest as deep as they like
        item = pending.pop()
        if isinstance(item, Mapping):
            pending.extend(reversed(list(item.values())))
        elif isinstance(item, Iterable) and not isinstance(item, str | bytes):
            pending.extend(reversed(list(item)))
        elif item is not None and (string := text(item)):
            found.append(string)
    return tuple(found)
