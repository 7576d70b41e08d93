"""The diff that a comment is about, numbered like the diffs that are shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.structured.pulls.comment_hunks import shifted, shifted_line


@pytest.mark.parametrize(
    ("hunk", "skipped", "expected"),
    [
        ("@@ -41,3 +41,4 @@ def f():\n a\n+b", 40, "@@ -1,3 +1,4 @@ def f():\n a\n+b"),
        ("@@ -41,3 +45,4 @@\n a\n+b", 30, "@@ -11,3 +15,4 @@\n a\n+b"),
        ("@@ -41 +41 @@\n-a\n+b", 40, "@@ -1,1 +1,1 @@\n-a\n+b"),
        ("@@ -39,4 +39,5 @@\n a\n b\n+c\n d", 40, "@@ -1,2 +1,3 @@\n+c\n d"),
        ("@@ -39,4 +39,5 @@\n a\n+b\n c\n d", 40, "@@ -39,4 +39,5 @@\n a\n+b\n c\n d"),
        ("@@ -39,2 +39,2 @@\n a\n b", 40, "@@ -39,2 +39,2 @@\n a\n b"),
        ("@@ -2,4 +2,5 @@\n a\n+b", 400, "@@ -2,4 +2,5 @@\n a\n+b"),
        ("@@ -41,3 +41,4 @@\n a", 0, "@@ -41,3 +41,4 @@\n a"),
        ("no header\n@@ -41,3 +41,4 @@", 3, "no header\n@@ -41,3 +41,4 @@"),
        ("", 3, ""),
        ("@@ -9999999999999999999,1 +1,1 @@", 3, "@@ -9999999999999999999,1 +1,1 @@"),
    ],
)
def test_numbers_by_hand(hunk: str, skipped: int, expected: str) -> None:
    """Lines are counted from what is shown; context before it goes; what cannot be counted so stays."""
    assert shifted(hunk, skipped) == expected


@pytest.mark.parametrize(("line", "skipped", "expected"), [(41, 40, 1), (40, 40, 40), (5, 0, 5)])
def test_lines_by_hand(line: int, skipped: int, expected: int) -> None:
    """A commented line is counted alike, and stays if it stands before what is shown."""
    assert shifted_line(line, skipped) == expected


@given(
    st.text() | st.from_regex(r"@@ -[0-9]{1,12}(,[0-9]*)? \+[0-9]*(,[0-9]*)? @@[ a\n+-]*"),
    st.integers(0, 1 << 40),
)
def test_no_hunk_is_too_odd(hunk: str, skipped: int) -> None:
    """Any text goes through, and none grows but by the numbers of its header."""
    assert len(shifted(hunk, skipped)) <= len(hunk) + 12
