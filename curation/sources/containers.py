"""Tables in whatever container they come: parquet and JSON Lines behind the same three functions.

    plan("stack_v1", place, wanted)  -> units of every file, after a look at its columns
    rows(unit, place, wanted)        -> every row of one unit
    columns(place)                   -> the columns of the first file

A folder may mix containers. What a row means is the business of `curation.sources.shapes`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from curation.errors import BadInputError
from curation.sources import jsonl, parquet
from curation.sources.base import Unit
from curation.sources.inputs import Input, Reading, container_of, find
from curation.sources.parquet import Wanted
from curation.sources.rows import Row

__all__ = ["Place", "Wanted", "columns", "missing", "plan", "rows"]

SHOWN_COLUMNS = 40


@dataclass(frozen=True, slots=True)
class Place:
    """Where tables are and how they are read."""

    path: str
    """File, folder, glob or URL."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of the fsspec filesystem."""
    reading: Reading = field(default_factory=Reading)


def columns(place: Place) -> list[str]:
    """The columns of the first file that has any, dotted for nested ones; [] if all files are empty.

    Raises:
        BadInputError: If there is no file or the first is not readable.
    """
    for found in find(place.path, place.options):
        if names := _columns(found, place.options):
            return names
    return []


def plan(source: str, place: Place, wanted: Wanted) -> Iterator[Unit]:
    """The units of all files in order; each file must have the required columns.

    Raises:
        BadInputError: If there is no file, or one is not readable or lacks a column that is required.
    """
    unit_bytes = place.reading.unit_bytes
    for found in find(place.path, place.options):
        names = _columns(found, place.options)
        absent = [name for name in wanted.required if name not in names]
        if absent and names:  # no columns at all is a JSONL file without lines: a unit without rows
            raise BadInputError(f"{found.uri} has {missing(absent, names)}")
        if found.container == "parquet":
            parquet.check(found, place.options, wanted)
            yield from parquet.units(source, found, place.options, wanted, unit_bytes)
        else:
            yield from jsonl.units(source, found, place.options, unit_bytes)


def rows(unit: Unit, place: Place, wanted: Wanted) -> Iterator[Row]:
    """Every row of a unit in order, also the unreadable ones.

    Raises:
        BadInputError: If the file is damaged; the rows before the damage come out first.
    """
    if container_of(unit.uri) == "parquet":
        yield from parquet.rows(unit, place.options, wanted)
    else:
        yield from jsonl.rows(unit, place.options, place.reading.max_line_bytes)


def missing(absent: Sequence[str], names: Sequence[str]) -> str:
    """The part of a message that says which columns are missing, which there are, and which is nearest."""
    nearest = {name: get_close_matches(name, names, n=1) for name in absent}
    hints = [f"; the nearest to {name!r} is {found[0]!r}" for name, found in nearest.items() if found]
    shown = ", ".join(names[:SHOWN_COLUMNS]) + (", ..." if len(names) > SHOWN_COLUMNS else "")
    wanted = ", ".join(repr(name) for name in absent)
    return (
        f"no column {wanted}; its {len(names)} columns are {shown}{''.join(hints)}. "
        f"Choose the kind that fits, or kind: table with the columns that it has."
    )


def _columns(found: Input, options: Mapping[str, Any]) -> list[str]:
    """The columns of one file."""
    return parquet.columns(found, options) if found.container == "parquet" else jsonl.columns(found, options)
