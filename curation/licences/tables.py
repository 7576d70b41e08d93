"""The data files about licences, read once per process when first needed.

    permissive_ids()  -> frozenset({"MIT", "Apache-2.0", ...})
    names_table()     -> aliases such as "apache 2.0" -> "Apache-2.0", words that say nothing, and so on

Reads `curation/data/permissive_licences.txt` and `curation/data/licence_names.toml`; decides nothing.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

DATA = files("curation") / "data"


@dataclass(frozen=True, slots=True)
class Names:
    """`licence_names.toml`, whose comments say what each table is for."""

    exact: dict[str, str]
    family: dict[str, str]
    nothing: frozenset[str]
    ignorable: frozenset[str]
    references: frozenset[str]
    restrictions: tuple[str, ...]
    code_extensions: frozenset[str]
    not_ours: frozenset[str]


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence in a file header that names a licence: a pattern over normalised words."""

    licence: str
    cue: bytes
    pattern: re.Pattern[bytes]


def _read_permissive() -> frozenset[str]:
    lines = (DATA / "permissive_licences.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _read_names() -> Names:
    table = tomllib.loads((DATA / "licence_names.toml").read_text(encoding="utf-8"))
    statements, files_table = table["statements"], table["files"]
    return Names(
        exact=table["exact"],
        family=table["family"],
        nothing=frozenset(statements["nothing"]),
        references=frozenset(statements["references"]),
        ignorable=frozenset(statements["ignorable"]),
        restrictions=tuple(files_table["restrictions"]),
        code_extensions=frozenset(files_table["code_extensions"]),
        not_ours=frozenset(files_table["not_ours"]),
    )


def _read_notices() -> tuple[Notice, ...]:
    table = tomllib.loads((DATA / "licence_notices.toml").read_text(encoding="utf-8"))
    return tuple(
        Notice(row["licence"], row["cue"].encode(), re.compile(row["pattern"].encode()))
        for row in table["notice"]
    )


permissive_ids = cache(_read_permissive)
"""SPDX ids that count as permissive or public domain; their origin stands in the data file."""
names_table = cache(_read_names)
"""What people write instead of SPDX ids, and which file names matter."""
notices = cache(_read_notices)
"""Sentences of file headers that name a licence, in the order in which they are tried."""
