"""How many documents of each language near-dedup was asked about, and how many it keeps.

    Python  12,345 documents, 1,234 near-duplicates of others: 90.0 % kept

Counted over the ledger and the decisions of a finished run, by DuckDB; what comes back has one row per
language. Documents that exact dedup dropped are not counted; those that were too short to be compared are,
as kept.
"""

from dataclasses import dataclass
from typing import Any

import pyarrow.dataset as ds

from curation.dedup.audit.books import NearBooks

QUERY = """
WITH near AS (
    SELECT format('{:06d}-{:08d}', unit, row) AS id FROM decisions
    WHERE unit <> keeper_unit OR row <> keeper_row
)
SELECT coalesce(nullif(language, ''), '(unknown)') AS language, count(*) AS documents,
    count(near.id) AS dropped, coalesce(sum(length_bytes), 0)::BIGINT AS bytes,
    coalesce(sum(length_bytes) FILTER (near.id IS NOT NULL), 0)::BIGINT AS bytes_dropped
FROM outcomes LEFT JOIN near USING (id) WHERE kept OR stage = 'near_dedup'
GROUP BY 1 ORDER BY documents DESC, language
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """What near-dedup did to one language."""

    language: str
    documents: int
    """Documents that exact dedup left."""
    dropped: int
    """Near-duplicates of kept documents among them; dropped unless the run only marks them."""
    bytes: int
    bytes_dropped: int
    kept: float
    """Share of the documents that are no near-duplicate of a kept one, 0 to 1."""


def keep_rates(con: Any, books: NearBooks) -> tuple[Rate, ...]:
    """One row per language, most documents first; none if the run is not finished.

    Args:
        con: DuckDB connection to the run, from `curation.report.views.connect`.
        books: The run.
    """
    if "finish" not in books.manifest["passes"]:
        return ()
    con.register("decisions", ds.dataset(books.decisions))
    rows = con.execute(QUERY).fetchall()
    con.unregister("decisions")
    return tuple(
        Rate(language, documents, dropped, size, size_dropped, 1.0 - dropped / documents)
        for language, documents, dropped, size, size_dropped in rows
    )
