"""`measure` as a whole: which numbers there are, which are NaN, and what a hostile document costs."""

import math
import random
from collections.abc import Callable

import numba
import numpy as np
import pytest
from patience import ends_soon

from curation.kernels import Bytes
from curation.signals import GROUPS, INDEX, SIGNALS, measure
from curation.signals.bits import Mask, classify
from curation.signals.comments import measure_comments
from curation.signals.html import measure_html
from curation.signals.properties import properties
from curation.signals.table import Signal

ALL = frozenset({"html", "comments", "repetition"})


def names(group: str) -> list[str]:
    return [signal.name for signal in SIGNALS if signal.group == group]


def unmeasured(text: str, language: str, groups: frozenset[str]) -> set[str]:
    """Groups of which every number is NaN; no group may be measured by half."""
    values = measure(text, text.encode(), language=language, path="a/b", groups=groups)
    assert len(values) == len(SIGNALS)
    assert all(type(value) is float for value in values)
    missing = {group: {math.isnan(values[INDEX[name]]) for name in names(group)} for group in GROUPS}
    assert all(len(found) == 1 for found in missing.values()), missing
    return {group for group, found in missing.items() if found == {True}}


def test_table() -> None:
    """Names are unique and in the order of the groups; the index finds them; units are known ones."""
    assert len(INDEX) == len(SIGNALS) == 50
    assert all(
        SIGNALS[place] == Signal(name, SIGNALS[place].unit, SIGNALS[place].group, SIGNALS[place].meaning)
        for name, place in INDEX.items()
    )
    assert [signal.group for signal in SIGNALS] == [group for group in GROUPS for _ in names(group)]
    assert {signal.unit for signal in SIGNALS} == {
        "bytes",
        "characters",
        "lines",
        "words",
        "fraction",
        "0 or 1",
    }


@pytest.mark.parametrize(
    ("language", "groups", "missing"),
    [
        ("Python", ALL, {"html"}),
        ("HTML", ALL, set()),
        ("HTML", frozenset(), {"html", "comments", "repetition"}),
        ("", ALL, {"html", "comments"}),
        ("Python", frozenset({"repetition"}), {"html", "comments"}),
        ("HTML", frozenset({"comments"}), {"html", "repetition"}),
        ("HTML", frozenset({"html"}), {"comments", "repetition"}),
    ],
)
@pytest.mark.parametrize("text", ["", "x = 1 # é\n", "<p>a</p>"])
def test_groups(text: str, language: str, groups: frozenset[str], missing: set[str]) -> None:
    """A group is measured if asked for and if it knows the language; origin is not measured here."""
    assert unmeasured(text, language, groups) == missing | {"origin"}


def test_other_groups_in_place() -> None:
    """The numbers of html and comments stand where SIGNALS says."""
    text = "<!-- todo -->\n<p>é</p>\n"
    content = text.encode()
    values = measure(text, content, language="HTML", path="", groups=ALL)
    assert tuple(values[INDEX[name]] for name in names("html")) == measure_html(text, "HTML")
    expected = measure_comments(np.frombuffer(content, np.uint8), text, "HTML")
    assert tuple(values[INDEX[name]] for name in names("comments")) == expected


def test_properties_of_every_code_point() -> None:
    """The table says of each code point, surrogates included, what this Python's str methods say."""
    questions = (str.isalnum, str.isalpha, str.isdigit, str.isspace)
    for point, bits in enumerate(properties().tolist()):
        character = chr(point)
        assert bits == sum(question(character) << place for place, question in enumerate(questions)), hex(
            point
        )


def test_classify_every_byte() -> None:
    """The compiled questions answer as their plain Python twin does, for every byte at every place."""
    data = np.array([*range(256)] * 2, np.uint8)

    def ask(data: Bytes, offset: int) -> tuple[Mask, ...]:
        return classify(data, offset)

    compiled = numba.njit(ask)
    for offset in range(256):
        assert tuple(map(int, compiled(data, offset))) == tuple(map(int, classify(data, offset)))


def noise(size: int) -> str:
    return random.Random(1).randbytes(size).decode("latin-1")


HOSTILE: dict[str, Callable[[int], str]] = {
    "random latin-1": noise,
    "random ASCII": lambda size: "".join(random.Random(2).choices([chr(c) for c in range(128)], k=size)),
    "line feeds": lambda size: "\n" * size,
    "carriage returns": lambda size: "\r" * size,
    "spaces": lambda size: " " * size,
    "one long word": lambda size: "x" * size,
    "one-letter words": lambda size: "a " * (size // 2),
    "different short lines": lambda size: "".join(f"{n:x}\n" for n in range(size // 6)),
    "different words": lambda size: "".join(f"{n:x} " for n in range(size // 6)),
    "hexadecimal, no end": lambda size: "41" + " 41" * (size // 3) + "z",
    "hexadecimal, seven in a row": lambda size: ("41 " * 7 + "- ") * (size // 23),
    "hexadecimal, far apart": lambda size: ("41" + " " * 500) * (size // 502),
    "wide spaces": lambda size: "41\u3000\u2028" * (size // 8),
    "half escapes": lambda size: "\\u00e" * (size // 5),
    "asserts": lambda size: "assert " * (size // 7),
    "generated": lambda size: "generated automaticall " * (size // 23),
    "angle brackets": lambda size: "<" * size,
    "quotes": lambda size: "'\"" * (size // 2),
    "comment starts": lambda size: "/*" * (size // 2),
    "astral": lambda size: "\U0001f600" * (size // 4),
}


@pytest.mark.parametrize("language", ["HTML", "Python"])
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile(kind: str, language: str) -> None:
    """A megabyte of the worst content is measured, with all groups, without starting anew at every byte."""
    small, text = HOSTILE[kind](64), HOSTILE[kind](1_000_000)
    measure(small, small.encode(), language=language, path="", groups=ALL)  # compiles
    with ends_soon(f"measuring {kind}"):
        measure(text, text.encode(), language=language, path="", groups=ALL)
