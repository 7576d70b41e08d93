"""Files of labelled texts -> rows that are whole, or an error that names the line.

    {"text": "mail ann@x.org", "spans": [{"start": 5, "end": 14, "tag": "EMAIL"}]}
        -> Row(text="mail ann@x.org", spans=(Mark(5, 14, "EMAIL"),), label=None, ...)

JSONL, plain or compressed with gzip, and parquet. Offsets are in characters. It neither cuts nor tokenises,
and a row without labels is only for prediction.
"""

import gzip
import json
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from curation.errors import BadInputError

Wanted = Literal["token", "sequence", "nothing"]
"""Which labels a row must have."""


class Mark(NamedTuple):
    """`text[start:end]` has a tag."""

    start: int
    end: int
    tag: str


@dataclass(frozen=True, slots=True)
class Row:
    """One text of a labelled file."""

    place: str
    """File and line or row, for messages."""
    text: str
    spans: tuple[Mark, ...] = ()
    """Sorted; they may overlap."""
    label: str | float | None = None
    """Name of a class, or a number; None where none is wanted."""
    group: str = ""
    """Value of the column by which texts are held out together; the text if there is none."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things stand in a row."""

    text: str = "text"
    spans: str = "spans"
    label: str = "label"
    group: str | None = None


def rows(files: Sequence[Path], columns: Columns, wanted: Wanted) -> Iterator[Row]:
    """The labelled texts of files, in order.

    Args:
        files: JSONL or parquet files, or folders of parquet files.
        columns: Where things stand.
        wanted: Which labels are needed.

    Raises:
        BadInputError: If a file cannot be read, or a row is not what was asked for.
    """
    for place, values in records(files):
        yield _row(place, values, columns, wanted)


def records(files: Sequence[Path]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All rows of files as they are, each with file and line.

    Raises:
        BadInputError: If a file cannot be read.
    """
    for path in files:
        if path.is_dir():
            shards = sorted(path.rglob("*.parquet"))
            if not shards:
                raise BadInputError(f"{path}: a folder without parquet files; expected shards in it")
            for shard in shards:
                yield from _parquet(shard)
        elif path.suffix == ".parquet":
            yield from _parquet(path)
        else:
            yield from _lines(path)


def _parquet(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Rows of a parquet file, a batch at a time.

    Raises:
        BadInputError: If it cannot be read.
    """
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=256):
                for values in batch.to_pylist():
                    number += 1
                    yield f"{path}, row {number}", values
    except (OSError, pa.ArrowException) as error:
        raise BadInputError(f"{path}: expected a whole parquet file, saw: {error}") from error


def _lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Objects of a JSONL file.

    Raises:
        BadInputError: If it cannot be read, or a line is no object.
    """
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield f"{path}, line {number}", _object(path, number, line)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise BadInputError(f"{path}: {why}; expected labelled texts as JSONL in UTF-8, or parquet") from None


def _object(path: Path, number: int, line: str) -> Mapping[str, Any]:
    """One line.

    Raises:
        BadInputError: If it is no JSON object.
    """
    try:
        values = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise BadInputError(f"{path}, line {number}: expected a JSON object, saw {line[:40]!r}")
    return values


def _row(place: str, values: Mapping[str, Any], columns: Columns, wanted: Wanted) -> Row:
    """One checked row.

    Raises:
        BadInputError: If something is missing or wrong.
    """
    text = values.get(columns.text)
    if not isinstance(text, str):
        known = ", ".join(list(values)[:12])
        raise BadInputError(
            f"{place}: expected a text in {columns.text!r}, saw {text!r:.40}; columns: {known}"
        )
    group = text
    if columns.group is not None:
        if columns.group not in values:
            raise BadInputError(f"{place}: data.held_out_by is {columns.group!r}, which this row has not")
        group = str(values[columns.group])
    return Row(
        place=place,
        text=text,
        spans=_spans(place, values.get(columns.spans), len(text)) if wanted == "token" else (),
        label=_label(place, values.get(columns.label), columns.label) if wanted == "sequence" else None,
        group=group,
    )


def _spans(place: str, spans: Any, length: int) -> tuple[Mark, ...]:
    """Checked spans, sorted.

    Raises:
        BadInputError: If one is no span of the text.
    """
    if not isinstance(spans, list):
        raise BadInputError(
            f"{place}: expected a list of {{start, end, tag}}, saw {spans!r:.40}; a text without any has []"
        )
    marks = []
    for span in spans:
        values = (
            [span.get(name) for name in ("start", "end", "tag")] if isinstance(span, dict) else [None] * 3
        )
        start, end, tag = values
        if type(start) is not int or type(end) is not int or not isinstance(tag, str) or not tag.strip():
            raise BadInputError(f"{place}: expected whole numbers start and end, and a tag; saw {span!r:.80}")
        if not 0 <= start < end <= length:
            raise BadInputError(
                f"{place}: characters {start} to {end} of a text of {length}; expected 0 <= start < end <= "
                "length, counted in characters, not bytes"
            )
        marks.append(Mark(start, end, tag.strip()))
    return tuple(sorted(marks))


def _label(place: str, label: Any, column: str) -> str | float:
    """A checked label.

    Raises:
        BadInputError: If it is neither a finite number nor a name.
    """
    if isinstance(label, bool):
        return str(label).lower()
    if isinstance(label, int | float) and math.isfinite(label):
        return float(label)
    if isinstance(label, str) and label.strip():
        return label.strip()
    raise BadInputError(f"{place}: expected a number or the name of a class in {column!r}, saw {label!r:.40}")
