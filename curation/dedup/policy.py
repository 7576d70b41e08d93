"""What is known about documents -> one number each by which the documents of a cluster are ranked.

    keep = (license, stars, forks, earliest_date): an MIT file with 90 stars ranks before one with 10

The number is 64 bits wide: each criterion takes the bits of `WIDTHS`, the first one the highest. The lower
number stays; of equal numbers, the lower document id. Counts beyond their bits are taken as the largest
one (a million stars, 262,143 forks); dates are compared by the hour; an unknown date is the latest. The
licence is ranked permissive, no_license, non_permissive. Reads metadata only.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.dedup.exact import LICENCE_RANK, Criterion
from curation.dedup.tokens import Hashes

WIDTHS: dict[Criterion, int] = {"license": 2, "stars": 20, "forks": 18, "earliest_date": 24}
"""Bits of each criterion; together 64."""
SECONDS_PER_HOUR = 3600
COLUMNS = ("license_type", "stars", "forks", "file_date", "revision_date")
"""Columns of a documents table that a policy key is made from."""


def policy_keys(table: Any, keep: Sequence[Criterion]) -> Hashes:
    """Policy keys of the documents of a table: lower stays first.

    Args:
        table: Arrow table with `COLUMNS`.
        keep: The policy, most important criterion first.
    """
    key = np.zeros(table.num_rows, np.uint64)
    ranks = {
        "license": lambda: _licence(table["license_type"]),
        "stars": lambda: _most(table["stars"], WIDTHS["stars"]),
        "forks": lambda: _most(table["forks"], WIDTHS["forks"]),
        "earliest_date": lambda: _date(table["file_date"], table["revision_date"]),
    }
    for name in keep:
        key = (key << np.uint64(WIDTHS[name])) | ranks[name]().astype(np.uint64)
    return key


def _licence(column: Any) -> Any:
    kinds = pa.array(list(LICENCE_RANK), pa.string())
    ranks = np.array([*LICENCE_RANK.values(), LICENCE_RANK["no_license"]])
    found = pc.fill_null(pc.index_in(column, value_set=kinds), len(kinds))
    return ranks[np.asarray(found)]


def _most(column: Any, width: int) -> Any:
    """The more, the lower."""
    most = (1 << width) - 1
    return most - np.clip(np.asarray(pc.fill_null(column, 0)), 0, most)


def _date(file_date: Any, revision_date: Any) -> Any:
    latest = (1 << WIDTHS["earliest_date"]) - 1
    dates = [
        pc.cast(pc.cast(column, pa.timestamp("s", tz="UTC")), pa.int64())
        for column in (file_date, revision_date)
    ]
    seconds = pc.fill_null(pc.coalesce(*dates), latest * SECONDS_PER_HOUR)
    return np.clip(np.asarray(seconds) // SECONDS_PER_HOUR, 0, latest)
