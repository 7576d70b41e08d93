"""A kind of secret -> a value of that kind that nobody uses, made up anew from a seed.

    make("password", Random(7))  ->  Secret("tulip-Falcon83", ((0, 14, "PASSWORD"),), "password", "passwd")

Formats of vendors come from the examples of our own rules, so for these a detector that uses the same rules
is measured on finding them in a text, not on knowing the format. Passwords, keys, addresses and names are
put together from curation/data/pii/plant.toml. It writes nothing into a text (see `plant`).
"""

import base64
import json
import string
from collections.abc import Callable, Mapping
from functools import cache
from ipaddress import ip_address
from random import Random
from typing import Any, NamedTuple

from curation.language.facts import data
from curation.pii.detectors.placeholders import is_placeholder
from curation.pii.detectors.rules import expand, vendor_rules

HEX = string.digits + "abcdef"
ALNUM = string.ascii_letters + string.digits
MARKS = "-_.!*+^~"
"""Marks of made-up passwords: none needs an escape in any of the languages."""
LONGEST = 400
"""Characters of an example of a vendor's rule, at most."""


class Secret(NamedTuple):
    """A made-up value."""

    text: str
    spans: tuple[tuple[int, int, str], ...]
    """Start, end and tag of what is secret in it."""
    kind: str
    """Such as email, or vendor/ and the id of a rule."""
    name: str
    """What a variable that holds it is called, in words."""
    note: str = ""
    """What a comment says before it; the name if empty."""
    manner: str = "any"
    """any; string if it stands in no comment; comment if in comments only; block if it has several lines."""


def table() -> dict[str, Any]:
    """The parsed curation/data/pii/plant.toml."""
    return data("pii/plant.toml")


def make(kind: str, rng: Random) -> Secret:
    """A made-up value of one of `KINDS`.

    Args:
        kind: A key of `KINDS`.
        rng: Where it comes from; the same state gives the same value.
    """
    return KINDS[kind](rng)


def _whole(text: str, tag: str, kind: str, name: str, *, note: str = "", manner: str = "any") -> Secret:
    return Secret(text, ((0, len(text), tag),), kind, name, note, manner)


def _draw(rng: Random, letters: str, count: int) -> str:
    return "".join(rng.choices(letters, k=count))


@cache
def _templates() -> tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...]:
    """Id, tag, keywords and examples of every rule of a vendor that has examples in one line."""
    rows = []
    for rule in vendor_rules():
        lines = tuple(one for one in rule.positives if "\n" not in one and len(one) < LONGEST)
        if lines:
            rows.append((rule.id, rule.tag, rule.keywords, lines))
    return tuple(rows)


def _vendor(rng: Random) -> Secret:
    rule, tag, keywords, templates = rng.choice(_templates())
    example = expand(rng.choice(templates), rng)
    name = f"{rng.choice(keywords)} key" if keywords else _name(rng, "key_names")
    span = example.start, example.end, tag
    return Secret(example.text, (span,), f"vendor/{rule}", name, manner="string" if keywords else "any")


def _name(rng: Random, names: str) -> str:
    return str(rng.choice(table()[names]))


def _generic_key(rng: Random) -> Secret:
    letters, count = rng.choice([(HEX, 32), (HEX, 40), (ALNUM, 24), (ALNUM, 40), (ALNUM + "-_", 43)])
    text = _draw(rng, ALNUM if letters != HEX else HEX, 1) + _draw(rng, letters, count - 2)
    return _whole(text + _draw(rng, HEX, 1), "KEY", "generic-key", _name(rng, "key_names"))


def _password_value(rng: Random) -> str:
    """Words with a number, or characters at random; never one that only stands for a password."""
    while True:
        words = rng.sample(table()["words"], 2)
        made = [
            f"{words[0]}{rng.choice(MARKS)}{words[1].title()}{rng.randrange(10, 1000)}",
            words[0].title() + str(rng.randrange(1000, 10000)) + rng.choice("!*+"),
            _draw(rng, ALNUM, 1) + _draw(rng, ALNUM + MARKS, rng.randrange(8, 15)) + _draw(rng, ALNUM, 1),
        ]
        text = str(rng.choice(made))
        if not is_placeholder(text) and any(map(str.isdigit, text)):
            return text


def _password(rng: Random) -> Secret:
    return _whole(_password_value(rng), "PASSWORD", "password", _name(rng, "password_names"))


def _connection(rng: Random) -> Secret:
    password = _draw(rng, ALNUM, 1) + _draw(rng, ALNUM + "-_.", rng.randrange(7, 15)) + _draw(rng, ALNUM, 1)
    head = f"{_name(rng, 'schemes')}://{_name(rng, 'words')}:"
    text = f"{head}{password}@db.{_domain(rng)}:{rng.randrange(2000, 9000)}/shapes"
    return Secret(text, ((len(head), len(head) + len(password), "PASSWORD"),), "connection", "database url")


def _jwt(rng: Random) -> Secret:
    claims = {"sub": _draw(rng, string.digits, 10), "iat": rng.randrange(1_500_000_000, 1_700_000_000)}
    parts = [
        json.dumps(part, separators=(",", ":")).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)
    ]
    parts.append(rng.randbytes(32))
    text = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    return _whole(text, "KEY", "jwt", rng.choice(["jwt", "token", "auth header", "value"]))


def _private_key(rng: Random) -> Secret:
    kind = rng.choice(["RSA ", "EC ", ""])
    start = {"RSA ": "MIIEpAIBAAKCAQEA", "EC ": "MHcCAQEEI", "": "MIIEvgIBADANBgkq"}[kind]
    body = start + _draw(rng, ALNUM + "+/", 64 * rng.randrange(6, 25) - len(start) - 1) + "="
    lines = [body[place : place + 64] for place in range(0, len(body), 64)]
    mark = f"{kind}PRIVATE KEY-----"
    text = "\n".join([f"-----BEGIN {mark}", *lines, f"-----END {mark}"])
    return _whole(text, "KEY", "private-key", "private key", manner="block")


def _person(rng: Random) -> str:
    return f"{_name(rng, 'first_names')} {_name(rng, 'last_names')}"


def _domain(rng: Random) -> str:
    """A host whose name is made of syllables, so that it is nobody's."""
    made = "".join(rng.sample(table()["syllables"], 4))
    return f"{made}.{_name(rng, 'endings')}"


def _address(rng: Random) -> str:
    person = "".join(c for c in _person(rng).lower().replace(" ", rng.choice("._-")) if c.isascii())
    return f"{person}{rng.choice(['', str(rng.randrange(100))])}@{_domain(rng)}"


def _email(rng: Random) -> Secret:
    return _whole(_address(rng), "EMAIL", "email", _name(rng, "email_names"))


def _ipv4(rng: Random) -> Secret:
    while True:
        text = ".".join(str(rng.randrange(20, 255)) for _ in range(4))
        if ip_address(text).is_global and not ip_address(text).is_multicast:
            return _whole(text, "IP_ADDRESS", "ipv4", _name(rng, "address_names"))


def _ipv6(rng: Random) -> Secret:
    groups = [f"{rng.randrange(1 << 16):x}" for _ in range(rng.randrange(3, 7))]
    head = f"2a0{rng.randrange(1, 10)}:{rng.randrange(1 << 12, 1 << 16):x}"
    text = str(ip_address(f"{head}::{':'.join(groups[:5])}"))
    return _whole(text, "IP_ADDRESS", "ipv6", _name(rng, "address_names"))


def _author(rng: Random) -> Secret:
    note = _name(rng, "author_notes")
    person = _person(rng)
    spans = [(0, len(person), "NAME")]
    text = person
    if rng.random() < 0.3:
        text = f"{person} <{_address(rng)}>"
        spans.append((len(person) + 2, len(text) - 1, "EMAIL"))
    return Secret(text, tuple(spans), "author", "author", note, "comment")


KINDS: Mapping[str, Callable[[Random], Secret]] = {
    "vendor": _vendor,
    "generic-key": _generic_key,
    "password": _password,
    "connection": _connection,
    "jwt": _jwt,
    "private-key": _private_key,
    "email": _email,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "author": _author,
}
"""Kind -> what makes one."""
