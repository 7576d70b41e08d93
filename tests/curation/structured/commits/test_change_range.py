"""The range of a change runs from the first changed line to the last one, and no further."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon

from curation.structured.commits.change_range import ChangeRange, changed, lines_of, window

TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "c\r\n", "é\r", "x"]), max_size=12)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("a", ["a"]),
        ("a\nb\n", ["a\n", "b\n"]),
        ("a\r\nb\rc\n\n", ["a\r\n", "b\r", "c\n", "\n"]),
        ("form\ffeed\x0bor\u2028this\n", ["form\ffeed\x0bor\u2028this\n"]),
        ("\ud800\0\n", ["\ud800\0\n"]),
    ],
)
def test_lines_end_at_newlines_only(text: str, lines: list[str]) -> None:
    """Of the three kinds, which they keep; other separators of Unicode are no line ends."""
    assert lines_of(text) == lines


@pytest.mark.parametrize(
    ("old", "new", "expected", "count"),
    [
        ("abcde", "abXde", ChangeRange(2, 3, 3), 1),
        ("abcde", "Xbcde", ChangeRange(0, 1, 1), 1),
        ("abcde", "abcdX", ChangeRange(4, 5, 5), 1),
        ("abcde", "aXcYe", ChangeRange(1, 4, 4), 3),
        ("abcde", "abcXXde", ChangeRange(3, 3, 5), 2),
        ("abcde", "ae", ChangeRange(1, 4, 1), 3),
        ("aaaa", "aaaaaa", ChangeRange(4, 4, 6), 2),
        ("aaaa", "aa", ChangeRange(2, 4, 2), 2),
        ("", "ab", ChangeRange(0, 0, 2), 2),
        ("abc", "abc", ChangeRange(3, 3, 3), 0),
        ("", "", ChangeRange(0, 0, 0), 0),
    ],
)
def test_the_range_is_what_differs(old: str, new: str, expected: ChangeRange, count: int) -> None:
    """It begins at the first difference, not at line 0 as upstream, and has the lines of the longer side."""
    found = changed(list(old), list(new))
    assert (found, found.lines) == (expected, count)


@given(TEXTS, TEXTS)
def test_outside_of_the_range_both_versions_are_equal(old: list[str], new: list[str]) -> None:
    """And nothing can be taken off either end of it."""
    found = changed(old, new)
    assert old[: found.start] == new[: found.start]
    assert old[found.old_end :] == new[found.new_end :]
    if old[found.start : found.old_end] and new[found.start : found.new_end]:
        assert old[found.start] != new[found.start]
        assert old[found.old_end - 1] != new[found.new_end - 1]
    assert (found.lines == 0) == (old == new)


@pytest.mark.parametrize(
    ("start", "end", "above", "below", "expected"),
    [
        (2, 3, 0, 0, "c"),
        (2, 3, 1, 0, "bc"),
        (2, 3, 0, 2, "cde"),
        (2, 3, 9, 9, "abcde"),
        (2, 3, 3, 0, "abc"),
        (2, 2, 0, 0, ""),
        (0, 0, 5, 1, "a"),
        (5, 5, 1, 5, "e"),
    ],
)
def test_a_window_shows_the_lines_around(start: int, end: int, above: int, below: int, expected: str) -> None:
    """As many as there are, on either side."""
    assert window(list("abcde"), start, end, above=above, below=below) == expected


@given(TEXTS)
def test_lines_are_the_whole_text(pieces: list[str]) -> None:
    """Joined again they are what they were cut from."""
    text = "".join(pieces)
    assert "".join(lines_of(text)) == text


@pytest.mark.parametrize("text", ["\r" * 1_000_000, "x" * 1_000_000, "\r\n" * 500_000, "a\n" * 500_000])
def test_large_texts_take_linear_time(text: str) -> None:
    """A megabyte of anything ends."""
    with ends_soon("comparing a large text"):
        lines = lines_of(text)
        changed(lines, [*lines, "b"])
