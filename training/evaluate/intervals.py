"""How sure a mean is, and how many problems are solved within k attempts.

    interval(np.array([0, 1, 1, 0, ...]), seed=0)   -> (0.31, 0.52)     95 % of means of samples drawn from it
    pass_at(k=1, attempts=[20, 20], right=[5, 20])  -> 0.625

Bootstrap (Efron 1979): the values are drawn again with replacement, and the middle 95 % of the means is the
interval. It tells of the choice of documents only, neither of the seed of training nor of the task.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

RESAMPLES = 1000
SHARE = 0.95
"""Of the means, that lies in the interval."""
BLOCK = 1 << 22
"""Values that are drawn at a time; bounds memory to some ten megabytes."""


def interval(values: npt.NDArray[Any], seed: int) -> tuple[float, float]:
    """The interval of the mean of some values; of one value, or none, it is that value, or NaN.

    Args:
        values: One number for each thing measured.
        seed: Of the draws.
    """
    if not len(values):
        return float("nan"), float("nan")
    generator = np.random.Generator(np.random.Philox(key=seed))
    means = np.empty(RESAMPLES)
    step = max(1, BLOCK // len(values))
    for first in range(0, RESAMPLES, step):
        count = min(step, RESAMPLES - first)
        drawn = generator.integers(0, len(values), (count, len(values)))
        means[first : first + count] = values[drawn].mean(axis=1)
    low, high = np.quantile(means, [(1 - SHARE) / 2, (1 + SHARE) / 2])
    return float(low), float(high)


def pass_at(k: int, attempts: Sequence[int], right: Sequence[int]) -> float | None:
    """Chance that one of k attempts at a problem is right, on average over problems, without bias.

    For n attempts of which c are right it is 1 - C(n - c, k) / C(n, k) (Chen et al. 2021, equation 1).

    Args:
        k: Attempts that count.
        attempts: At each problem.
        right: Of these, as many entries.

    Returns:
        None if a problem has fewer than k attempts, or there is none.
    """
    if not attempts or min(attempts) < k:
        return None
    return float(np.mean([_solved(k, n, c) for n, c in zip(attempts, right, strict=True)]))


def _solved(k: int, attempts: int, right: int) -> float:
    """1 - C(n - c, k) / C(n, k), as a product, which no large number overflows."""
    if attempts - right < k:
        return 1.0
    return float(1.0 - np.prod(1.0 - k / np.arange(attempts - right + 1, attempts + 1)))
