"""Every rule of a run -> what it drops, its survival curve, and the documents next to its threshold.

    for view in gallery(con, register(con, run_bounds(manifest))):
        print(view.sentence)      ->  dropped if max_line_length is more than 1,000 characters

This puts together what `thresholds`, `figures` and `examples` say, once for the HTML report and for the
notebooks. It computes nothing itself. A rule whose signal is only set or not set has no curve.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
from rich.text import Text

from curation.filters.bounds import Bound
from curation.report.examples import Example, examples_table, with_snippets
from curation.report.figures import survival_figure
from curation.report.rules import SIDES, Rules
from curation.report.thresholds import near_threshold, rule_interaction, survival_by_language
from curation.report.visible import number
from curation.signals import SIGNALS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXAMPLES = 3
"""Documents shown on each side of a threshold."""
FLAG = "0 or 1"
"""Unit of signals that are only set or not set."""
UNITS = {signal.name: signal.unit for signal in SIGNALS}
WIDTH = 6.4
"""Inches of a curve."""


@dataclass(frozen=True, slots=True)
class RuleView:
    """What there is to see of one rule."""

    facts: dict[Any, Any]
    """Its row of `thresholds.rule_interaction`."""
    sentence: str
    figure: "Figure | None"
    """Survival curve; None if there is nothing to draw."""
    examples: list[Example]

    def parts(self) -> list[Any]:
        """Sentence, figure and examples as objects that a notebook displays."""
        title = Text(f"{self.facts['reason']}: {self.sentence}", style="bold")
        return [title, *([self.figure] if self.figure else []), examples_table(self.examples)]


def gallery(con: duckdb.DuckDBPyConnection, rules: Rules, k: int = EXAMPLES) -> list[RuleView]:
    """One view per rule, in the order of the filters; thresholds are those that hold for most documents.

    Args:
        con: From `curation.report.views.connect`.
        rules: From `curation.report.rules.register` with the same connection.
        k: Documents on each side of a threshold.

    Raises:
        BadInputError: If a bound names a signal that the run has not stored.
    """
    rows = rule_interaction(con, rules).to_dict("records")
    bounds = [Bound(row["signal"], row["side"], row["threshold"], row["reason"]) for row in rows]
    near = [near_threshold(con, bound, k, rules.holding(bound)) for bound in bounds]
    found = with_snippets(con, near)
    return [
        RuleView(facts, _sentence(facts), _curve(con, rules, bound), examples)
        for facts, bound, examples in zip(rows, bounds, found, strict=True)
    ]


def _sentence(facts: dict[Any, Any]) -> str:
    signal, side, unit = facts["signal"], facts["side"], UNITS.get(facts["signal"], "")
    if _measures_nothing(side, facts["highest"]):
        return "dropped whatever it holds, for what kind of file it is"
    if unit == FLAG:
        return f"dropped if {signal} is {'set' if side in {'above', 'at_least'} else 'not set'}"
    words = f"dropped if {signal} is {SIDES[side]} {number(facts['threshold'])}"
    if unit not in {"", "fraction", signal}:
        words += f" {unit}"
    if facts["lowest"] < facts["highest"]:
        words += f" (by kind of file: {number(facts['lowest'])} to {number(facts['highest'])})"
    return words


def _measures_nothing(side: str, threshold: float) -> bool:
    """Whether the bound drops every document that it is asked about: no signal is less than 0."""
    return side == "at_least" and threshold <= 0.0


def _curve(con: duckdb.DuckDBPyConnection, rules: Rules, bound: Bound) -> "Figure | None":
    unit = UNITS.get(bound.signal, "")
    if unit == FLAG or _measures_nothing(bound.side, bound.threshold):
        return None
    curves = survival_by_language(
        con, bound.signal, bound.side, thresholds=[bound.threshold], among=rules.asked(bound.reason)
    )
    return survival_figure(
        curves, signal=bound.signal, unit=unit, threshold=bound.threshold, side=bound.side, width=WIDTH
    )
