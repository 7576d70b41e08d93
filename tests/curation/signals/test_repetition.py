"""The repetition group: the published formulas, written in plain Python."""

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.signals import INDEX, SIGNALS, measure

NAMES = [signal.name for signal in SIGNALS if signal.group == "repetition"]


def share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def top(words: list[str], n: int) -> float:
    """Gopher's share of the most frequent n-gram: count x its characters / characters of all words."""
    grams = Counter(zip(*(words[start:] for start in range(n)), strict=False))
    gram, count = max(grams.items(), key=lambda item: item[1], default=((), 0))
    return share(count * sum(map(len, gram)), sum(map(len, words))) if count > 1 else 0.0


def duplicate(words: list[str], n: int) -> float:
    """Gopher's share of duplicate n-grams: characters of the words in any of them / those of all words."""
    grams = list(zip(*(words[start:] for start in range(n)), strict=False))
    counts = Counter(grams)
    inside = {start + step for start, gram in enumerate(grams) if counts[gram] > 1 for step in range(n)}
    return share(sum(len(words[place]) for place in inside), sum(map(len, words)))


def twin(text: str) -> dict[str, float]:
    words = text.split()
    pieces = re.split("\r\n|\r|\n", text)
    lines = pieces[:-1] if not pieces[-1] else pieces
    return {
        **{f"top_{n}gram_fraction": top(words, n) for n in (2, 3, 4)},
        **{f"duplicate_{n}gram_fraction": duplicate(words, n) for n in range(5, 11)},
        "unique_word_fraction": share(len(set(words)), len(words)),
        "assert_line_fraction": share(
            sum(bool(re.search(r"\bassert\b", line)) for line in lines), len(lines)
        ),
    }


def measured(text: str) -> dict[str, float]:
    values = measure(text, text.encode(), language="", path="", groups=frozenset({"repetition"}))
    return {name: values[INDEX[name]] for name in NAMES}


WORDS = [
    "a",
    "b",
    "ab",
    "é",
    "中文",
    "x" * 70,
    "assert",
    "assert(x)",
    "_assert",
    "éassert",
    "assert\u0301",
    "asserts",
]
SPACES = [" ", " ", "\n", "\r", "\r\n", "\t", "\xa0", "\u2028", "\x1c"]
PAIRS = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(SPACES)), max_size=9)
ROWS = st.builds(lambda pairs, times: pairs * times, PAIRS, st.integers(1, 3))
TEXTS = st.lists(ROWS, max_size=9).map(
    lambda rows: "".join(word + space for row in rows for word, space in row)
)


@settings(deadline=None)
@given(TEXTS)
def test_any_words(text: str) -> None:
    """Few words in any order, which repeat at every length, give what the formulas give."""
    assert measured(text) == twin(text)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text(text: str) -> None:
    """Any text gives what the formulas give."""
    assert measured(text) == twin(text)


def test_real_files(real_texts: list[str]) -> None:
    """Real files and odd texts give what the formulas give."""
    for text in [text for text in real_texts if len(text) < 20_000][::3]:
        assert measured(text) == twin(text)


@pytest.mark.usefixtures("uncompiled")
def test_uncompiled(non_ascii_texts: list[str]) -> None:
    """The kernels mean the same as plain Python as when they are compiled."""
    for text in [*(text for text in non_ascii_texts if len(text) < 3000), "assert x\n" * 40]:
        assert measured(text) == twin(text)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("to be or not to be", "top_2gram_fraction", 8 / 13),
        ("to be or not to be", "unique_word_fraction", 4 / 6),
        ("a a a a", "top_2gram_fraction", 6 / 4),
        ("aa b c aa b d e c d e", "top_2gram_fraction", 6 / 12),
        ("a b c d", "top_2gram_fraction", 0.0),
        ("a b c d e x a b c d e", "duplicate_5gram_fraction", 10 / 11),
        ("a b c d e a b c d e a b c d e", "duplicate_5gram_fraction", 1.0),
        ("assert x\nasserted\n# assert, twice: assert\n", "assert_line_fraction", 2 / 3),
    ],
)
def test_worked_examples(text: str, name: str, value: float) -> None:
    """Small texts whose numbers can be counted by hand; equally frequent n-grams: the first counts."""
    assert measured(text)[name] == value == twin(text)[name]
