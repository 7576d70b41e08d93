"""The tables of `curation.report.pii` -> figures.

    languages_figure(languages(con), by_language(con)).savefig("languages.png")

In the style of `curation.report.figures`. Every tag has a colour and a pattern of its own, so that bars can
be told apart in grey. Nothing is computed here.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from curation.pii.scorecard.residual import Residual
from curation.report.figures import (
    BLACK,
    BLUE,
    DROPPED,
    GREEN,
    GREY,
    KEPT,
    ORANGE,
    PINK,
    RED,
    SKY,
    legend,
    new_figure,
    nothing,
    percent_ticks,
    thousands,
    tidy,
)
from curation.report.visible import number, plot_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TAG_STYLES = {
    "KEY": (RED, ""),
    "PASSWORD": (ORANGE, "////"),
    "EMAIL": (BLUE, ""),
    "IP_ADDRESS": (GREEN, "...."),
    "NAME": (SKY, "\\\\\\\\"),
    "USERNAME": (PINK, ""),
}
"""Colour and pattern of each tag."""
OTHER_STYLE = (GREY, "xxxx")
LEAST_BYTES = 100_000
"""Bytes of a language from which its rate is drawn: one finding in a few kB says nothing."""
LEAST_ROWS = 3
"""Languages so large from which on the others are left out; and rows that an axis has room for, at least."""
RULES = 20
"""Rules drawn, those with most findings."""


def languages_figure(languages: pd.DataFrame, found: pd.DataFrame) -> "Figure":
    """Replaced spans per MB of each language, stacked by tag.

    Args:
        languages: From `pii.languages`.
        found: From `pii.by_language`.
    """
    shown = _large(languages)
    figure, axes = new_figure(1.6 + 0.3 * max(len(shown), LEAST_ROWS))
    if found.empty:
        nothing(axes, "nothing was replaced")
        return figure
    places = np.arange(len(shown))
    left = np.zeros(len(shown))
    rates = found.pivot_table(index="language", columns="tag", values="per_mb", aggfunc="sum", fill_value=0.0)
    rates = rates.reindex(index=list(shown["language"]), fill_value=0.0)
    for tag in [tag for tag in dict.fromkeys(found["tag"]) if rates[tag].any()]:
        _bars(axes, places, rates[tag].to_numpy(float), left, tag)
        left = left + rates[tag].to_numpy(float)
    for place, (rate, spans) in enumerate(zip(shown["per_mb"], shown["spans"], strict=True)):
        text = f"{number(round(rate, 1 if rate < 100 else 0))}  ({spans:,})" if spans else "none"
        axes.annotate(text, (rate, place), (6, 0), textcoords="offset points", va="center", fontsize=9)
    _rows(axes, [plot_label(name, 24) for name in shown["language"]])
    axes.set_xlim(0, max(float(shown["per_mb"].max()), 1e-9) * 1.2)
    small = len(languages) - len(shown)
    note = f"; {small} below {LEAST_BYTES // 1000} kB not shown" if small else ""
    tidy(axes, f"Redactions per MB of text (and how many{note})", "spans per 1,000,000 bytes", "")
    if axes.get_legend_handles_labels()[0]:
        _legend_below(figure, axes)
    return figure


def _large(languages: pd.DataFrame) -> pd.DataFrame:
    """Languages that are large enough for a rate; all if there are only a few such."""
    large = languages[languages["bytes"] >= LEAST_BYTES]
    return languages if len(large) < LEAST_ROWS else large


def _rows(axes: "Axes", names: list[str]) -> None:
    """Name the rows, the first on top, and keep bars slim where there are few."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(len(names), LEAST_ROWS) - 0.45, -0.55)


def _bars(axes: "Axes", places: Any, lengths: Any, left: Any, tag: str, height: float = 0.66) -> None:
    colour, pattern = TAG_STYLES.get(tag, OTHER_STYLE)
    axes.barh(
        places,
        lengths,
        left=left,
        height=height,
        color=colour,
        hatch=pattern,
        edgecolor="white",
        linewidth=0.6,
        label=plot_label(tag, 24),
    )


def _legend_below(figure: "Figure", axes: "Axes") -> None:
    """The legend under the axes, where no bar can be behind it."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=9, frameon=False)


def shares_figure(languages: pd.DataFrame) -> "Figure":
    """Share of the documents of each language in which something was replaced.

    Args:
        languages: From `pii.languages`.
    """
    figure, axes = new_figure(1.2 + 0.3 * max(len(languages), LEAST_ROWS))
    if languages.empty:
        nothing(axes, "no document was searched")
        return figure
    places = np.arange(len(languages))
    share = languages["share"].to_numpy(float)
    axes.barh(places, share, color=DROPPED, height=0.62)
    for place, (redacted, documents) in enumerate(
        zip(languages["redacted"], languages["documents"], strict=True)
    ):
        text = f"{share[place]:.1%} of {documents:,}" if redacted else f"none of {documents:,}"
        axes.annotate(
            text, (share[place], place), (6, 0), textcoords="offset points", va="center", fontsize=9
        )
    _rows(axes, [plot_label(name, 24) for name in languages["language"]])
    axes.set_xlim(0, max(float(share.max()), 0.01) * 1.25)
    axes.set_xticks([tick for tick in axes.get_xticks() if tick <= 1.0])
    axes.xaxis.set_major_formatter(percent_ticks())
    tidy(axes, "Documents with any redaction, by language", "share of documents", "")
    return figure


def rules_figure(rules: pd.DataFrame, shown: int = RULES) -> "Figure":
    """Findings by rule, most frequent first, with what was replaced and what stays.

    Args:
        rules: From `pii.by_rule`.
        shown: Rules drawn, at most.
    """
    drawn = rules[:shown]
    figure, axes = new_figure(1.5 + 0.28 * max(len(drawn), LEAST_ROWS))
    if drawn.empty:
        nothing(axes, "nothing was found")
        return figure
    places = np.arange(len(drawn))
    spans, stay = drawn["spans"].to_numpy(float), drawn["stay"].to_numpy(float)
    axes.barh(places, spans, color=DROPPED, height=0.62, label="replaced")
    if stay.any():
        pattern: dict[str, Any] = {"hatch": "////", "edgecolor": "white", "linewidth": 0.6, "alpha": 0.55}
        axes.barh(places, stay, left=spans, color=KEPT, height=0.62, label="stays by rule", **pattern)
    for place, (total, documents) in enumerate(zip(spans + stay, drawn["documents"], strict=True)):
        text = f"{total:,.0f} in {documents:,} document{'s' if documents != 1 else ''}"
        axes.annotate(text, (total, place), (6, 0), textcoords="offset points", va="center", fontsize=9)
    names = zip(drawn["rule"], drawn["tag"], strict=True)
    _rows(axes, [f"{plot_label(rule, 34)}  ({plot_label(tag, 12)})" for rule, tag in names])
    axes.set_xlim(0, max(float((spans + stay).max()), 1.0) * 1.3)
    note = f" ({len(rules) - len(drawn)} rarer ones not shown)" if len(rules) > len(drawn) else ""
    tidy(axes, f"Findings by rule{note}", "findings" if stay.any() else "spans replaced", "")
    thousands(axes.xaxis)
    if stay.any():
        legend(axes, loc="lower right")
    return figure


def repeats_figure(table: pd.DataFrame) -> "Figure":
    """How many values were replaced once, a few times, often; stacked by tag.

    Args:
        table: From `pii.repeats`.
    """
    ranges = sorted(set(zip(table["lower"], table["upper"], strict=True)))
    figure, axes = new_figure(1.6 + 0.42 * max(len(ranges), LEAST_ROWS))
    if table.empty:
        nothing(axes, "nothing was replaced")
        return figure
    counts = table.pivot_table(index="lower", columns="tag", values="values", aggfunc="sum", fill_value=0)
    places = np.arange(len(ranges))
    left = np.zeros(len(ranges))
    for tag in dict.fromkeys(table["tag"]):
        lengths = counts[tag].reindex([low for low, _ in ranges], fill_value=0).to_numpy(float)
        _bars(axes, places, lengths, left, tag)
        left = left + lengths
    spans = table.groupby("lower")["spans"].sum()
    for place, (low, _) in enumerate(ranges):
        text = f"{left[place]:,.0f} values, {spans[low]:,} spans"
        axes.annotate(text, (left[place], place), (6, 0), textcoords="offset points", va="center", fontsize=9)
    _rows(axes, [_times(low, high) for low, high in ranges])
    axes.set_xlim(0, float(left.max()) * 1.3)
    tidy(axes, "How often the same value was replaced", "different values", "")
    thousands(axes.xaxis)
    _legend_below(figure, axes)
    return figure


def _times(low: int, high: int) -> str:
    return "once" if low == 1 else f"{low:,} to {high - 1:,} times"


def residual_figure(found: Residual | None) -> "Figure":
    """What was replaced and what is probably left of each tag, per GB, with its interval.

    Args:
        found: From `pii.residual`; None if there is no estimate.
    """
    tags = [each for each in found.tags if each.left_per_gb is not None] if found else []
    figure, axes = new_figure(1.8 + 0.36 * max(len(tags), 2))
    if not tags:
        nothing(axes, "it cannot be told what is left")
        return figure
    places = np.arange(len(tags))
    per_gb = np.array([each.found_per_gb for each in tags])
    left = np.array([each.left_per_gb or 0.0 for each in tags])
    low = np.array([each.low or 0.0 for each in tags])
    high = np.array([each.high if each.high is not None else np.nan for each in tags])
    axes.plot(per_gb, places, "D", color=GREY, markersize=6, label="replaced")
    ends = [left - low, np.nan_to_num(high - left)]
    axes.errorbar(
        left,
        places,
        xerr=np.maximum(ends, 0.0),
        fmt="o",
        color=DROPPED,
        markersize=6,
        capsize=4,
        label="probably left, 95% interval",
    )
    axes.set_yticks(places, [plot_label(each.tag) for each in tags])
    axes.set_ylim(len(tags) - 0.5, -0.5)
    top = max(float(np.nanmax([per_gb.max(), left.max(), np.nan_to_num(high).max()])), 1.0)
    axes.set_xscale("symlog", linthresh=1.0)
    axes.set_xlim(-0.05, top * 2)
    axes.xaxis.set_major_formatter(
        import_module("matplotlib.ticker").FuncFormatter(lambda value, _: f"{value:,.0f}")
    )
    tidy(axes, "Replaced, and probably left", "per GB of text (logarithmic above 1)", "", "both")
    axes.tick_params(axis="x", which="minor", length=0)
    axes.axvline(0, color=BLACK, linewidth=0.6)
    _legend_below(figure, axes)
    return figure
