"""What is known of each language: kind, extensions, file names, interpreters and other names.

    facts().by_extension[".pl"]      -> ("Perl", "Prolog", "Raku")
    canonical("c-sharp")             -> "C#"

Read once, on first use, from curation/data/languages.json (GitHub linguist's list, see the notice
beside it) and the additions in language_names.toml. It looks at no file and decides nothing.
"""

import difflib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Language:
    """One language as linguist describes it."""

    name: str
    kind: str
    """programming, data, markup or prose."""
    group: str
    """The language that linguist counts it under; "" for itself."""
    extensions: tuple[str, ...]
    """With the leading dot; the first is the main one."""
    filenames: tuple[str, ...]
    interpreters: tuple[str, ...]
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """All languages by name, and the tables that lead to them. Candidates are sorted by name."""

    source: str
    """Package and version that the list is from."""
    languages: dict[str, Language]
    by_extension: dict[str, tuple[str, ...]]
    """As written; `by_lower_extension` is for names that match in another case only."""
    by_lower_extension: dict[str, tuple[str, ...]]
    by_filename: dict[str, tuple[str, ...]]
    by_interpreter: dict[str, tuple[str, ...]]
    by_alias: dict[str, str]
    """Lower-cased names, their hyphenated forms and aliases."""


@cache
def data(name: str) -> dict[str, Any]:
    """The parsed TOML file curation/data/<name>, read once."""
    return tomllib.loads(files("curation").joinpath("data", name).read_text(encoding="utf-8"))


def _table(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Keys to the sorted names that claim them."""
    claims: dict[str, set[str]] = {}
    for key, name in pairs:
        claims.setdefault(key, set()).add(name)
    return {key: tuple(sorted(names)) for key, names in claims.items()}


def _languages(rows: list[Any], added: dict[str, Any]) -> dict[str, Language]:
    """Linguist's languages and ours, by name."""
    languages = {row[0]: Language(*row[:3], *(tuple(field) for field in row[3:])) for row in rows}
    for row in added["language"]:
        interpreters = tuple(row.get("interpreters", ()))
        languages[row["name"]] = Language(row["name"], row["kind"], "", (), (), interpreters, ())
    return languages


def _aliases(languages: dict[str, Language], added: dict[str, Any]) -> dict[str, str]:
    """Every other name of a language, lower-cased; a language's own name wins over an alias."""
    table = {alias.lower(): language.name for language in languages.values() for alias in language.aliases}
    table |= {key.lower(): name for key, name in added["aliases"].items()}
    table |= {name.lower().replace(" ", "-"): name for name in languages}
    return table | {name.lower(): name for name in languages}


@cache
def facts() -> Facts:
    """The tables, read on first use and kept."""
    raw = orjson.loads(files("curation").joinpath("data", "languages.json").read_bytes())
    added = data("language_names.toml")
    languages = _languages(raw["languages"], added)
    known = list(languages.values())
    extensions = [(extension, one.name) for one in known for extension in one.extensions]
    extensions += [(key, name) for key, names in added["extensions"].items() for name in names]
    filenames = [(filename, one.name) for one in known for filename in one.filenames]
    filenames += list(added["filenames"].items())
    return Facts(
        source=raw["source"],
        languages=languages,
        by_extension=_table(extensions),
        by_lower_extension=_table((key.lower(), name) for key, name in extensions if key not in {".C", ".H"}),
        by_filename=_table(filenames),
        by_interpreter=_table((key, one.name) for one in known for key in one.interpreters),
        by_alias=_aliases(languages, added),
    )


def canonical(name: str) -> str:
    """The linguist name that `name` stands for, in any case, with aliases and older names; "" if none."""
    known = facts()
    return name if name in known.languages else known.by_alias.get(name.strip().lower(), "")


def nearest(name: str, known: Iterable[str]) -> str:
    """The member of `known` that looks most like `name`, for error messages; "" if none does."""
    by_lower = {one.lower(): one for one in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.4)
    return by_lower[found[0]] if found else ""
