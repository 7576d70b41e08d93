"""Tables in whatever container they come: parquet and JSON Lines behind the same three functions.

    plan("stack_v1", place, wanted)  -> units of every file, after a look at its columns
    rows(unit, place, wanted)        -> every row of one unit
    columns(place)                   -> the columns of the first file

A folder may mix containers. What a row means is the business of `curation.sources.shapes`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from curation.sources import jsonl, parquet
from curation.sources.base import Unit
from curation.sources.inputs import Input, Reading, container_of, find
from curation.sources.rows import Row
from curation.sources.wanted import Wanted, require

__all__ = ["Place", "Wanted", "columns", "plan", "rows"]


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
        if found.container == "parquet":
            yield from parquet.units(source, found, place.options, wanted, unit_bytes)
        else:
            require(found.uri, jsonl.columns(found, place.options), wanted.required)
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


def _columns(found: Input, options: Mapping[str, Any]) -> list[str]:
    """The columns of one file."""
    return parquet.columns(found, options) if found.container == "parquet" else jsonl.columns(found, options)
