"""Logins that cannot be told from words, and words after an @ that are nobody's name."""

import pytest

from curation.structured.people.words import common_words, is_person, is_word

WORDS = [
    "a",
    "1",
    "e",
    "jo",
    "e2e",
    "test",
    "data",
    "mark",
    "react",
    "user1",
    "python3",
    "open-source",
    "ghost",
    "123",
]
NAMES = [
    "bob",
    "ann-k",
    "john",
    "alice",
    "dave77",
    "torvalds",
    "jo-lindqvist",
    "username_1",
    "sindresorhus",
    "\u5f20\u4f1f\u5f3a",
]


@pytest.mark.parametrize("login", WORDS)
def test_words(login: str) -> None:
    """Short ones, common ones, several of them, with numbers."""
    assert is_word(login)


@pytest.mark.parametrize("login", NAMES)
def test_names(login: str) -> None:
    """What is not common in code; what looks like one of our numbers must never be left."""
    assert not is_word(login)


def test_the_list_holds_words_in_lower_case() -> None:
    """Some thousands of them, and no names of people that manuals use."""
    words = common_words()
    assert 5_000 < len(words) < 20_000
    assert all(word.islower() and word.isalpha() for word in words)
    assert words.isdisjoint({"john", "alice", "carol", "dave", "travis"})


@pytest.mark.parametrize(
    ("word", "person"),
    [("param", False), ("Override", False), ("MEDIA", False), ("2", False), ("carol", True)],
)
def test_people_after_an_at(word: str, person: bool) -> None:
    """Tags, annotations, rules and numbers are none."""
    assert is_person(word) is person
