"""Judged texts -> does a score hold for rules and tests that were not looked at?

    families(judged)  ->  KEY+PASSWORD: leak 4.1 % of all, 6.0 % (95 %: 2.9 to 9.8) in the mean of 96 families

Cases of one source family (one rule of one tool, one test file) are much alike: if one is missed, so are
the others. Nothing here is trained, so there is nothing to train again on all families but one; what can be
told is how much the figures depend on which families were drawn. Hence each family counts once, and the
interval comes from drawing families anew (bootstrap, percentiles). It runs no detector.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from curation.kernels import Floats
from curation.pii.scorecard.judge import Judged
from curation.pii.scorecard.measure import Row, score

DRAWS = 2000
"""Times that as many families as there are are drawn anew, with replacement."""
WORST = 15
"""Families that are listed."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One share, over cases and over families."""

    over_cases: float
    """Share of all labels, as in the scorecard."""
    over_families: float
    """Mean of the families' own shares: what to expect of a family that was not looked at."""
    low: float
    """Lower end of the 95 % interval of the mean over families."""
    high: float
    best_without: float
    """Share over cases if the family is left out whose absence changes it most for the better."""
    worst_without: float
    """The same for the worse."""

    def as_json(self) -> dict[str, float]:
        """Everything as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Families:
    """What the families say of one group of tags."""

    group: str
    """A key of `curation.pii.scorecard.GROUPS`."""
    count: int
    """Families with a label of the group."""
    untouched: int
    """Families of which no label is found."""
    recall: Measure
    leak: Measure
    worst: tuple[Row, ...]
    """Families with the largest leaks, at most `WORST`."""

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {
            **{name: getattr(self, name) for name in ("group", "count", "untouched")},
            **{name: getattr(self, name).as_json() for name in ("recall", "leak")},
            "worst": [row.as_json() for row in self.worst],
        }


def families(judged: Iterable[Judged], seed: int = 0) -> list[Families]:
    """One entry per group of tags that has labels.

    Args:
        judged: From `curation.pii.judge.judge_all`.
        seed: Of the draws.
    """
    groups: dict[str, list[Row]] = {}
    for row in score(judged, "source").rows:
        if row.name and row.labelled:
            groups.setdefault(row.group, []).append(row)
    return [_families(group, rows, seed) for group, rows in sorted(groups.items())]


def _families(group: str, rows: list[Row], seed: int) -> Families:
    of = np.array([row.labelled for row in rows], float)
    found, leaked = (np.array([getattr(row, name) for row in rows], float) for name in ("found", "leaked"))
    return Families(
        group=group,
        count=len(rows),
        untouched=int((found == 0).sum()),
        recall=_measure(found, of, seed, more_is_better=True),
        leak=_measure(leaked, of, seed, more_is_better=False),
        worst=tuple([row for row in rows if row.leaked][:WORST]),
    )


def _measure(hits: Floats, of: Floats, seed: int, *, more_is_better: bool) -> Measure:
    own = hits / of
    drawn = np.random.default_rng(seed).integers(0, len(own), (DRAWS, len(own)))
    low, high = np.percentile(own[drawn].mean(axis=1), (2.5, 97.5)).tolist()
    rest = of.sum() - of
    without = (hits.sum() - hits) / np.where(rest > 0, rest, np.nan)
    ends = [hits.sum() / of.sum()] if np.isnan(without).any() else [without.min(), without.max()]
    worst, best = (min(ends), max(ends)) if more_is_better else (max(ends), min(ends))
    return Measure(float(hits.sum() / of.sum()), float(own.mean()), low, high, float(best), float(worst))
