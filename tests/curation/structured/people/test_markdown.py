"""Code in Markdown is found: fenced blocks and spans between backticks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.structured.people.markdown import code_spans, fenced


def code(text: str) -> list[str]:
    """The pieces of a text that are code."""
    return [text[start:end] for start, end in code_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Use `a` and `b`.", ["`a`", "`b`"]),
        ("``a ` b`` c", ["``a ` b``"]),
        ("`a `` b` c``", ["`a `` b`"]),
        ("a ` b", []),
        ("a ` b\n\nc ` d", []),
        ("a ` b\nc ` d", ["` b\nc `"]),
        ("no code", []),
        ("", []),
    ],
)
def test_spans_between_backticks(text: str, expected: list[str]) -> None:
    """They end with as many backticks as they begin with, in the same paragraph."""
    assert code(text) == expected


@pytest.mark.parametrize(
    ("lines", "inside"),
    [
        ("```|x|```|y", "1110"),
        ("~~~ python|x|~~~|y", "1110"),
        ("````|```|````|y", "1110"),
        ("```|~~~|```|y", "1110"),
        ("  - ```|x|  ```|y", "1110"),
        ("1. ```|x|```|y", "1110"),
        ("> ```|> x|> ```|y", "1110"),
        ("> ```|> x|y", "110"),
        ("```|x", "11"),
        ("```a`b|x", "00"),
        ("``|x", "00"),
        ("``` x|``` y|```|z", "1110"),
    ],
)
def test_fenced_blocks(lines: str, inside: str) -> None:
    """They end with a fence of their kind that is long enough, with their quote, or with the text."""
    assert "".join(str(int(flag)) for flag in fenced(lines.split("|"))) == inside


@given(st.text("`~a >\n-", max_size=80))
def test_spans_are_in_order(text: str) -> None:
    """They do not overlap and lie in the text, but for the end of its last line."""
    ends = [0]
    for start, end in code_spans(text):
        assert ends[-1] <= start < end <= len(text) + 1
        ends.append(end)
