"""The comment and string syntax of each language, read from `curation/data/comment_syntax.toml`.

    syntax("Python") -> array([...])    what `comment_scan.scan` reads
    syntax("JSON")   -> None            no comments known

The table has rules (`[rules]`: one construct each, such as `// to the end of the line`) and families
(`[[families]]`: languages that write the same rules). Where rules open with the same byte, the longest
opener is tried first, then the rules in the order of the family. Nothing is scanned here.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from curation.kernels import Ints
from curation.signals import comment_scan as scan

HOWS = (
    "skip",
    "line",
    "block",
    "quoted",
    "fence",
    "character",
    "regex",
    "heredoc",
    "body",
    "deeper",
    "shallower",
)
"""Ways to end a construct, in the order of the constants of `comment_scan`."""
PLACES = ("anywhere", "first", "statement", "column7")
KINDS = ("nothing", "comment", "string")
CLASSES: dict[str, bytes] = {
    "space": b" \t\v\f",
    "newline": b"\r\n",
    "word": bytes(byte for byte in range(256) if byte > 127 or chr(byte).isalnum() or byte == 95),
    "closer": b")]}",
    "quote": b"'\"`",
    "dot": b".",
    "symbol": b"!#$%&*+./<=>?@\\^|~:",
    "breaker": b";&|(){}[],=@",
    "operator": b"(,=:[!&|?{};+-*%~^",
    "affix": b"rRbBuUfFtTlLnNxXeEcC8$",
}
"""Kinds of bytes that a rule may ask for around its opener, in the order of their bits."""


class Rule(BaseModel):
    """One construct of a language: how it opens, how it ends, and what it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["nothing", "comment", "string"]
    """What it marks; "nothing" steps over bytes that would otherwise open something."""
    how: Literal[
        "skip",
        "line",
        "block",
        "quoted",
        "fence",
        "character",
        "regex",
        "heredoc",
        "body",
        "deeper",
        "shallower",
    ]
    """How it ends, see the functions of `comment_scan`."""
    open: tuple[str, ...]
    """Openers, any of which begins the construct."""
    close: str = ""
    """What ends it; with how = "line", what ends it before its line does; "" in a block is the file's end."""
    tail: str = ""
    """With how = "fence": what follows the repeated tag in the opener."""
    close_tail: str = ""
    """With how = "fence": what follows the repeated tag in the closer."""
    fill: str = ""
    """With how = "fence": the byte that the tag repeats; "" is any word."""
    least: int = 0
    """With how = "fence": the fewest bytes of the tag."""
    count: int = 0
    """With how = "skip": bytes to step over after the opener."""
    prefix: bool = False
    """Up to 3 letters of the class "affix" before the quote belong to the string, as in rb''."""
    hole: str = ""
    """What opens code inside a string, such as "${"; its last byte is the bracket that must balance."""
    escape: str = ""
    """The byte after which the next one means nothing; "" if there is none."""
    doubled: bool = False
    """A doubled closing quote stands for itself."""
    one_line: bool = False
    """The construct ends with its line, closed or not."""
    nested: bool = False
    """The opener inside of it asks for one more closer."""
    own_line: bool = False
    """The closer stands at the start of a line, and that whole line belongs to the construct."""
    docstring: bool = False
    """A string that is a logical line by itself is a comment."""
    fold: bool = False
    """Opener and closer, written here in lower case, count in any case."""
    place: Literal["anywhere", "first", "statement", "column7"] = "anywhere"
    """Where the opener must stand: anywhere, first of its line or of its statement, in the seventh column."""
    after: tuple[str, ...] = ()
    """Classes of which the byte before the opener must be one; empty is any."""
    after_not: tuple[str, ...] = ()
    """Classes of which the byte before the opener must be none."""
    before: tuple[str, ...] = ()
    """Classes of which the byte after the opener must be one; empty is any."""
    before_not: tuple[str, ...] = ()
    """Classes of which the byte after the opener must be none."""


class Family(BaseModel):
    """Languages that share their rules."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    languages: tuple[str, ...]
    """Linguist names."""
    rules: tuple[str, ...]
    """Names of rules, in the order in which they are tried."""
    begin: str = ""
    """What code begins with; what stands before the first one is not looked at; "" is the file's start."""


class Table(BaseModel):
    """The whole data file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    regex_words: tuple[str, ...]
    """Words after which a `/` opens a regular expression and does not divide."""
    rules: dict[str, Rule]
    """By name."""
    families: tuple[Family, ...]
    """Each language in one of them."""


@cache
def table() -> Table:
    """The data file, read once."""
    text = files("curation").joinpath("data/comment_syntax.toml").read_text("utf-8")
    return Table.model_validate(tomllib.loads(text))


@cache
def family_of() -> dict[str, Family]:
    """Family of each language, by linguist name."""
    return {language: family for family in table().families for language in family.languages}


def _bits(names: tuple[str, ...]) -> int:
    """Classes of bytes as a bit set."""
    return sum(1 << list(CLASSES).index(name) for name in names)


def _classes() -> Ints:
    """Bit set of the classes of each byte, shape (256,)."""
    values = np.zeros(256, np.int64)
    for bit, members in enumerate(CLASSES.values()):
        values[list(members)] |= 1 << bit
    return values


def _row(rule: Rule, opener: str, place: int, texts: list[int]) -> Ints:
    """A rule with one of its openers as numbers, shape (COLUMNS,); its texts join those at `place`."""
    row = np.zeros(scan.COLUMNS, np.int64)
    columns = {
        scan.OPEN: opener,
        scan.CLOSE: rule.close,
        scan.TAIL: rule.tail,
        scan.CLOSE_TAIL: rule.close_tail,
        scan.HOLE: rule.hole,
    }
    for column, text in columns.items():
        row[column : column + 2] = place + len(texts), len(text.encode())
        fold = scan.ANY_CASE if rule.fold else 0
        texts += [byte + fold if chr(byte).isalpha() else byte for byte in text.encode()]
    row[scan.IS], row[scan.HOW] = KINDS.index(rule.kind), HOWS.index(rule.how)
    row[scan.PLACE] = PLACES.index(rule.place)
    row[scan.AFTER], row[scan.AFTER_NOT] = _bits(rule.after), _bits(rule.after_not)
    row[scan.BEFORE], row[scan.BEFORE_NOT] = _bits(rule.before), _bits(rule.before_not)
    row[scan.ESCAPE] = ord(rule.escape) if rule.escape else -1
    row[scan.FILL] = ord(rule.fill) if rule.fill else -1
    row[scan.DOUBLED], row[scan.ONE_LINE], row[scan.NESTED] = rule.doubled, rule.one_line, rule.nested
    row[scan.OWN_LINE], row[scan.DOCSTRING], row[scan.FOLD] = rule.own_line, rule.docstring, rule.fold
    row[scan.LEAST], row[scan.COUNT], row[scan.PREFIX] = rule.least, rule.count, rule.prefix
    return row


def _openers(rules: list[Rule]) -> list[tuple[int, str, Rule]]:
    """First byte, opener and rule of each way to open something, in the order of trial."""
    found = []
    for rule in rules:
        for opener in rule.open:
            byte = opener.encode()[0]
            both = {byte, ord(chr(byte).upper())} if rule.fold else {byte}
            found += [(first, opener, rule) for first in sorted(both)]
    return sorted(found, key=lambda item: (item[0], -len(item[1])))


@cache
def syntax(language: str) -> Ints | None:
    """What a language writes, for `comment_scan.scan`, shape (numbers,); None if the table does not have it.

    Args:
        language: A linguist name, such as "C#".
    """
    family = family_of().get(language)
    if family is None:
        return None
    openers = _openers([table().rules[name] for name in family.rules])
    texts = list(f" {' '.join(table().regex_words)} ".encode())
    place, words = scan.ROWS + len(openers) * scan.COLUMNS, len(texts)
    rows = [_row(rule, opener, place, texts) for _, opener, rule in openers]
    first = np.searchsorted([byte for byte, _, _ in openers], np.arange(257))
    head = scan.ROWS + first * scan.COLUMNS
    return np.concatenate(
        [head, [place, words], _classes(), np.zeros(scan.ROWS - scan.STATE), *rows, texts, [0]]
    ).astype(np.int64)
