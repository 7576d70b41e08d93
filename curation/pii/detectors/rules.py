r"""The formats of keys and tokens: data with provenance, read from curation/data/pii/vendors/*.toml.

    expand("ghp_{alnum:36}", Random(7))  ->  Example("ghp_0Q...", 0, 40)

A rule says how a value looks, who documents it, where to start looking and which made-up values prove it.
Examples are templates, so that nothing in the repository looks like a real token. Nothing is searched here.
"""

import re
import string
import tomllib
from base64 import b64encode
from functools import cache
from importlib.resources import files
from random import Random
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from curation.errors import BadConfigError
from curation.pii.detectors.checks import base62_checksum

FOLDER = "data/pii/vendors"
"""Where the rule files lie, inside the package."""

CLASSES = {
    "digit": string.digits,
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "alpha": string.ascii_letters,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "alnum": string.ascii_letters + string.digits,
    "low36": string.ascii_lowercase + string.digits,
    "up36": string.ascii_uppercase + string.digits,
    "base32": string.ascii_uppercase + "234567",
    "BECH32": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "base58": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "base64": string.ascii_letters + string.digits + "+/",
    "base64url": string.ascii_letters + string.digits + "_-",
}
"""What {name:length} in a template draws from."""

_FIELD = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
_PIECE = re.compile(r"(?:\\.|\[(?:\\.|[^\]\\])+\]|[^\\\[(){}|?*+.^$])(?:\{(\d+)\})?", re.DOTALL)


class Rule(BaseModel):
    """One format of a key or token."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    """Name of the rule, unique among all files: vendor, then kind."""
    tag: Literal["KEY", "PASSWORD"] = "KEY"
    """What the value is."""
    description: str = Field(min_length=5)
    """What the value opens, for a reader."""
    source: str = Field(pattern=r"^https://")
    """Address of the vendor's public description of the format, or of the page that shows such values."""
    trigger: tuple[str, ...] = Field(min_length=1)
    """Pieces of the value that the scan of the whole document looks for, each of one fixed length (literals,
    classes, {n}), in the syntax of hyperscan and RE2. With `keywords` the beginning of the value."""
    back: int = Field(default=0, ge=0, le=256)
    """Characters that the value may begin before the trigger."""
    exact: bool = False
    """Whether the value begins exactly `back` characters before the trigger, not up to so many."""
    pattern: str
    """Python regex of the value, tried where the trigger began; the group `secret` if only a part counts."""
    left: str = "[0-9A-Za-z]"
    """Class of characters that may not stand before the value (an escape such as \\n may); "" for none."""
    right: str = "[0-9A-Za-z]"
    """Class of characters that may not follow the value; "" for none."""
    caseless: bool = False
    """Whether trigger and pattern ignore case."""
    entropy: float = Field(default=2.0, ge=0, le=6)
    """Least entropy of the part that is not fixed, bits per character; it drops fillers such as 0000."""
    keywords: tuple[str, ...] = ()
    """For values without a form of their own: one of these words stands in the name that the value is given
    to, ignoring case; a space stands for any of "_-. " or nothing."""
    check: str = ""
    """Name of a function of checks.py without which a value is not found; "" for none."""
    confirm: str = ""
    """Name of a function of checks.py that makes a finding certain, where published examples fail it."""
    allow: tuple[str, ...] = ()
    """Values that the vendor publishes as examples; never found."""
    positives: tuple[str, ...] = Field(min_length=1)
    """Templates of values that are found (see `expand`); with `keywords` what the name is given."""
    negatives: tuple[str, ...] = Field(min_length=1)
    """Templates of texts in which this rule finds nothing."""


class Example(NamedTuple):
    """A made-up value and the part of it that is the secret."""

    text: str
    start: int
    """First character of the secret in `text`."""
    end: int
    """Character after the secret."""


def expand(template: str, rng: Random) -> Example:
    """Make up a value: {class:length} becomes random characters of a class of `CLASSES`.

    Besides, {uuid} is a random UUID, {github:prefix} a GitHub token with a right checksum, {base64digits:n} a
    number of n digits in base64, and [[...]] marks
    the secret if it is only a part.

    Args:
        template: Of a rule, such as "ghp_{alnum:36}".
        rng: Where the characters come from; the same seed gives the same value.

    Raises:
        BadConfigError: If the template names an unknown class.
    """
    text = _FIELD.sub(lambda field: _fill(field[1], field[2] or "", rng), template)
    before, opened, rest = text.partition("[[")
    if not opened:
        return Example(text, 0, len(text))
    secret, _, after = rest.partition("]]")
    return Example(before + secret + after, len(before), len(before) + len(secret))


def _fill(name: str, length: str, rng: Random) -> str:
    if name == "uuid":
        return "-".join("".join(rng.choices(CLASSES["hex"], k=k)) for k in (8, 4, 4, 4, 12))
    if name == "github":
        body = "".join(rng.choices(CLASSES["alnum"], k=30))
        return length + body + base62_checksum(body)
    if name == "base64digits":
        return b64encode("".join(rng.choices(string.digits, k=int(length))).encode()).decode().rstrip("=")
    if name not in CLASSES or not length.isdigit():
        known = ", ".join([*CLASSES, "uuid", "github", "base64digits"])
        raise BadConfigError(
            f"template field {{{name}:{length}}}: expected {{class:length}}, classes are {known}"
        )
    return "".join(rng.choices(CLASSES[name], k=int(length)))


def width(trigger: str) -> int:
    """Characters that a trigger matches: always the same number.

    Raises:
        BadConfigError: If its length could vary, as with a?, a+, a{1,2} or (a|bc).
    """
    place = total = 0
    while place < len(trigger):
        piece = _PIECE.match(trigger, place)
        if piece is None:
            raise BadConfigError(
                f"trigger {trigger!r}: {trigger[place]!r} has no fixed length; list variants singly"
            )
        total += int(piece[1] or 1)
        place = piece.end()
    return total


def fixed_width(trigger: str) -> int:
    """Characters at the beginning of a trigger that are always the same, as "ghp_" in ghp_[0-9a-z]{4}."""
    place = 0
    total = 0
    while (piece := _PIECE.match(trigger, place)) and not piece[1] and not re.match(r"\[|\\\w", piece[0]):
        total += 1
        place = piece.end()
    return total


def read_rules(text: str, *, name: str = "rules") -> list[Rule]:
    """The rules of one file.

    Args:
        text: TOML with tables [[rule]].
        name: Of the file, for messages.

    Raises:
        BadConfigError: If the file is not as `Rule` describes.
    """
    try:
        table = tomllib.loads(text)
        return [Rule.model_validate(entry) for entry in table.get("rule", [])]
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise BadConfigError(f"{name}: not a rule file: {error}") from error


@cache
def vendor_rules() -> tuple[Rule, ...]:
    """All rules of the package, by file name and then in the order of the file.

    Raises:
        BadConfigError: If two rules have the same id.
    """
    rules: dict[str, Rule] = {}
    folder = files("curation").joinpath(FOLDER)
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".toml"):
            continue
        for rule in read_rules(file.read_text(encoding="utf-8"), name=file.name):
            if rule.id in rules:
                raise BadConfigError(f"{file.name}: rule {rule.id!r} stands in two places; ids must differ")
            rules[rule.id] = rule
    return tuple(rules.values())
