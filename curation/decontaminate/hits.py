"""What was found in a document, and the table of it.

    Hit("humaneval", "HumanEval/0", "solution", "identifiers", 120, 410, 1.0, contaminated=True)

A hit says where a benchmark text is in a document, never what else the document holds. One text gives at
most one hit per document, by the strictest method that finds it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from curation.decontaminate.settings import Method

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("benchmark", pa.string()),
        ("item", pa.string()),
        ("field", pa.string()),
        ("method", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("score", pa.float64()),
        ("contaminated", pa.bool_()),
    ]
)
"""Hits: the document's id, then the fields of `Hit`."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A benchmark text in a document."""

    benchmark: str
    item: str
    field: str
    method: Method
    start: int
    """First character of the document's text; of shared windows the first of the longest run of them."""
    end: int
    """Character behind it."""
    score: float
    """0 to 1: of ngram the share of the text's windows, of identifiers the share of names that map one to
    one, else 1."""
    contaminated: bool
    """False for a near miss."""


class Hits:
    """What was found in the documents of one shard, until it is taken to be written."""

    def __init__(self) -> None:
        self._rows: list[tuple[Any, ...]] = []

    def add(self, document: str, found: Iterable[Hit]) -> None:
        """Record the hits of a document."""
        self._rows += [
            (
                document,
                hit.benchmark,
                hit.item,
                hit.field,
                hit.method,
                hit.start,
                hit.end,
                hit.score,
                hit.contaminated,
            )
            for hit in found
        ]

    def take(self) -> pa.Table:
        """The rows as an Arrow table of `SCHEMA`, in order; they are gone then."""
        columns = zip(*self._rows, strict=True) if self._rows else [() for _ in SCHEMA]
        arrays = [pa.array(column, kind.type) for column, kind in zip(columns, SCHEMA, strict=True)]
        self._rows.clear()
        return pa.Table.from_arrays(arrays, schema=SCHEMA)
