"""What is left is told from what is found, with its uncertainty."""

import json

import pytest
from pii_stand_in import find

from curation.pii.context import Context
from curation.pii.scorecard.labelled import Label
from curation.pii.scorecard.plant import Planted, languages
from curation.pii.scorecard.plant_values import KINDS
from curation.pii.scorecard.residual import (
    ASSUMPTION,
    PlantedScore,
    measure_planted,
    planted_documents,
    planted_scores,
    residual_estimate,
)
from curation.pii.spans import Span


def test_planted_documents_cover_languages_and_kinds_evenly() -> None:
    """The same for the same seed; every language, and every kind about as often."""
    documents = list(planted_documents(200, 0))
    assert documents == list(planted_documents(200, 0))
    assert documents != list(planted_documents(200, 1))
    assert {language for language, _ in documents} == set(languages())
    kinds = [
        label.kind.partition("/")[0]
        for _, planted in documents
        for label in planted.spans
        if label.tag != "EMAIL" or label.kind == "email"
    ]
    counts = {kind: kinds.count(kind) for kind in KINDS}
    assert max(counts.values()) - min(counts.values()) <= 2


def test_a_detector_that_finds_everything_has_full_recall() -> None:
    """And one that finds nothing has none, for every kind."""

    def everything(text: str, context: Context) -> list[Span]:
        return [Span(0, len(text), "KEY", "all", 1.0)]

    for finder, share in ((everything, 1.0), (lambda *_: [], 0.0)):
        scores = measure_planted(finder, 60)
        assert {one.kind for one in scores} == set(KINDS)
        assert {one.found / one.planted for one in scores} == {share}


def test_documents_that_are_set_aside_do_not_count() -> None:
    """Their secrets are not passed on."""
    texts = [
        ("C", Planted(text, (Label(0, 4, "KEY", "vendor/x"),))) for text in ("sk-1 give up", "sk-1", "zz-1")
    ]
    assert planted_scores(find, texts) == (PlantedScore("vendor", "KEY", 2, 1),)
    assert planted_scores(find, texts)[0].as_json()["recall"]["share"] == 0.5


def test_the_worked_example() -> None:
    """90 of 100 found: for 90 findings in 1 GB ten are left, 5.3 to 19 by the interval of the recall."""
    (left,) = residual_estimate({"KEY": 180}, 2 * 10**9, [PlantedScore("jwt", "KEY", 100, 90)]).tags
    assert (left.found, left.found_per_gb, left.recall) == (180, 90.0, 0.9)
    assert left.left_per_gb == pytest.approx(10.0)
    assert left.low is not None
    assert left.high is not None
    assert (round(left.low, 1), round(left.high, 1)) == (5.3, 19.0)


def test_kinds_of_a_tag_are_added() -> None:
    """The recall of a tag is that of all its planted secrets."""
    scores = [PlantedScore("jwt", "KEY", 100, 100), PlantedScore("vendor", "KEY", 100, 60)]
    (left,) = residual_estimate({"KEY": 10}, 10**9, scores).tags
    assert left.recall == 0.8


def test_nothing_found_is_no_proof_of_nothing_left() -> None:
    """The upper end takes three findings for none (rule of three)."""
    (left,) = residual_estimate({}, 10**9, [PlantedScore("jwt", "KEY", 100, 90)]).tags
    assert (left.left_per_gb, left.low) == (0.0, 0.0)
    assert left.high == pytest.approx(3 * 19.0 / 90, rel=0.01)


def test_what_cannot_be_told_is_none() -> None:
    """A tag of which nothing was planted, or nothing planted was found; the sum then has no upper end."""
    scores = [PlantedScore("jwt", "KEY", 100, 90), PlantedScore("author", "NAME", 10, 0)]
    found = residual_estimate({"KEY": 90, "NAME": 5, "USERNAME": 2}, 10**9, scores)
    told = {one.tag: (one.recall, one.left_per_gb, one.high) for one in found.tags}
    assert told["USERNAME"] == (None, None, None)
    assert told["NAME"] == (0.0, None, None)
    assert (round(found.left_per_gb or 0), found.high) == (10, None)


def test_all_tags_together() -> None:
    """Sums of the estimates and of the ends."""
    scores = [PlantedScore("jwt", "KEY", 100, 90), PlantedScore("email", "EMAIL", 100, 50)]
    found = residual_estimate({"KEY": 90, "EMAIL": 7}, 10**9, scores)
    assert found.left_per_gb == pytest.approx(17.0)
    assert found.low == pytest.approx(sum(one.low or 0 for one in found.tags))
    assert found.high == pytest.approx(sum(one.high or 0 for one in found.tags))


def test_the_assumption_is_said() -> None:
    """In the result, for whoever reads only that."""
    found = residual_estimate({"KEY": 1}, 1, [PlantedScore("jwt", "KEY", 1, 1)]).as_json()
    assert json.loads(json.dumps(found))["assumption"] == ASSUMPTION
    assert "floor" in ASSUMPTION
