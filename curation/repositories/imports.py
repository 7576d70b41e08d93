r"""A text -> what it imports and what it declares, by the patterns of its language.

    find_imports("from .a import b, c\nimport os.path as p", "Python")
        ->  imports (".a", "b"), (".a", "c"), ("os.path", "")

Comments (and Python's docstrings) are blanked before, and what begins inside a string does not count. Nothing
is parsed or run. Of a text the first `MAX_CHARACTERS` are looked at, and `MAX_IMPORTS` imports of each kind
are taken; time is linear in the text, whatever it is.
"""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from curation.repositories.rules import Find, rules_of
from curation.signals.comment_scan import COMMENT
from curation.signals.comments import scan_language

MAX_CHARACTERS = 1 << 20
"""What lies behind is not looked at: files as long as that are data or made by programs."""
MAX_IMPORTS = 2000
"""Of one kind in one file."""
MAX_CLAUSE = 4000
"""Bytes that a clause of several lines may have; of a longer one its first line counts."""


PYTHON_SIGNS = str.maketrans("\\()", "   ")
"""What holds a clause of several lines together."""

MAX_NAME = 400
"""Characters of what stands before a brace."""


class Import(NamedTuple):
    """Something that a file needs."""

    find: Find
    """The rule that found it, which says how it becomes a file."""
    target: str
    name: str = ""
    """What is taken from it, where that may be a file as well."""


class Found(NamedTuple):
    """What a file imports and declares."""

    imports: tuple[Import, ...] = ()
    declared: tuple[tuple[Find, str], ...] = ()
    """Names, such as that of its package, with the rule that found them."""


class _Code(NamedTuple):
    data: bytes
    """Without comments."""
    starts: list[int]
    """Of the strings, in order."""
    ends: list[int]


def find_imports(content: str, language: str) -> Found:
    """What a text imports and declares, in the order of the rules and then of the text.

    Args:
        content: Any text.
        language: A linguist name; nothing is found in one without rules.
    """
    rules = rules_of(language)
    if not rules.finds or not content:
        return Found()
    code = _code(content[:MAX_CHARACTERS], language)
    imports = [Import(find, *target) for find in rules.finds for target in _targets(code, find)]
    declared = [
        (find, name)
        for find in rules.declares
        for name in dict.fromkeys(map(str.strip, _clauses(code, find)))
    ]
    return Found(tuple(imports), tuple(declared))


def _targets(code: _Code, find: Find) -> dict[tuple[str, str], None]:
    """What a rule finds, each once."""
    found = (target for clause in _clauses(code, find) for target in _read(clause, find))
    return dict.fromkeys(islice(found, MAX_IMPORTS))


def _code(content: str, language: str) -> _Code:
    """A text as bytes, its comments blanked, its lines ended by line feeds, and where its strings are."""
    data = content.encode("utf-8", "surrogatepass")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    spans = scan_language(np.frombuffer(data, np.uint8), language)
    kept = bytearray(data)
    for start, end in spans[spans[:, 2] == COMMENT, :2].tolist():
        kept[start:end] = b" " * (end - start)
    strings = spans[spans[:, 2] != COMMENT]
    return _Code(bytes(kept), strings[:, 0].tolist(), strings[:, 1].tolist())


def _clauses(code: _Code, find: Find) -> Iterator[str]:
    """What the group of a rule holds, wherever it matches outside of strings."""
    place = taken = 0
    while taken < MAX_IMPORTS and (match := find.pattern.search(code.data, place)):
        first, end = match.span(1)
        clause = match.group(1)
        if find.open and find.open in clause and find.until not in clause:
            close = code.data.find(find.until, end, end + MAX_CLAUSE)
            end = close + 1 if close >= 0 else end
            clause = code.data[first:end]
        place = max(end, match.end(), place + 1)
        string = bisect_right(code.starts, match.start()) - 1
        if string < 0 or match.start() >= code.ends[string]:
            taken += 1
            yield clause.decode("utf-8", "surrogatepass" if _is_whole(clause) else "replace")


def _is_whole(clause: bytes) -> bool:
    """Whether bytes are text, lone surrogates counted."""
    try:
        clause.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _read(clause: str, find: Find) -> Iterator[tuple[str, str]]:
    """What a clause imports, and what is taken from it."""
    if find.how == "python":
        yield from _python(clause)
    elif find.how == "go":
        yield from ((part, "") for part in clause.split('"')[1::2])
    elif find.how in {"name", "rust_use"}:
        separator = "::" if find.how == "rust_use" else find.separator
        yield from ((name, "") for name in expand(clause, separator))
    else:
        yield clause.strip(), ""


def _python(clause: str) -> Iterator[tuple[str, str]]:
    """`from a import b as c, d` and `import a.b as c, d`."""
    words = clause.translate(PYTHON_SIGNS).split(None, 3)
    is_from = words[0] == "from" and len(words) > 3
    names = words[3] if is_from else clause.translate(PYTHON_SIGNS).partition("import")[2]
    for part in names.split(","):
        if named := part.split(None, 1):
            yield (words[1], named[0]) if is_from else (named[0], "")


def expand(clause: str, separator: str) -> Iterator[str]:
    """Names of a clause with braces: `a::{b, c::{d, e}}` is a::b, a::c::d and a::c::e; aliases are left out.

    Args:
        clause: Such as "a.b.{C, D => E}".
        separator: Between the names.
    """
    stack, prefix, name = [""], "", ""
    for piece in _pieces(clause):
        if piece == "{":
            prefix = stack[-1] + name.strip()
            stack.append(prefix if len(prefix) <= MAX_NAME else "")
            name = ""
        elif piece in {"}", ","}:
            yield from _name(stack[-1], name, separator)
            name = ""
            if piece == "}" and len(stack) > 1:
                stack.pop()
        else:
            name += piece
    yield from _name(stack[-1], name, separator)


def _pieces(clause: str) -> Iterator[str]:
    """Braces, commas, and what stands between them."""
    start = 0
    for place, letter in enumerate(clause):
        if letter in "{},":
            yield clause[start:place]
            yield letter
            start = place + 1
    yield clause[start:]


def _name(prefix: str, text: str, separator: str) -> Iterator[str]:
    """A name without what it is called here, and without a star or what else ends it."""
    words = text.split(None, 1)
    name = prefix + words[0].rstrip("*_;") if words else ""
    name = name.removesuffix(separator).removesuffix(separator + "self")
    if name:
        yield name
