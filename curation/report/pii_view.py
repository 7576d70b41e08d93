"""The pii pass of a run -> the section of the report about it, and what a notebook shows.

    view_of(run).problem  ->  "" or why there is nothing to show

Puts together the tables of `curation.report.pii`, figures, lines and the estimate of what is left. For the
estimate, made-up secrets are searched with the detectors of the run, which takes seconds. No value is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from curation.pii.masked import settings_of_run
from curation.pii.scorecard.residual import PlantedScore, Residual
from curation.report import pii, pii_figures
from curation.report.pii_lines import RedactedLine, redacted_lines
from curation.report.views import connect, read_manifest
from curation.report.visible import one_line

RULES = 25
"""Rules listed, most findings first."""


@dataclass(frozen=True, slots=True)
class PiiView:
    """What there is to see of the personal data and secrets of a run."""

    problem: str
    """Why there is nothing, a clause; "" if there is something."""
    coverage: Mapping[str, Any] = field(default_factory=dict)
    tags: pd.DataFrame = field(default_factory=pd.DataFrame)
    languages: pd.DataFrame = field(default_factory=pd.DataFrame)
    cells: Mapping[tuple[str, str], Mapping[Any, Any]] = field(default_factory=dict)
    """(language, tag) -> its row of `pii.by_language`."""
    rules: pd.DataFrame = field(default_factory=pd.DataFrame)
    rules_left_out: int = 0
    aside: pd.DataFrame = field(default_factory=pd.DataFrame)
    most_repeated: pd.DataFrame = field(default_factory=pd.DataFrame)
    lines: Sequence[RedactedLine] = ()
    residual: Residual | None = None
    planted: Sequence[PlantedScore] = ()
    left: str = ""
    """How much is probably left, or why there is no estimate, a sentence or more."""
    not_sought: str = ""
    """What was not looked for, a sentence."""
    profile: str = ""
    """sc1 or typed-fake."""
    public_key: bool = False
    figures: Mapping[str, Any] = field(default_factory=dict)
    """languages, shares, rules, repeats and residual, as matplotlib figures."""

    @property
    def statement(self) -> str:
        """What is left and what was not looked for, or why there is nothing to say, for a notebook."""
        if self.problem:
            return f"Personal data and secrets are not shown: {self.problem}."
        return f"{self.left}\n\n{self.not_sought}"


def pii_view(manifest: Mapping[str, Any], con: duckdb.DuckDBPyConnection) -> PiiView:
    """Look at the pii pass of a run.

    Args:
        manifest: Of the run.
        con: From `curation.report.views.connect`.
    """
    problem = pii.missing(manifest)
    if problem:
        return PiiView(problem)
    settings = settings_of_run(manifest)
    planted, why_not = pii.plant_again(settings)
    left = pii.residual(con, settings, planted) if planted else None
    languages, found, rules = pii.languages(con), pii.by_language(con), pii.by_rule(con)
    return PiiView(
        problem="",
        coverage=pii.coverage(con),
        tags=pii.by_tag(con),
        languages=languages,
        cells={(row["language"], row["tag"]): row for row in found.to_dict("records")},
        rules=rules[:RULES],
        rules_left_out=max(0, len(rules) - RULES),
        aside=pii.set_aside(con),
        most_repeated=pii.most_repeated(con),
        lines=redacted_lines(con),
        residual=left,
        planted=planted,
        left=_left(left, why_not, has_model=settings.names == "ner"),
        not_sought=f"Not looked for, and so in no number here: {'; '.join(pii.not_sought(settings))}.",
        profile=settings.replacement,
        public_key=pii.has_public_key(manifest),
        figures={
            "languages": pii_figures.languages_figure(languages, found),
            "shares": pii_figures.shares_figure(languages),
            "rules": pii_figures.rules_figure(rules),
            "repeats": pii_figures.repeats_figure(pii.repeats(con)),
            "residual": pii_figures.residual_figure(left),
        },
    )


def _left(found: Residual | None, why_not: str, *, has_model: bool) -> str:
    if found is None:
        return f"There is no estimate of what is left: {one_line(why_not, 400) or 'no text passed'}."
    by_rules = (
        "Measured with the rules alone: the model of the run was not asked; what it finds more lowers it."
    )
    return pii.left_sentence(found) + (f" {by_rules}" if has_model else "")


def view_of(run: Path) -> PiiView:
    """`pii_view` of a run folder.

    Raises:
        BadInputError: If `run` is not the folder of a run.
        BrokenRunError: If a finished run lacks a file that its manifest lists.
    """
    return pii_view(read_manifest(run), connect(run))
