r"""Does an edited file still parse?

    parses("key = 'a'", "Python") -> True      parses("key = <KEY>", "Python") -> False
    parses("int a;", "C") -> None (nothing here can tell)

For Python, JSON (also one per line, and notebooks), YAML, TOML and XML, within limits of size, depth and
form that keep time and memory bounded on hostile files. It says nothing of meaning, and executes nothing.

Most edits of Python need no parser. `is_inert` is a sufficient condition, for each edit:
 1. it lies inside one comment, or one string literal that is no f- or t-string, and touches no escape: no
    backslash stands in it, nor so shortly before it that its escape could reach into it;
 2. what stood there and what stands there now has one character at least;
 3. what stands there now is ASCII without quotation marks, backslashes and ends of lines.
Then every token begins and ends where it did (only a backslash, a quotation mark or an end of line ends or
escapes one of these), their kinds are the same, and a grammar looks at kinds and not at what is inside. So
what parsed, parses. Where strings begin is read from the start of the file, in both readings of f-strings
(before Python 3.12 and since); where they could differ, the answer is no, and the parser is asked.
"""

import ast
import re
import tomllib
import warnings
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple
from xml.parsers import expat

import orjson
import yaml

MAX_DEPTH = 64
"""Collections inside each other in YAML; libyaml needs time that is quadratic in the depth."""
MAX_DOTS = 256
"""Dots in one line of TOML; `tomllib` needs time that is quadratic in the length of a dotted key."""
LINE_SUFFIXES = frozenset((".jsonl", ".ndjson", ".jsonlines"))


class Edit(NamedTuple):
    """`text[start:end]` becomes `new`."""

    start: int
    end: int
    new: str


class _Grammar(NamedTuple):
    parses: Callable[[str], bool | None]
    limit: int
    """Characters of a file, at most; a larger one cannot be told."""


class _EntityError(Exception):
    """An XML file declares entities, which could be made to expand to gigabytes."""


def parses(text: str, language: str, path: str = "") -> bool | None:
    """Whether a file is valid in its language; None if that cannot be told.

    None is for languages that are not known here, files larger than a limit (in characters: Python and TOML
    256 Ki, YAML 1 Mi, JSON 8 Mi, XML 16 Mi), YAML deeper than `MAX_DEPTH`, TOML with more than `MAX_DOTS` in
    a line, and XML that declares entities. What is nested too deeply for its parser counts as invalid.

    Args:
        text: A whole file.
        language: Linguist name; if empty, the ending of the path decides.
        path: Path in the repository, or empty.
    """
    grammar = _grammar(language, path)
    return grammar.parses(text) if grammar and len(text) <= grammar.limit else None


def keeps_syntax(text: str, new: str, edits: Sequence[Edit], language: str, path: str = "") -> bool:
    """Whether an edited file parses, or did not parse before, or both cannot be told.

    Args:
        text: The file before.
        new: The file after all edits.
        edits: In order and apart.
        language: Linguist name, or empty.
        path: Path in the repository, or empty.
    """
    grammar = _grammar(language, path)
    if not grammar or (grammar is _PYTHON and is_inert(text, edits)):
        return True
    return parses(new, language, path) or parses(text, language, path) is not True


def _grammar(language: str, path: str) -> _Grammar | None:
    suffix = PurePosixPath(path).suffix.lower() if path else ""
    name = _LANGUAGES.get(language, "") if language else _SUFFIXES.get(suffix, "")
    return _GRAMMARS.get("json lines" if name == "json" and suffix in LINE_SUFFIXES else name)


_COMMENT = r"\#[^\n\r]*+"
_LITERAL = r"""(?:
      \"""(?P<long>(?:[^"\\]++|\\.|"(?!""))*+)\"""
    | '''(?P<lone>(?:[^'\\]++|\\.|'(?!''))*+)'''
    | "(?!"")(?P<double>(?:[^"\\\n\r]++|\\(?:\r\n|.))*+)"
    | '(?!'')(?P<single>(?:[^'\\\n\r]++|\\(?:\r\n|.))*+)')"""
_TOKEN = re.compile(f"{_COMMENT}|{_LITERAL}", re.DOTALL | re.VERBOSE)
"""A comment, or a string literal without its prefix; the last group is the inside of the literal."""
_SKIPPED = re.compile(
    rf"(?:[^\#\"']++|{_COMMENT}[\n\r]|(?<![fFtT])(?<![fFtT][rR]){_LITERAL})*+", re.DOTALL | re.VERBOSE
)
"""Code, whole comments and whole literals, up to one that may be an f- or t-string or does not end."""
_PLAIN_FIELDS = re.compile(r"(?:[^{}]++|\{\{|\}\}|\{[^{}'\"\\#]*+\})*+")
"""The inside of an f-string whose end is the same whether or not fields may hold quotation marks."""
_SAFE = re.compile(r"[ !#-&(-\[\]-~]+")
"""ASCII that can be printed, without quotation marks and backslashes."""
SHORT_ESCAPES = frozenset("ntr'\"")
_FORMATTED = frozenset("fFtT")
_RAW = frozenset("rR")


def is_inert(text: str, edits: Sequence[Edit]) -> bool:
    """Whether edits of a Python file cannot change if it parses: a sufficient condition, see above.

    Args:
        text: The file before.
        edits: In order and apart.
    """
    if not all(edit.start < edit.end and _SAFE.fullmatch(edit.new) for edit in edits):
        return False
    place = 0
    token: re.Match[str] | None = None
    for edit in edits:
        while not token or token.end() <= edit.start:
            skipped = _SKIPPED.match(text, place, edit.start)
            token = _TOKEN.match(text, skipped.end() if skipped else place)
            if not token or not _is_plain(text, token):
                return False
            place = token.end()
        if not _is_inside(text, edit, token):
            return False
    return True


def _is_plain(text: str, token: re.Match[str]) -> bool:
    """Whether a token ends in the same place in all versions of Python: not so some f- and t-strings."""
    inside = token.span(token.lastgroup or 0)
    return not _is_formatted(text, token) or bool(_PLAIN_FIELDS.fullmatch(text, *inside))


def _is_formatted(text: str, token: re.Match[str]) -> bool:
    """Whether a literal may be an f- or t-string by the letters before it, which may end a word instead."""
    before = text[max(0, token.start() - 2) : token.start()]
    maybe = before[-1:] in _FORMATTED or (before[-1:] in _RAW and before[:1] in _FORMATTED)
    return maybe and token.lastgroup is not None


def _is_inside(text: str, edit: Edit, token: re.Match[str]) -> bool:
    """Whether an edit lies behind a #, or between the quotes of a literal and touches no escape or field."""
    start, end = token.span(token.lastgroup or 0)
    if token.lastgroup is None:
        return start < edit.start and edit.end <= end
    inside = start <= edit.start and edit.end <= end
    return inside and not _is_formatted(text, token) and _touches_no_escape(text, start, edit)


def _touches_no_escape(text: str, start: int, edit: Edit) -> bool:
    """Whether no escape sequence of the literal that begins at `start` reaches into an edit.

    The last backslash before the edit begins an escape, or is the second of a pair. An escape of a line end,
    tab or quotation mark has two characters, any other at most ten, but for those that name a character.
    """
    last = text.rfind("\\", start, edit.end)
    if last < 0:
        return True
    follower = text[last + 1]
    reach = 2 if follower in SHORT_ESCAPES else 10
    return last + reach <= edit.start and follower != "N"


def _python(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes that Python will refuse one day
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _json(text: str) -> bool:
    try:
        orjson.loads(text.removeprefix("\ufeff"))
    except ValueError:
        return False
    return True


def _json_lines(text: str) -> bool:
    return all(_json(line) for line in text.split("\n") if not line.isspace() and line)


def _yaml(text: str) -> bool | None:
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):  # events only: no alias is followed
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    return None
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except (yaml.YAMLError, ValueError):
        return False
    return True


def _toml(text: str) -> bool | None:
    if any(line.count(".") > MAX_DOTS for line in text.splitlines()):
        return None
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _xml(text: str) -> bool | None:
    def refuse(*_: object) -> None:
        raise _EntityError

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text, True)  # noqa: FBT003  # expat takes no keywords
    except _EntityError:
        return None
    except (expat.ExpatError, ValueError):
        return False
    return True


_PYTHON = _Grammar(_python, 1 << 18)  # a syntax tree takes up to 1 kB of memory for a character
_GRAMMARS = {
    "python": _PYTHON,
    "json": _Grammar(_json, 8 << 20),
    "json lines": _Grammar(_json_lines, 8 << 20),
    "yaml": _Grammar(_yaml, 1 << 20),
    "toml": _Grammar(_toml, 1 << 18),
    "xml": _Grammar(_xml, 16 << 20),
}
_LANGUAGES = {
    "Python": "python",
    "JSON": "json",
    "JSONLD": "json",
    "Jupyter Notebook": "json",
    "OASv2-json": "json",
    "OASv3-json": "json",
    "YAML": "yaml",
    "OASv2-yaml": "yaml",
    "OASv3-yaml": "yaml",
    "TOML": "toml",
    "XML": "xml",
    "SVG": "xml",
    "XSLT": "xml",
    "Maven POM": "xml",
    "Ant Build System": "xml",
    "XML Property List": "xml",
    "COLLADA": "xml",
}
_SUFFIXES = {
    ".py": "python",
    ".pyi": "python",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".jsonlines": "json",
    ".ipynb": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".toml": "toml",
    ".xml": "xml",
    ".svg": "xml",
    ".xsl": "xml",
    ".plist": "xml",
}
