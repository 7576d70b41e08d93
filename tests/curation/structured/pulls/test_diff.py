"""Which lines changed: always true, never slow, and the fewest where that can be afforded."""

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon

from curation.structured.pulls import diff
from curation.structured.pulls.diff import Change, Comparison, compare, split_lines

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "é\ud800\n", "x"]), max_size=25)
DISTINCT = st.lists(st.sampled_from([f"{number}\n" for number in range(40)]), max_size=25)


def applied(before: Sequence[str], after: Sequence[str], found: Comparison) -> list[str]:
    """The base with the changes, and whether their numbers fit."""
    result: list[str] = []
    at = 0
    for change in found.changes:
        result += before[at : change.start]
        assert len(result) == change.head_start
        assert change.stop > change.start or change.head_stop > change.head_start
        result += after[change.head_start : change.head_stop]
        at = change.stop
    return result + list(before[at:])


def least_changes(before: Sequence[str], after: Sequence[str]) -> int:
    """Fewest lines to remove and add, by the longest common subsequence, one cell at a time."""
    row = [0] * (len(after) + 1)
    for line in before:
        last = row[:]
        for place, other in enumerate(after, start=1):
            row[place] = last[place - 1] + 1 if line == other else max(last[place], row[place - 1])
    return len(before) + len(after) - 2 * row[-1]


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ("abc", "abc", ()),
        ("", "", ()),
        ("", "ab", ((0, 0, 0, 2),)),
        ("ab", "", ((0, 2, 0, 0),)),
        ("abc", "abd", ((2, 3, 2, 3),)),
        ("abc", "xabc", ((0, 0, 0, 1),)),
        ("abcde", "aXcYe", ((1, 2, 1, 2), (3, 4, 3, 4))),
        ("abcdef", "abef", ((2, 4, 2, 2),)),
    ],
)
def test_changes_by_hand(before: str, after: str, changes: tuple[tuple[int, int, int, int], ...]) -> None:
    """Lines that were added, removed and replaced are found where they are."""
    found = compare(before, after)
    assert found.exact
    assert applied(before, after, found) == list(after)
    assert found.changes == tuple(Change(*change) for change in changes)


@given(LINES | DISTINCT, LINES | DISTINCT)
def test_changes_make_the_head_of_the_base(before: list[str], after: list[str]) -> None:
    """Whatever the lines are, the base with the changes is the head, and small texts are compared exactly."""
    found = compare(before, after)
    assert found.exact
    assert applied(before, after, found) == after


@given(LINES | DISTINCT, LINES | DISTINCT)
def test_fewest_changes_between_anchors(before: list[str], after: list[str]) -> None:
    """Between anchors the changes are the fewest: as many as the longest common subsequence leaves."""
    numbers: dict[str, int] = {}
    base = np.array([numbers.setdefault(line, len(numbers)) for line in before], np.int64)
    head = np.array([numbers.setdefault(line, len(numbers)) for line in after], np.int64)
    trace = np.empty((diff.DEPTH + 1) ** 2, np.int32)
    removed, added = np.zeros(len(base), np.uint8), np.zeros(len(head), np.uint8)
    diff._stretch(base, head, removed, added, trace, 1 << 20)
    assert removed.sum() + added.sum() == least_changes(before, after)


@given(LINES | DISTINCT, LINES | DISTINCT)
def test_compiled_and_plain_kernels_agree(before: list[str], after: list[str]) -> None:
    """The compiled kernels and the same code in plain Python mark the same lines."""
    numbers: dict[str, int] = {}
    base = np.array([numbers.setdefault(line, len(numbers)) for line in before], np.int64)
    head = np.array([numbers.setdefault(line, len(numbers)) for line in after], np.int64)
    marks = [np.zeros(len(lines), np.uint8) for lines in (base, head, base, head)]
    assert diff._align(base, head, len(numbers), *marks[:2]) == diff._align.py_func(
        base, head, len(numbers), *marks[2:]
    )
    assert np.array_equal(marks[0], marks[2])
    assert np.array_equal(marks[1], marks[3])
    assert diff._runs.py_func(*marks[:2]).tolist() == diff._runs(*marks[:2]).tolist()


@pytest.mark.parametrize("size", [0, 1, 7])
def test_plain_kernels_inside(size: int) -> None:
    """Each kernel runs as plain Python: anchors in order, a stretch marked, the depth of the changes."""
    base, head = np.arange(size), np.arange(size)[::-1].copy()
    lefts, rights = diff._anchors.py_func(base, head, size, 0, size, size)
    assert len(lefts) == len(rights) == min(size, 1)
    trace = np.empty((diff.DEPTH + 1) ** 2, np.int32)
    depth, _ = diff._furthest.py_func(base, head, trace, 1000)
    assert depth == max(2 * size - 2, 0)
    removed, added = np.zeros(size, np.uint8), np.zeros(size, np.uint8)
    assert diff._stretch.py_func(base, head, removed, added, trace, 1000) == 0
    assert removed.sum() == added.sum() == max(size - 1, 0)


def test_what_is_too_different_is_replaced() -> None:
    """Beyond the bound on work a stretch is said to be replaced, and that it was given up is said too."""
    before, after = ["a"] * 3000 + ["end"], ["b"] * 3000 + ["end"]
    found = compare(before, after)
    assert found == Comparison((Change(0, 3000, 0, 3000),), exact=False)
    trace = np.empty((diff.DEPTH + 1) ** 2, np.int32)
    removed, added = np.zeros(400, np.uint8), np.zeros(400, np.uint8)
    base, head = np.zeros(400, np.int64), np.ones(400, np.int64)
    assert diff._furthest.py_func(base, head, trace, 100) == (-1, 101)
    assert diff._stretch.py_func(base, head, removed, added, trace, -50_000) < 0
    assert removed.all()
    assert added.all()


@pytest.mark.parametrize(
    "shape", ["two letters", "alternating", "halves swapped", "shuffled", "eight letters"]
)
def test_hostile_texts_take_linear_time(shape: str) -> None:
    """Texts made to be hard to compare, 1 MB of them, take well below 16 seconds, a second per 64 kB."""
    rng = random.Random(3)
    count = 1 << 19
    before, after = {
        "two letters": lambda: (rng.choices("ab", k=count), rng.choices("ab", k=count)),
        "alternating": lambda: (list("ab" * (count // 2)), list("ba" * (count // 2))),
        "halves swapped": lambda: (list("a" * (count // 2) + "b" * (count // 2)),) * 2,
        "shuffled": lambda: (
            list(map(str, range(count // 3))),
            rng.sample(list(map(str, range(count // 3))), count // 3),
        ),
        "eight letters": lambda: (rng.choices("abcdefgh", k=count), rng.choices("abcdefgh", k=count)),
    }[shape]()
    if shape == "halves swapped":
        after = after[::-1]
    with ends_soon(f"comparing {shape}"):
        found = compare(before, after)
    assert applied(before, after, found) == after


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("a", ["a"]),
        ("a\n", ["a\n"]),
        ("a\n\nb", ["a\n", "\n", "b"]),
        ("a\r\nb\x0cc\u2028d\r", ["a\r\n", "b\x0cc\u2028d\r"]),
    ],
)
def test_only_line_feeds_end_lines(text: str, lines: list[str]) -> None:
    """A line ends at LF and keeps it; other characters that some call line ends belong to the line."""
    assert split_lines(text) == lines


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_lines_joined_are_the_text(text: str) -> None:
    """No character is lost when a text is taken apart, surrogates and NUL included."""
    assert "".join(split_lines(text)) == text
