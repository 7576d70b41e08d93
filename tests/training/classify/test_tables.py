"""Tables say what evaluation.json says."""

import io
from typing import Any

import pytest
from rich.console import Console

from training.classify.tables import DASH, tables

COUNTS = {"held_out": {"texts": 1200}}
RATES = {"precision": 0.5, "recall": 1.0, "f1": None}


def printed(target: str, held_out: dict[str, Any]) -> str:
    out = io.StringIO()
    console = Console(width=110, file=out)
    for table in tables({"target": target, "counts": COUNTS, "held_out": held_out}):
        console.print(table)
    return " ".join(out.getvalue().split())


@pytest.mark.parametrize(
    ("target", "held_out", "seen"),
    [
        (
            "token",
            {"[red]KEY": {"labelled": 2000, "found": 3, "exact": RATES, "overlapping": RATES}},
            [
                "1,200 texts that were not trained on",
                "[red]KEY",
                "2,000",
                "50.0%",
                "100.0%",
                DASH,
                "overlap",
            ],
        ),
        (
            "classes",
            {
                "classes": {"good": {"texts": 7, "said": 8, **RATES}},
                "accuracy": 0.75,
                "accuracy_of_the_most_frequent": 0.5,
                "macro_f1": 0.6,
            },
            ["good", "accuracy 75.0%", "most frequent class 50.0%", "mean F1 60.0%"],
        ),
        (
            "number",
            {
                "mean_absolute_error": 0.12345,
                "mean_absolute_error_of_the_mean": 0.5,
                "spearman": None,
                "pearson": 0.25,
            },
            ["mean absolute error", "0.1235", "always saying the mean", "0.5000", "Spearman", DASH, "0.2500"],
        ),
    ],
)
def test_a_table_shows_each_figure(target: str, held_out: dict[str, Any], seen: list[str]) -> None:
    """A dash where there is no figure; names of tags are no markup."""
    shown = printed(target, held_out)
    assert [text for text in seen if text not in shown] == []
