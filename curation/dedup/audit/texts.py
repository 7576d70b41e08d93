"""Documents by unit and row -> their texts, shingle sets and exact similarity, in bounded memory.

    exact(books, dropped["unit"], ..)  ->  [0.842, 0.7012, nan]       nan: the run's text is gone

Texts are read from RUN/clean/unit-*/documents.parquet, which holds what the filters kept, also what dedup
dropped later. Of a unit only the row groups are read that hold a wanted document, one at a time; the
documents that are compared at a time have `TEXT_AT_ONCE` bytes of text, or are a single pair.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from curation.blocks.near import rows_of_ids
from curation.dedup import jaccard
from curation.dedup.audit.books import Folders, NearBooks
from curation.dedup.tokens import texts
from curation.errors import BrokenRunError
from curation.kernels import Floats, Ints

TEXT_AT_ONCE = 64 << 20
"""Bytes of the texts that are compared at a time; their shingles take two to four times as much."""
DOCUMENTS = "documents.parquet"
IDENTITY = ("repo_name", "path", "language", "license_type", "length_bytes")


class Places(NamedTuple):
    """Where documents stand; arrays of shape (n,)."""

    unit: Ints
    row: Ints
    group: Ints
    """Row group; -1 if the text is not there."""
    position: Ints
    """Place in the row group."""
    size: Ints
    """UTF-8 bytes of the text."""


def _read(path: Path, group: int, columns: list[str]) -> Any:
    """Some columns of a row group.

    Raises:
        BrokenRunError: If the file is damaged.
    """
    try:
        with pq.ParquetFile(path) as file:
            return file.read_row_group(group, columns=columns, use_threads=False)
    except (OSError, pa.ArrowInvalid) as error:
        raise BrokenRunError(f"{path}: expected a whole parquet file, saw: {error}") from error


def locate(folders: Folders, unit: Ints, row: Ints) -> Places:
    """Find documents in the row groups of their units; only ids and sizes are read.

    Args:
        folders: Of a run.
        unit: Units, shape (n,).
        row: Rows in them, shape (n,).

    Raises:
        BrokenRunError: If a file is damaged.
    """
    unit, row = np.asarray(unit, np.int64), np.asarray(row, np.int64)
    found = Places(unit, row, np.full(len(unit), -1), np.zeros(len(unit), int), np.zeros(len(unit), int))
    for number in np.unique(unit).tolist():
        path = folders.unit(number) / DOCUMENTS
        if not path.is_file():
            continue
        wanted = np.flatnonzero(unit == number)
        for group in range(pq.read_metadata(path).num_row_groups):
            table = _read(path, group, ["id", "length_bytes"])
            rows = rows_of_ids(table["id"])
            order = np.argsort(rows, kind="stable")
            slot = np.minimum(np.searchsorted(rows, row[wanted], sorter=order), max(len(rows) - 1, 0))
            here = rows[order[slot]] == row[wanted] if len(rows) else np.zeros(len(wanted), bool)
            places = wanted[here]
            found.group[places], found.position[places] = group, order[slot[here]]
            found.size[places] = np.asarray(table["length_bytes"])[order[slot[here]]]
    return found


def columns(folders: Folders, places: Places) -> Iterator[tuple[Ints, Any]]:
    """The texts of located documents, one row group after the other.

    Returns:
        Pairs of indices into `places` and an Arrow array of the texts of these, in the same order.

    Raises:
        BrokenRunError: If a file is damaged.
    """
    there = np.flatnonzero(places.group >= 0)
    order = there[np.lexsort((places.position[there], places.group[there], places.unit[there]))]
    keys = np.stack([places.unit[order], places.group[order]], axis=1)
    starts = np.flatnonzero(np.any(keys[1:] != keys[:-1], axis=1)) + 1
    for chosen in np.split(order, starts):
        if not len(chosen):
            continue
        unit, group = int(places.unit[chosen[0]]), int(places.group[chosen[0]])
        column = _read(folders.unit(unit) / DOCUMENTS, group, ["content"])["content"].combine_chunks()
        taken = column.take(pa.array(places.position[chosen]))
        yield chosen, taken if isinstance(taken, pa.Array) else pa.concat_arrays(taken.chunks)


def strings(folders: Folders, unit: Ints, row: Ints) -> list[str | None]:
    """The texts of documents; None where the run has not kept it.

    Raises:
        BrokenRunError: If a file is damaged.
    """
    result: list[str | None] = [None] * len(unit)
    for chosen, column in columns(folders, locate(folders, unit, row)):
        for place, text in zip(chosen.tolist(), column.to_pylist(), strict=True):
            result[place] = text
    return result


def exact(books: NearBooks, one: tuple[Ints, Ints], other: tuple[Ints, Ints]) -> Floats:
    """Exact Jaccard similarity of pairs of documents, from their texts; NaN where one is not there.

    Args:
        books: The run; its settings say what a shingle is.
        one: Units and rows of the first documents, each of shape (p,).
        other: The same of the second ones.

    Raises:
        BrokenRunError: If a file is damaged.
    """
    count = len(one[0])
    unit = np.concatenate([one[0], other[0]]).astype(np.int64)
    row = np.concatenate([one[1], other[1]]).astype(np.int64)
    distinct, back = np.unique(unit << 32 | row, return_inverse=True)
    places = locate(books.folders, distinct >> 32, distinct & 0xFFFFFFFF)
    first, second = back[:count], back[count:]
    result = np.full(count, np.nan)
    there = np.flatnonzero((places.group[first] >= 0) & (places.group[second] >= 0))
    there = there[np.argsort(second[there], kind="stable")]
    for batch in _batches(there, places.size[first[there]] + places.size[second[there]]):
        wanted, local = np.unique(np.concatenate([first[batch], second[batch]]), return_inverse=True)
        sets = _sets(books, Places(*(field[wanted] for field in places)))
        result[batch] = jaccard.compare(sets, local[len(batch) :], local[: len(batch)])
    return result


def _batches(pairs: Ints, sizes: Ints) -> Iterator[Ints]:
    """Consecutive pairs of at most `TEXT_AT_ONCE` bytes together, or single ones."""
    start = total = 0
    for n, size in enumerate(sizes.tolist()):
        if total and total + size > TEXT_AT_ONCE:
            yield pairs[start:n]
            start, total = n, 0
        total += size
    if start < len(pairs):
        yield pairs[start:]


def _sets(books: NearBooks, places: Places) -> jaccard.Sets:
    """Shingle sets of documents that are all there, in their order."""
    pieces: list[Any] = [None] * len(places.unit)
    for chosen, column in columns(books.folders, places):
        found = sets_of(books, column)
        for place, start, end in zip(
            chosen.tolist(), found.offsets[:-1].tolist(), found.offsets[1:].tolist(), strict=True
        ):
            pieces[place] = found.shingles[start:end]
    ends = np.cumsum([0, *map(len, pieces)])
    return jaccard.Sets(np.concatenate(pieces), ends.astype(np.int64))


def sets_of(books: NearBooks, column: Any) -> jaccard.Sets:
    """Shingle sets of all texts of an Arrow string array."""
    wanted = np.arange(len(column))
    rule, size = books.settings.tokens, books.settings.shingle
    return jaccard.shingle_sets(texts(column), wanted, size=size, rule=rule)


def identities(folders: Folders, unit: Ints, row: Ints) -> list[dict[str, Any]]:
    """Who documents are: id, and of those in the signals table repo_name, path, language, license_type.

    Args:
        folders: Of a run.
        unit: Units, shape (n,).
        row: Rows in them, shape (n,).

    Raises:
        BrokenRunError: If a file is damaged.
    """
    unit, row = np.asarray(unit, np.int64), np.asarray(row, np.int64)
    found: list[dict[str, Any]] = [
        {"id": folders.name(u, r), **dict.fromkeys(IDENTITY)}
        for u, r in zip(unit.tolist(), row.tolist(), strict=True)
    ]
    for number in np.unique(unit).tolist():
        path = folders.unit(number) / "signals.parquet"
        if not path.is_file():
            continue
        wanted = np.flatnonzero(unit == number)
        for group in range(pq.read_metadata(path).num_row_groups):
            rows = rows_of_ids(_read(path, group, ["id"])["id"])
            slots = {own: slot for slot, own in enumerate(rows.tolist())}
            here = [(place, slots[own]) for place in wanted.tolist() if (own := int(row[place])) in slots]
            if not here:
                continue
            table = _read(path, group, list(IDENTITY)).take(pa.array([slot for _, slot in here]))
            for (place, _), values in zip(here, table.to_pylist(), strict=True):
                found[place] |= values
    return found
