"""The distance is that of the plain table, on all texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluate.similarity import distance, similarity

FEW = st.text(alphabet="ab\nü😀", max_size=90)


def plain(one: str, other: str) -> int:
    """The table of the textbook, row by row."""
    row = list(range(len(other) + 1))
    for number, character in enumerate(one, 1):
        diagonal, row[0] = row[0], number
        for place, also in enumerate(other, 1):
            here = min(row[place] + 1, row[place - 1] + 1, diagonal + (character != also))
            diagonal, row[place] = row[place], here
    return row[-1]


@given(FEW, FEW)
def test_the_distance_is_that_of_the_table(one: str, other: str) -> None:
    """Also beyond 64 characters, and whichever text comes first."""
    assert distance(one, other) == plain(one, other)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("kitten", "sitting", 3),
        ("", "", 0),
        ("", "abc", 3),
        ("abc", "abc", 0),
        ("flaw", "lawn", 2),
        ("a" * 200, "b", 200),
    ],
)
def test_known_distances(one: str, other: str, expected: int) -> None:
    """Examples that can be counted by hand."""
    assert distance(one, other) == expected


@given(FEW, FEW)
def test_similarity_is_a_share(one: str, other: str) -> None:
    """It is symmetric, between 0 and 1, and 1 for equal texts only."""
    assert similarity(one, other) == similarity(other, one)
    assert 0 <= similarity(one, other) <= 1
    assert (similarity(one, other) == 1) == (one == other)


def test_long_texts_are_compared_soon() -> None:
    """Two texts of 10,000 characters need no table of 100 million cells."""
    one = "def f(x):\n    return x\n" * 450
    assert distance(one, one[:5_000] + "#" + one[5_000:]) == 1
