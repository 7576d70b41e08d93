"""How good the answers of a head are, on texts that it was not trained on.

    span_scores([([Mark(0, 4, "KEY")], [Mark(0, 3, "KEY")])])["KEY"]
        -> exact: precision 0, recall 0; overlapping: precision 1, recall 1

For spans precision, recall and F1 of each tag, once with the same first and last character asked for, once
with any common character of the same tag. For classes accuracy and F1, for numbers the mean absolute error
and Spearman's rank correlation, each beside what a head that has learnt nothing would reach. Small numbers of
texts give rough figures: the counts stand beside them.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from training.classify.align import Found
from training.classify.labelled import Mark

Place = tuple[int, int, str]
ALL = "all"
"""Name of the row for all tags together."""


class Rates(NamedTuple):
    """Precision, recall and F1, 0 to 1."""

    precision: float | None
    """Of what was found; None if that is nothing."""
    recall: float | None
    """Of what was to be found; None if that is nothing."""
    f1: float | None
    """None if nothing was found and nothing was to be."""


class SpanScore(NamedTuple):
    """Figures of one tag."""

    labelled: int
    """Spans that were to be found."""
    found: int
    """Spans that the model says."""
    exact: Rates
    """The same first and last character."""
    overlapping: Rates
    """At least one character in common."""


def span_scores(pairs: Iterable[tuple[Sequence[Mark], Sequence[Found | Mark]]]) -> dict[str, SpanScore]:
    """Figures by tag, and of all together.

    Args:
        pairs: For each text the spans that are labelled, and those that the model says.
    """
    sums: dict[str, npt.NDArray[np.int64]] = {ALL: np.zeros(5, np.int64)}
    for labelled, found in pairs:
        right: list[Place] = [(mark.start, mark.end, mark.tag) for mark in labelled]
        said: list[Place] = [(one.start, one.end, one.tag) for one in found]
        for tag in {place[2] for place in (*right, *said)}:
            one, other = ([place for place in places if place[2] == tag] for places in (right, said))
            row = np.array(
                [len(one), len(other), len({*one} & {*other}), _touched(one, other), _touched(other, one)]
            )
            sums[tag] = sums.get(tag, np.zeros(5, np.int64)) + row
            sums[ALL] = sums[ALL] + row
    return {tag: _span_score(*map(int, sums[tag])) for tag in sorted(sums, key=lambda tag: (tag == ALL, tag))}


def _span_score(labelled: int, found: int, same: int, reached: int, right: int) -> SpanScore:
    return SpanScore(
        labelled, found, _rates(same, same, labelled, found), _rates(reached, right, labelled, found)
    )


def _rates(reached: int, right: int, labelled: int, found: int) -> Rates:
    """Figures from how many labelled spans are reached, and how many found ones are right."""
    precision = right / found if found else None
    recall = reached / labelled if labelled else None
    if precision is None and recall is None:
        return Rates(None, None, None)
    if not precision or not recall:
        return Rates(precision, recall, 0.0)
    return Rates(precision, recall, 2 * precision * recall / (precision + recall))


def _touched(spans: Sequence[Place], others: Sequence[Place]) -> int:
    """How many spans have a character in common with any of the others."""
    if not spans or not others:
        return 0
    ordered = sorted(others)
    starts = np.array([place[0] for place in ordered])
    furthest = np.maximum.accumulate(np.array([place[1] for place in ordered]))
    before = np.searchsorted(starts, [place[1] for place in spans], "left")
    return sum(bool(n) and furthest[n - 1] > place[0] for n, place in zip(before, spans, strict=True))


def class_scores(labelled: Sequence[str], said: Sequence[str], *, most_frequent: str) -> dict[str, Any]:
    """Accuracy, and F1 of each class and on average.

    Args:
        labelled: Classes of the texts.
        said: What the model says.
        most_frequent: Class of most texts of the training: the baseline says it always.
    """
    pairs = list(zip(labelled, said, strict=True))
    classes: dict[str, Any] = {}
    for name in sorted({*labelled, *said}):
        same = sum(one == other == name for one, other in pairs)
        rates = _rates(same, same, labelled.count(name), said.count(name))
        classes[name] = {"texts": labelled.count(name), "said": said.count(name), **rates._asdict()}
    return {
        "texts": len(pairs),
        "accuracy": sum(one == other for one, other in pairs) / max(len(pairs), 1),
        "accuracy_of_the_most_frequent": labelled.count(most_frequent) / max(len(pairs), 1),
        "macro_f1": float(np.mean([row["f1"] or 0.0 for row in classes.values()])) if classes else None,
        "classes": classes,
    }


def number_scores(labelled: Sequence[float], said: Sequence[float], *, mean: float) -> dict[str, Any]:
    """Errors and correlations.

    Args:
        labelled: Numbers of the texts.
        said: What the model says.
        mean: Of the texts of the training: the baseline says it always.
    """
    right, answers = np.asarray(labelled, np.float64), np.asarray(said, np.float64)
    return {
        "texts": len(right),
        "mean_absolute_error": float(np.abs(right - answers).mean()),
        "mean_absolute_error_of_the_mean": float(np.abs(right - mean).mean()),
        "spearman": correlation(ranks(right), ranks(answers)),
        "pearson": correlation(right, answers),
    }


def ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Ranks from 1 on, equal values with their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean: npt.NDArray[np.float64] = (last - (counts - 1) / 2)[place]
    return mean


def correlation(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float | None:
    """Pearson's correlation; None if either does not vary."""
    first, second = one - one.mean(), other - other.mean()
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / size if size > 0 else None
