"""What an audit of near-dedup found -> figures.

    s_curve_figure(audit.settings, audit.recall, pairs, dropped).savefig("s_curve.png")

Every function takes what `curation.dedup.audit` returns and gives a matplotlib `Figure` in the style of
`curation.report.figures`. Nothing is computed here but the theoretical curve.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from curation.dedup.audit.edges import Histogram
from curation.dedup.audit.plant import Level
from curation.dedup.audit.rates import Rate
from curation.dedup.audit.scan import BINS
from curation.dedup.banding import candidate_probability
from curation.kernels import Ints
from curation.report.figures import (
    BLACK,
    DROPPED,
    GREEN,
    GREY,
    KEPT,
    ORANGE,
    SKY,
    legend,
    new_figure,
    nothing,
    percent_ticks,
    tidy,
)
from curation.report.visible import plot_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FROM = 0.4
"""Jaccard similarity at which the axes begin."""
SIMILARITY = "Jaccard similarity of shingles"
LANGUAGES = 15
"""Languages drawn, those with most documents."""


def cluster_sizes_figure(sizes: Mapping[int, int]) -> "Figure":
    """How many clusters there are of each size, both axes logarithmic.

    Args:
        sizes: Documents in a cluster -> clusters of that size.
    """
    figure, axes = new_figure(3.4)
    if not sizes:
        nothing(axes, "there is no cluster of two or more documents")
        return figure
    size, clusters = np.array(list(sizes)), np.array(list(sizes.values()))
    axes.vlines(size, 0.5, clusters, color=SKY, linewidth=1.2)
    axes.plot(size, clusters, "o", color=KEPT, markersize=5)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(1.8, size.max() * 1.2)
    axes.set_ylim(0.6, clusters.max() * 1.6)
    plain = import_module("matplotlib.ticker").FuncFormatter(lambda value, _: f"{value:,.0f}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(plain)
        axis.set_minor_formatter(import_module("matplotlib.ticker").NullFormatter())
    total, documents = int(clusters.sum()), int((size * clusters).sum())
    axes.set_xticks(_few(size), minor=False)
    title = f"{total:,} clusters of {documents:,} documents; the largest has {size.max():,}"
    tidy(axes, title, "documents in a cluster", "clusters", "both")
    return figure


def _few(sizes: Ints) -> list[int]:
    """Sizes to label: powers of two, and the largest."""
    largest = int(sizes.max())
    powers = [1 << n for n in range(1, largest.bit_length()) if (1 << n) * 1.3 < largest]
    return [*powers[:: max(1, -(-len(powers) // 8))], largest]


def s_curve_figure(
    settings: Mapping[str, Any],
    recall: Sequence[Level],
    pairs: Histogram | None = None,
    dropped: Ints | None = None,
) -> "Figure":
    """Probability of being looked at by similarity, above the similarities of the pairs that were found.

    Args:
        settings: bands, rows and threshold.
        recall: Planted near-duplicates; may be empty.
        pairs: Verified pairs of a run; None draws none.
        dropped: Histogram of the dropped documents' similarity to their keepers; None without a run.
    """
    if dropped is None:
        figure, axes = new_figure(3.6)
        _curve(axes, settings, recall)
        axes.axvline(settings["threshold"], color=DROPPED, linewidth=1.6)
        axes.set_xlim(FROM, 1.0)
        axes.set_xlabel(SIMILARITY, fontsize=9.5, color=GREY)
        return figure
    figure, axes = new_figure(5.6)
    axes.remove()
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    _curve(upper, settings, recall)
    _pairs(lower, pairs, dropped)
    for panel in (upper, lower):
        panel.axvline(settings["threshold"], color=DROPPED, linewidth=1.6)
    upper.set_xlim(FROM, 1.0)
    return figure


def _curve(axes: "Axes", settings: Mapping[str, Any], recall: Sequence[Level]) -> None:
    bands, rows, threshold = settings["bands"], settings["rows"], settings["threshold"]
    jaccard = np.linspace(FROM, 1.0, 241)
    theory = candidate_probability(jaccard, bands, rows)
    axes.plot(jaccard, theory, color=BLACK, linewidth=1.8, label=f"theory, {bands} bands of {rows}")
    axes.plot([], [], color=DROPPED, linewidth=1.6, label=f"threshold {threshold:g}")
    tried = [(each, each.share) for each in recall if each.share is not None]
    if tried:
        at = np.array([each.jaccard for each, _ in tried])
        share = np.array([share for _, share in tried])
        ends = [
            share - np.array([each.low for each, _ in tried]),
            np.array([each.high for each, _ in tried]) - share,
        ]
        bars = np.maximum(ends, 0.0)
        options: dict[str, Any] = {"fmt": "o", "color": KEPT, "markersize": 5, "capsize": 3, "linewidth": 1.2}
        axes.errorbar(at, share, bars, label="planted near-duplicates, 95% interval", **options)
        found = [(each.jaccard, each.found / each.similar) for each in recall if each.similar]
        axes.plot(
            *zip(*found, strict=True), "x", color=ORANGE, markersize=7, label="found and verified, of similar"
        )
    axes.set_ylim(-0.03, 1.05)
    axes.yaxis.set_major_formatter(percent_ticks())
    tidy(axes, "Near-duplicates that are found, by similarity", "", "share of pairs", "both")
    legend(axes, loc="lower right")


def _pairs(axes: "Axes", pairs: Histogram | None, dropped: Ints) -> None:
    start = np.arange(BINS) / BINS
    width = 1 / BINS
    if pairs is not None and pairs.read:
        axes.bar(start, pairs.exact, width, align="edge", color=GREEN, label="pairs, compared exactly")
        axes.bar(
            start,
            pairs.estimated,
            width,
            align="edge",
            bottom=pairs.exact,
            color=SKY,
            label="pairs, by estimate",
        )
    if dropped.any():
        axes.stairs(dropped, [*start, 1.0], color=DROPPED, linewidth=1.3, label="dropped documents")
    else:
        axes.text(0.5, 0.5, "nothing was dropped", ha="center", transform=axes.transAxes, color=GREY)
    note = f" ({pairs.read:,} of {pairs.pairs:,} read)" if pairs and pairs.read < pairs.pairs else ""
    title = f"Similarity of verified pairs{note}, and of dropped documents to what is kept"
    tidy(axes, title, SIMILARITY, "count", "both")
    axes.yaxis.set_major_locator(import_module("matplotlib.ticker").MaxNLocator(nbins=5, integer=True))
    if axes.get_legend_handles_labels()[0]:
        legend(axes, loc="upper right")


def keep_rates_figure(rates: Sequence[Rate]) -> "Figure":
    """Share of each language that near-dedup keeps.

    Args:
        rates: From `curation.dedup.audit.rates`, most documents first.
    """
    shown = rates[:LANGUAGES]
    figure, axes = new_figure(1.2 + 0.3 * max(len(shown), 2))
    if not shown:
        nothing(axes, "the run is not finished: nothing has been dropped yet")
        return figure
    places = np.arange(len(shown))
    kept = np.array([rate.kept for rate in shown])
    axes.barh(places, kept, color=KEPT, height=0.65, label="kept")
    axes.barh(places, 1.0 - kept, left=kept, color=DROPPED, height=0.65, label="near-duplicates")
    for place, rate in enumerate(shown):
        text = f"{rate.kept:.1%} of {rate.documents:,}"
        axes.annotate(text, (1.0, place), (6, 0), textcoords="offset points", va="center", fontsize=9)
    axes.set_yticks(places, [plot_label(rate.language, 24) for rate in shown])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.22)
    axes.set_xticks([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    axes.xaxis.set_major_formatter(percent_ticks())
    left_out = f" ({len(rates) - len(shown)} smaller ones not shown)" if len(rates) > len(shown) else ""
    tidy(axes, f"What near-dedup keeps of each language{left_out}", "share of documents", "")
    return figure
