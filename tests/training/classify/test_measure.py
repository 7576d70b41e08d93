"""What is measured of answers, by kind of head."""

import pytest

from training.classify.align import Found
from training.classify.examples import Answers, Counts, Examples, Material
from training.classify.labelled import Mark, Row
from training.classify.measure import figures
from training.classify.predict import Answer


def material(answers: Answers, held_out: list[Row], **labels: int) -> Material:
    counts = {"train": Counts(labels=labels), "held_out": Counts()}
    return Material(answers, Examples([], one_each=True, seed=1), held_out, [], counts, mean=2.0)


def test_spans_are_compared_without_white_space_and_other_tags() -> None:
    """A label with a space before it is met exactly by a span without; PHONE was not learnt."""
    row = Row("1", "mail ann@x.org 555", (Mark(4, 14, "EMAIL"), Mark(15, 18, "PHONE")))
    bio = Answers("token", ("O", "B-EMAIL", "I-EMAIL"))
    measured = figures(material(bio, [row]), [Answer([Found(5, 14, "EMAIL", 0.9)], None, None, 1)])
    assert measured["EMAIL"] == measured["all"]
    assert (measured["EMAIL"]["labelled"], measured["EMAIL"]["exact"]["f1"]) == (1, 1.0)


def test_classes_are_compared_by_name_beside_the_most_frequent_of_the_training() -> None:
    """A class that is a number has its name."""
    rows = [Row("1", "x", (), 1.0), Row("2", "y", (), 0.0)]
    said = [Answer([], "1", 0.9, 1), Answer([], "1", 0.8, 1)]
    measured = figures(material(Answers("classes", ("0", "1")), rows, **{"0": 9, "1": 3}), said)
    assert (measured["accuracy"], measured["accuracy_of_the_most_frequent"]) == (0.5, 0.5)


def test_numbers_are_compared_beside_the_mean_of_the_training() -> None:
    """Which is 2 here."""
    rows = [Row("1", "x", (), 1.0), Row("2", "y", (), 4.0)]
    said = [Answer([], None, 1.5, 1), Answer([], None, 3.5, 1)]
    measured = figures(material(Answers("number", ("score",)), rows), said)
    assert measured["mean_absolute_error"] == pytest.approx(0.5)
    assert measured["mean_absolute_error_of_the_mean"] == pytest.approx(1.5)
