"""Unified diffs: by hand, and applied again."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.structured.pulls.diff import compare, split_lines
from curation.structured.pulls.hunks import NO_NEWLINE, hunks

TEXT = st.lists(st.sampled_from(["a", "b", "c", "", "+x", "-y", "\\ z", "@@ -1 +1 @@"]), max_size=30).map(
    "\n".join
)
TEN = "".join(f"{number}\n" for number in range(1, 11))


def made(before: str, after: str, context: int, shown: tuple[int, int] | None = None) -> list[str]:
    """The hunks between two texts."""
    base, head = split_lines(before), split_lines(after)
    return hunks(base, head, compare(base, head).changes, context, shown or (0, len(base)))


def patched(base: str, pieces: list[str]) -> str:
    """What the base becomes when the hunks are applied, as the program patch would."""
    lines = split_lines(base)
    result: list[str] = []
    at = 0
    for piece in pieces:
        head, *body = piece.split("\n")
        match = re.fullmatch(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@", head)
        assert match is not None
        start, count, head_start, head_count = map(int, match.groups())
        start -= 1 if count else 0
        head_start -= 1 if head_count else 0
        assert start >= at
        result += lines[at:start]
        assert len(result) == head_start
        at = start
        for number, line in enumerate(body):
            if line == NO_NEWLINE:
                continue
            bare = body[number + 1 : number + 2] == [NO_NEWLINE]
            whole = line[1:] if bare else line[1:] + "\n"
            if line[0] in " -":
                assert lines[at] == whole
                at += 1
            if line[0] in " +":
                result.append(whole)
        assert at - start == count
        assert len(result) - head_start == head_count
    return "".join(result + lines[at:])


@pytest.mark.parametrize(
    ("before", "after", "context", "shown", "expected"),
    [
        ("a\nb\n", "a\nc\n", 3, None, ["@@ -1,2 +1,2 @@\n a\n-b\n+c"]),
        ("a\nb\n", "a\nb\n", 3, None, []),
        ("", "new\n", 3, None, ["@@ -0,0 +1,1 @@\n+new"]),
        ("old\n", "", 3, None, ["@@ -1,1 +0,0 @@\n-old"]),
        ("a\nb", "a\nb\n", 0, None, [f"@@ -2,1 +2,1 @@\n-b\n{NO_NEWLINE}\n+b"]),
        (TEN, TEN.replace("5\n", "five\n"), 1, None, ["@@ -4,3 +4,3 @@\n 4\n-5\n+five\n 6"]),
        (
            TEN,
            TEN.replace("3\n", "x\n").replace("6\n", "y\n"),
            1,
            None,
            ["@@ -2,6 +2,6 @@\n 2\n-3\n+x\n 4\n 5\n-6\n+y\n 7"],
        ),
        (
            TEN,
            TEN.replace("3\n", "x\n").replace("7\n", "y\n"),
            1,
            None,
            ["@@ -2,3 +2,3 @@\n 2\n-3\n+x\n 4", "@@ -6,3 +6,3 @@\n 6\n-7\n+y\n 8"],
        ),
        (TEN, TEN.replace("5\n", "x\ny\n"), 3, (3, 6), ["@@ -1,3 +1,4 @@\n 4\n-5\n+x\n+y\n 6"]),
        (TEN, TEN.replace("5\n", ""), 3, (4, 5), ["@@ -1,1 +0,0 @@\n-5"]),
    ],
)
def test_hunks_by_hand(
    before: str, after: str, context: int, shown: tuple[int, int] | None, expected: list[str]
) -> None:
    """Context, joined neighbours, empty sides, missing newlines and shown stretches, as git writes them."""
    assert made(before, after, context, shown) == expected


@given(TEXT, TEXT, st.integers(0, 9))
def test_hunks_applied_to_the_base_give_the_head(before: str, after: str, context: int) -> None:
    """A program that applies patches makes the head of the base, to the last newline."""
    assert patched(before, made(before, after, context)) == after


@given(TEXT, TEXT, st.integers(0, 9), st.integers(0, 4), st.integers(0, 4))
def test_hunks_apply_to_what_is_shown(before: str, after: str, context: int, above: int, below: int) -> None:
    """The diff of a stretch, applied to the stretch alone, gives the head of the stretch."""
    base, head = split_lines(before), split_lines(after)
    changes = compare(base, head).changes
    if not changes:
        return
    shown = max(changes[0].start - above, 0), min(changes[-1].stop + below, len(base))
    rest = len(base) - shown[1]
    expected = head[shown[0] : len(head) - rest]
    assert patched("".join(base[slice(*shown)]), hunks(base, head, changes, context, shown)) == "".join(
        expected
    )
