"""Spans of characters become labels of tokens and come back, whatever the tokenizer calls a token's place."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from training.classify.align import Found, Places, align, names_of, spans_of, tag_of, trimmed
from training.classify.encoding import Encoder, load_encoder
from training.classify.labelled import Mark

TEXTS = st.text(st.sampled_from("ab1 @.\n\t_é漢😀") | st.characters(exclude_categories=["Cs"]), max_size=60)


@pytest.fixture(scope="module", params=["starcoder2", "encoder"])
def encoder(models: Path, request: pytest.FixtureRequest) -> Encoder:
    """Offsets with leading spaces, and without."""
    return load_encoder(models / request.param)


def places(*pairs: tuple[int, int]) -> tuple[Places, Places]:
    array = np.array(pairs, np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def labelled(text: str, tokens: list[tuple[int, int]], spans: list[Mark], scheme: str = "bio") -> list[str]:
    names = names_of(["EMAIL", "KEY"], "bio" if scheme == "bio" else "tag")
    labels = align(text, *places(*tokens), spans, names).labels
    return [names[label] for label in labels]


@pytest.mark.parametrize(
    ("tokens", "spans", "expected"),
    [
        ([(0, 4), (4, 8), (8, 14)], [Mark(5, 14, "EMAIL")], ["O", "B-EMAIL", "I-EMAIL"]),
        ([(0, 4), (5, 8), (8, 14)], [Mark(5, 14, "EMAIL")], ["O", "B-EMAIL", "I-EMAIL"]),
        ([(0, 4), (4, 8), (8, 14)], [Mark(4, 14, "EMAIL")], ["O", "B-EMAIL", "I-EMAIL"]),
        ([(0, 4), (4, 5), (5, 14)], [Mark(4, 14, "EMAIL")], ["O", "O", "B-EMAIL"]),
        ([(0, 4), (4, 14)], [Mark(6, 9, "EMAIL")], ["O", "B-EMAIL"]),
        ([(0, 4), (4, 8), (8, 14)], [Mark(5, 8, "EMAIL"), Mark(8, 14, "KEY")], ["O", "B-EMAIL", "B-KEY"]),
        ([(0, 4), (4, 8), (8, 14)], [Mark(5, 14, "EMAIL"), Mark(5, 8, "KEY")], ["O", "B-EMAIL", "I-EMAIL"]),
        ([(0, 4), (4, 8), (8, 14)], [Mark(5, 14, "PHONE")], ["O", "O", "O"]),
        ([(0, 4), (4, 4), (4, 14)], [Mark(0, 14, "KEY")], ["B-KEY", "I-KEY", "I-KEY"]),
    ],
)
def test_a_token_has_the_tag_of_what_is_visible_of_it(
    tokens: list[tuple[int, int]], spans: list[Mark], expected: list[str]
) -> None:
    """With and without leading spaces, inside a token, side by side, nested, unknown, of no width."""
    assert labelled("mail ann@x.org", tokens, spans) == expected


def test_white_space_inside_a_span_belongs_to_it() -> None:
    """A key over two lines is one span, with the line end between."""
    tokens = [(0, 2), (2, 5), (5, 7)]
    assert labelled("ab\n  cd", tokens, [Mark(0, 7, "KEY")]) == ["B-KEY", "I-KEY", "I-KEY"]
    assert labelled("ab\n  cd", tokens, [Mark(0, 7, "KEY")], "tag") == ["KEY", "KEY", "KEY"]


@pytest.mark.parametrize(
    ("spans", "lost"),
    [
        ([Mark(0, 2, "KEY"), Mark(0, 1, "EMAIL")], 1),
        ([Mark(2, 5, "KEY")], 1),
        ([Mark(3, 4, "KEY")], 1),
        ([Mark(0, 2, "KEY"), Mark(5, 7, "EMAIL")], 0),
    ],
)
def test_spans_without_a_token_of_their_own_are_counted(spans: list[Mark], lost: int) -> None:
    """Those inside another, and those of white space."""
    names = names_of(["EMAIL", "KEY"], "bio")
    assert align("ab\n  cd", *places((0, 2), (2, 5), (5, 7)), spans, names).lost == lost


def test_spans_end_where_their_tokens_do_without_white_space() -> None:
    """An I- after another tag begins a span; the score is the mean."""
    names = names_of(["EMAIL", "KEY"], "bio")
    starts, ends = places((0, 4), (4, 8), (8, 14), (14, 16))
    labels = [names.index(name) for name in ("O", "I-EMAIL", "I-EMAIL", "B-KEY")]
    found = spans_of("mail ann@x.org k", starts, ends, labels, [1.0, 0.5, 1.0, 0.9], names)
    assert found == [Found(5, 14, "EMAIL", 0.75), Found(15, 16, "KEY", 0.9)]


@pytest.mark.parametrize(("scheme", "spans"), [("bio", [(0, 4), (5, 9)]), ("tag", [(0, 9)])])
def test_spans_of_one_tag_that_touch_stay_apart_if_they_begin(
    scheme: str, spans: list[tuple[int, int]]
) -> None:
    """That is what B- is for; with one label for each tag they become one."""
    names = names_of(["KEY"], "bio" if scheme == "bio" else "tag")
    found = spans_of("abcd efgh", *places((0, 4), (4, 9)), [1, 1], [1.0, 1.0], names)
    assert [one[:2] for one in found] == spans


def test_labels_have_names_that_curation_understands() -> None:
    """O, and B- and I- of each tag, or each tag alone."""
    assert names_of(["KEY"], "bio") == ("O", "B-KEY", "I-KEY")
    assert names_of(["KEY"], "tag") == ("O", "KEY")
    assert [tag_of(name) for name in ("O", "B-KEY", "I-KEY", "KEY")] == ["O", "KEY", "KEY", "KEY"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, st.data())
def test_every_span_comes_back_and_grows_to_the_ends_of_its_tokens_only(
    encoder: Encoder, text: str, data: st.DataObject
) -> None:
    """Spans apart from each other: found again in order, each covering what was labelled."""
    assume(text.strip())
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True).map(sorted))
    marks = [
        Mark(start, end, tag)
        for start, end, tag in zip(cuts[::2], cuts[1::2], ("KEY", "EMAIL", "KEY"), strict=False)
        if text[start:end].strip()
    ]
    encoded = encoder.encode(text)
    names = names_of(["EMAIL", "KEY"], "bio")
    aligned = align(text, encoded.starts, encoded.ends, marks, names)
    assert len(aligned.labels) == len(encoded.ids)
    sure = np.ones(len(encoded.ids), np.float32)
    found = spans_of(text, encoded.starts, encoded.ends, aligned.labels, sure, names)
    assert len(found) + aligned.lost == len(marks)
    if aligned.lost:
        return
    begins = {trimmed(text, edge, len(text))[0] for edge in encoded.starts.tolist()}
    behind = 0
    for mark, one in zip(marks, found, strict=True):
        start, end = trimmed(text, mark.start, mark.end)
        assert one.tag == mark.tag
        assert one.end >= end
        assert one.start in begins
        assert one.start <= start or one.start == trimmed(text, behind, len(text))[0]
        behind = one.end


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, st.data())
def test_a_span_of_whole_tokens_comes_back_exactly(encoder: Encoder, text: str, data: st.DataObject) -> None:
    """To the character, but for white space at its ends."""
    encoded = encoder.encode(text)
    assume(len(encoded.ids))
    first = data.draw(st.integers(0, len(encoded.ids) - 1))
    last = data.draw(st.integers(first, len(encoded.ids) - 1))
    span = trimmed(text, int(encoded.starts[first]), int(encoded.ends[last]))
    inside = [n for n, (a, b) in enumerate(zip(encoded.starts, encoded.ends, strict=True)) if a < b]
    assume(span[0] < span[1] and inside)
    names = names_of(["KEY"], "tag")
    aligned = align(text, encoded.starts, encoded.ends, [Mark(*span, "KEY")], names)
    sure = np.ones(len(encoded.ids), np.float32)
    found = spans_of(text, encoded.starts, encoded.ends, aligned.labels, sure, names)
    assert [one[:2] for one in found] == [span]
