"""Exact dedup: of documents with the same content, one stays, by a stated policy.

    three copies, MIT with 10 stars, MIT with 90, no licence with 500  ->  the MIT one with 90 stays

Content is compared by SWHID. Copies are ranked by licence (permissive, no_license, non_permissive),
then stars, forks, earliest date, then id, so that the result depends on nothing else. Work is split by
ranges of the content hash: each part reads only the row groups of the key tables that overlap its
range, sorts them in memory (about `PART_ROWS` at a time) and writes who is dropped for whom.
Near-duplicates are not looked for here.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from curation.document import split_id
from curation.kernels import Ints

Criterion = Literal["license", "stars", "forks", "earliest_date"]
KEYS = ("content_id", "license_type", "stars", "forks", "revision_date", "file_date")
"""Metadata that a document's key row is made from."""
KEY_GROUP = 4096
"""Rows in a row group of a key table: what a part of the match reads at least, 0.2 MB."""
PART_ROWS = 2_000_000
"""Keys matched in memory at a time; tests/benchmarks/exact_dedup.py prints the peak memory."""
HASH_BYTES = 20
LICENCE_RANK = {"permissive": 0, "no_license": 1, "non_permissive": 2}
LATEST = np.iinfo(np.int64).max

KEY_SCHEMA = pa.schema(
    [
        ("hash", pa.binary(HASH_BYTES)),
        ("unit", pa.int32()),
        ("row", pa.int32()),
        ("license", pa.int8()),
        ("stars", pa.int64()),
        ("forks", pa.int64()),
        ("date", pa.int64()),
    ]
)
DECISION_SCHEMA = pa.schema(
    [
        ("unit", pa.int32()),
        ("row", pa.int32()),
        ("keeper_unit", pa.int32()),
        ("keeper_row", pa.int32()),
        ("cluster_size", pa.int64()),
    ]
)
"""One row per document of a cluster of two or more; the keeper's row names itself."""


class Settings(BaseModel):
    """How exact duplicates are handled."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    """Whether duplicates are dropped, yes or no; the clusters are recorded either way."""
    keep: tuple[Criterion, ...] = ("license", "stars", "forks", "earliest_date")
    """What decides which copy stays, most important first, names; the document id settles what is left.
    Source: the Stack v2 blob policy, with the earliest instead of the latest date (origin, not fork)."""


def key_table(keys: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Key rows of documents, in their order.

    Args:
        keys: Tuples of document id and the metadata of `KEYS`.
    """
    rows = list(map(_key_row, keys))
    columns = zip(*rows, strict=True) if rows else [() for _ in KEY_SCHEMA]
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, KEY_SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=KEY_SCHEMA)


def sort_keys(tables: Iterable[pa.Table]) -> pa.Table:
    """The key rows of one unit, sorted by hash, as `read_keys` wants them."""
    table = pa.concat_tables([KEY_SCHEMA.empty_table(), *tables])
    return table.sort_by([("hash", "ascending"), ("row", "ascending")]).combine_chunks()


def _key_row(key: tuple[Any, ...]) -> tuple[bytes, int, int, int, int, int, int]:
    document, content, licence, stars, forks, revision_date, file_date = key
    unit, row = split_id(document)
    date = file_date if file_date is not None else revision_date
    return (
        bytes.fromhex(content.rpartition(":")[2]),
        unit,
        row,
        LICENCE_RANK.get(licence, 1),
        stars or 0,
        forks or 0,
        date if date is not None else int(LATEST),
    )


def parts(keys: int) -> int:
    """Into how many parts the match of so many keys is split."""
    return max(1, -(-keys // PART_ROWS))


def hash_range(part: int, count: int) -> tuple[bytes, bytes]:
    """First hash of a part and first hash of the next, as 20-byte strings; the last end is 0xff..."""
    space = 1 << (8 * HASH_BYTES)
    low, high = part * space // count, (part + 1) * space // count
    return low.to_bytes(HASH_BYTES, "big"), min(high, space - 1).to_bytes(HASH_BYTES, "big")


def read_keys(files: Iterable[tuple[Path, int]], part: int, count: int) -> pa.Table:
    """All keys of a part, reading only row groups that overlap its hash range.

    Args:
        files: Key tables, and the number that the documents' unit has in this run (negative for a unit of
            the index, see `curation.dedup.index`).
        part: Number of the part.
        count: Number of parts.
    """
    low, high = hash_range(part, count)
    tables = [KEY_SCHEMA.empty_table()]
    for path, unit in files:
        with pq.ParquetFile(path) as file:
            groups = [i for i in range(file.num_row_groups) if _overlaps(file, i, low, high)]
            if groups:
                table = _within(file.read_row_groups(groups), low, high, last=part == count - 1)
                units = pa.array(np.full(table.num_rows, unit, np.int32))
                tables.append(table.set_column(table.schema.get_field_index("unit"), "unit", units))
    return pa.concat_tables(tables)


def _overlaps(file: Any, group: int, low: bytes, high: bytes) -> bool:
    statistics = file.metadata.row_group(group).column(0).statistics
    return statistics is None or (statistics.min <= high and statistics.max >= low)


def _within(table: pa.Table, low: bytes, high: bytes, *, last: bool) -> pa.Table:
    hashes = table["hash"].to_pylist()
    inside = [low <= value and (value < high or last) for value in hashes]
    return table.filter(pa.array(inside))


def decide(keys: pa.Table, keep: Sequence[Criterion], *, runs: Sequence[int] = ()) -> pa.Table:
    """Which documents of each cluster of equal hashes stay.

    Args:
        keys: Rows of `KEY_SCHEMA`, in any order.
        keep: The policy, most important criterion first.
        runs: First unit of every run, ascending, if documents of earlier runs stay before all others.

    Returns:
        Rows of `DECISION_SCHEMA` for every document of a cluster of two or more, sorted by unit and row.
    """
    if not keys.num_rows:
        return DECISION_SCHEMA.empty_table()
    column = {name: keys[name].to_numpy() for name in ("unit", "row", "license", "stars", "forks", "date")}
    hashes = np.frombuffer(b"".join(keys["hash"].to_pylist()), dtype=f"S{HASH_BYTES}").copy()
    # Bytes compare as fixed-width keys here; a plain S dtype would drop trailing zero bytes.
    hashes = hashes.view(np.uint8).reshape(-1, HASH_BYTES)
    words = np.ascontiguousarray(np.pad(hashes, ((0, 0), (0, 4)))).view(">u8").astype(np.uint64)
    rank = {
        "license": column["license"],
        "stars": -column["stars"],
        "forks": -column["forks"],
        "earliest_date": column["date"],
    }
    order = np.lexsort(
        (
            column["row"],
            column["unit"],
            *(rank[name] for name in reversed(keep)),
            np.searchsorted(runs, column["unit"], side="right"),
            words[:, 2],
            words[:, 1],
            words[:, 0],
        )
    )
    ordered = words[order]
    starts = np.flatnonzero(np.r_[True, (ordered[1:] != ordered[:-1]).any(axis=1)])
    sizes = np.diff(np.r_[starts, len(ordered)])
    first = np.repeat(starts, sizes)
    size = np.repeat(sizes, sizes)
    repeated = size > 1
    member, keeper = order[repeated], order[first[repeated]]
    unit, row = column["unit"], column["row"]
    back = np.lexsort((row[member], unit[member]))
    return pa.Table.from_arrays(
        [
            pa.array(unit[member][back]),
            pa.array(row[member][back]),
            pa.array(unit[keeper][back]),
            pa.array(row[keeper][back]),
            pa.array(size[repeated][back].astype(np.int64)),
        ],
        schema=DECISION_SCHEMA,
    )


def count_dropped(decisions: pa.Table) -> int:
    """How many documents of a decisions table are dropped for another one."""
    unit, row, keeper_unit, keeper_row = (decisions[name].to_numpy() for name in DECISION_SCHEMA.names[:4])
    return int(np.count_nonzero((unit != keeper_unit) | (row != keeper_row)))


def dropped_rows(files: Iterable[Path], unit: int) -> Ints:
    """Rows of a unit that are dropped for another document, ascending."""
    found = [np.empty(0, np.int64)]
    for path in files:
        table = pq.read_table(path, filters=[("unit", "==", unit)])
        own, keeper_unit, keeper_row = (table[n].to_numpy() for n in ("row", "keeper_unit", "keeper_row"))
        found.append(own[(keeper_unit != unit) | (keeper_row != own)].astype(np.int64))
    return np.sort(np.concatenate(found))


def decisions_for(files: Iterable[Path], units: Iterable[int]) -> dict[tuple[int, int], tuple[int, int, int]]:
    """(unit, row) -> (keeper unit, keeper row, cluster size), for these units' documents in clusters."""
    wanted = pa.array(sorted(set(units)), pa.int32())
    found: dict[tuple[int, int], tuple[int, int, int]] = {}
    for path in files:
        table = pq.read_table(path, filters=[("unit", "in", wanted.to_pylist())])
        rows = zip(*(table[name].to_pylist() for name in DECISION_SCHEMA.names), strict=True)
        found.update({(unit, row): (ku, kr, size) for unit, row, ku, kr, size in rows})
    return found
