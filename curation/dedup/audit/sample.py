"""Dropped documents -> how many are really as similar to the kept one as the threshold asks (precision).

    1,000 of 880,123 dropped documents: 1,000 at Jaccard 0.7 or more (95 %: 0.9962 to 1), lowest 0.7003

The similarity is computed anew from both texts, all shingles compared; neither the sketch nor what the run
has written down is used. The interval is Wilson's score interval.
"""

import math
from dataclasses import dataclass

import numpy as np

from curation.dedup.audit.books import NearBooks
from curation.dedup.audit.scan import Decisions
from curation.dedup.audit.texts import exact

NORMAL_95 = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""
LISTED = 100
"""Offenders that are listed; all are counted."""


@dataclass(frozen=True, slots=True)
class Offender:
    """A dropped document that is less similar to its keeper than the threshold asks."""

    id: str
    keeper: str
    jaccard: float
    """True Jaccard similarity."""
    stated: float | None
    """What the run has written down; None if it has not seen the two together."""


@dataclass(frozen=True, slots=True)
class Precision:
    """What a sample of dropped documents says."""

    dropped: int
    """Documents that near-dedup dropped."""
    sampled: int
    """Documents drawn from them."""
    compared: int
    """Those whose texts, and the keepers', are still there."""
    similar: int
    """Those at the threshold or above."""
    share: float | None
    """similar / compared; None if there is nothing to compare."""
    low: float
    """Lower end of the 95 % interval of the share."""
    high: float
    lowest: float | None
    """Least true similarity."""
    largest_error: float | None
    """Largest difference between the true similarity and the one that the run has written down."""
    offenders: tuple[Offender, ...]
    """Those below the threshold, least similar first; at most `LISTED`."""


def wilson(successes: int, trials: int, z: float = NORMAL_95) -> tuple[float, float]:
    """Wilson's score interval of a share, 0 to 1 if nothing was tried."""
    if not trials:
        return 0.0, 1.0
    share, square = successes / trials, z * z / trials
    centre = (share + square / 2) / (1 + square)
    width = z / (1 + square) * math.sqrt(share * (1 - share) / trials + square / (4 * trials))
    low = 0.0 if successes == 0 else centre - width
    high = 1.0 if successes == trials else centre + width
    return max(low, 0.0), min(high, 1.0)


def precision(books: NearBooks, sample: Decisions, dropped: int) -> Precision:
    """Compare dropped documents with their keepers again.

    Args:
        books: The run.
        sample: Dropped documents, from `curation.dedup.audit.scan`.
        dropped: How many documents they were drawn from.

    Raises:
        BrokenRunError: If a file is damaged.
    """
    found = exact(books, (sample["unit"], sample["row"]), (sample["keeper_unit"], sample["keeper_row"]))
    there = ~np.isnan(found)
    compared, similar = int(there.sum()), int((found >= books.settings.threshold).sum())
    low, high = wilson(similar, compared)
    below = np.flatnonzero(there & (found < books.settings.threshold))
    below = below[np.argsort(found[below], kind="stable")]
    errors = np.abs(found - sample["jaccard"])[there & ~np.isnan(sample["jaccard"])]
    return Precision(
        dropped=dropped,
        sampled=len(sample),
        compared=compared,
        similar=similar,
        share=similar / compared if compared else None,
        low=low,
        high=high,
        lowest=float(found[there].min()) if compared else None,
        largest_error=float(errors.max()) if len(errors) else None,
        offenders=tuple(_offender(books, sample[n], float(found[n])) for n in below[:LISTED]),
    )


def _offender(books: NearBooks, row: Decisions, jaccard: float) -> Offender:
    own = books.folders.name(int(row["unit"]), int(row["row"]))
    keeper = books.folders.name(int(row["keeper_unit"]), int(row["keeper_row"]))
    stated = None if np.isnan(row["jaccard"]) else float(row["jaccard"])
    return Offender(own, keeper, jaccard, stated)
