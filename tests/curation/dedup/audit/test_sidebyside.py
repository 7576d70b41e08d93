"""Two texts next to each other: what differs is shown, what is shown is bounded, nothing is hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon

from curation.dedup.audit.sidebyside import COMPARED_LINES, Row, side_by_side

LINES = st.lists(st.sampled_from(["a", "b", "c", "", "}"]), max_size=40).map("\n".join)


def marks(one: str, other: str, **options: int) -> str:
    """The marks of all rows."""
    return "".join(row.mark for row in side_by_side(one, other, **options))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a\nb\nc", "a\nB\nc", " ~ "),
        ("a\nb", "a\nb", "  "),
        ("a\nc", "a\nb\nc", " + "),
        ("a\nb\nc", "a\nc", " - "),
        ("\n".join("123456789"), "\n".join("12345x789"), "…  ~  …"),
        ("\n".join("x123456789y"), "\n".join("1234567890"), "-  …  ~"),
        ("", "", " "),
    ],
)
def test_differences_stand_between_a_few_equal_lines(one: str, other: str, expected: str) -> None:
    """Changed, added and removed lines have their marks; long equal stretches are left out."""
    assert marks(one, other) == expected


@given(LINES, LINES)
def test_line_numbers_lead_to_the_lines(one: str, other: str) -> None:
    """Every row shows the lines that it names, in order, and equal rows are equal."""
    left, right = one.split("\n"), other.split("\n")
    rows = side_by_side(one, other, rows=200)
    for row in rows:
        assert row.one is None or row.left == left[row.one - 1]
        assert row.other is None or row.right == right[row.other - 1]
        assert row.mark != " " or (row.left == row.right and row.one and row.other)
    numbers = [row.one for row in rows if row.one]
    assert numbers == sorted(set(numbers))


@given(LINES, LINES)
def test_every_difference_is_shown(one: str, other: str) -> None:
    """With room for it, the lines marked as changed are exactly those outside the equal ones."""
    rows = side_by_side(one, other, rows=500)
    shown = {row.mark for row in rows}
    assert (shown <= {" ", "…"}) == (one == other)


def test_rows_and_columns_are_bounded() -> None:
    """The last row says that there is more."""
    rows = side_by_side("\n".join("a" * 300 for _ in range(50)), "b", width=40, rows=10)
    assert len(rows) == 11
    assert rows[-1] == Row("…", None, "", None, "")
    assert all(len(row.left) <= 40 for row in rows)


def test_a_long_line_is_cut_around_its_first_difference() -> None:
    """Otherwise a minified file would show two equal beginnings."""
    (row,) = side_by_side("x" * 5000 + "left" + "y" * 90, "x" * 5000 + "right", width=40)
    assert row.left.startswith("…x")
    assert row.left.endswith("…")
    assert "left" in row.left
    assert "right" in row.right
    assert len(row.left) == 40


def test_controls_are_visible() -> None:
    """Nothing moves the cursor or turns a line around; tabs are spaces; a carriage return ends a line."""
    (row,) = side_by_side("\ta\x1b[31m\u202eb\r", "c")
    assert (row.left, row.right) == ("    a⟨ESC⟩[31m⟨U+202E⟩b", "c")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("}\n" * 100_000, "{\n}\n" * 50_000),
        ("\n".join(f"{n % 7}" for n in range(50_000)), "\n".join(f"{n % 5}" for n in range(50_000))),
        ("a" * 3_000_000, "a" * 2_999_999 + "b"),
        ("", "\n" * 500_000),
    ],
)
def test_hostile_texts_take_no_time(one: str, other: str) -> None:
    """Repeated lines are the worst case of matching; what is matched is bounded."""
    with ends_soon("setting texts side by side"):
        side_by_side(one, other)


def test_texts_that_are_too_long_are_matched_in_part() -> None:
    """And the last row says so."""
    one = "\n".join(f"x{n}" for n in range(2 * COMPARED_LINES))
    other = "\n".join(f"y{n}" for n in range(2 * COMPARED_LINES))
    assert side_by_side(one, other, rows=10_000)[-1].mark == "…"
