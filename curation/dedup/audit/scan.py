"""The decisions of near-dedup, read once -> cluster sizes, a random sample, and the least similar drops.

    1,413 decisions  ->  533 clusters, sizes {2: 400, 3: 61, ...}, 880 dropped documents, 100 of them drawn

One row group (65,536 decisions) is in memory at a time, beside what is asked for and 8 bytes for each
document of an index that is a keeper. A sample consists of the
documents with the lowest hashes of seed, unit and row: the same seed draws the same documents however the
file is cut, and every document is as likely as any other. No text is read.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from curation.dedup.tokens import MIX_1, MIX_2, SHORT, Hashes
from curation.errors import BrokenRunError
from curation.kernels import Ints

DECISION = np.dtype(
    [
        ("unit", "<i4"),
        ("row", "<i4"),
        ("keeper_unit", "<i4"),
        ("keeper_row", "<i4"),
        ("jaccard", "<f4"),
        ("cluster_size", "<i8"),
    ]
)
Decisions = npt.NDArray[np.void]
"""Documents of clusters, each with its keeper."""
BINS = 100
"""Bins of a histogram of Jaccard similarities, each 0.01 wide."""
HALF_ULP = 1e-6
"""Added before a similarity is put into a bin: stored in 32 bits, 0.7 is a little less than 0.7."""


class Scan(NamedTuple):
    """What one reading of the decisions gives."""

    dropped: int
    """Documents that are dropped for another one, or would be."""
    sizes: dict[int, int]
    """Documents in a cluster -> clusters of that size, from 2, ascending."""
    largest: Decisions
    """Keepers of the largest clusters, largest first."""
    jaccard: Ints
    """Histogram of the dropped documents' similarity to their keepers, shape (BINS,)."""
    unknown: int
    """Dropped documents whose similarity to their keeper nobody has seen (plain components)."""
    sample: Decisions
    """Dropped documents drawn at random, by unit and row."""
    nearest: Decisions
    """Dropped documents that are least like their keepers, least similar first."""


def read_decisions(path: Path) -> Iterator[Decisions]:
    """The decisions, a row group at a time.

    Raises:
        BrokenRunError: If the file is missing or damaged.
    """
    try:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, columns=list(DECISION.names or ()))
                rows = np.empty(table.num_rows, DECISION)
                for name in table.column_names:
                    rows[name] = table[name].to_numpy()
                yield rows
    except (OSError, pa.ArrowInvalid) as error:
        raise BrokenRunError(
            f"{path}: expected the decisions of near-dedup, saw: {error}; delete its folder and run again"
        ) from error


def is_dropped(rows: Decisions) -> npt.NDArray[np.bool_]:
    """Which documents are not their own keepers."""
    other = (rows["unit"] != rows["keeper_unit"]) | (rows["row"] != rows["keeper_row"])
    return np.asarray(other, bool)


def lots(unit: npt.ArrayLike, row: npt.ArrayLike, seed: int) -> Hashes:
    """A random number for every document, the same for the same seed."""
    place = (np.asarray(unit).astype(np.uint64) << np.uint64(32)) | np.asarray(row).astype(np.uint64)
    start = np.uint64((seed + 1) * int(SHORT) % (1 << 64))
    value = (place + start) * MIX_1
    value = (value ^ (value >> np.uint64(33))) * MIX_2
    return np.asarray(value ^ (value >> np.uint64(29)))


def histogram(jaccard: npt.ArrayLike) -> Ints:
    """How many similarities lie in each of `BINS` bins of the same width from 0 to 1."""
    places = (np.asarray(jaccard, np.float64) + HALF_ULP) * BINS
    return np.bincount(np.clip(places, 0, BINS - 1).astype(np.int64), minlength=BINS)


def scan(path: Path, *, sample: int = 0, seed: int = 0, largest: int = 0, nearest: int = 0) -> Scan:
    """Read all decisions once.

    Args:
        path: The decisions of a run.
        sample: Dropped documents to draw.
        seed: Of the draw.
        largest: Clusters to name.
        nearest: Dropped documents to name, those least like their keepers.

    Raises:
        BrokenRunError: If the file is missing or damaged.
    """
    dropped = unknown = 0
    sizes: Counter[int] = Counter()
    counts = np.zeros(BINS, np.int64)
    empty = np.empty(0, DECISION)
    seen = np.empty(0, np.int64)
    drawn, heads, low = empty, empty, empty
    for rows in read_decisions(path):
        mask = is_dropped(rows)
        gone = rows[mask]
        fresh, seen = _indexed_keepers(gone, seen)
        keepers = np.concatenate([rows[~mask], fresh])
        dropped += len(gone)
        sizes.update(keepers["cluster_size"].tolist())
        known = ~np.isnan(gone["jaccard"])
        unknown += int(np.count_nonzero(~known))
        counts += histogram(gone["jaccard"][known])
        drawn = _first(np.concatenate([drawn, gone]), sample, lambda d: lots(d["unit"], d["row"], seed))
        heads = _first(np.concatenate([heads, keepers]), largest, lambda d: -d["cluster_size"])
        low = _first(np.concatenate([low, gone[known]]), nearest, lambda d: d["jaccard"])
    ordered = drawn[np.lexsort((drawn["row"], drawn["unit"]))]
    return Scan(dropped, dict(sorted(sizes.items())), heads, counts, unknown, ordered, low)


def _indexed_keepers(gone: Decisions, seen: Ints) -> tuple[Decisions, Ints]:
    """Keepers that are in the index, which have no decision of their own, and were not seen before."""
    rows = gone[gone["keeper_unit"] < 0].copy()
    rows["unit"], rows["row"], rows["jaccard"] = rows["keeper_unit"], rows["keeper_row"], 1.0
    places, first = np.unique(_own(rows), return_index=True)
    new = ~np.isin(places, seen)
    return rows[first[new]], np.union1d(seen, places)


def _first(rows: Decisions, count: int, key: Any) -> Decisions:
    """The `count` rows with the lowest keys, in that order; of equal ones the first by unit and row."""
    order = np.lexsort((rows["row"], rows["unit"], key(rows)))[:count]
    return np.asarray(rows[order])


def members(path: Path, heads: Decisions, most: int) -> list[Decisions]:
    """Documents of some clusters, the first `most` of each, then the dropped one least like the keeper.

    Args:
        path: The decisions of a run.
        heads: Keepers of clusters.
        most: Documents of each cluster, at most; one more is added if the least similar is not among them.

    Raises:
        BrokenRunError: If the file is missing or damaged.
    """
    wanted = _places(heads["unit"], heads["row"])
    order = np.argsort(wanted)
    found = [np.empty(0, DECISION) for _ in heads]
    least = [np.empty(0, DECISION) for _ in heads]
    for rows in read_decisions(path):
        own = rows[np.isin(_places(rows["keeper_unit"], rows["keeper_row"]), wanted)]
        cluster = order[np.searchsorted(wanted, _places(own["keeper_unit"], own["keeper_row"]), sorter=order)]
        for place in np.unique(cluster):
            here = own[cluster == place]
            found[place] = np.concatenate([found[place], here[: most - len(found[place])]])
            least[place] = _first(
                np.concatenate([least[place], here[is_dropped(here)]]), 1, lambda d: d["jaccard"]
            )
    return [
        np.concatenate([seen, last[~np.isin(_own(last), _own(seen))]])
        for seen, last in zip(found, least, strict=True)
    ]


def _places(unit: Any, row: Any) -> Ints:
    return np.asarray(unit, np.int64) << 32 | np.asarray(row, np.int64)


def _own(rows: Decisions) -> Ints:
    return _places(rows["unit"], rows["row"])


def dropped_among(path: Path, unit: Ints, row: Ints) -> npt.NDArray[np.bool_]:
    """Which of some documents are dropped.

    Args:
        path: The decisions of a run.
        unit: Units, shape (n,).
        row: Rows in them, shape (n,).

    Raises:
        BrokenRunError: If the file is missing or damaged.
    """
    asked = _places(unit, row)
    result = np.zeros(len(asked), bool)
    for rows in read_decisions(path):
        result |= np.isin(asked, _own(rows[is_dropped(rows)]))
    return result
