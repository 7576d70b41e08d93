"""A decision as data: a signal, a side and a threshold.

    Bound("max_line_length", "above", 1000.0, "max_line_length")   drop if max_line_length > 1000

Filters do not decide in code; for a language and extension they say which bounds hold, and
`first_failure` compares. So the same bounds decide a document, explain it, and draw survival curves.
A signal that was not measured (NaN) never drops a document.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Side = Literal["above", "at_least", "below", "at_most"]
"""On which side of the threshold a document is dropped: >, >=, <, <=."""

COMPARE = {"above": np.greater, "below": np.less, "at_least": np.greater_equal, "at_most": np.less_equal}
"""Side to the comparison that drops, of values and a threshold."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Drop a document whose `signal` is `side` `threshold`."""

    signal: str
    """A name of `curation.signals.SIGNALS`."""
    side: Side
    threshold: float
    reason: str
    """Counted in the ledger and shown in the funnel, such as "max_line_length"."""

    def drops(self, value: float) -> bool:
        """Whether a document with this value is dropped; NaN never is."""
        if self.side == "above":
            return value > self.threshold
        if self.side == "below":
            return value < self.threshold
        if self.side == "at_least":
            return value >= self.threshold
        return value <= self.threshold

    def drops_array(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """`drops` for many values at once, shape (documents,) to shape (documents,)."""
        dropped: npt.NDArray[np.bool_] = COMPARE[self.side](values, self.threshold)
        return dropped


def first_failure(bounds: Iterable[Bound], values: Sequence[float], index: dict[str, int]) -> Bound | None:
    """The first bound, in order, that drops a document with these signal values; None keeps it.

    Args:
        bounds: In the order of the filters.
        values: One number per signal, in the order of `index`.
        index: Signal name to position in `values`.
    """
    for bound in bounds:
        if bound.drops(values[index[bound.signal]]):
            return bound
    return None
