"""Which columns a shape of table needs, and what is said if a table does not have them.

    require("a.parquet", ["contents"], Wanted(names=("content",)))
    -> BadInputError: a.parquet has no column 'content'; its 1 columns are contents; the nearest to ...

It looks at names only; types are looked at where there are any (see `curation.sources.parquet`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from curation.errors import BadInputError

SHOWN_COLUMNS = 40


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which columns a shape of table needs."""

    names: tuple[str, ...]
    """Columns that are read where they exist, dotted for nested ones."""
    required: tuple[str, ...] = ("content",)
    """Columns without which the table is something else."""
    content: str = "content"
    """Column that holds the contents; "" for tables of ids."""
    nested: str = ""
    """List column that holds one struct per file, read lazily; "" if a row is a file."""


def require(name: str, columns: Sequence[str], required: Sequence[str]) -> None:
    """Refuse a table that does not have all required columns; one without any column has no rows either.

    Args:
        name: What to call the table.
        columns: Its columns, dotted for nested ones.
        required: Those that it must have.

    Raises:
        BadInputError: If one is missing; with the columns that there are, and the nearest to each.
    """
    absent = [column for column in required if column not in columns]
    if not absent or not columns:
        return
    nearest = {column: get_close_matches(column, columns, n=1) for column in absent}
    hints = [f"; the nearest to {column!r} is {found[0]!r}" for column, found in nearest.items() if found]
    shown = ", ".join(columns[:SHOWN_COLUMNS]) + (", ..." if len(columns) > SHOWN_COLUMNS else "")
    raise BadInputError(
        f"{name} has no column {', '.join(map(repr, absent))}; its {len(columns)} columns are "
        f"{shown}{''.join(hints)}. Choose the kind that fits, or kind: table with the columns that it has."
    )
