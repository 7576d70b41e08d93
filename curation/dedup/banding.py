"""Bands and rows of near-dedup: which pairs of documents are looked at, and how many are missed.

    choose(0.7, 256)                    ->  (25, 10)     bands, rows, as datasketch and BigCode choose them
    candidate_probability(0.8, 14, 8, values_bits=None)  ->  0.924, as datatrove states for its default
    expected_recall(0.7, 32, 8)         ->  0.984 of the pairs at Jaccard 0.7 and more, if spread evenly

A sketch of k values is cut into b bands of r values; two documents become a candidate pair if a band is
equal in both, which has the probability 1 - (1 - p^r)^b, where p is the probability that one value is equal:
the Jaccard similarity J of their shingles, or J + (1 - J)/256 where a value is stored in 8 bits, because one
in 256 unequal values agrees by chance. Named settings of published pipelines are in data/near_profiles.toml.
Nothing is measured on documents here; `plan` prints these curves, tests compare them with datasketch's.
"""

import difflib
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from curation.errors import BadConfigError
from curation.kernels import Floats, Ints

VALUES_BITS = 8
"""Bits in which a sketch value is stored."""
NODES = 256
"""Points at which a curve is integrated, at most; for sketches of up to 511 values that is exact."""
CURVE = tuple(round(0.5 + 0.05 * step, 2) for step in range(11))
"""Jaccard similarities of a printed S-curve."""


@dataclass(frozen=True)
class Profile:
    """Near-dedup as a published pipeline runs it."""

    name: str
    """As it is written in a configuration."""
    settings: dict[str, Any]
    """Fields of NearSettings that it sets."""
    source: str
    """Where the figures come from."""
    differs: tuple[str, ...]
    """What upstream does that we do not, a sentence each."""


def chance(values_bits: int | None) -> float:
    """Probability that two unequal sketch values agree as stored, in so many bits; None is wide enough."""
    return 0.0 if values_bits is None else 2.0**-values_bits


def agreement(jaccard: npt.ArrayLike, values_bits: int | None = VALUES_BITS) -> Floats:
    """Probability that one sketch value of two documents is equal, by their Jaccard similarity (0 to 1)."""
    similar = np.asarray(jaccard, np.float64)
    return similar + (1.0 - similar) * chance(values_bits)


def candidate_probability(
    jaccard: npt.ArrayLike, bands: int, rows: int, values_bits: int | None = VALUES_BITS
) -> Floats:
    """Probability that two documents agree in a whole band.

    Args:
        jaccard: Similarities, 0 to 1, of any shape.
        bands: Bands, at least 1.
        rows: Sketch values in a band, at least 1.
        values_bits: Bits of a stored value; None for values so wide that none agrees by chance.

    Returns:
        Probabilities of the same shape, exact also where they are tiny.
    """
    assert bands >= 1
    assert rows >= 1
    return np.asarray(-np.expm1(_log_missed(agreement(jaccard, values_bits), bands, rows)))


def _log_missed(equal: Floats, bands: int, rows: int | Ints) -> Floats:
    """Logarithm of the probability that no band agrees, by that of one value; rows may broadcast."""
    with np.errstate(divide="ignore"):  # log(0) is -inf for equal documents, whose probability is 1
        return np.asarray(bands * np.log1p(-(equal**rows)))


def s_curve(bands: int, rows: int, values_bits: int | None = VALUES_BITS) -> list[tuple[float, float]]:
    """Jaccard similarity and candidate probability, from 0.5 to 1.0 in steps of 0.05."""
    return list(zip(CURVE, candidate_probability(CURVE, bands, rows, values_bits).tolist(), strict=True))


def expected_recall(
    threshold: float,
    bands: int,
    rows: int,
    density: Callable[[Floats], Floats] | None = None,
    values_bits: int | None = VALUES_BITS,
) -> float:
    """Share of the pairs at the threshold and above that become candidates.

    Args:
        threshold: Jaccard similarity from which on a pair counts, 0 to 1.
        bands: Bands, at least 1.
        rows: Sketch values in a band, at least 1.
        density: How frequent pairs of each similarity are, in any unit; None for as many at each. Real code
            has more of them close to 1, so its recall is higher than this default says.
        values_bits: As for `candidate_probability`.

    Raises:
        BadConfigError: If the threshold is not from 0 to 1.
    """
    _check_threshold(threshold)
    jaccard, weights = _nodes(bands * rows)
    similar = threshold + (1.0 - threshold) * jaccard
    weights = weights * density(similar) if density else weights
    found = candidate_probability(similar, bands, rows, values_bits)
    return float(np.average(found, weights=weights))


def standard_deviation(jaccard: npt.ArrayLike, values: int, values_bits: int | None = VALUES_BITS) -> Floats:
    """Standard deviation of a Jaccard similarity estimated from a sketch of so many values.

    The estimate is (agreeing values / values - c) / (1 - c), c the agreement by chance. The formula holds for
    values drawn one by one, as in MinHash; a fast similarity sketch deviates no more than that.
    """
    equal = agreement(jaccard, values_bits)
    return np.asarray(np.sqrt(equal * (1.0 - equal) / values) / (1.0 - chance(values_bits)))


def choose(
    threshold: float,
    values: int = 256,
    *,
    false_positive_weight: float = 0.5,
    false_negative_weight: float = 0.5,
    values_bits: int | None = None,
) -> tuple[int, int]:
    """Bands and rows for a threshold, by the rule of datasketch's MinHashLSH.

    The area under the S-curve below the threshold (pairs looked at in vain) and the area above the curve
    beyond it (pairs missed), each by its weight, are smallest for them; the fewest bands, then the fewest
    rows win a tie. Not every sketch value is used: (25, 10) takes 250 of 256.

    Args:
        threshold: Jaccard similarity, 0 to 1.
        values: Values of a sketch, which bands times rows does not exceed.
        false_positive_weight: Weight of pairs looked at in vain, 0 to 1.
        false_negative_weight: Weight of pairs missed, 0 to 1; the two weights make 1. Where candidates are
            verified, a higher one costs time only.
        values_bits: Bits of a stored value; None, as datasketch, takes no agreement by chance into account.

    Raises:
        BadConfigError: If the threshold or a weight is not from 0 to 1, the weights do not make 1, or there
            is no value.
    """
    _check_threshold(threshold)
    weights = (false_positive_weight, false_negative_weight)
    if min(weights) < 0 or abs(sum(weights) - 1) > 1e-9:
        raise BadConfigError(f"weights of false positives and negatives: expected to make 1, saw {weights}")
    if values < 1:
        raise BadConfigError(f"values: expected at least 1 value in a sketch, saw {values}")
    nodes, node_weights = _nodes(values)
    below = agreement(threshold * nodes, values_bits)
    beyond = agreement(threshold + (1.0 - threshold) * nodes, values_bits)
    below_weights = false_positive_weight * threshold * node_weights
    beyond_weights = false_negative_weight * (1.0 - threshold) * node_weights
    best = (np.inf, 0, 0)
    for bands in range(1, values + 1):
        rows = np.arange(1, values // bands + 1)[:, None]
        in_vain = -np.expm1(_log_missed(below, bands, rows)) @ below_weights
        missed = np.exp(_log_missed(beyond, bands, rows)) @ beyond_weights
        errors = in_vain + missed
        least = int(errors.argmin())
        if errors[least] < best[0]:
            best = (float(errors[least]), bands, least + 1)
    return best[1:]


def _check_threshold(threshold: float) -> None:
    if not 0 <= threshold <= 1:
        raise BadConfigError(f"threshold: expected a Jaccard similarity from 0 to 1, saw {threshold}")


@cache
def _nodes(degree: int) -> tuple[Floats, Floats]:
    """Points in 0 to 1 and their weights that integrate polynomials of this degree (Gauss-Legendre)."""
    points, weights = np.polynomial.legendre.leggauss(min(degree // 2 + 1, NODES))
    return (points + 1.0) / 2.0, weights / 2.0


@cache
def _table() -> dict[str, dict[str, Any]]:
    text = files("curation").joinpath("data", "near_profiles.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def profiles() -> tuple[str, ...]:
    """Names of all profiles, the default first."""
    return tuple(_table())


def profile(name: str) -> Profile:
    """A profile by its name.

    Raises:
        BadConfigError: If there is none of this name.
    """
    known = _table()
    if name not in known:
        near = difflib.get_close_matches(str(name), known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        raise BadConfigError(f"dedup.near.profile: there is no profile {name!r}; {hint}")
    row = known[name]
    return Profile(name, dict(row["settings"]), row["source"], tuple(row["differs"]))
