r"""A clean file -> the same file with known secrets in it, and where they stand.

    plant("import os\n", "Python", Random(7))
        -> Planted('import os\ndb_password = "tulip-Falcon83"\n', (Label(25, 39, "PASSWORD", ...),), ...)

Each secret is written down as its language does: in a string, a comment, a literal of several lines, on a
long line, after text beyond ASCII, at the end of a file without a last newline, in a file with CR LF. What a
secret is made of and how languages write stands in curation/data/pii/plant.toml. The same seed gives the
same text. It does not check that the text was clean, and the result need not compile.
"""

import re
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from curation.pii.scorecard.labelled import Label
from curation.pii.scorecard.plant_values import KINDS, Secret, make, table

POSITIONS = ("plain", "end", "crlf", "long-line", "non-ascii")
"""Where a secret is put: a line of its own, the end of the file without a newline after it, a file with
CR LF, a line of many statements, after a line beyond ASCII."""
FILLERS = (80, 400)
"""Statements on a long line before a secret, least and most."""
IN_COMMENT = 0.25
"""Share of the secrets that may stand anywhere that is put into comments."""
MARGIN = re.compile(r"\n\r?\n(?=[^\s])")
"""An empty line before one that begins at the margin."""


class Planted(NamedTuple):
    """A text with known secrets."""

    text: str
    spans: tuple[Label, ...]
    """Where they are, in order, with their kinds."""
    positions: tuple[str, ...] = ()
    """How each was put in, in the order of planting: members of `POSITIONS`."""


class Statement(NamedTuple):
    """A secret as a language writes it down."""

    text: str
    spans: tuple[tuple[int, int, str], ...]
    """Start, end and tag of what is secret in the text."""


def languages() -> tuple[str, ...]:
    """Languages that secrets can be planted in, linguist names."""
    return tuple(table()["languages"])


def clean_text(language: str) -> str:
    """A small file without secrets in one of `languages`."""
    return str(table()["languages"][language]["clean"])


def plant(
    text: str, language: str, rng: Random, *, kinds: Sequence[str] = tuple(KINDS), count: int = 1
) -> Planted:
    """Put made-up secrets into a text.

    Args:
        text: A file, best one without secrets.
        language: One of `languages`.
        rng: Decides everything; the same state gives the same result.
        kinds: Keys of `KINDS`, planted in turn from an order that is drawn.
        count: Secrets to plant; a secret may have two labels, as a name with an e-mail address has.
    """
    rules = table()["languages"][language]
    labels: list[Label] = []
    positions: list[str] = []
    order = rng.sample(kinds, len(kinds))
    for n in range(count):
        secret = make(order[n % len(order)], rng)
        position = rng.choice(_possible(rules, secret, is_first=not positions))
        if position == "crlf":
            text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        newline = "\r\n" if "\r\n" in text else "\n"
        statement = _statement(rules, secret, newline, rng, one_line=position == "long-line")
        statement = _placed(statement, rules, position, newline, rng)
        if not text.endswith("\n"):
            text += newline
        place = len(text) if position == "end" else _place(text, rules["where"], rng)
        text = text[:place] + statement.text + text[place:]
        size = len(statement.text)
        labels = [_moved(label, size) if label.start >= place else label for label in labels]
        labels += (Label(place + a, place + b, tag, secret.kind) for a, b, tag in statement.spans)
        positions.append(position)
    return Planted(text, tuple(sorted(labels)), tuple(positions))


def _moved(label: Label, by: int) -> Label:
    return label._replace(start=label.start + by, end=label.end + by)


def _possible(rules: dict[str, Any], secret: Secret, *, is_first: bool) -> list[str]:
    """Positions that a language and a kind of secret allow."""
    barred = set()
    if rules["where"] != "line":
        barred.add("end")
    if "filler" not in rules or secret.manner in {"comment", "block"}:
        barred.add("long-line")
    if not is_first:
        barred |= {"crlf", "end"}
    return [position for position in POSITIONS if position not in barred]


def _statement(
    rules: dict[str, Any], secret: Secret, newline: str, rng: Random, *, one_line: bool
) -> Statement:
    """The secret in a string, a comment or a literal of several lines."""
    comments = rules.get("comment", ())
    is_comment = secret.manner == "comment" or (secret.manner == "any" and rng.random() < IN_COMMENT)
    if secret.manner == "block" and rules.get("block") and rng.random() < 0.6:
        return _written(rng.choice(rules["block"]), rules, secret, newline, in_lines=True)
    if is_comment and comments:
        return _written(rng.choice(comments), rules, secret, newline)
    quotes = [quote for quote in "\"'`" if quote in secret.text]
    strings = [one for one in rules["string"] if not (one_line and "\n" in one)]
    fitting = [one for one in strings if not any(quote in one for quote in quotes)]
    return _written(rng.choice(fitting or strings), rules, secret, newline)


def _written(
    template: str, rules: dict[str, Any], secret: Secret, newline: str, *, in_lines: bool = False
) -> Statement:
    """A template with name and value in their places."""
    words = re.findall(r"\w+", secret.name.lower())
    spelt = {"name": _spelt(words, rules["spelling"]), "note": secret.note or f"{secret.name}: "}
    spelt |= {style: _spelt(words, style) for style in ("kebab", "upper")}
    text = re.sub(r"@(name|note|kebab|upper)@", lambda match: spelt[match[1]], template).replace(
        "\n", newline
    )
    before, _, after = text.partition("@value@")
    value = secret.text
    if "\n" in value:
        line = before.rpartition("\n")[2]
        value = value.replace("\n", newline + (line if line.isspace() else "") if in_lines else "\\n")
    spans = secret.spans if value == secret.text else ((0, len(value), secret.spans[0][2]),)
    shift = len(before)
    return Statement(before + value + after, tuple((a + shift, b + shift, tag) for a, b, tag in spans))


def _spelt(words: Sequence[str], style: str) -> str:
    """A name in the manner of a language."""
    if style == "camel":
        return words[0] + "".join(word.title() for word in words[1:])
    joined = {"kebab": "-", "dotted": "."}.get(style, "_").join(words)
    return joined.upper() if style == "upper" else joined


def _placed(
    statement: Statement, rules: dict[str, Any], position: str, newline: str, rng: Random
) -> Statement:
    """The statement with what its position puts around it."""
    before = ""
    if position == "long-line":
        count = rng.randrange(*FILLERS)
        before = "".join(rules["filler"].replace("@n@", str(n)) + rules["join"] for n in range(count))
    elif position == "non-ascii":
        foreign = rng.choice(table()["foreign"])
        note = Secret(foreign, (), "", "note", f"{foreign}: ")
        template = rng.choice([*rules.get("comment", ()), rules["string"][0]])
        before = _written(template, rules, note, newline).text + newline
    after = "" if position == "end" else newline
    shift = len(before)
    spans = tuple((a + shift, b + shift, tag) for a, b, tag in statement.spans)
    return Statement(before + statement.text + after, spans)


def _place(text: str, where: str, rng: Random) -> int:
    """Where a line may be put in; the end of the text if it has no such place."""
    if where == "open" and "{" in text:
        line_end = text.find("\n", text.index("{"))
        return line_end + 1
    if where == "close" and "</" in text:
        return text.rindex("</")
    places = [match.end() for match in MARGIN.finditer(text)]
    return rng.choice(places) if where == "line" and places else len(text)
