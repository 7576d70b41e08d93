"""What was measured -> tables for people, side by side if it was two models.

    tables(report)      -> [Table("held-out loss"), Table("gaps filled"), Table("humaneval")]

The report is plain JSON values, as `training.evaluate.run` makes it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.table import Table

from training.evaluate.losses import ALL

Rows = Mapping[tuple[str, ...], Mapping[str, Any]]
LOSS = ("loss", "perplexity", "bits_per_byte", "middle_loss")
GAPS = ("exact_match", "edit_similarity")
PASSED = ("pass@1", "pass@10", "pass@100", "exact_match", "edit_similarity")
BENCHMARKS = ("humaneval", "humaneval-infilling")
SHARES = {"exact_match", "edit_similarity", "pass@1", "pass@10", "pass@100"}
"""Figures that are shown in per cent."""


def tables(report: Mapping[str, Any]) -> list[Table]:
    """A table for each task.

    Args:
        report: As `training.evaluate.run.evaluate` returns it.
    """
    models = report["models"]
    found = []
    if "loss" in models[0]:
        found.append(_table("held-out loss", ("order", "documents"), "tokens", LOSS, models, _losses))
    if "infilling" in models[0]:
        found.append(_table("gaps filled", ("gap", "documents"), "gaps", GAPS, models, _gaps))
    made = [name for name in BENCHMARKS if name in models[0]]
    return found + [
        _table(name, ("attempts",), "problems", PASSED, models, _benchmark(name)) for name in made
    ]


def notes(report: Mapping[str, Any]) -> list[str]:
    """What has to be known to read the tables: cut prompts, what became of programs, and differences.

    Args:
        report: As `training.evaluate.run.evaluate` returns it.
    """
    models = report["models"]
    told = [note for model in models for note in _cuts(model)]
    told += [note for model in models for name in BENCHMARKS if name in model for note in _runs(model, name)]
    return told + _differences(report.get("difference", {}))


def _cuts(model: Mapping[str, Any]) -> list[str]:
    """Prompts that were too long."""
    kinds = {kind: groups[ALL]["cut"] for kind, groups in model.get("infilling", {}).items()}
    return [
        f"{model['name']}: {number} {kind} prompts were cut to what the model sees"
        for kind, number in kinds.items()
        if number
    ]


def _runs(model: Mapping[str, Any], name: str) -> list[str]:
    """What became of programs, and how they were held back."""
    told = model[name]
    if "states" not in told:
        return [f"{name}: programs were not run (--execute-code), so what passes is not known"]
    states = ", ".join(f"{number} {state}" for state, number in told["states"].items())
    weak = f"{name}: the kernel refused namespaces; a hook in Python held programs back, less tightly"
    return [f"{model['name']}, {name}: {states}", *([weak] if "hook" in told["isolation"] else [])]


def _differences(difference: Mapping[str, Any]) -> list[str]:
    """The second model less the first, on the same gaps."""
    return [
        f"{kind}, {figure.replace('_', ' ')}: second less first {figures[figure]:+.1%} "
        f"({figures[f'{figure}_interval'][0]:+.1%} to {figures[f'{figure}_interval'][1]:+.1%})"
        for kind, figures in difference.get("infilling", {}).items()
        for figure in GAPS
    ]


def _table(
    title: str,
    keys: Sequence[str],
    count: str,
    figures: Sequence[str],
    models: Sequence[Mapping[str, Any]],
    rows_of: Callable[[Mapping[str, Any]], Rows],
) -> Table:
    """One task: a row for each group, and for each figure a column of each model."""
    sides = [rows_of(model) for model in models]
    shown = [one for one in figures if any(row.get(one) is not None for row in sides[0].values())]
    table = Table(title=title, title_justify="left")
    for key in keys:
        table.add_column(key)
    table.add_column(count, justify="right")
    for figure in shown:
        for number in range(len(models)):
            name = figure.replace("_", " ")
            table.add_column(name if len(models) == 1 else f"{name}\n({number + 1})", justify="right")
    for group, first in sides[0].items():
        cells = [_cell(figure, side.get(group, {})) for figure in shown for side in sides]
        table.add_row(*group, f"{first[count]:,}", *cells)
    if len(models) > 1:
        table.caption = "; ".join(f"({number}) {model['name']}" for number, model in enumerate(models, 1))
    return table


def _cell(figure: str, row: Mapping[str, Any]) -> str:
    """A figure, with its interval if it has one."""
    value = row.get(figure)
    if value is None:
        return "-"
    told = f"{value:.1%}" if figure in SHARES else f"{value:,.3f}"
    bounds = row.get(f"{figure}_interval")
    return told if bounds is None else f"{told} ({bounds[0]:.0%}-{bounds[1]:.0%})"


def _losses(model: Mapping[str, Any]) -> Rows:
    return {(order, group): loss for order, groups in model["loss"].items() for group, loss in groups.items()}


def _gaps(model: Mapping[str, Any]) -> Rows:
    table = model["infilling"]
    return {(kind, group): means for kind, groups in table.items() for group, means in groups.items()}


def _benchmark(name: str) -> Callable[[Mapping[str, Any]], Rows]:
    def rows(model: Mapping[str, Any]) -> Rows:
        told = model[name]
        return {(f"{told['attempts']:,}",): told}

    return rows
