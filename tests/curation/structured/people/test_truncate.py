"""Long texts are cut to their first and last lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.structured.people.truncate import truncate


def numbered(count: int, end: str = "\n") -> str:
    """Lines 1 to count."""
    return end.join(str(number) for number in range(1, count + 1))


def cut(text: str) -> str:
    """As the code of StarCoder does."""
    return truncate(text, lines=80, head=60, tail=20, marker="[Truncated]")


@pytest.mark.parametrize("text", ["", "a", numbered(80), numbered(80) + "\n", numbered(80, "\r\n")])
def test_short_texts_stay_as_they_are(text: str) -> None:
    """80 lines are not too long, whatever their ends; a last end begins no line."""
    assert cut(text) == text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_81st_line_cuts(end: str) -> None:
    """60 lines, the marker and 20 lines are left."""
    lines = cut(numbered(81, end)).split("\n")
    assert lines == [*map(str, range(1, 61)), "[Truncated]", *map(str, range(62, 82))]


def test_paper_and_pull_requests() -> None:
    """The numbers and the marker are the caller's."""
    lines = truncate(numbered(200), lines=100, head=80, tail=20, marker="[TRUNCATED]").split("\n")
    assert (len(lines), lines[80], lines[81], lines[-1]) == (101, "[TRUNCATED]", "181", "200")
    assert truncate(numbered(9), lines=3, head=1, tail=0, marker="...") == "1\n..."


@given(st.text("ab\n\r", max_size=60), st.integers(1, 9), st.integers(0, 9), st.integers(0, 9))
def test_no_text_has_more_lines_than_asked_for(text: str, lines: int, head: int, tail: int) -> None:
    """A text that is cut has the head, the marker and the tail, and any other is the same."""
    result = truncate(text, lines=lines, head=min(head, lines), tail=min(tail, lines), marker="[...]")
    if result != text:
        assert result.count("\n") == min(head, lines) + min(tail, lines)
