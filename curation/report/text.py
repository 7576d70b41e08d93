"""The funnel of a run, and its redactions -> tables for a terminal.

    stage     reason            documents    bytes  share  left
    filters   max_line_length          12  89 KiB   1.3%   611

Names come from the corpus or its configuration: control characters are made visible, so that none of
them moves the cursor, and none is read as markup. Counts are those of the ledger.
"""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from curation.report import pii
from curation.report.tables import funnel, totals
from curation.report.views import connect, read_manifest
from curation.report.visible import one_line, short_bytes

WIDTH = 100
"""Columns of the plain text."""
LANGUAGES = 6
"""Languages shown beside the tags, those with most redactions."""


def funnel_text(run: Path) -> Table:
    """The funnel as a rich table, for `Console.print`.

    Raises:
        BadInputError: If `run` is not the folder of a run.
        BrokenRunError: If a finished run lacks a file that its manifest lists.
    """
    con = connect(run)
    rows, counts = funnel(con), totals(con)
    share = counts["kept"] / counts["read"] if counts["read"] else 0.0
    table = Table(title=f"{counts['read']:,} documents read", title_justify="left", show_footer=True)
    table.add_column("stage", "kept", no_wrap=True)
    table.add_column("reason", overflow="fold")
    table.add_column("dropped", justify="right", no_wrap=True)
    table.add_column("bytes", short_bytes(counts["bytes_kept"]), justify="right", no_wrap=True)
    table.add_column("share", f"{share:.1%}", justify="right", no_wrap=True)
    table.add_column("left", f"{counts['kept']:,}", justify="right", no_wrap=True)
    for row in rows.to_dict("records"):
        table.add_row(
            Text(one_line(row["stage"], 24)),
            Text(one_line(row["reason"], 40)),
            f"{row['documents']:,}",
            "?" if pd.isna(row["bytes"]) else short_bytes(row["bytes"]),
            f"{row['share']:.1%}",
            f"{row['remaining']:,}",
        )
    return table


def funnel_plain(run: Path) -> str:
    """The funnel as plain text without colours, at most 100 columns wide.

    Raises:
        BadInputError: If `run` is not the folder of a run.
        BrokenRunError: If a finished run lacks a file that its manifest lists.
    """
    stream = io.StringIO()
    Console(file=stream, width=WIDTH, color_system=None).print(funnel_text(run))
    return stream.getvalue()


def redactions_text(run: Path) -> RenderableType:
    """Redactions by tag, and the languages with most, beside each other where there is room.

    If there is nothing to show, a sentence that says so.

    Raises:
        BadInputError: If `run` is not the folder of a run.
        BrokenRunError: If a finished run lacks a file that its manifest lists.
    """
    problem = pii.missing(read_manifest(run))
    if problem:
        return Text(f"no redactions: {problem}")
    con = connect(run)
    found, languages = pii.coverage(con), pii.languages(con, top=1_000)
    share = f" ({found['share']:.1%})" if found["share"] else ""
    title = (
        f"{found['spans']:,} spans of personal data and secrets replaced in {found['redacted']:,} of "
        f"{found['passed']:,} documents{share}"
    )
    if not found["spans"] and not found["stay"]:
        return Text(title)
    most = languages.sort_values("spans", ascending=False, kind="stable")[:LANGUAGES]
    tables = (
        _counted("tag", pii.by_tag(con).to_dict("records"), stay=True),
        _counted("language", most[most["spans"] > 0].to_dict("records")),
    )
    return Group(Text(title, "italic"), Columns(tables))


def _counted(name: str, rows: Sequence[Mapping[Any, Any]], *, stay: bool = False) -> Table:
    """Rows with documents, spans and spans per MB."""
    table = Table()
    table.add_column(name, no_wrap=True)
    for head in ("documents", "spans", "per MB", *(["stay"] if stay else [])):
        table.add_column(head, justify="right", no_wrap=True)
    for row in rows:
        documents = row["documents"] if stay else row["redacted"]
        cells = [f"{documents:,}", f"{row['spans']:,}", f"{row['per_mb']:,.1f}"]
        table.add_row(Text(one_line(row[name], 24)), *cells, *([f"{row['stay']:,}"] if stay else []))
    return table
