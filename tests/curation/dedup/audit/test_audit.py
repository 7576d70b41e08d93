"""An audit says the same every time, and finds what was planted in a real run."""

import json
from pathlib import Path

import pytest
from near_runs import LEVELS

from curation.dedup.audit.audit import audit, kept_places, kept_texts
from curation.dedup.audit.books import NearBooks
from curation.dedup.audit.scan import dropped_among
from curation.errors import BadInputError


def test_an_audit_is_the_same_every_time(planted_run: Path) -> None:
    """Same run, sample and seed; and it can be written as JSON without a number that is none."""
    one, again = (audit(planted_run, sample=30, seed=3).as_json() for _ in range(2))
    assert one == again
    text = json.dumps(one, allow_nan=False)
    assert audit(planted_run, sample=30, seed=4).as_json() != one
    assert json.loads(text)["precision"]["share"] == 1.0


def test_what_was_planted_above_the_threshold_is_dropped(planted_run: Path, books: NearBooks) -> None:
    """Copies at 0.95, 0.85 and 0.75 make clusters; those at 0.65 are refused, not dropped."""
    found = audit(planted_run, sample=1000)
    above = sum(level > 0.7 for level in LEVELS)
    assert found.precision.dropped >= above * 20
    assert found.precision.sampled == found.precision.dropped
    assert sum(size * clusters for size, clusters in found.sizes.items()) == found.precision.dropped + sum(
        found.sizes.values()
    )
    at_75 = next(level for level in found.recall if level.jaccard == 0.75)
    assert at_75.found == at_75.candidates > 0.9 * at_75.planted
    assert {rate.language for rate in found.rates} == {"Python"}


def test_only_kept_documents_are_edited(planted_run: Path, books: NearBooks) -> None:
    """A draw of all of them has no dropped one, none twice, and the same texts every time."""
    places = kept_places(books, 1000, 0)
    assert not dropped_among(books.decisions, places.unit, places.row).any()
    assert len(set(zip(places.unit.tolist(), places.row.tolist(), strict=True))) == len(places.unit) > 20
    assert list(kept_texts(planted_run, 5, 1)) == list(kept_texts(planted_run, 5, 1))
    assert len(list(kept_texts(planted_run, 5, 1))) == 5


def test_a_run_without_near_dedup_is_refused(tmp_path: Path) -> None:
    """With what is missing."""
    with pytest.raises(BadInputError, match="expected the folder of a run"):
        audit(tmp_path)
