"""Candidate pairs -> pairs that are similar: the whole sketch refuses, the shingles themselves decide.

    agreement 120 of 256 -> 0.467, refused        agreement 184 of 256 -> 0.718, to be compared exactly

The estimate of a pair's Jaccard similarity is the share of equal sketch values, less what agrees by chance.
A pair is refused without a comparison when its estimate is more than `margin` standard deviations below the
threshold, and accepted without one when it is more than `margin_above` above it (by default never, so that
every similarity that is reported is exact). What lies between is left open for `curation.dedup.jaccard`.
Pairs of documents of different groups never pass: a band key could be equal by chance. Reads no text.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from curation.dedup.banding import standard_deviation
from curation.dedup.tokens import Hashes
from curation.kernels import Floats, Ints, kernel
from curation.signals.bits import popcount

Verify = Literal["none", "sketch", "exact"]
LOW_BITS = np.uint64(0x7F7F7F7F7F7F7F7F)
EVERY = 100.0
"""A margin of so many standard deviations has no end: every pair is compared."""
CHANCE = 1 / 256
"""Probability that two unequal values agree in the eight bits that are kept."""


class Verdicts(NamedTuple):
    """What the sketches say of pairs."""

    estimate: Floats
    """Estimated Jaccard similarity, shape (p,)."""
    accepted: npt.NDArray[np.bool_]
    """Similar enough, without a doubt."""
    open: npt.NDArray[np.bool_]
    """To be compared exactly."""


@kernel
def _agreement(words: Hashes, first: Ints, second: Ints) -> Ints:
    """Equal bytes of two sketches, for each pair; eight are compared at a time."""
    result = np.empty(len(first), np.int64)
    for n in range(len(first)):
        one, other = words[first[n]], words[second[n]]
        unequal = 0
        for k in range(len(one)):
            difference = one[k] ^ other[k]
            unequal += popcount((((difference & LOW_BITS) + LOW_BITS) | difference) & ~LOW_BITS)
        result[n] = 8 * len(one) - unequal
    return result


def estimates(sketches: npt.NDArray[np.uint8], first: Ints, second: Ints) -> Floats:
    """Estimated Jaccard similarity of pairs.

    Args:
        sketches: Shape (n, values).
        first: Index of a sketch, shape (p,).
        second: Index of the other sketch, shape (p,).
    """
    values = sketches.shape[1]
    padding = -values % 8
    padded = np.pad(sketches, ((0, 0), (0, padding))) if padding else np.ascontiguousarray(sketches)
    agreement = (_agreement(padded.view(np.uint64), first, second) - padding) / values
    return np.asarray(np.maximum((agreement - CHANCE) / (1 - CHANCE), 0.0))


@dataclass(frozen=True, slots=True)
class Bar:
    """What a pair has to pass."""

    verify: Verify
    """"none" accepts every candidate, "sketch" goes by the estimate alone."""
    threshold: float
    """Jaccard similarity from which documents are near-duplicates."""
    margin: float
    """Standard deviations below the threshold under which "exact" refuses by the estimate."""
    margin_above: float
    """Standard deviations above the threshold over which "exact" accepts by the estimate."""
    values: int
    """Values of a sketch."""


def judge(estimate: Floats, same_group: npt.NDArray[np.bool_], bar: Bar) -> Verdicts:
    """Accept, refuse or leave open every pair.

    Args:
        estimate: Estimated Jaccard similarity, shape (p,).
        same_group: Whether both documents may be compared at all, shape (p,).
        bar: What a pair has to pass.
    """
    if bar.verify == "none":
        accepted, doubtful = np.ones(len(estimate), bool), np.zeros(len(estimate), bool)
    elif bar.verify == "sketch":
        accepted, doubtful = estimate >= bar.threshold, np.zeros(len(estimate), bool)
    else:
        deviation = float(standard_deviation(bar.threshold, bar.values))
        above = bar.margin_above * deviation if bar.margin_above < EVERY else np.inf
        below = bar.margin * deviation if bar.margin < EVERY else np.inf
        accepted = estimate >= bar.threshold + above
        doubtful = (estimate >= bar.threshold - below) & ~accepted
    return Verdicts(estimate, accepted & same_group, doubtful & same_group)
