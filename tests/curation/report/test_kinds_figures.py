"""Figures of kinds draw what the tables say, also where there is little or nothing."""

from typing import Any

import pandas as pd
import pytest

from curation.mix import MixRow
from curation.report import kinds_figures
from curation.report.figures import svg_uri

REASONS = ["kind", "stage", "reason", "documents", "share"]
SIZES = ["kind", "kept", "lower", "upper", "documents"]
MIX = {"tokens": 1, "cap": "", "document_epochs": 1.0, "files_out": 1, "tokens_out": 1, "share": 0.5}


def texts(figure: Any) -> list[str]:
    """Titles, labels and texts of a figure."""
    shown = [text.get_text() for axes in figure.axes for text in [*axes.texts, *axes.get_yticklabels()]]
    return [*shown, *(axes.get_title(loc="left") for axes in figure.axes)]


def mix(*rows: tuple[str, int, int, float]) -> pd.DataFrame:
    """A mix of (name, bytes, bytes taken, epochs)."""
    found = [
        {"name": name, "files": 1, "bytes": size, "bytes_out": taken, "epochs": epochs} | MIX
        for name, size, taken, epochs in rows
    ]
    return pd.DataFrame(found, columns=MixRow._fields)


def test_every_kind_has_a_bar_for_every_pass() -> None:
    """With its number, also where it is none."""
    kinds = pd.DataFrame({"kind": ["code", r"$\frac{1}{0}$"], "read": [40, 9], "clean": [30, 0]})
    figure: Any = kinds_figures.kinds_figure(kinds)
    assert [patch.get_width() for patch in figure.axes[0].patches] == [40, 9, 30, 0]
    assert {"40", "9", "30", "0", "code"} <= set(texts(figure))
    assert figure.axes[0].get_xscale() == "linear"
    assert svg_uri(figure)


def test_a_few_documents_beside_many_can_be_seen() -> None:
    """The axis is logarithmic then, and says so."""
    figure: Any = kinds_figures.kinds_figure(pd.DataFrame({"kind": ["code", "issues"], "read": [10**6, 3]}))
    assert figure.axes[0].get_xscale() == "symlog"
    assert figure.axes[0].get_xlabel() == "documents, logarithmic"
    assert svg_uri(figure)


def test_reasons_are_shares_of_kinds() -> None:
    """Rarer reasons are counted in the title."""
    rows = [["issues", "issues", f"reason_{n}", 20 - n, 0.05] for n in range(16)]
    figure: Any = kinds_figures.reasons_figure(pd.DataFrame(rows, columns=REASONS))
    assert "Share of each kind that a reason took (2 rarer reasons not shown)" in texts(figure)
    figure = kinds_figures.reasons_figure(pd.DataFrame(rows[:1], columns=REASONS))
    assert "Share of each kind that a reason took" in texts(figure)
    assert svg_uri(figure)


def test_sizes_have_a_panel_for_each_kind() -> None:
    """The title speaks of kinds."""
    rows = [["code", True, 64, 128, 3], ["issues", False, 1024, 2048, 2]]
    figure: Any = kinds_figures.sizes_figure(pd.DataFrame(rows, columns=SIZES))
    assert figure.get_suptitle() == "Document sizes by kind"
    assert {"code", "issues"} <= set(texts(figure))


def test_the_mix_shows_what_is_taken() -> None:
    """Beside what there is, with epochs; small folders are counted in the title."""
    rows = [("python", 2_000_000, 1_000_000, 0.5), ("issues", 1000, 2500, 2.5)]
    figure: Any = kinds_figures.mix_figure(mix(*rows, *((f"f{n}", 10, 10, 1.0) for n in range(15))))
    assert {"1 MB (\N{MULTIPLICATION SIGN} 0.5)", "2.5 kB (\N{MULTIPLICATION SIGN} 2.5)", "python"} <= set(
        texts(figure)
    )
    assert "What the mix takes of each folder (2 smaller folders not shown)" in texts(figure)
    assert svg_uri(figure)


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (kinds_figures.kinds_figure(pd.DataFrame(columns=["kind", "read"])), "no document has been read yet"),
        (kinds_figures.reasons_figure(pd.DataFrame(columns=REASONS)), "nothing was dropped"),
        (kinds_figures.sizes_figure(pd.DataFrame(columns=SIZES)), "no document could be decoded"),
        (kinds_figures.mix_figure(mix()), "nothing has been rendered, so nothing was mixed"),
    ],
)
def test_nothing_is_said_to_be_nothing(figure: Any, said: str) -> None:
    """In words, without axes."""
    assert said in texts(figure)
    assert svg_uri(figure)
