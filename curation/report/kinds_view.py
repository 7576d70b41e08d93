"""The kinds of documents of a run, the benchmarks in it and its mix -> sections of the report.

    view_of(run).kinds    ->  kind    read  clean  finish  render
                              issues   900    610     540     540

Puts together what the manifest counts, why documents of each kind left, the hits of benchmarks and the plan
of the mix. Of documents there are counts only, and benchmark items are public. It decides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from curation.decontaminate import report as hits
from curation.ledger import KINDS, STAGES
from curation.mix import MixRow
from curation.report import kinds_figures
from curation.report.kinds import ORDER, PASSES, kinds_of
from curation.report.views import connect, quote, read_manifest

REASONS = 5
"""Reasons listed of each kind on a page, those that took most documents."""
ITEMS = 40
"""Benchmark items listed on a page, those in most documents first."""
KIND = f"coalesce(kind, if(stage IN ({', '.join(map(quote, KINDS))}), stage, 'code'))"
"""SQL for the kind of an outcome: what could not be made left in the stage that is called like its kind."""
LAST = """
SELECT kind, coalesce(later.stage, ends.stage) AS stage, coalesce(later.reason, ends.reason) AS reason,
    kept AND later.id IS NULL AS kept
FROM (SELECT id, {kind} AS kind, stage, reason, kept FROM outcomes) AS ends
LEFT JOIN (SELECT id, stage, reason FROM rendered WHERE decision = 'dropped') AS later USING (id)
"""
"""What became of every document in the end, rendering included."""


@dataclass(frozen=True, slots=True)
class KindsView:
    """What there is to see besides code files."""

    kinds: pd.DataFrame
    """kind, read, and the documents kept by each pass that is done: clean, finish, render."""
    passes: Mapping[str, str]
    """Those of the columns above -> what a document is after the pass."""
    only_code: bool
    """Whether no other kind was read."""
    reasons: pd.DataFrame
    """kind, stage, reason, documents, share (of the kind's documents that were read)."""
    checked: tuple[str, ...] = ()
    """Benchmarks that documents were checked against; none if they were not."""
    benchmarks: pd.DataFrame = field(default_factory=pd.DataFrame)
    """benchmark, items, documents, near; one row for each that was looked for."""
    items: pd.DataFrame = field(default_factory=pd.DataFrame)
    """As `curation.decontaminate.report.items` gives them."""
    mix: pd.DataFrame = field(default_factory=pd.DataFrame)
    """The fields of `curation.mix.MixRow`; no row if nothing was rendered."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """kinds, reasons, sizes and mix, as matplotlib figures."""

    def reasons_of(self, kind: str) -> pd.DataFrame:
        """The most frequent reasons against a kind."""
        return self.reasons[self.reasons["kind"] == kind].head(REASONS)


def view_of(run: Path) -> KindsView:
    """Look at the kinds, benchmarks and mix of a run.

    Raises:
        BadInputError: If `run` is not the folder of a run.
        BrokenRunError: If a finished run lacks a file that its manifest lists.
    """
    return kinds_view(read_manifest(run), connect(run))


def kinds_view(manifest: Mapping[str, Any], con: duckdb.DuckDBPyConnection) -> KindsView:
    """The same of a run that is open already.

    Args:
        manifest: Of the run.
        con: From `curation.report.views.connect`.
    """
    rows = kinds_of(manifest)
    shown = [name for name in PASSES if rows and name in rows[0]]
    kinds = pd.DataFrame(rows, columns=["kind", "read", *shown])
    reasons, mix = reasons_by_kind(con), pd.DataFrame(manifest.get("mix", []), columns=MixRow._fields)
    found = con.sql("SELECT * FROM hits").to_arrow_table()
    checked = _checked(manifest)
    return KindsView(
        kinds=kinds,
        passes={name: PASSES[name] for name in shown},
        only_code={row["kind"] for row in rows} <= {"code"},
        reasons=reasons,
        checked=checked,
        benchmarks=_all_of(hits.benchmarks(found), checked),
        items=hits.items(found),
        mix=mix,
        figures={
            "kinds": kinds_figures.kinds_figure(kinds),
            "reasons": kinds_figures.reasons_figure(reasons),
            "sizes": kinds_figures.sizes_figure(sizes_by_kind(con)),
            "mix": kinds_figures.mix_figure(mix),
        },
    )


def reasons_by_kind(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Why documents of each kind have left, in every pass.

    Args:
        con: From `curation.report.views.connect`.

    Returns:
        Columns kind, stage, reason, documents, share (of the documents of the kind that were read); kinds in
        their order, the most frequent reasons of each first.
    """
    table: pd.DataFrame = con.execute(
        f"""WITH counted AS (SELECT kind, stage, reason, kept, count(*) AS documents
            FROM ({LAST.format(kind=KIND)}) GROUP BY ALL)
        SELECT * EXCLUDE (kept), documents / sum(documents) OVER (PARTITION BY kind) AS share
        FROM counted QUALIFY NOT kept
        ORDER BY list_position($1, kind), documents DESC, list_position($2, stage), reason""",
        [list(ORDER), list(STAGES)],
    ).df()
    return table


def sizes_by_kind(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Histogram of document sizes by kind, kept and dropped.

    Args:
        con: From `curation.report.views.connect`.

    Returns:
        The columns of `curation.report.tables.sizes`, with kind in place of language.
    """
    table: pd.DataFrame = con.execute(
        f"""SELECT {KIND} AS kind, kept,
        if(length_bytes = 0, 0, pow(2, floor(log2(length_bytes))))::BIGINT AS lower,
        if(length_bytes = 0, 1, pow(2, floor(log2(length_bytes)) + 1))::BIGINT AS upper, count(*) AS documents
        FROM outcomes WHERE length_bytes IS NOT NULL GROUP BY ALL ORDER BY kind, kept, lower"""
    ).df()
    return table


def _checked(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the benchmarks that were looked for."""
    if "finish" not in manifest["passes"]:
        return ()
    found = manifest["config"].get("decontaminate", {}).get("benchmarks", ())
    return tuple(each["name"] for each in found)


def _all_of(found: pd.DataFrame, checked: tuple[str, ...]) -> pd.DataFrame:
    """A row for each benchmark, also for those of which nothing was found."""
    names = list(dict.fromkeys((*found["benchmark"], *checked)))
    return found.set_index("benchmark").reindex(names, fill_value=0).reset_index()
