"""The text that a cell's outputs hold."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notebook_json import result, stream

from curation.structured.notebooks.outputs import output_text

DISPLAY = {"output_type": "display_data", "data": {"image/png": "iVBO", "text/plain": ["<Figure>"]}}


def shown(*outputs: Any, limit: int = 1000, version: int = 4) -> str:
    """The text of all outputs."""
    return output_text(outputs, version, "all", limit)


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ([], ""),
        ([stream(["1\n", "2\n"])], "1\n2"),
        ([stream("1\n"), result(text_plain="2")], "1\n2"),
        ([DISPLAY], "<Figure>"),
        ([result(text_html="<b>")], ""),
        ([result(text_latex="$x$")], "$x$"),
        ([{"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\x1b[0;31mE\x1b[0m", "at 1"]}],
         "E\nat 1"),
        ([{"output_type": "error", "ename": "E", "evalue": "v"}], "E: v"),
        ([{"output_type": "pyerr", "traceback": ["E"]}], "E"),
        ([{"output_type": "pyout", "text": ["3"], "html": ["<b>"]}], "3"),
        ([{"output_type": "display_data", "latex": "$x$"}], "$x$"),
        ([{}, {"text": None}, {"data": {"text/plain": {"a": 1}}}, {"data": 3}], ""),
        ([{"output_type": ["error"], "text": 7}], "7"),
        ([{"output_type": "error", "traceback": [None, 3], "ename": 1}], ""),
        ([stream("\x1b]0;title\x07a\x1b[1mb\x1b[K")], "ab"),
    ],
)  # fmt: skip
def test_every_textual_output_is_kept(outputs: list[Any], expected: str) -> None:
    """Streams, results, displays and errors of all formats; no images, HTML or colours."""
    assert shown(*outputs) == expected


def test_lines_of_old_formats_are_joined_as_theirs() -> None:
    """Before format 4 a list of lines might have no newlines."""
    assert shown({"output_type": "stream", "text": ["a", "b"]}, version=2) == "a\nb"


@pytest.mark.parametrize(
    ("printed", "expected"),
    [("a" * 10, "a" * 10), ("a" * 11, "a" * 10 + "[...]"), ("a" * 10 + " \n " * 9, "a" * 10)],
)
def test_a_long_output_is_cut_and_says_so(printed: str, expected: str) -> None:
    """At the limit nothing is cut, and space around does not count."""
    assert shown(stream(printed), limit=10) == expected
    assert shown(*[stream(letter) for letter in "abcdefghijklm"], limit=10) == "a\nb\nc\nd\ne\n[...]"


def test_the_published_way_takes_the_first_stream_only() -> None:
    """What StarCoder's code does, which loses results."""
    assert output_text([stream("1"), stream("2")], 4, "first_stream", 99) == "1"
    assert output_text([result(text_plain="1"), stream("2")], 4, "first_stream", 99) == ""


@given(st.lists(st.text(alphabet="ab \n\x1b[m0", max_size=30), max_size=6), st.integers(1, 20))
def test_cutting_early_changes_nothing(pieces: list[str], limit: int) -> None:
    """The outputs that are not looked at could not have been seen."""
    whole = shown(*map(stream, pieces), limit=10_000)
    expected = whole if len(whole) <= limit else whole[:limit] + "[...]"
    assert shown(*map(stream, pieces), limit=limit) == expected
