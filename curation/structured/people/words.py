"""Which logins cannot be told from words, and which words after an @ are no people.

    is_word("test"), is_word("a"), is_word("user1"), is_word("open-source")  -> True
    is_word("alice"), is_word("jo-ann"), is_word("username_1")               -> False

Words are those of curation/data/common_words.txt. A login of one or two characters counts as a word whatever
it is, and so does one of three that are not all letters (e2e). Names of people are no words
here, even where manuals use them (john).
"""

import re
import tomllib
from functools import lru_cache
from importlib.resources import files

SHORTEST_NAME = 3
"""Characters of a login from which it can be more than a word."""
LONG_WORD = 4
"""Characters of the longest of several words, at least: ann-k and jo-ann are people."""
NUMBERED = re.compile(r"username_\d+")
SPLIT = re.compile(r"[-_.\[\]\s]+")
OWN_WORDS = frozenset({"ghost"})
"""GitHub's name for a deleted account."""


@lru_cache(maxsize=1 << 16)
def is_word(lower: str) -> bool:
    """Whether a login, in lower case, is a word, several words, or a word with a number."""
    if len(lower) < SHORTEST_NAME or (len(lower) == SHORTEST_NAME and not lower.isalpha()):
        return True
    if NUMBERED.fullmatch(lower):
        return False
    parts = [part for part in SPLIT.split(lower) if part]
    long = len(parts) == 1 or any(len(part) >= LONG_WORD for part in parts)
    return long and all(_common(part) for part in parts)


def _common(part: str) -> bool:
    """Whether a part of a login is a common word, a letter or a number."""
    stem = part.rstrip("0123456789")
    return len(stem) < 2 or stem in common_words()


def is_person(login: str) -> bool:
    """Whether what stands after an @ may be a person's name: no tag, annotation, at-rule or mere number."""
    return not login.isdigit() and login.lower() not in _no_people()


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Words that are common in code and its documentation, in lower case."""
    text = files("curation.data").joinpath("common_words.txt").read_text("utf-8")
    rows = (line for line in text.splitlines() if not line.startswith("#"))
    return OWN_WORDS.union(*(row.split() for row in rows))


@lru_cache(maxsize=1)
def _no_people() -> frozenset[str]:
    """Words after an @ that the languages and tools define, in lower case."""
    tables = tomllib.loads(files("curation.data").joinpath("people.toml").read_text("utf-8"))
    return frozenset(word.lower() for table in tables.values() for word in table)
