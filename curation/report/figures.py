"""The tables of a run -> figures.

    funnel_figure(funnel(con)).savefig("funnel.png")

Every function takes a table of `curation.report.tables` or `thresholds` and returns a matplotlib
`Figure` that belongs to nobody: no global state, no display needed, a grey-scale print stays readable.
Colours are those of Okabe and Ito, which people with colour-blindness can tell apart. Names in labels
come from the corpus and are made plain first, so that none is read as mathematics or lacks its glyphs.
"""

import base64
import io
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from curation.report.tables import NOT_LANGUAGES
from curation.report.visible import plot_label, scaled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLACK, ORANGE, SKY, GREEN, BLUE, RED, PINK = (
    *("#222222", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7"),
)
LINES = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (PINK, ":"), (SKY, (0, (5, 1))))
"""Colour and dashes of the languages, so that colour is never the only difference."""
KEPT, DROPPED, GREY = BLUE, RED, "#6b7280"
WIDTH = 9.0
"""Inches; 900 pixels at 100 dots per inch."""
LOG_RANGE = 50.0
"""From this ratio of largest to smallest value on, an axis is logarithmic."""


def new_figure(height: float, width: float = WIDTH) -> "tuple[Figure, Axes]":
    """An empty figure of so many inches, with one set of axes."""
    figure = import_module("matplotlib.figure").Figure(
        figsize=(width, height), dpi=100, layout="constrained", facecolor="white"
    )
    return figure, figure.add_subplot()


def tidy(
    axes: "Axes", title: str, x: str, y: str, grid: Literal["x", "y", "both"] = "x", size: float = 11
) -> None:
    """Title, labels and grid in the style of all figures."""
    axes.set_title(title, loc="left", fontsize=size, fontweight="bold", color=BLACK)
    axes.set_xlabel(x, fontsize=9.5, color=GREY)
    axes.set_ylabel(y, fontsize=9.5, color=GREY)
    axes.tick_params(labelsize=9, color=GREY, labelcolor=BLACK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#c4c9d1")
    axes.grid(axis=grid, color="#e5e7eb", linewidth=0.8)
    axes.set_axisbelow(True)


def nothing(axes: "Axes", text: str) -> None:
    """Say that there is nothing to draw."""
    axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, color=GREY)
    axes.set_axis_off()


def funnel_figure(table: pd.DataFrame) -> "Figure":
    """What is left after each stage, and what each stage took.

    Args:
        table: From `tables.funnel`.
    """
    stages = table.groupby("stage", sort=False).agg(
        dropped=("documents", "sum"), remaining=("remaining", "last"), survival=("survival", "last")
    )
    figure, axes = new_figure(1.1 + 0.42 * max(len(stages), 2))
    if not len(stages):
        nothing(axes, "no document has been read yet")
        return figure
    total = int(stages["remaining"].iloc[0] + stages["dropped"].iloc[0])
    places = np.arange(len(stages))
    axes.barh(places, stages["remaining"], color=KEPT, height=0.62, label="left after the stage")
    axes.barh(
        places, stages["dropped"], left=stages["remaining"], color=DROPPED, height=0.62, label="dropped here"
    )
    for place, (dropped, remaining, share) in enumerate(stages.itertuples(index=False)):
        text = f"{remaining:,} left ({share:.1%})" + (f", {dropped:,} dropped" if dropped else "")
        axes.annotate(
            text, (remaining + dropped, place), (6, 0), textcoords="offset points", va="center", fontsize=9
        )
    axes.set_yticks(places, [plot_label(stage) for stage in stages.index])
    axes.invert_yaxis()
    axes.set_xlim(0, max(total, 1) * 1.3)
    tidy(axes, f"Documents left after each stage, of {total:,} read", "documents", "")
    thousands(axes.xaxis)
    legend(axes, loc="lower right")
    return figure


def thousands(axis: Any) -> None:
    """Label an axis with whole numbers, thousands separated."""
    ticker = import_module("matplotlib.ticker")
    axis.set_major_locator(ticker.MaxNLocator(nbins=6, integer=True))
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.0f}"))


def legend(axes: "Axes", **options: Any) -> None:
    """Add the legend."""
    axes.legend(fontsize=8.5, frameon=True, framealpha=0.9, edgecolor="#e5e7eb", **options)


def survival_figure(
    curves: pd.DataFrame,
    *,
    signal: str,
    unit: str = "",
    threshold: float | None = None,
    side: str = "above",
    languages: int = 5,
    width: float = WIDTH,
) -> "Figure":
    """Share of documents that would survive, against the threshold; one line for all, one per language.

    Args:
        curves: From `thresholds.survival_by_language`.
        signal: Its name, for the axis.
        unit: Its unit, for the axis.
        threshold: The one that the run used; marked. None marks nothing.
        side: On which side documents are dropped; shaded.
        languages: Languages drawn, those with most documents.
        width: Inches.
    """
    figure, axes = new_figure(width * 0.42 if width >= WIDTH else width * 0.6, width)
    if curves.empty:
        nothing(axes, "no document reached the filters")
        return figure
    summed = curves.groupby("threshold")[["documents", "total"]].sum()
    everything = summed["documents"] / summed["total"]
    axes.step(
        everything.index, everything, where=_where(side), color=BLACK, linewidth=2.2, label="all", zorder=4
    )
    largest = curves.groupby("language")["total"].first().sort_values(ascending=False, kind="stable")
    for language, (colour, dashes) in zip(largest.index[:languages], LINES, strict=False):
        line = curves[curves["language"] == language]
        label = plot_label(str(language) or "(unknown)", 18)
        axes.step(
            line["threshold"], line["share"], where=_where(side), color=colour, linestyle=dashes, label=label
        )
    _scale(axes, curves["threshold"].to_numpy(float), threshold)
    if threshold is not None:
        _mark(axes, threshold, side)
    shown = f"{plot_label(signal)} ({unit})" if unit not in {"", signal} else plot_label(signal)
    tidy(
        axes,
        f"Survival by threshold on {plot_label(signal)}",
        f"threshold on {shown}",
        "documents that survive",
        "both",
    )
    axes.set_ylim(-0.02, 1.04)
    axes.yaxis.set_major_formatter(percent_ticks())
    legend(axes, loc="best", ncols=1 if width < WIDTH else 2)
    return figure


def _where(side: str) -> Literal["pre", "post"]:
    """Which end of a step its count belongs to; exact where every value was tried."""
    return "post" if side in {"above", "at_most"} else "pre"


def percent_ticks() -> Any:
    """A formatter that shows fractions as percentages."""
    return import_module("matplotlib.ticker").PercentFormatter(xmax=1.0, decimals=0)


def _scale(axes: "Axes", values: Any, threshold: float | None) -> None:
    """A logarithmic axis where values span decades, also one that has room for zero."""
    positive = values[values > 0]
    if threshold is not None:
        positive = np.append(positive, threshold) if threshold > 0 else positive
    if values.min() < 0 or not positive.size or positive.max() / positive.min() < LOG_RANGE:
        return
    if positive.max() <= 1.0:  # a fraction: its decades near zero are noise
        return
    if values.min() > 0:
        axes.set_xscale("log")
        axes.set_xlim(left=values.min())
    else:
        axes.set_xscale("symlog", linthresh=max(float(positive.min()), 1.0))
        axes.set_xlim(left=0)
    formatter = import_module("matplotlib.ticker").FuncFormatter
    axes.xaxis.set_major_formatter(formatter(lambda value, _: f"{value:,.0f}"))


def _mark(axes: "Axes", threshold: float, side: str) -> None:
    low, high = axes.get_xlim()
    low, high = min(low, threshold), max(high, threshold)
    shaded = (threshold, high) if side in {"above", "at_least"} else (low, threshold)
    axes.axvspan(*shaded, color=DROPPED, alpha=0.08, linewidth=0, label="dropped side")
    axes.axvline(threshold, color=DROPPED, linewidth=1.6, label=f"threshold {threshold:,g}")
    axes.set_xlim(low, high)


def reasons_figure(table: pd.DataFrame, reasons: int = 14) -> "Figure":
    """Heat map: share of each language that each reason took.

    Args:
        table: From `tables.reasons_by_language`.
        reasons: Columns shown, those that took most documents.
    """
    if table.empty:
        figure, axes = new_figure(1.6)
        nothing(axes, "nothing was dropped")
        return figure
    rows = _languages(table)
    taken = table.groupby("reason")["documents"].sum().sort_values(ascending=False, kind="stable")
    columns = list(taken.index[:reasons])
    shares = table.pivot_table(
        index="language", columns="reason", values="share", aggfunc="sum", fill_value=0.0
    )
    grid = shares.reindex(index=rows, columns=columns, fill_value=0.0).to_numpy(float)
    figure, axes = new_figure(2.2 + 0.34 * len(rows))
    image = axes.imshow(grid, cmap="Blues", vmin=0.0, vmax=max(float(grid.max()), 0.01), aspect="auto")
    axes.set_xticks(
        range(len(columns)),
        [plot_label(name, 28) for name in columns],
        rotation=35,
        ha="right",
        rotation_mode="anchor",
    )
    axes.set_yticks(range(len(rows)), [plot_label(name, 24) for name in rows])
    for row, column in zip(*np.nonzero(grid), strict=True):
        share = grid[row, column]
        colour = "white" if share > 0.55 * grid.max() else BLACK
        axes.text(column, row, _short_share(share), ha="center", va="center", fontsize=8, color=colour)
    left_out = len(taken) - len(columns)
    note = f" ({left_out} rarer reasons not shown)" if left_out else ""
    tidy(axes, f"Share of each language that a reason took{note}", "", "", "x")
    axes.grid(visible=False)
    axes.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#e5e7eb", linewidth=0.8)
    axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)
    figure.colorbar(image, ax=axes, format=percent_ticks(), shrink=0.8, pad=0.015).outline.set_visible(False)
    return figure


def _languages(table: pd.DataFrame) -> list[str]:
    """Languages by number of documents, largest first; what is no language last."""
    totals = table.groupby("language")["documents"].sum().sort_values(ascending=False, kind="stable")
    names = list(map(str, totals.index))
    return sorted(names, key=lambda name: NOT_LANGUAGES.index(name) + 1 if name in NOT_LANGUAGES else 0)


def _short_share(share: float) -> str:
    return "<1%" if share < 0.01 else f"{share:.0%}"


def sizes_figure(table: pd.DataFrame, columns: int = 3) -> "Figure":
    """Histograms of document sizes, kept above dropped, one panel per language.

    Args:
        table: From `tables.sizes`.
        columns: Panels side by side.
    """
    if table.empty:
        figure, axes = new_figure(1.6)
        nothing(axes, "no document could be decoded")
        return figure
    names = _languages(table)
    rows = -(-len(names) // columns)
    figure, axes = new_figure(0.9 + 1.9 * rows)
    axes.remove()
    panels = figure.subplots(rows, columns, sharex=True, squeeze=False)
    for panel in panels.flat[len(names) :]:
        panel.set_axis_off()
    for panel, name in zip(panels.flat, names, strict=False):
        _sizes_panel(panel, table[table["language"] == name], plot_label(str(name), 24))
    for panel in panels[:, 0]:
        panel.set_ylabel("documents", fontsize=9, color=GREY)
    handles, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2, fontsize=9, frameon=False)
    figure.suptitle("Document sizes by language", x=0.01, ha="left", fontsize=11, fontweight="bold")
    figure.supxlabel("size of a document (bytes; bins double)", fontsize=9.5, color=GREY)
    return figure


def _sizes_panel(panel: "Axes", table: pd.DataFrame, title: str) -> None:
    kept = table[table["kept"]].groupby("lower")["documents"].sum()
    bins = sorted(set(table["lower"]))
    start = np.maximum(np.array(bins, float), 0.5)
    below = kept.reindex(bins, fill_value=0).to_numpy()
    above = table[~table["kept"]].groupby("lower")["documents"].sum().reindex(bins, fill_value=0).to_numpy()
    panel.bar(start, below, width=start * 0.94, align="edge", color=KEPT, label="kept")
    panel.bar(start, above, width=start * 0.94, align="edge", bottom=below, color=DROPPED, label="dropped")
    panel.set_xscale("log", base=2)
    tidy(panel, title, "", "", "y", 9.5)
    panel.xaxis.set_major_locator(import_module("matplotlib.ticker").FixedLocator([16**n for n in range(12)]))
    panel.xaxis.set_minor_locator(import_module("matplotlib.ticker").NullLocator())
    panel.xaxis.set_major_formatter(_size_ticks())
    panel.tick_params(labelbottom=True, labelsize=8)
    thousands(panel.yaxis)


def _size_ticks() -> Any:
    return import_module("matplotlib.ticker").FuncFormatter(
        lambda value, _: scaled(value, 1024, ("B", "KiB", "MiB", "GiB"))
    )


def svg_uri(figure: "Figure") -> str:
    """The figure as a data URI; the same figure gives the same text."""
    stream = io.BytesIO()
    with import_module("matplotlib").rc_context({"svg.hashsalt": "curation", "svg.fonttype": "path"}):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return "data:image/svg+xml;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
