"""Precision is measured on the texts, and a run that dropped too much is found out."""

import math

import numpy as np
import pytest

from curation.dedup.audit import scan
from curation.dedup.audit.books import NearBooks
from curation.dedup.audit.sample import precision, wilson
from curation.document import document_id


@pytest.mark.parametrize(
    ("successes", "trials", "expected"),
    # the exact values are those of the formula worked by hand, as statsmodels prints them too
    [
        (0, 0, (0.0, 1.0)),
        (0, 10, (0.0, 0.2775)),
        (10, 10, (0.7225, 1.0)),
        (81, 263, (0.2553, 0.3662)),
        (1000, 1000, (0.9962, 1.0)),
    ],
)
def test_the_interval_is_wilsons(successes: int, trials: int, expected: tuple[float, float]) -> None:
    """81 of 263 is the example of Newcombe (Statistics in Medicine 17, 1998)."""
    assert [round(end, 4) for end in wilson(successes, trials)] == list(expected)


def test_everything_that_the_run_dropped_is_similar(books: NearBooks) -> None:
    """Exact verification and star clusters: no offender, the lowest is at the threshold or above."""
    found = scan.scan(books.decisions, sample=1000)
    result = precision(books, found.sample, found.dropped)
    assert result.compared == result.sampled == result.dropped == found.dropped > 40
    assert (result.share, result.offenders) == (1.0, ())
    assert result.lowest is not None
    assert result.lowest >= 0.7
    assert result.high == 1.0


def test_a_wrong_decision_is_named_with_both_documents(books: NearBooks) -> None:
    """Keepers are exchanged: nearly all documents are unlike what they were dropped for."""
    sample = scan.scan(books.decisions, sample=1000).sample
    wrong = sample.copy()
    wrong["keeper_unit"], wrong["keeper_row"] = (np.roll(sample[n], 1) for n in ("keeper_unit", "keeper_row"))
    result = precision(books, wrong, len(wrong))
    assert result.similar < result.compared / 2
    first = result.offenders[0]
    assert first.jaccard == result.lowest
    assert first.jaccard < 0.7
    ids = {document_id(int(row["unit"]), int(row["row"])) for row in wrong}
    assert first.id in ids
    assert first.keeper not in ids
    assert not math.isclose(first.jaccard, first.stated or 0.0, abs_tol=0.1)


def test_nothing_dropped_is_not_a_share(books: NearBooks) -> None:
    """An empty sample says so instead of dividing."""
    result = precision(books, np.empty(0, scan.DECISION), 0)
    assert (result.compared, result.share, result.lowest, result.low, result.high) == (0, None, None, 0, 1)
