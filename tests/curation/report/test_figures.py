"""Figures draw any table, also empty and hostile ones, the same way each time."""

import base64
import subprocess
import sys
from typing import Any

import pandas as pd
import pytest

from curation.report import figures, tables
from curation.report.thresholds import survival_by_language


def texts(figure: Any) -> str:
    """All labels of a figure."""
    found = [text.get_text() for axes in figure.axes for text in (*axes.texts, *axes.get_yticklabels())]
    return "\n".join([*found, *(axes.get_title(loc="left") for axes in figure.axes)])


def test_the_funnel_says_what_is_left(con: Any) -> None:
    """Each bar carries its numbers."""
    table = tables.funnel(con)
    shown = texts(figures.funnel_figure(table))
    for stage, group in table.groupby("stage"):
        assert str(stage) in shown
        assert f"{group['remaining'].iloc[-1]:,} left" in shown


@pytest.mark.parametrize("side", ["above", "below"])
def test_the_threshold_is_marked(con: Any, side: Any) -> None:
    """A line, its value in the legend, and the dropped side shaded."""
    curves = survival_by_language(con, "max_line_length", side, thresholds=[1000.0])
    figure: Any = figures.survival_figure(
        curves, signal="max_line_length", unit="characters", threshold=1000.0, side=side
    )
    (axes,) = figure.axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert {"all", "Python", "dropped side", "threshold 1,000"} <= set(labels)
    assert axes.get_xlabel() == "threshold on max_line_length (characters)"


def test_the_heat_map_has_the_largest_first(con: Any) -> None:
    """Languages are rows, the reasons columns."""
    figure = figures.reasons_figure(tables.reasons_by_language(con), reasons=3)
    assert figure.axes[0].get_yticklabels()[0].get_text() == "Python"
    assert "rarer reasons not shown" in figure.axes[0].get_title(loc="left")


def test_sizes_have_a_panel_per_language(con: Any) -> None:
    """Kept and dropped are stacked, so that a bar is all documents of a size."""
    table = tables.sizes(con, top=2)
    figure: Any = figures.sizes_figure(table)
    assert "Python" in texts(figure)
    heights = sum(patch.get_height() for axes in figure.axes for patch in axes.patches)
    assert heights == table["documents"].sum()


def test_empty_tables_are_drawn() -> None:
    """A run that has read nothing has figures that say so."""
    funnel = pd.DataFrame(columns=["stage", "documents", "remaining", "survival"])
    assert "no document" in texts(figures.funnel_figure(funnel))
    assert "nothing was dropped" in texts(figures.reasons_figure(pd.DataFrame()))
    assert "no document" in texts(figures.sizes_figure(pd.DataFrame()))
    assert "no document" in texts(figures.survival_figure(pd.DataFrame(), signal="x"))


def test_hostile_names_are_drawn_as_text() -> None:
    """Mathematics, controls and missing glyphs neither raise nor warn (warnings are errors here)."""
    names = [r"$\frac{1}{0}$", "中文", "\u202egnp", "a\nb", "x" * 500]
    table = pd.DataFrame(
        {"language": names, "stage": "filters", "reason": names, "documents": 3, "share": 0.5}
    )
    assert figures.svg_uri(figures.reasons_figure(table)).startswith("data:image/svg+xml;base64,")


def test_a_figure_is_the_same_each_time(con: Any) -> None:
    """No date and no random names, so that the same run gives the same page."""
    table = tables.funnel(con)
    first, second = (figures.svg_uri(figures.funnel_figure(table)) for _ in range(2))
    assert first == second
    svg = base64.b64decode(first.partition(",")[2])
    assert b"<script" not in svg
    assert b"http://matplotlib" not in svg


def test_no_global_state_and_no_early_import() -> None:
    """Importing the report loads no matplotlib, drawing loads no pyplot."""
    code = (
        "import sys; import curation.report.html, curation.report.gallery, curation.report.text;"
        "assert 'matplotlib' not in sys.modules;"
        "import pandas; from curation.report import figures; figures.reasons_figure(pandas.DataFrame());"
        "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
