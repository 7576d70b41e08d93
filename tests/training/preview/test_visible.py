"""Nothing that a stranger writes hides or acts."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.preview.visible import Atom, atoms, one_line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("ab  c", [Atom("text", "ab"), Atom("space", "  "), Atom("text", "c")]),
        ("\t\t\n", [Atom("tab", "\t"), Atom("tab", "\t"), Atom("line", "\n")]),
        ("\r\n", [Atom("hidden", "U+000D"), Atom("line", "\n")]),
        ("a\u202eb", [Atom("text", "a"), Atom("hidden", "U+202E"), Atom("text", "b")]),
        ("\x1b[m", [Atom("hidden", "U+001B"), Atom("text", "[m")]),
        ("\udcf0\udc9f", [Atom("hidden", "F0"), Atom("hidden", "9F")]),
        ("\ud800", [Atom("hidden", "U+D800")]),
        ("\u3164\ufe0f", [Atom("hidden", "U+3164"), Atom("hidden", "U+FE0F")]),
        ("é漢😀", [Atom("text", "é漢😀")]),
    ],
)
def test_each_character_is_drawn_or_named(text: str, expected: list[Atom]) -> None:
    """White space by kind, bytes that are no character by their number, what hides by its own."""
    assert atoms(text) == expected


@given(st.text())
def test_what_is_drawn_is_of_categories_that_draw(text: str) -> None:
    """And nothing but hidden characters is changed."""
    made = atoms(text)
    drawn = "".join(one.text for one in made if one.kind == "text")
    assert not {unicodedata.category(one) for one in drawn} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    kept = "".join(one.text for one in made if one.kind != "hidden")
    hidden = sum(one.kind == "hidden" for one in made)
    assert len(kept) + hidden == len(text)


def test_a_name_is_one_line_with_its_ends() -> None:
    """A name cannot break the line it stands on, nor run away."""
    assert one_line("a\n\u202eb") == "a⟨U+000A⟩⟨U+202E⟩b"
    assert one_line("x" * 50 + "y" * 150, limit=21) == "x" * 10 + "…" + "y" * 10
