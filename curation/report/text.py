"""The funnel of a run -> a table for a terminal.

    stage     reason            documents    bytes  share  left
    filters   max_line_length          12  89 KiB   1.3%   611

Names come from the corpus or its configuration: control characters are made visible, so that none of
them moves the cursor, and none is read as markup. Counts are those of the ledger.
"""

import io
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from curation.report.tables import funnel, totals
from curation.report.views import connect
from curation.report.visible import one_line, short_bytes

WIDTH = 100
"""Columns of the plain text."""


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
