"""What was measured -> tables for people, below each other if it was two models.

    tables(report)      -> [Table("held-out loss"), Table("gaps filled"), Table("humaneval")]

The report is plain JSON values, as `training.evaluate.run` makes it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.table import Table

from training.evaluate.losses import ALL

Rows = Mapping[tuple[str, ...], Mapping[str, Any]]
LOSS = ("loss", "bits_per_byte", "accuracy", "middle_loss", "middle_accuracy")
GAPS = ("exact_match", "edit_similarity")
PASSED = ("pass@1", "pass@10", "pass@100", "exact_match", "edit_similarity")
BENCHMARKS = ("humaneval", "humaneval-infilling")
SHARES = {"accuracy", "middle_accuracy", "exact_match", "edit_similarity", "pass@1", "pass@10", "pass@100"}
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
    """One task: a row for each group, or, of two models, two below each other."""
    sides = [rows_of(model) for model in models]
    several = len(sides) > 1
    shown = [one for one in figures if any(row.get(one) is not None for row in sides[0].values())]
    table = Table(title=title, title_justify="left")
    for key in (*keys, *(("model",) if several else ())):
        table.add_column(key)
    for figure in (count, *shown):
        table.add_column(figure.replace("_", " "), justify="right")
    for group in _worth_showing(list(sides[0])):
        for number, side in enumerate(sides, 1):
            row = side.get(group, {})
            names = [*(group if number == 1 else [""] * len(group)), *([f"({number})"] if several else [])]
            cells = [_cell(figure, row) for figure in shown]
            table.add_row(*names, f"{row[count]:,}" if row else "-", *cells, end_section=number == len(sides))
    if several:
        table.caption = "; ".join(f"({number}) {model['name']}" for number, model in enumerate(models, 1))
    return table


def _worth_showing(groups: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The groups without those that say what the row of all documents says already."""
    alike = {group[:-1] for group in groups if sum(other[:-1] == group[:-1] for other in groups) == 2}
    return [group for group in groups if group[-1] == ALL or group[:-1] not in alike]


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
