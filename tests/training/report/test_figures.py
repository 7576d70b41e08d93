"""Figures of a run show what the tables hold."""

import numpy as np
import pandas as pd

from training.report.figures import gaps_figure, loss_figure, packing_figure, rate_figure, speed_figure

STEPS = pd.DataFrame(
    {
        "step": [1, 2, 3],
        "loss": [5.0, 4.0, 3.5],
        "learning_rate": [0.0, 1e-3, 5e-4],
        "grad_norm": [2.0, 1.0, 0.5],
        "tokens_per_second": [900.0, 1000.0, 1100.0],
        "data_wait_share": [0.01, 0.0, 0.02],
        "fim_share": [0.4, 0.5, 0.6],
    }
)
EVALUATIONS = pd.DataFrame({"step": [3], "evaluation_loss": [3.8]})
PACKED = pd.DataFrame(
    {"fill": [0.99, 1.0], "segments": [2, 3], "plain": [1, 1], "psm": [1, 1], "spm": [0, 1], "mixed": [0, 0]}
)


def test_the_loss_is_drawn_with_and_without_evaluations() -> None:
    """One line, or two with a legend that says which is which."""
    [axes] = loss_figure(STEPS, EVALUATIONS).axes
    assert [line.get_label() for line in axes.lines] == ["training", "held out"]
    assert np.array_equal(axes.lines[0].get_ydata(), [5.0, 4.0, 3.5])
    [axes] = loss_figure(STEPS, EVALUATIONS[:0]).axes
    assert [line.get_label() for line in axes.lines] == ["training"]


def test_rates_and_speeds_have_two_panels() -> None:
    """Waiting is shown in per cent."""
    assert len(rate_figure(STEPS).axes) == 2
    assert np.array_equal(speed_figure(STEPS).axes[1].lines[0].get_ydata(), [1.0, 0.0, 2.0])


def test_the_share_of_gaps_stands_beside_what_was_asked() -> None:
    """A dashed line at the rate."""
    [axes] = gaps_figure(STEPS, 0.5).axes
    assert axes.lines[1].get_label() == "fim.rate 0.5"


def test_packing_is_summed_up_in_its_title() -> None:
    """Mean fill, and one bar for each order."""
    fill, _, orders = packing_figure(PACKED).axes
    assert fill.get_title(loc="left") == "Fill, mean 99.5%"
    assert len(orders.patches) == 4
