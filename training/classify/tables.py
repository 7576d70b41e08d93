"""What evaluation.json says of a head -> tables for people.

    for table in tables(evaluation): console.print(table)

Shows figures, computes none.
"""

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

KINDS = ("exact", "overlapping")
DASH = "\N{EN DASH}"


def tables(evaluation: Mapping[str, Any]) -> list[Table]:
    """Tables about the held-out texts.

    Args:
        evaluation: From `training.classify.measure`.
    """
    held_out = evaluation["held_out"]
    makers = {"token": _spans, "classes": _classes, "number": _numbers}
    texts = evaluation["counts"]["held_out"]["texts"]
    return [makers[evaluation["target"]](held_out, f"{texts:,} texts that were not trained on")]


def _spans(held_out: Mapping[str, Any], title: str) -> Table:
    table = _table(title, "tag", "labelled", "found")
    for kind in KINDS:
        for name in ("prec.", "recall", "F1"):
            table.add_column(f"{kind[:7]}\n{name}", justify="right", no_wrap=True)
    for tag, row in held_out.items():
        rates = [_share(row[kind][name]) for kind in KINDS for name in ("precision", "recall", "f1")]
        table.add_row(Text(tag), f"{row['labelled']:,}", f"{row['found']:,}", *rates)
    table.caption = "exact: the same first and last character. overlapping: at least one in common."
    return table


def _classes(held_out: Mapping[str, Any], title: str) -> Table:
    table = _table(title, "class", "texts", "said", "precision", "recall", "F1")
    for name, row in held_out["classes"].items():
        rates = [_share(row[rate]) for rate in ("precision", "recall", "f1")]
        table.add_row(Text(name), f"{row['texts']:,}", f"{row['said']:,}", *rates)
    table.caption = (
        f"accuracy {_share(held_out['accuracy'])}; of always saying the most frequent class "
        f"{_share(held_out['accuracy_of_the_most_frequent'])}; mean F1 {_share(held_out['macro_f1'])}"
    )
    return table


def _numbers(held_out: Mapping[str, Any], title: str) -> Table:
    table = _table(title, "figure", "value")
    names = {
        "mean_absolute_error": "mean absolute error",
        "mean_absolute_error_of_the_mean": "the same of always saying the mean",
        "spearman": "Spearman's rank correlation",
        "pearson": "Pearson's correlation",
    }
    for key, name in names.items():
        table.add_row(name, DASH if held_out[key] is None else f"{held_out[key]:.4f}")
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(
        title=title, title_justify="left", caption_justify="left", box=box.SIMPLE, padding=(0, 1, 0, 0)
    )
    table.add_column(first, min_width=10)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _share(value: float | None) -> str:
    return DASH if value is None else f"{value:.1%}"
