"""Values of GitHub's JSON: whatever they are, a text, a login, a number or a time, or nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.sources.github.values import author, count, inner, moment, number_in, truth, who, word, words

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=8,
)


@given(anything, anything)
def test_nothing_raises(value: Any, other: Any) -> None:
    """Every reader takes every value."""
    faults: list[str] = []
    assert isinstance(words(value, "body", faults), str)
    assert all(isinstance(part, str) for part in (*who(value), *author(value, faults), word(value)))
    assert count(value) is None or count(value) >= 0  # type: ignore[operator]  # it is not None here
    assert isinstance(moment(value), int | None)
    assert truth(value) in (True, False, None)
    assert isinstance(number_in(value, other), int | None)
    assert isinstance(inner({"a": value}, "a", "b"), dict)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (0, False), ("True", True), ("false", False), ("yes", None), (2, None)],
)
def test_truth_may_be_written_as_text(value: Any, expected: bool | None) -> None:
    """As CSV and some exports have it."""
    assert truth(value) is expected


@pytest.mark.parametrize(
    ("urls", "number"),
    [
        (("https://github.com/octo/hello/issues/4504#issuecomment-1",), 4504),
        (("https://github.com/octo/hello/pull/12.diff",), 12),
        ((None, 5, "https://api.github.com/repos/octo/hello/pulls/12"), 12),
        (("https://github.com/octo/hello", ""), None),
        (("/issues/" + "9" * 40,), None),
        (("x" * 5_000_000 + "/issues/7",), None),
    ],
)
def test_number_is_found_in_a_url(urls: tuple[Any, ...], number: int | None) -> None:
    """In that of an issue, a pull request or one of its comments; never far into a text that is no URL."""
    assert number_in(*urls) == number


def test_login_is_cut_and_has_no_lone_surrogates_in_words() -> None:
    """A login of a megabyte is none."""
    assert who("x" * 1_000_000) == ("x" * 100, "")
    assert word("op\ud800en") == "op?en"
