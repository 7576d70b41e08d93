"""How random a value looks, to tell a generated secret from a word.

    shannon("abcd")             -> 2.0
    word_likeness("dklrjnsebw") -> -6.4      word_likeness("rootpassword") -> -3.8
    looks_random("dklrjnsebw")  -> True      looks_random("root_password1") -> False

Used by generic rules only: a value in a vendor's format is a key however it looks. It knows no format.
"""

import json
import re
from collections import Counter
from functools import cache
from importlib.resources import files
from math import log2

RUNS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
"""What identifiers are put together from: words in small or capital letters, and numbers."""
LETTERS = re.compile(r"[A-Za-z]+")
SEPARATORS = re.compile(r"[-_.:/ ]+")
HEX = re.compile(r"(?:[0-9a-f]{8,}|[0-9A-F]{8,})$")
MIN_LETTERS = 6
"""Letters in a row that say whether a value is made of words."""
MAX_MEAN_RUN = 3.5
"""Characters of a run of letters of one case or of digits in generated values, on average: 1.9 in keys of
letters of both cases and digits, 2.1 in hexadecimal ones, 2.6 in ones of small letters and digits."""
MIN_PART = 8
"""Characters of a random part among several, at least."""
UNLIKELY = -5.0
"""Bits per letter pair below which a run of letters is no word: takes 2 % of two joined words cut to eight
letters for random, and finds 88 % of eight random letters (with the words that the table is made of)."""
UNLIKELY_SHORT = -6.0
"""The same for runs of three to five letters, which say less."""


def shannon(value: str) -> float:
    """Shannon entropy of the characters of `value`, in bits per character; 0 for an empty one."""
    total = len(value)
    return sum(count * log2(total / count) for count in Counter(value).values()) / total if total else 0.0


@cache
def _pairs() -> dict[str, float]:
    """Every pair of letters, "^" and "$" at the ends of a word -> bits."""
    path = files("curation").joinpath("data", "pii", "letter_pairs.json")
    rows = json.loads(path.read_text(encoding="utf-8"))
    after = rows["after"]
    return {
        before + letter: bits / 100
        for before in "^" + after[:-1]
        for letter, bits in zip(after, rows[before], strict=True)
    }


def word_likeness(letters: str) -> float:
    """Mean log2 probability of the letter pairs of a run of ASCII letters, the ends of the word included.

    About -3.5 for words, -6 for random letters; 0 for an empty run.
    """
    pairs = _pairs()
    run = f"^{letters.lower()}$"
    return sum(pairs[run[i : i + 2]] for i in range(len(run) - 1)) / (len(run) - 1) if letters else 0.0


def looks_random(value: str, *, min_letters_of_part: int = 10) -> bool:
    """Whether `value` was made by a generator rather than by a person who writes words.

    Values that change between letters and digits all the time are random; otherwise the longest run of
    letters must be unlike a word. Of several parts with separators between them one must be random by
    itself, and longer: "zinoviev-xkb-1.0" is a name that nobody has heard of, not a key.

    Args:
        value: Any text.
        min_letters_of_part: Letters in a row that say whether one of several parts is a word.
    """
    parts = [part for part in SEPARATORS.split(value) if part]
    if len(parts) == 1:
        return _is_random(parts[0], MIN_LETTERS, 0)
    return any(_is_random(part, min_letters_of_part, MIN_PART) for part in parts)


def _is_random(part: str, min_letters: int, min_length: int) -> bool:
    runs = RUNS.findall(part)
    has_digits = any(run.isdigit() for run in runs)
    if has_digits and len(runs) > 4 and min_length <= len(part) <= MAX_MEAN_RUN * len(runs):
        return True
    if has_digits and HEX.match(part) and not part.isdigit():
        return True
    letters = max(LETTERS.findall(part), key=len, default="")
    if len(letters) >= min_letters:
        return _unlike_words(letters)
    return not min_length and len(letters) >= 3 and word_likeness(letters) < UNLIKELY_SHORT


def _unlike_words(letters: str) -> bool:
    """Whether a run of six letters or more is no word, nor several joined in camel case."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", letters)
    longest = max(parts, key=len)
    if len(longest) >= 5:
        return word_likeness(longest) < UNLIKELY
    return len(letters) < 3 * len(parts) or word_likeness(letters) < UNLIKELY
