"""Overlapping findings become spans that neither overlap nor lose a character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.pii.spans import TAGS, Span, resolve

SPANS = st.builds(
    lambda start, length, tag, rule, score: Span(start, start + length, tag, rule, score),
    st.integers(0, 60),
    st.integers(1, 20),
    st.sampled_from(TAGS),
    st.sampled_from(["a", "b"]),
    st.sampled_from([0.5, 0.8, 1.0]),
)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param(
            [Span(5, 9, "KEY", "k", 1.0), Span(0, 5, "EMAIL", "e", 1.0)],
            [Span(0, 5, "EMAIL", "e", 1.0), Span(5, 9, "KEY", "k", 1.0)],
            id="touching spans stay apart",
        ),
        pytest.param(
            [Span(4, 20, "EMAIL", "e", 0.9), Span(10, 30, "KEY", "k", 1.0)],
            [Span(4, 30, "KEY", "k", 1.0)],
            id="the higher score names the union",
        ),
        pytest.param(
            [Span(0, 10, "NAME", "n", 1.0), Span(2, 5, "KEY", "k", 1.0)],
            [Span(0, 10, "NAME", "n", 1.0)],
            id="among equal scores the longer",
        ),
        pytest.param(
            [Span(0, 10, "NAME", "n", 1.0), Span(0, 10, "EMAIL", "e", 1.0)],
            [Span(0, 10, "EMAIL", "e", 1.0)],
            id="among equal lengths the more dangerous tag",
        ),
        pytest.param(
            [Span(0, 10, "KEY", "b", 1.0), Span(0, 10, "KEY", "a", 1.0)],
            [Span(0, 10, "KEY", "a", 1.0)],
            id="then the rule that sorts first",
        ),
        pytest.param(
            [Span(0, 5, "KEY", "a", 0.5), Span(4, 8, "KEY", "b", 0.6), Span(7, 12, "EMAIL", "c", 0.9)],
            [Span(0, 12, "EMAIL", "c", 0.9)],
            id="a chain is one group",
        ),
        pytest.param([Span(3, 3, "KEY", "k", 1.0)], [], id="an empty span is none"),
    ],
)
def test_order_of_precedence(spans: list[Span], expected: list[Span]) -> None:
    """Score, then length, then tag, then rule decide what a group of overlapping spans is."""
    assert resolve(spans) == expected


@given(st.lists(SPANS, max_size=12))
def test_nothing_is_lost_and_nothing_overlaps(spans: list[Span]) -> None:
    """The result covers exactly the characters that were covered before, each once, in order."""
    resolved = resolve(spans)
    covered = [place for span in resolved for place in range(span.start, span.end)]
    assert covered == sorted({place for span in spans for place in range(span.start, span.end)})


@given(st.lists(SPANS, max_size=8), st.randoms())
def test_the_order_of_the_input_does_not_matter(spans: list[Span], random: object) -> None:
    """The same spans in any order give the same result, and resolving twice changes nothing."""
    shuffled = list(spans)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis types it as an object
    assert resolve(shuffled) == resolve(spans) == resolve(resolve(spans))
