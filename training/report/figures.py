"""Tables of a training run -> figures.

    loss_figure(metrics(run), held_out(run)).savefig("loss.png")

Each function takes a table of `training.report.tables` and returns a matplotlib `Figure` that belongs to
nobody: no global state, no display. Colours are those of Okabe and Ito, and dashes differ too.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, GREY, BLACK = "#0072B2", "#E69F00", "#009E73", "#6b7280", "#222222"
ORDERS = {"plain": GREY, "psm": BLUE, "spm": ORANGE, "mixed": GREEN}
"""Colour of each order of a piece."""


def loss_figure(steps: "pd.DataFrame", evaluations: "pd.DataFrame") -> "Figure":
    """Loss of each step, and on held-out documents."""
    figure, (axes,) = _new(1, 3.4)
    axes.plot(steps["step"], steps["loss"], color=BLUE, label="training")
    if len(evaluations):
        axes.plot(evaluations["step"], evaluations["evaluation_loss"], "o--", color=ORANGE, label="held out")
    axes.legend(frameon=False, fontsize=9)
    _tidy(axes, "Loss", "step", "nats per token")
    return figure


def rate_figure(steps: "pd.DataFrame") -> "Figure":
    """Learning rate and norm of the gradient."""
    figure, (left, right) = _new(2, 2.8)
    left.plot(steps["step"], steps["learning_rate"], color=BLUE)
    _tidy(left, "Learning rate", "step", "")
    right.plot(steps["step"], steps["grad_norm"], color=BLUE)
    _tidy(right, "Norm of the gradient, before clipping", "step", "")
    return figure


def speed_figure(steps: "pd.DataFrame") -> "Figure":
    """Tokens per second, and the share of time spent waiting for data."""
    figure, (left, right) = _new(2, 2.8)
    left.plot(steps["step"], steps["tokens_per_second"], color=BLUE)
    left.set_ylim(bottom=0)
    _tidy(left, "Tokens per second, all devices", "step", "")
    right.plot(steps["step"], 100 * steps["data_wait_share"], color=BLUE)
    right.set_ylim(bottom=0)
    _tidy(right, "Time waited for data", "step", "% of a step")
    return figure


def gaps_figure(steps: "pd.DataFrame", asked: float) -> "Figure":
    """Share of pieces with a gap, step by step, and what was asked for.

    Args:
        steps: Rows of training steps.
        asked: The setting `fim.rate`.
    """
    figure, (axes,) = _new(1, 2.8)
    axes.plot(steps["step"], steps["fim_share"], color=BLUE, label="pieces with a gap")
    axes.axhline(asked, color=ORANGE, linestyle="--", label=f"fim.rate {asked:g}")
    axes.set_ylim(0, 1)
    axes.legend(frameon=False, fontsize=9)
    _tidy(axes, "Fill-in-the-middle", "step", "share of pieces")
    return figure


def packing_figure(packed: "pd.DataFrame") -> "Figure":
    """How full windows are, how many pieces they hold, and in which order these stand."""
    figure, (left, middle, right) = _new(3, 2.8)
    left.hist(100 * packed["fill"], bins=30, color=BLUE)
    _tidy(left, f"Fill, mean {packed['fill'].mean():.1%}", "% of a window", "windows")
    most = int(packed["segments"].max())
    middle.hist(packed["segments"], bins=min(most, 30), color=BLUE)
    _tidy(middle, "Pieces of a window", "pieces", "windows")
    totals = packed[list(ORDERS)].sum()
    right.bar(list(ORDERS), totals / max(totals.sum(), 1), color=list(ORDERS.values()))
    _tidy(right, "Order of pieces", "", "share")
    return figure


def _new(count: int, height: float) -> "tuple[Figure, list[Axes]]":
    """A figure of so many inches with axes side by side."""
    figure = import_module("matplotlib.figure").Figure(
        figsize=(9.0, height), dpi=100, layout="constrained", facecolor="white"
    )
    return figure, [figure.add_subplot(1, count, number + 1) for number in range(count)]


def _tidy(axes: "Axes", title: str, x: str, y: str) -> None:
    """Title, labels and grid in one style."""
    axes.set_title(title, loc="left", fontsize=10.5, fontweight="bold", color=BLACK)
    axes.set_xlabel(x, fontsize=9.5, color=GREY)
    axes.set_ylabel(y, fontsize=9.5, color=GREY)
    axes.tick_params(labelsize=9, color=GREY, labelcolor=BLACK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e5e7eb", linewidth=0.8)
    axes.set_axisbelow(True)
