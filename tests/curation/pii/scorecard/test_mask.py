"""What may be shown of a value tells its form and no more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.pii.scorecard.mask import mask, outline, shape


@pytest.mark.parametrize(
    ("value", "shown"), [("hunter-22", "h•••"), ("abcd", "a•••"), ("abc", "•••"), ("", "•••")]
)
def test_a_mask_shows_the_first_character_at_most(value: str, shown: str) -> None:
    """And nothing of short values; its length says nothing."""
    assert mask(value) == shown


def test_a_shape_keeps_kinds_and_marks() -> None:
    """Letters, digits, ASCII marks, spaces; other marks become one."""
    assert shape("sk_Live 4é٣—x") == "aa_Aaaa 0a0?a"


@given(st.text())
def test_a_shape_holds_no_letter_and_no_digit_of_the_value(value: str) -> None:
    """Every character is one of a few, and there are as many."""
    shown = shape(value)
    assert len(shown) == len(value)
    assert all(one in "aA0?" or (not one.isalnum()) for one in shown)


def test_an_outline_keeps_words_of_code() -> None:
    """Those that say what a value is for, not those that say whose it is."""
    assert outline('annPassword = set("k3y")') == 'aaaAaaaaaaa = set("a0a")'
    assert outline("api_key: Zq7") == "api_key: Aa0"
