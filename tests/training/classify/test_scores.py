"""Figures about answers, against what can be counted by hand and against scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.classify.labelled import Mark
from training.classify.scores import Rates, _touched, class_scores, number_scores, ranks, span_scores

SPANS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 9)).map(lambda pair: (pair[0], sum(pair), "KEY")), max_size=8
)


def test_exact_and_overlapping_spans_are_told_apart() -> None:
    """One exact, one only touched, one missed, one false alarm, one of another tag; two texts."""
    labelled = [Mark(0, 4, "KEY"), Mark(10, 14, "KEY"), Mark(20, 24, "KEY")]
    said = [Mark(0, 4, "KEY"), Mark(9, 12, "KEY"), Mark(20, 24, "NAME")]
    scores = span_scores([(labelled, said), ([], [Mark(0, 1, "KEY")])])
    key, name, both = scores["KEY"], scores["NAME"], scores["all"]
    assert (key.labelled, key.found, name.labelled, name.found) == (3, 3, 0, 1)
    assert key.exact == pytest.approx(Rates(1 / 3, 1 / 3, 1 / 3))
    assert key.overlapping == pytest.approx(Rates(2 / 3, 2 / 3, 2 / 3))
    assert name.exact == Rates(0.0, None, 0.0)
    assert (both.labelled, both.found) == (3, 4)
    assert both.exact == pytest.approx(Rates(1 / 4, 1 / 3, 2 / 7))
    assert list(scores) == ["KEY", "NAME", "all"]


def test_nothing_labelled_and_nothing_said_is_no_figure() -> None:
    """Neither 0 nor 1 would be true."""
    assert span_scores([([], [])])["all"].exact == Rates(None, None, None)


@given(SPANS, SPANS)
def test_touched_spans_are_those_with_a_common_character(
    one: list[tuple[int, int, str]], other: list[tuple[int, int, str]]
) -> None:
    """As by comparing each with each."""
    plain = sum(any(a < d and c < b for c, d, _ in other) for a, b, _ in one)
    assert _touched(one, other) == plain


def test_classes_stand_beside_what_needs_no_learning() -> None:
    """Accuracy beside that of always saying the most frequent class; a class that is never said has F1 0."""
    scores = class_scores(["a", "a", "b", "c"], ["a", "b", "b", "b"], most_frequent="a")
    assert (scores["accuracy"], scores["accuracy_of_the_most_frequent"]) == (0.5, 0.5)
    assert scores["classes"]["a"] == {"texts": 2, "said": 1, "precision": 1.0, "recall": 0.5, "f1": 2 / 3}
    assert (scores["classes"]["c"]["precision"], scores["classes"]["c"]["f1"]) == (None, 0.0)
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 0.5 + 0) / 3)


def test_numbers_stand_beside_the_mean() -> None:
    """The order can be right where the values are not."""
    scores = number_scores([0.0, 1.0, 2.0], [0.0, 10.0, 100.0], mean=1.0)
    assert scores["spearman"] == pytest.approx(1.0)
    assert scores["pearson"] < 0.95
    assert scores["mean_absolute_error"] == pytest.approx(107 / 3)
    assert scores["mean_absolute_error_of_the_mean"] == pytest.approx(2 / 3)


def test_a_constant_answer_has_no_correlation() -> None:
    """It is not 0: there is none."""
    scores = number_scores([0.0, 1.0], [0.5, 0.5], mean=0.5)
    assert scores["spearman"] is None
    assert scores["pearson"] is None


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=20))
def test_ranks_are_scipys(values: list[int]) -> None:
    """Equal values share their mean rank."""
    stats = pytest.importorskip("scipy.stats")
    assert ranks(np.array(values, np.float64)).tolist() == stats.rankdata(values).tolist()
