"""Nothing in a shown text hides, moves the cursor or is read as mathematics."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.report.visible import number, one_line, plot_label, short_bytes, snippet, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ünïcode 中文 and 🐍", "plain text, ünïcode 中文 and 🐍"),
        ("a\x1b[31mred", "a⟨ESC⟩[31mred"),
        ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
        ("zero\u200bwidth\ufeff", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
        ("\x00\x7f\x9b", "⟨NUL⟩⟨U+007F⟩⟨U+009B⟩"),
        ("lone \ud800", "lone ⟨U+D800⟩"),
        ("tag \U000e0041 selector \ufe0f", "tag ⟨U+E0041⟩ selector ⟨U+FE0F⟩"),
        ("hangul filler \u3164", "hangul filler ⟨U+3164⟩"),
        ("line one\n\tline two", "line one\n\tline two"),
    ],
)
def test_hidden_characters_are_named(text: str, shown: str) -> None:
    """Controls, bidi overrides and invisible characters appear as name or number, all else as it is."""
    assert visible(text) == shown


@given(st.text(alphabet=st.characters(), max_size=200))
def test_nothing_hidden_is_left(text: str) -> None:
    """Whatever comes in, no control, format, surrogate or unassigned character goes out."""
    left = {unicodedata.category(character) for character in visible(text, keep="")}
    assert not left & {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}


@given(st.text(max_size=500), st.integers(2, 60))
def test_one_line_is_one_line_and_bounded(text: str, limit: int) -> None:
    """The middle of a long name is left out, and what is left is on one line."""
    shown = one_line(text, limit)
    assert len(shown.splitlines()) <= 1
    assert len(shown) <= limit * len("⟨U+10FFFF⟩")


def test_one_line_keeps_both_ends() -> None:
    """Of a long path the beginning and the file name stay."""
    assert one_line("a" * 50 + "/" + "b" * 50 + ".py", 20) == "aaaaaaaaaa…bbbbbb.py"


@pytest.mark.parametrize(
    ("text", "label"),
    [("$\\alpha$", "\\$\\alpha\\$"), ("中文", "??"), ("a\nb", "a?LF?b"), ("C++", "C++")],
)
def test_a_label_has_no_mathematics_and_only_ascii(text: str, label: str) -> None:
    """matplotlib reads dollars as mathematics, and warns about glyphs that its font lacks."""
    assert plot_label(text) == label


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("one\ntwo\n", "one\ntwo"),
        ("one\r\ntwo", "one\ntwo"),
        ("x" * 10, "xxxxxxxx…"),
        ("1\n2\n3\n4\n5\n", "1\n2\n3\n…"),
        ("", ""),
        ("old\rmac", "old⟨CR⟩mac"),
    ],
)
def test_a_snippet_is_cut_and_says_so(content: str, shown: str) -> None:
    """Lines and columns that are left out are marked."""
    assert snippet(content, lines=3, width=8) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1234, "1.2 kB"), (123_456, "123 kB"), (2.5e15, "2.5 PB")],
)
def test_bytes_have_a_decimal_unit(value: float, shown: str) -> None:
    """Sizes are read at a glance, in the units that the rest of the command line uses."""
    assert short_bytes(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1000.0, "1,000"),
        (0.25, "0.25"),
        (100.49999, "100.5"),
        (0.0000123, "0.000012"),
        (-3.5, "-3.5"),
        (0.0, "0"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
    ],
)
def test_a_number_shows_the_digits_that_matter(value: float, shown: str) -> None:
    """Thresholds read as they are written in a configuration."""
    assert number(value) == shown
