"""Tables under `curation/data` -> values by language and extension, and families of languages.

    table_column("sc1_extensions.alphabetic").values["json", "json"] -> 0.5
    "YAML" in family("opencoder.data") -> True

A table is a CSV: the key (`language`, a linguist name, or `partition`, a directory of starcoderdata), the
extension (`*` for all), then columns of numbers, yes, no, off or nothing. Which rule reads which column is
said in the profiles.
"""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from curation.errors import BadConfigError
from curation.language import facts, partition

CELLS: dict[str, float | bool | None] = {"off": None, "yes": True, "no": False}
"""The words in a table that are not numbers; an empty cell says nothing, so that the default counts."""
ANY = "*"
"""Stands for every extension of a language in a table."""


@dataclass(frozen=True)
class Column:
    """One column of a table under `curation/data`; empty cells are left out."""

    by_partition: bool
    """Whether the rows name directories of starcoderdata instead of linguist languages."""
    values: Mapping[tuple[str, str], float | bool | None]
    """(language or partition, extension) to its cell; None is off."""

    def row(self, language: str, extension: str) -> tuple[str, str] | None:
        """The key of the row for files of a language with an extension; None if there is none."""
        known = not self.by_partition or language in facts().languages
        name = partition(language, "sc1") if self.by_partition and known else language
        return next((row for row in ((name, extension), (name, ANY)) if known and row in self.values), None)


@cache
def table_column(name: str) -> Column:
    """One column of a table.

    Args:
        name: File under `curation/data` and column, as `sc1_extensions.max_line_length`.

    Raises:
        BadConfigError: If there is no such file or column.
    """
    table, _, column = name.partition(".")
    source = files("curation").joinpath("data", f"{table}.csv")
    if not table.isidentifier() or not source.is_file():
        raise BadConfigError(f"expected a table of curation/data and a column, as table.column, saw {name!r}")
    lines = [line for line in source.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = csv.DictReader(lines)
    key, extension, *columns = rows.fieldnames or ("", "")
    if column not in columns:
        raise BadConfigError(f"table {table} has no column {column!r}; known are {', '.join(columns)}")
    values = {(row[key], row[extension]): row[column] for row in rows if row[column]}
    return Column(
        by_partition=key == "partition",
        values={row: CELLS[cell] if cell in CELLS else float(cell) for row, cell in values.items()},
    )


@cache
def family(name: str) -> frozenset[str]:
    """The languages of a family, linguist names.

    Args:
        name: Table and list in language_families.toml, as `opencoder.data`.

    Raises:
        BadConfigError: If there is no such family.
    """
    text = files("curation").joinpath("data", "language_families.toml").read_text(encoding="utf-8")
    known = {
        f"{profile}.{kind}": languages
        for profile, kinds in tomllib.loads(text).items()
        for kind, languages in kinds.items()
    }
    if name not in known:
        raise BadConfigError(f"expected a family of languages ({', '.join(sorted(known))}), saw {name!r}")
    return frozenset(known[name])
