"""A statement about a licence -> its SPDX expression, ids and type.

    read_statement("Apache License, Version 2.0")                        -> Apache-2.0, permissive
    read_statement("License :: OSI Approved :: BSD License").exact     -> False   some BSD
    read_statement("MIT/GPL-2.0")                                        -> MIT OR GPL-2.0-only, permissive
    read_statement("GPL-2.0-only WITH Classpath-exception-2.0")          -> non_permissive
    read_statement("NOASSERTION").type                                   -> "unknown"

OR is permissive if one side is, AND only if every side is. An exception (WITH) keeps the type of its
licence: exceptions loosen copyleft for linking, they do not remove it. Ids outside the SPDX list are
unknown, and unknown is never permissive. Statements are cached.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Any, Literal

from curation.licences.tables import names_table, permissive_ids

LicenceType = Literal["permissive", "non_permissive", "unknown"]
LONGEST = 300
"""Characters of a statement that is read as an expression or name."""
DEEPEST = 16
"""Parentheses in an expression; more is unknown, so that no input makes the parser recurse far."""
NOISE = frozenset(["the", "license", "licence", "licensed", "licenses", "version", "software", "gnu", "s"])
WORD = re.compile(r"[a-z0-9][a-z0-9.+]*")
TOKEN = re.compile(r"\(|\)|[A-Za-z0-9.+\-:]+")
JOINED = re.compile(r"\s*(?:/|,|;|\||&|\bor\b|\band\b)\s*", re.IGNORECASE)
ASIDE = re.compile(r"([^()]+)\(([^()]+)\)")
"""A name with another name in brackets, as in many PyPI classifiers."""
VERSION = re.compile(r"v(?=\d)")


@dataclass(frozen=True, slots=True)
class Licence:
    """What a statement says."""

    expression: str
    """Canonical SPDX expression; the words as given (at most 60 characters) if unknown."""
    ids: tuple[str, ...]
    """SPDX ids in it, exceptions included; () if unknown."""
    type: LicenceType
    exact: bool = True
    """False if the words name only a family, such as "BSD"."""


def _load_spdx() -> tuple[Any, tuple[type[Exception], ...]]:
    import license_expression as library  # noqa: PLC0415  heavy: 0.1 s with its index

    return library.get_spdx_licensing(), (library.ExpressionError, library.ExpressionParseError)


_spdx = cache(_load_spdx)
"""The parser of SPDX expressions and its errors, built once per process."""


def spdx() -> Any:
    """The parser of SPDX expressions, a `license_expression.Licensing`."""
    return _spdx()[0]


def canonical_id(licence: str) -> str:
    """The present SPDX name of a licence id, whatever its case; "" if it is not one."""
    symbol = _parse(licence)
    return "" if symbol is None or not hasattr(symbol, "key") else str(symbol.key)


def nearest_ids(licence: str) -> list[str]:
    """Up to three known SPDX ids that look like `licence`, nearest first."""
    names = {name.lower(): name for name in spdx().known_symbols}
    return [names[match] for match in get_close_matches(licence.lower(), names, n=3, cutoff=0.5)]


def is_permissive(licence: str) -> bool:
    """Whether a canonical SPDX id is in `data/permissive_licences.txt`."""
    return licence in permissive_ids()


def is_satisfied(expression: str, accepts: Callable[[str], bool]) -> bool:
    """Whether somebody who takes only licences that `accepts` says yes to may use the file.

    Args:
        expression: A canonical SPDX expression.
        accepts: Called with single SPDX ids; exceptions are not asked about.
    """
    tree = _parse(expression)
    return tree is not None and _holds(tree, accepts)


def leading_expression(text: str) -> str:
    """The longest beginning of `text` that is well-formed, with single spaces; "" if there is none.

    Example: "MIT OR (Zlib) Copyright Ann" -> "MIT OR ( Zlib )".
    """
    parts, wants_id, depth, good = TOKEN.findall(text), True, 0, 0
    for count, part in enumerate(parts, 1):
        if wants_id and part == "(":
            depth += 1
        elif wants_id and part != ")":
            wants_id = False
        elif not wants_id and part == ")" and depth:
            depth -= 1
        elif not wants_id and part.upper() in {"AND", "OR", "WITH"}:
            wants_id = True
        else:
            break
        if not wants_id and not depth:
            good = count
    return " ".join(parts[:good]).rstrip("-.:")


def _parse(text: str) -> Any:
    """The tree of an expression of known ids; None if it is not one."""
    if len(text) > LONGEST or text.count("(") > DEEPEST:
        return None
    whole = leading_expression(text)
    if not whole or "".join(whole.split()) != "".join(text.split()):
        return None  # the parser raises IndexError on some malformed input, such as "()"
    try:
        tree = spdx().parse(whole)
    except _spdx()[1]:
        return None
    return None if tree is None or spdx().unknown_license_keys(tree) else tree


def _holds(tree: Any, accepts: Callable[[str], bool]) -> bool:
    operator = getattr(tree, "operator", "").strip()
    if operator:
        sides = (_holds(side, accepts) for side in tree.args)
        return any(sides) if operator == "OR" else all(sides)
    return accepts(str(getattr(tree, "license_symbol", tree).key))


def _from_tree(tree: Any, exact: bool = True) -> Licence:
    ids = tuple(dict.fromkeys(symbol.key for symbol in spdx().license_symbols(tree, unique=True)))
    kind: LicenceType = "permissive" if _holds(tree, is_permissive) else "non_permissive"
    return Licence(str(tree), ids, kind, exact)


def normalise(statement: str) -> str:
    """Lower-case words without those that say nothing: the keys of `licence_names.toml`."""
    words = (VERSION.sub("", word).strip(".") for word in WORD.findall(statement.lower()))
    joined = " ".join(word for word in words if word and word not in NOISE)
    return joined.replace(" or later", "+").replace(" or newer", "+").replace(" only", "")


def _read_name(statement: str) -> Licence | None:
    """A single id or name; None if it is neither."""
    tree = _parse(statement)
    if tree is not None:
        return _from_tree(tree)
    names, key = names_table(), normalise(statement)
    if key in names.exact:
        return _from_tree(_parse(names.exact[key]))
    if key in names.family:
        return _from_tree(_parse(names.family[key]), exact=False)
    return None


def _read_joined(statement: str) -> Licence | None:
    """Several names joined by "/", "or" (one may choose), or by "and", "," ";" "&" (all hold)."""
    parts = [_read_name(part) for part in JOINED.split(statement)]
    known = [part for part in parts if part is not None]
    if len(known) < 2 or len(known) < len(parts):
        return None
    links = " ".join(JOINED.findall(statement)).lower()
    choice = ("or" in links or "/" in links or "|" in links) and not ("and" in links or "&" in links)
    joined = (" OR " if choice else " AND ").join(f"({part.expression})" for part in known)
    tree = _parse(joined)
    return None if tree is None else _from_tree(tree, all(part.exact for part in known))


def _read_statement(statement: str) -> Licence | None:
    """What a short statement says; None if it states nothing.

    Args:
        statement: An SPDX id or expression in any case, a GitHub licence id, a PyPI classifier or free text.
    """
    text = statement.rsplit("::", 1)[-1].strip().strip("\"'")
    if text in names_table().ignorable:
        return None
    if text in names_table().references:
        return Licence(text, (), "unknown")
    if text == "UNLICENSED":
        return _read_name("proprietary")  # npm's word for "no rights granted"
    if len(text) <= LONGEST:
        aside = ASIDE.fullmatch(text)
        ways = (text,) if aside is None else (text, aside[1], aside[2])
        for licence in (*map(_read_name, ways), *map(_read_joined, ways)):
            if licence is not None:
                return licence
    if text.isascii() and normalise(text[:LONGEST]) in names_table().nothing:
        return None
    return Licence(text[:60], (), "unknown")


read_statement = lru_cache(maxsize=8192)(_read_statement)
