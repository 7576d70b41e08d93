"""Characters by class, and which are in doubt."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.tokenizer.classes import (
    POINTS,
    SURROGATE,
    UNASSIGNED,
    any_of,
    probe,
    runs,
    table_of,
    unassigned,
)


def test_runs_follow_one_another_and_change_their_class() -> None:
    """No code point that may be assigned is left out, and none is in two runs."""
    places = runs()
    assert (places[0].first, places[-1].last) == (0, 0xE0FFF)
    for one, other in pairwise(places):
        assert other.first == one.last + 1 or (one.last, other.first) == (0x3FFFF, 0xE0000)
        assert other.kind != one.kind or other.first == 0xE0000


@pytest.mark.parametrize(
    ("character", "kind"),
    [
        ("a", "L"),
        ("漢", "L"),
        ("7", "N"),
        ("½", "N"),
        ("Ⅷ", "N"),
        ("٣", "N"),
        ("\u3000", "space"),
        ("😀", "other"),
    ],
)
def test_a_character_is_in_a_run_of_its_class(character: str, kind: str) -> None:
    """Letters, numbers, white space, and all else."""
    (own,) = (run.kind for run in runs() if run.first <= ord(character) <= run.last)
    assert own == kind


def test_what_is_not_assigned_is_in_doubt() -> None:
    """All of it and nothing else, but for private use, which has one class in every version."""
    table = table_of(unassigned())
    surrogates = table_of((run.first, run.last) for run in runs() if run.kind == SURROGATE)
    assert surrogates[0xD800:0xE000].all()
    for point in (*range(0, POINTS, 7), 0x378, 0x3FFFF, 0x40000, 0xE0FFF, 0xE1000, 0xEFFFF):
        category = unicodedata.category(chr(point))
        private = point >= 0xF0000
        assert table[point] == (category == "Cn" and not private), hex(point)
    assert any(run.kind == UNASSIGNED for run in runs())


def test_a_text_with_one_of_the_characters_is_told() -> None:
    """In any plane, and never for ASCII."""
    table = table_of(((0x378, 0x379), (0x1F600, 0x1F600)))
    assert any_of("x\u0378", table)
    assert any_of("\u0379é", table)
    assert any_of("😀", table)
    assert not any_of("\u037a😁", table)
    assert not any_of("plain", table)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, POINTS - 1), st.integers(0, 300))
def test_a_table_is_its_ranges(text: str, first: int, size: int) -> None:
    """As the plain way finds it."""
    last = min(first + size, POINTS - 1)
    table = table_of(((first, last),))
    assert any_of(text, table) == (any(first <= ord(one) <= last for one in text) and not text.isascii())


def test_a_probe_has_the_character_behind_every_class() -> None:
    """And before a digit, which shows white space."""
    assert probe("é") == "aé!é é\né1"
