r"""The encoded group: the same matches that Python's `re` finds, to the last bit."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.signals import INDEX, SIGNALS, measure

NAMES = [signal.name for signal in SIGNALS if signal.group == "encoded"]
PATTERNS = {
    "base64": re.compile(r"[a-zA-Z0-9+/\n=]{64,}"),
    "hex": re.compile(r"(?:\b(?:0x|\\x)?[0-9a-fA-F]{2}(?:,|\b\s*)){8,}"),
    "unicode_escape": re.compile(r"(?:\\u[0-9a-fA-F]{4}){8,}"),
}
"""The three patterns of the StarCoder2 paper, section 2.1."""


def twin(text: str) -> dict[str, float]:
    """The definitions, from the patterns themselves."""
    characters = max(len(text), 1)
    covered: set[int] = set()
    values: dict[str, float] = {}
    for kind, pattern in PATTERNS.items():
        spans = [match.span() for match in pattern.finditer(text)]
        values[f"{kind}_longest"] = max((end - start for start, end in spans), default=0)
        values[f"{kind}_fraction"] = sum(end - start for start, end in spans) / characters
        covered.update(*(range(start, end) for start, end in spans))
    values["encoded_longest"] = max(values[f"{kind}_longest"] for kind in PATTERNS)
    values["encoded_fraction"] = len(covered) / characters
    return values


def measured(text: str) -> dict[str, float]:
    values = measure(text, text.encode(), language="", path="", groups=frozenset())
    return {name: values[INDEX[name]] for name in NAMES}


ELEMENTS = ["41", "aF", "0x1f", "\\x7f", "9e,", "0x00,", "be ", "\\u00e9", "\\uABCD", "Aa+/=0z9"]
BREAKS = [*' \n\t,\\xu0_-"é中²\xa0\u2028😀g', "e\u0301", "0x", "\\x", "\\u", "abc", "a", ", ", " \u3000\n "]
ROWS = st.builds(
    lambda element, between, times: (element + between) * times,
    st.sampled_from(ELEMENTS),
    st.sampled_from(["", "", *BREAKS]),
    st.integers(1, 12),
)
TEXTS = st.builds(
    lambda pad, pieces: "(" * pad + "".join(pieces),
    st.integers(0, 70),
    st.lists(ROWS | st.sampled_from([*ELEMENTS, *BREAKS]), max_size=40),
)


@settings(deadline=None)
@given(TEXTS)
def test_any_rows(text: str) -> None:
    """Rows of all three kinds, broken and glued in any way, give what the patterns give."""
    assert measured(text) == twin(text)


@settings(deadline=None)
@given(st.text(st.sampled_from("0aFx\\,\n é_u"), max_size=400))
def test_any_characters(text: str) -> None:
    """Any text of the characters that matter gives what the patterns give."""
    assert measured(text) == twin(text)


def test_real_files(real_texts: list[str]) -> None:
    """Real files and odd texts give what the patterns give, and some of them hold matches."""
    matched = 0
    for text in real_texts:
        values = measured(text)
        matched += values["encoded_longest"] > 0
        assert values == twin(text)
    assert matched > 20


@pytest.mark.usefixtures("uncompiled")
def test_uncompiled(non_ascii_texts: list[str]) -> None:
    """The kernels mean the same as plain Python as when they are compiled."""
    rows = ["\\u00e9" * 9 + "A" * 70, "41 \u3000" * 9 + "\u00e9", "x" + "\\x41" * 9, "00\n" * 50]
    for text in [*rows, *(text for text in non_ascii_texts if len(text) < 5000)]:
        assert measured(text) == twin(text)


@pytest.mark.parametrize(
    ("text", "name", "length"),
    [
        ("A" * 64, "base64_longest", 64),
        ("A" * 63, "base64_longest", 0),
        ("A\n" * 100 + "-", "base64_longest", 200),
        ("-" * 3 + "A" * 128 + "-", "base64_longest", 128),
        ("41," * 8, "hex_longest", 24),
        ("41," * 7, "hex_longest", 0),
        ("41 \u3000" * 8 + "x", "hex_longest", 32),
        ('"' + "\\x41" * 9 + '"', "hex_longest", 32),
        ("0x41, " * 8, "hex_longest", 0),
        ("0x41," * 8, "hex_longest", 40),
        ("41,é" * 8, "hex_longest", 0),
        ("41 " * 8 + "41é", "hex_longest", 24),
        ("\\u00e9" * 8, "unicode_escape_longest", 48),
        ("\\u00e9" * 7 + "\\u00g9", "unicode_escape_longest", 0),
    ],
)
def test_lengths(text: str, name: str, length: int) -> None:
    """Worked examples: how long the longest match is, in characters, and nothing under the minimum."""
    assert measured(text)[name] == length == twin(text)[name]


def test_overlap_counts_once() -> None:
    """A character that two kinds cover counts once in encoded_fraction."""
    text = "\\u00e9" * 8 + "A" * 70 + "-" * 5
    values = measured(text)
    assert (values["unicode_escape_fraction"], values["base64_fraction"]) == (48 / 123, 75 / 123)
    assert values["encoded_fraction"] == 118 / 123
