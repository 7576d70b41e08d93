"""Figures of redactions draw what the tables say, also where there is little or nothing."""

from typing import Any

import pandas as pd
import pytest
from report_runs import make_run

from curation.pii.scorecard.residual import Left, PlantedScore, Residual
from curation.pii.settings import PiiSettings
from curation.report import pii, pii_figures
from curation.report.figures import svg_uri
from curation.report.views import connect

LANGUAGES = ["language", "documents", "bytes", "redacted", "share", "spans", "per_mb"]
CELLS = ["language", "tag", "spans", "documents", "per_mb"]
RULES = ["rule", "tag", "spans", "stay", "documents", "values"]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A connection to a run with findings."""
    return connect(make_run(tmp_path_factory.mktemp("runs") / "redacted", pii=True))


def texts(figure: Any) -> list[str]:
    """Titles, labels and texts of a figure."""
    shown = [text.get_text() for axes in figure.axes for text in [*axes.texts, *axes.get_yticklabels()]]
    return [*shown, *(axes.get_title(loc="left") for axes in figure.axes)]


def test_bars_of_languages_are_as_long_as_the_rates(found: Any) -> None:
    """Stacked by tag; small languages are counted in the title."""
    languages, cells = pii.languages(found), pii.by_language(found)
    figure: Any = pii_figures.languages_figure(languages, cells)
    total = sum(patch.get_width() for patch in figure.axes[0].patches)
    assert total == pytest.approx(languages["per_mb"].sum())
    ends = [patch.get_x() + patch.get_width() for patch in figure.axes[0].patches]
    assert max(ends) == pytest.approx(languages["per_mb"].max())
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(dict.fromkeys(pii.by_tag(found)["tag"]))
    large = pd.concat([languages.assign(bytes=200_000, language=f"L{n}") for n in range(3)])
    figure = pii_figures.languages_figure(pd.concat([large, languages]), cells)
    small = int((languages["bytes"] < pii_figures.LEAST_BYTES).sum())
    assert f"{small} below 100 kB not shown" in "".join(texts(figure))
    assert svg_uri(figure)


def test_shares_name_languages_without_any(found: Any) -> None:
    """None of so many; the axis ends at a hundred per cent."""
    rows = [["A", 10, 1, 10, 1.0, 10, 1.0], [r"$\frac{1}{0}$", 20, 1, 0, 0.0, 0, 0.0]]
    figure: Any = pii_figures.shares_figure(pd.DataFrame(rows, columns=LANGUAGES))
    assert "100.0% of 10" in texts(figure)
    assert "none of 20" in texts(figure)
    assert max(figure.axes[0].get_xticks()) <= 1.0
    assert svg_uri(figure)
    assert svg_uri(pii_figures.shares_figure(pii.languages(found)))


def test_rules_show_what_stays(found: Any) -> None:
    """Replaced and left as it is; rarer rules are counted in the title."""
    rules = pii.by_rule(found)
    figure: Any = pii_figures.rules_figure(rules, shown=3)
    assert f"({len(rules) - 3} rarer ones not shown)" in "".join(texts(figure))
    widths = sum(patch.get_width() for patch in figure.axes[0].patches)
    assert widths == (rules["spans"] + rules["stay"])[:3].sum()
    assert "57 in 43 documents" in texts(figure)
    one = pd.DataFrame([["r" * 90, "KEY", 1, 0, 1, 1]], columns=RULES)
    figure = pii_figures.rules_figure(one)
    assert "1 in 1 document" in texts(figure)
    assert figure.axes[0].get_legend() is None
    assert svg_uri(figure)


def test_repeats_are_named_by_their_range(found: Any) -> None:
    """Once, 2 to 9 times, with values and spans."""
    table = pii.repeats(found)
    figure: Any = pii_figures.repeats_figure(table)
    shown = texts(figure)
    assert {"once", "2 to 9 times"} <= set(shown)
    assert sum(patch.get_width() for patch in figure.axes[0].patches) == table["values"].sum()
    ends = [patch.get_x() + patch.get_width() for patch in figure.axes[0].patches]
    assert max(ends) == table.groupby("lower")["values"].sum().max()
    assert svg_uri(figure)


@pytest.mark.parametrize(
    "planted",
    [
        (PlantedScore("jwt", "KEY", 50, 40), PlantedScore("email", "EMAIL", 50, 50)),
        (PlantedScore("jwt", "KEY", 50, 1),),
    ],
)
def test_what_is_left_is_drawn_with_its_interval(found: Any, planted: tuple[PlantedScore, ...]) -> None:
    """Tags of which it can be told, found and left."""
    left = pii.residual(found, PiiSettings(), planted)
    figure: Any = pii_figures.residual_figure(left)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [one.tag for one in planted]
    assert svg_uri(figure)


def test_an_interval_without_an_end_is_drawn() -> None:
    """As a point."""
    figure = pii_figures.residual_figure(
        Residual(1000, (Left("KEY", 1, 10.0, 0.5, 10.0, 5.0, None),), 10.0, 5.0, None)
    )
    assert svg_uri(figure)


def test_nothing_is_said() -> None:
    """A run without findings, without documents, without an estimate."""
    no_languages, no_cells = pd.DataFrame(columns=LANGUAGES), pd.DataFrame(columns=CELLS)
    some = pd.DataFrame([["A", 1, 10, 0, 0.0, 0, 0.0]], columns=LANGUAGES)
    no_repeats = pd.DataFrame(columns=["tag", "lower", "upper", "values", "spans"])
    assert "nothing was replaced" in texts(pii_figures.languages_figure(some, no_cells))
    assert "no document was searched" in texts(pii_figures.shares_figure(no_languages))
    assert "nothing was found" in texts(pii_figures.rules_figure(pd.DataFrame(columns=RULES)))
    assert "nothing was replaced" in texts(pii_figures.repeats_figure(no_repeats))
    assert "it cannot be told what is left" in texts(pii_figures.residual_figure(None))
