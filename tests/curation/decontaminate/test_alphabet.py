"""What is known of characters and words."""

import pytest

from curation.decontaminate.alphabet import SLOTS, alphabet, reserved_words
from curation.decontaminate.tokens import ALONE, BLANK, LETTER, SIGN


@pytest.mark.parametrize(
    ("one", "lower"),
    [("A", "a"), ("Ä", "ä"), ("ß", "ß"), ("İ", "İ"), ("\u03a3", "\u03c3"), ("a", "a"), ("中", "中")],
)
def test_case_is_folded_character_by_character(one: str, lower: str) -> None:
    """One character becomes one character; where lower case is longer, it stays."""
    assert chr(alphabet().folded[ord(one)]) == lower


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        ("a", LETTER),
        ("_", LETTER),
        ("9", LETTER),
        ("é", LETTER),
        ("中", ALONE),
        ("+", SIGN),
        ("→", SIGN),
        (" ", BLANK),
        ("\n", BLANK),
        ("\u00a0", BLANK),
        ("\u2003", BLANK),
        ("\0", SIGN),
    ],
)
def test_every_character_has_a_class(one: str, kind: int) -> None:
    """Letters, signs, white space, and characters that are words by themselves."""
    assert alphabet().classes[ord(one)] == kind


def test_white_space_adds_nothing_to_a_hash_and_all_else_does() -> None:
    """A gear of 0 is skipped."""
    for code in range(0x80):
        assert (alphabet().gears[code] == 0) == chr(code).isspace()


def test_every_reserved_word_has_a_slot_to_itself() -> None:
    """None is lost in the table."""
    assert len(alphabet().reserved) == SLOTS
    assert (alphabet().reserved != 0).sum() == len(reserved_words())
    assert {"if", "return", "lambda", "fn", "null"} <= set(reserved_words())
    assert "self" in reserved_words()
    assert "len" not in reserved_words()


def test_tables_are_read_only() -> None:
    """They are shared by all who ask."""
    with pytest.raises(ValueError, match="read-only"):
        alphabet().folded[0] = 1
