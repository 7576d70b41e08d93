"""Values are taken as they are found, and nothing that a row can hold stops the reading."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curation.sources.base import Problem
from curation.sources.rows import NO_COLUMN, Row, boolean, integer, lookup, nested, seconds, strings, text

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.datetimes()
    | st.dates()
    | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, 0),
        (7.0, 7),
        ("12", 12),
        (" 3.0 ", 3),
        (b"5", 5),
        (Decimal(4), 4),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
        (True, None),
        ("many", None),
        ("", None),
        (2**63, None),
        (-(2**63), -(2**63)),
        ([1], None),
    ],
)
def test_integer(value: Any, expected: int | None) -> None:
    """0 is a number, NaN and what does not fit 64 bits are not known."""
    assert integer(value) == expected
    assert type(integer(value)) is type(expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1580515200, 1580515200),
        ("2020-02-01T00:00:00Z", 1580515200),
        ("2020-02-01T01:00:00+01:00", 1580515200),
        ("2020-02-01 00:00:00 UTC", 1580515200),
        ("2020-02-01", 1580515200),
        ("20200201", 1580515200),
        ("1580515200", 1580515200),
        (1580515200.9, 1580515200),
        (datetime(2020, 2, 1, tzinfo=UTC), 1580515200),
        (datetime(2020, 2, 1, 1, tzinfo=timezone(timedelta(hours=1))), 1580515200),
        (datetime.fromisoformat("2020-02-01T00:00:00"), 1580515200),
        (date(2020, 2, 1), 1580515200),
        ("soon", None),
        ("", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_seconds(value: Any, expected: int | None) -> None:
    """Dates in every form that the corpora have are seconds since 1970, UTC."""
    assert seconds(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["MIT", "ISC"], ("MIT", "ISC")),
        ("MIT", ("MIT",)),
        ([{"item": "MIT"}, {"item": None}, {"item": "ISC"}], ("MIT", "ISC")),
        ({"list": [{"element": "MIT"}, {"element": "ISC"}]}, ("MIT", "ISC")),
        ([], ()),
        (None, ()),
        (["", None, "MIT"], ("MIT",)),
        (["MIT", "MIT"], ("MIT", "MIT")),
    ],
)
def test_strings(value: Any, expected: tuple[str, ...]) -> None:
    """Licence lists come out in order whatever exported them."""
    assert strings(value) == expected


def test_strings_of_a_deep_nest_are_found() -> None:
    """Depth comes from the input, so it is walked and not recursed into."""
    value: Any = "MIT"
    for _ in range(100_000):
        value = [value]
    assert strings(value) == ("MIT",)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("é", "é"), (None, ""), (b"caf\xe9", "caf\ufffd"), ("a\ud800b", "a?b"), (5, "5"), ([], ""), ({}, "")],
)
def test_text(value: Any, expected: str) -> None:
    """A text can always be written as UTF-8."""
    assert text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (False, False), (0, False), (1, True), (None, None), ("yes", None), (2, None)],
)
def test_boolean(value: Any, expected: bool | None) -> None:
    """Only what is stated is known."""
    assert boolean(value) is expected


@given(value=anything)
@example(value=Decimal("sNaN"))
@example(value=Decimal("1E+999999999"))
def test_no_value_stops_the_reading(value: Any) -> None:
    """Every reader takes anything; texts can be written, numbers fit 64 bits."""
    text(value).encode()
    assert all(string.encode() for string in strings(value))
    for number in (integer(value), seconds(value)):
        assert number is None or -(2**63) <= number < 2**63
    assert boolean(value) in (True, False, None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a", 1),
        ("b.c", 2),
        ("b.d.e", 3),
        ("f.g", 4),
        ("b.x", NO_COLUMN),
        ("a.x", NO_COLUMN),
        ("z", NO_COLUMN),
        ("h", None),
    ],
)
def test_lookup(name: str, expected: Any) -> None:
    """A dotted name is a column of that name, else a path; a null is not the same as no column."""
    values = {"a": 1, "b": {"c": 2, "d": {"e": 3}}, "f.g": 4, "h": None}
    assert lookup(values, name) is expected or lookup(values, name) == expected


def test_first_takes_a_zero_and_skips_what_is_empty() -> None:
    """0 is a value; null and an empty text are none."""
    row = Row("f", -1, 0, {"a": None, "b": "", "c": 0, "d": 1})
    assert row.first("a", "b", "c", "d") == 0
    assert row.first("a", "b") is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", None),
        (b"", None),
        ("x" * 10, None),
        ("é" * 5, None),
        ("x" * 11, Problem("too_large", 11, 10)),
        ("é" * 6, Problem("too_large", 12, 10)),
        ("\ud800" * 4, Problem("too_large", 12, 10)),
        (b"\xe9" * 11, Problem("too_large", 11, 10)),
        (None, Problem("null_content", detail="the content is null or missing")),
        (5, Problem("bad_row", detail="the content is of type int, expected text")),
        (["x"], Problem("bad_row", detail="the content is of type list, expected text")),
    ],
)
def test_content_is_checked(content: Any, expected: Problem | None) -> None:
    """A content is there exactly if there is no problem; its size is that of its UTF-8."""
    file = Row("f", 3, 4).file("p", content, max_file_bytes=10)
    assert file.problem == expected
    assert file.content == (None if expected else content)
    assert (file.path, file.source_file, file.source_row_group, file.source_row) == ("p", "f", 3, 4)


def test_problem_of_the_row_wins() -> None:
    """A row that could not be read says why, and its content is not looked at."""
    problem = Problem("bad_json")
    assert Row("f", -1, 0, problem=problem).file("", "x", max_file_bytes=9).problem is problem


@pytest.mark.parametrize(
    ("value", "details"),
    [
        (
            [{"a": 1}, None, 3],
            [None, "files holds a NoneType, expected a file", "files holds a int, expected a file"],
        ),
        ([], []),
        (None, ["files is of type NoneType, expected a list of files"]),
        ({"a": 1}, ["files is of type dict, expected a list of files"]),
        ("abc", ["files is of type str, expected a list of files"]),
    ],
)
def test_nested(value: Any, details: list[str | None]) -> None:
    """Every entry of a list of files is a file or a problem; what is no list is one problem."""
    found = list(nested(Row("f", -1, 0, {"files": value}), "files"))
    assert [item.detail if isinstance(item, Problem) else None for item in found] == details
    assert all(item.reason == "bad_row" for item in found if isinstance(item, Problem))
