"""What windows are made of, in figures: for previews, logs and notebooks.

    statistics_of(windows, isolate=True).as_json()
        -> {"windows": 64, "segments": 190, "psm": 0.24, "spm": 0.25, "plain": 0.51, "fill": 0.996, ...}

Looks at windows as they were made, which know what was drawn and why it was not cut. What a training step is
given is counted elsewhere (see `training.train.counting`).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from training.data.windows import IGNORED, Window, sample


@dataclass(slots=True)
class Statistics:
    """Counts over windows; shares are computed from them."""

    windows: int = 0
    tokens: int = 0
    """Ids of the windows, padding included."""
    content: int = 0
    """Tokens of documents as they were tokenised."""
    padding: int = 0
    """Ids that belong to no document."""
    targets: int = 0
    """Ids that are predicted; the first of a window never is."""
    lost: int = 0
    """Tokens that were cut off; only where the published loader is followed."""
    segments: int = 0
    """Pieces of documents."""
    orders: Counter[str] = field(default_factory=Counter)
    """Segments without a gap (plain), with gaps in one order (psm, spm), or in both (mixed)."""
    gaps: int = 0
    """Gaps; a repository may have many."""
    not_cut: Counter[str] = field(default_factory=Counter)
    """What was drawn for a gap and has none, by reason (see `training.fim.permute`)."""

    def add(self, window: Window, *, isolate: bool, padding_counts: bool = False) -> None:
        """One more window; the arguments are those of `sample`."""
        labels = sample(window, isolate=isolate, padding_counts=padding_counts)["labels"]
        self.windows += 1
        self.tokens += len(window.ids)
        self.content += sum(segment.last - segment.first for segment in window.segments)
        self.padding += window.padding
        self.targets += int((labels[1:] != IGNORED).sum())
        self.lost += window.lost
        self.segments += len(window.segments)
        for segment in window.segments:
            self.orders[segment.order] += 1
            self.gaps += segment.gaps
            self.not_cut.update(segment.plain)

    def as_json(self) -> dict[str, Any]:
        """Counts and shares.

        Shares of segments are plain, psm, spm and mixed; of tokens fill, waste and target_share; of what was
        drawn for a gap not_cut_share.
        """
        segments, tokens = max(self.segments, 1), max(self.tokens, 1)
        refused = self.not_cut.total()
        return {
            **{name: value for name, value in asdict(self).items() if name != "orders"},
            "not_cut": dict(sorted(self.not_cut.items())),
            **{order: self.orders[order] / segments for order in ("plain", "psm", "spm", "mixed")},
            "fill": 1 - self.padding / tokens,
            "waste": self.padding / tokens,
            "target_share": self.targets / tokens,
            "not_cut_share": refused / max(self.gaps + refused, 1),
        }


def statistics_of(windows: Iterable[Window], *, isolate: bool, padding_counts: bool = False) -> Statistics:
    """Counts over windows.

    Args:
        windows: As they were made.
        isolate: Whether a document sees only itself, as in `sample`.
        padding_counts: Whether padding is predicted, as in `sample`.
    """
    statistics = Statistics()
    for window in windows:
        statistics.add(window, isolate=isolate, padding_counts=padding_counts)
    return statistics
