"""Commit objects are taken apart whatever is wrong with them, and renames are recognised by their lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon

from curation.sources.base import Problem
from curation.sources.history import Change, Changes, Edit, Header, is_renamed, parse, single_edit

PARENT = "9" * 40
USUAL = (
    b"tree %b\nparent %b\nauthor Ada Example <ada@example.org> 1500000000 +0200\n"
    b"committer Bob <b@x> 1600000000 +0000\n\nFix it\n" % (b"1" * 40, PARENT.encode())
)


def test_a_commit_object_is_taken_apart() -> None:
    """The date is when it was committed."""
    assert parse(USUAL) == Header((PARENT,), "Ada Example", 1_600_000_000, "Fix it\n")


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        (b"Grace <1234+Grace-Sample@users.noreply.github.com>", "grace-sample"),
        (b"Grace <grace@users.noreply.github.com>", "grace"),
        (b"Grace <grace@github.com>", "Grace"),
        ("Zoë <z@x>".encode(), "Zoë"),
        ("Zoë <z@x>".encode("latin-1"), "Zo\ufffd"),
        (b"<z@x>", ""),
        (b"A <b> C <d@users.noreply.github.com>", "d"),
        (b"nobody", ""),
        (b"", ""),
    ],
)
def test_the_author_is_the_login_if_the_address_tells_it(author: bytes, expected: str) -> None:
    """Else the name; opt-out lists hold logins, or names that somebody gave."""
    assert parse(USUAL.replace(b"Ada Example <ada@example.org>", author)).author == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", Header((), "", None, "")),
        (b"\n\nonly text", Header((), "", None, "only text")),
        (b"parent " + PARENT.encode(), Header((PARENT,), "", None, "")),
        (b"committer A <a> 99999999999999999999 +0\n\nx", Header((), "", None, "x")),
        (b"committer A <a>\n\nx", Header((), "", None, "x")),
        (b"author A <a> 1\nauthor B <b> 2\n\nx", Header((), "A", None, "x")),
        (b"gpgsig -\n author B <b> 2\n parent 12\n\nx", Header((), "", None, "x")),
        (b"encoding ISO-8859-1\n\nGr\xf6\xdfe", Header((), "", None, "Größe")),
    ],
)
def test_any_commit_object_is_taken_apart(raw: bytes, expected: Header) -> None:
    """Missing, doubled or cut lines leave their field empty; lines of a signature are none of its own."""
    assert parse(raw) == expected


@given(st.binary(max_size=300))
def test_no_commit_object_is_an_error(raw: bytes) -> None:
    """Whatever its bytes are."""
    parse(raw)
    parse(USUAL.replace(b"Ada", raw))


def test_a_message_that_cannot_be_read_is_a_problem() -> None:
    """It is no empty message."""
    message = parse(b"\n\na\0b").message
    assert isinstance(message, Problem)
    assert message.reason == "binary"


M, A, D, T = (
    Change("M", "100644", "100644", "1", "2", "m"),
    Change("A", "000000", "100644", "0", "2", "a"),
    Change("D", "100644", "000000", "1", "0", "d"),
    Change("T", "100644", "120000", "1", "2", "t"),
)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Changes(1, (M,)), Edit("m", "m", ("1", "2"))),
        (Changes(2, (A, D)), Edit("d", "a", ("1", "2"))),
        (Changes(2, (D, A)), Edit("d", "a", ("1", "2"))),
        (Changes(0, ()), Edit(problem=Problem("no_files"))),
        (Changes(2, (M, A)), Edit(problem=Problem("several_files", 2, 1))),
        (Changes(2, (D, D)), Edit(problem=Problem("several_files", 2, 1))),
        (Changes(3, (A, D)), Edit(problem=Problem("several_files", 3, 1))),
        (Changes(1, (A,)), Edit("a", "a", problem=Problem("added"))),
        (Changes(1, (D,)), Edit("d", "d", problem=Problem("deleted"))),
        (Changes(1, (T,)), Edit("t", "t", problem=Problem("link"))),
        (Changes(1, (M._replace(new_blob="1"),)),
         Edit("m", "m", problem=Problem("mode_only", detail="no change of content"))),
        (Changes(1, (M._replace(new_mode="160000"),)), Edit("m", "m", problem=Problem("submodule"))),
        (Changes(1, (M._replace(status="U"),)), Edit("m", "m", problem=Problem("special_file"))),
    ],
)  # fmt: skip
def test_a_single_edit_is_found_or_a_reason(found: Changes, expected: Edit) -> None:
    """One change, or a deleted and a created file."""
    assert single_edit(found, added=False) == expected


def test_a_new_file_has_nothing_before_it() -> None:
    """If new files are wanted."""
    assert single_edit(Changes(1, (A,)), added=True) == Edit("", "a", ("2",))


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (b"a\nb\nc\nd\n", b"a\nb\nc\nX\n", True),
        (b"a\nb\nc\nd\n", b"d\nc\nb\na\n", True),
        (b"a\nb\nc\nd", b"W\nX\nY\nZ", False),
        (b"a\n" * 10, b"a\n" * 21, False),
        (b"a\n" * 10, b"a\n" * 19, True),
        (b"", b"", True),
        (b"", b"a", False),
    ],
)
def test_a_rename_keeps_half_of_the_lines(before: bytes, after: bytes, same: bool) -> None:
    """In any order, measured on the larger file; the same both ways."""
    assert is_renamed(before, after) == is_renamed(after, before) == same


@pytest.mark.parametrize("piece", [b"\n", b"a", b"a\n", b"\r"])
def test_large_files_are_compared_in_linear_time(piece: bytes) -> None:
    """A megabyte of anything ends."""
    content = piece * (1_000_000 // len(piece))
    with ends_soon(f"comparing {piece!r}"):
        is_renamed(content, content + b"x")
