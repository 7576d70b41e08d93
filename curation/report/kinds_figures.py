"""The tables of `curation.report.kinds_view` -> figures.

    kinds_figure(view.kinds).savefig("kinds.png")

In the style of `curation.report.figures`. Nothing is computed here.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from curation.report import figures
from curation.report.figures import (
    BLUE,
    DROPPED,
    GREEN,
    GREY,
    KEPT,
    LOG_RANGE,
    SKY,
    legend,
    new_figure,
    nothing,
    thousands,
    tidy,
)
from curation.report.kinds import PASSES
from curation.report.visible import plot_label, short_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLES = {"read": (GREY, ""), "clean": (SKY, "////"), "finish": (BLUE, ""), "render": (GREEN, "....")}
"""Colour and pattern of documents after each pass."""
FOLDERS = 15
"""Folders of the mix that are drawn, the largest first."""


def kinds_figure(kinds: pd.DataFrame) -> "Figure":
    """Documents of each kind after each pass.

    Args:
        kinds: Of the view: kind, read, and a column for each pass.
    """
    steps = [name for name in STYLES if name in kinds.columns]
    figure, axes = new_figure(1.4 + 0.2 * max(len(kinds), 2) * max(len(steps), 2))
    if kinds.empty:
        nothing(axes, "no document has been read yet")
        return figure
    height = 0.84 / len(steps)
    for step, name in enumerate(steps):
        colour, pattern = STYLES[name]
        places = np.arange(len(kinds)) + (step - (len(steps) - 1) / 2) * height
        label = PASSES.get(name, name)
        axes.barh(
            places, kinds[name], height * 0.92, color=colour, hatch=pattern, edgecolor="white", label=label
        )
        for place, count in zip(places, kinds[name], strict=True):
            axes.annotate(
                f"{count:,}", (count, place), (5, 0), textcoords="offset points", va="center", fontsize=8
            )
    axes.set_yticks(range(len(kinds)), [plot_label(name, 24) for name in kinds["kind"]])
    axes.invert_yaxis()
    most, least = int(kinds[steps].to_numpy().max()), int(kinds["read"].min())
    wide = most > LOG_RANGE * least
    if wide:
        axes.set_xscale("symlog", linthresh=1.0)
    axes.set_xlim(0, most * (4.0 if wide else 1.12))
    tidy(axes, "Documents by kind and pass", "documents" + (", logarithmic" if wide else ""), "")
    if not wide:
        thousands(axes.xaxis)
    legend(axes, loc="lower right")
    return figure


def reasons_figure(reasons: pd.DataFrame) -> "Figure":
    """Heat map: share of each kind that each reason took.

    Args:
        reasons: Of the view.
    """
    figure = figures.reasons_figure(reasons.rename(columns={"kind": "language"}))
    left_out = reasons["reason"].nunique() - len(figure.axes[0].get_xticklabels())
    note = f" ({left_out} rarer reasons not shown)" if left_out > 0 and len(reasons) else ""
    title = f"Share of each kind that a reason took{note}" if len(reasons) else ""
    figure.axes[0].set_title(title, loc="left", fontsize=11, fontweight="bold")
    return figure


def sizes_figure(table: pd.DataFrame) -> "Figure":
    """Histograms of document sizes, kept above dropped, one panel per kind.

    Args:
        table: From `kinds_view.sizes_by_kind`.
    """
    figure = figures.sizes_figure(table.rename(columns={"kind": "language"}))
    if not table.empty:
        figure.suptitle("Document sizes by kind", x=0.01, ha="left", fontsize=11, fontweight="bold")
    return figure


def mix_figure(mix: pd.DataFrame) -> "Figure":
    """Bytes of each folder in the shards, and what the mix takes of them.

    Args:
        mix: Of the view.
    """
    shown = mix[:FOLDERS]
    figure, axes = new_figure(1.4 + 0.42 * max(len(shown), 2))
    if shown.empty:
        nothing(axes, "nothing has been rendered, so nothing was mixed")
        return figure
    places = np.arange(len(shown))
    sides = (
        (-0.2, "bytes", SKY, "////", "in data/"),
        (0.2, "bytes_out", KEPT, "", "taken (\N{MULTIPLICATION SIGN} how often)"),
    )
    for offset, column, colour, pattern, label in sides:
        axes.barh(
            places + offset,
            shown[column],
            0.38,
            color=colour,
            hatch=pattern,
            edgecolor="white",
            label=label,
        )
    for place, row in zip(places, shown.to_dict("records"), strict=True):
        text = f"{short_bytes(row['bytes_out'])} (\N{MULTIPLICATION SIGN} {row['epochs']:.3g})"
        spot = (max(row["bytes_out"], row["bytes"]), place)
        axes.annotate(
            text,
            spot,
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=DROPPED if row["epochs"] < 1 else GREEN if row["epochs"] > 1 else GREY,
        )
    axes.set_yticks(places, [plot_label(name, 24) for name in shown["name"]])
    axes.invert_yaxis()
    axes.set_xlim(0, max(float(shown[["bytes", "bytes_out"]].to_numpy().max()), 1.0) * 1.25)
    note = f" ({len(mix) - len(shown)} smaller folders not shown)" if len(mix) > len(shown) else ""
    tidy(axes, f"What the mix takes of each folder{note}", "MB of text", "")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / 1e6:,.3g}")
    legend(axes, loc="lower right")
    return figure
