"""The ledger of a run -> who left where, as small tables.

    funnel(con)
       stage     reason           documents  bytes  share  remaining  remaining_bytes  survival
       filters   max_line_length         12  91234  0.013        611           812345     0.679

All counting is done by DuckDB over the stored files; what comes back is small, whatever the run. Bytes are
UTF-8 bytes of documents that could be decoded; of the others no size is known, so their bytes are missing
(NA). Shares are fractions of all documents that were read, from 0 to 1. What a threshold would do is in
`curation.report.thresholds`.
"""

import duckdb
import pandas as pd

from curation.ledger import KINDS, STAGES
from curation.report.views import quote, quote_name

UNKNOWN = "(not decoded)"
"""Language shown for documents that could not be decoded, so that nobody could tell."""
NO_LANGUAGE = "(unknown)"
OTHERS = "(others)"
NOT_LANGUAGES = (OTHERS, NO_LANGUAGE, UNKNOWN)
"""Names in the column `language` that come last."""
LANGUAGE = f"CASE WHEN path IS NULL THEN '{UNKNOWN}' ELSE coalesce(nullif(language, ''), '{NO_LANGUAGE}') END"


def funnel(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """What left at which stage and why, in the order in which documents meet the stages.

    Returns:
        One row per stage and reason with stage, reason, documents and bytes that left, share, and
        remaining, remaining_bytes and survival after this row. A stage that dropped nothing has one row
        with an empty reason. Stages that the run has not reached are left out.
    """
    total, total_bytes = _one(con, "SELECT count(*), coalesce(sum(length_bytes), 0) FROM outcomes")
    rows = con.execute(
        """SELECT stage, reason, count(*), sum(length_bytes) FROM outcomes WHERE decision = 'dropped'
        GROUP BY stage, reason ORDER BY count(*) DESC, reason"""
    ).fetchall()
    reached = con.execute("SELECT DISTINCT stage FROM ledger").fetchall()
    order = _stage_order([row[0] for row in reached])
    rows.extend((stage, "", 0, 0) for stage in order if stage not in {row[0] for row in rows})
    rows.sort(key=lambda row: order.index(row[0]))
    table = pd.DataFrame(rows, columns=["stage", "reason", "documents", "bytes"])
    table["bytes"] = table["bytes"].astype("Int64")
    table["share"] = table["documents"] / total if total else 0.0
    table["remaining"] = total - table["documents"].cumsum()
    table["remaining_bytes"] = total_bytes - table["bytes"].fillna(0).cumsum()
    table["survival"] = table["remaining"] / total if total else 0.0
    return table


def _stage_order(reached: list[str]) -> list[str]:
    """Known stages up to the last one reached, then stages that this version does not know.

    Stages that make documents of another kind are left out where they were not reached.
    """
    known = [n for n, stage in enumerate(STAGES) if stage in reached]
    passed = STAGES[: max(known, default=-1) + 1]
    return [
        *(stage for stage in passed if stage in reached or stage not in KINDS),
        *sorted(set(reached) - set(STAGES)),
    ]


def totals(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Documents and bytes that the ledger counts: read, kept, dropped, changed, bytes_read, bytes_kept.

    `changed` counts edits, not documents: a document may be edited twice, and dropped later.
    """
    read, kept, dropped, bytes_read, bytes_kept = _one(
        con,
        """SELECT count(*), count(*) FILTER (kept), count(*) FILTER (NOT kept),
        coalesce(sum(length_bytes), 0), coalesce(sum(length_bytes) FILTER (kept), 0) FROM outcomes""",
    )
    (changed,) = _one(con, "SELECT count(*) FROM ledger WHERE decision = 'changed'")
    return {
        "read": read,
        "kept": kept,
        "dropped": dropped,
        "changed": changed,
        "bytes_read": bytes_read,
        "bytes_kept": bytes_kept,
    }


def changes(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Edits by stage and reason: stage, reason, documents."""
    return _frame(
        con,
        """SELECT stage, reason, count(DISTINCT id) AS documents FROM ledger WHERE decision = 'changed'
        GROUP BY stage, reason ORDER BY documents DESC, stage, reason""",
    )


def funnel_by_language(con: duckdb.DuckDBPyConnection, top: int = 20) -> pd.DataFrame:
    """How many documents of each language left at which stage.

    Args:
        con: From `curation.report.views.connect`.
        top: Languages shown, those with most documents read; the rest are added up as "(others)".

    Returns:
        One row per language with language, documents and bytes read, one column dropped_STAGE per stage that
        dropped anything, kept, bytes_kept and survival (kept / documents). Languages come by number of
        documents, then what has none.
    """
    reached = con.execute("SELECT DISTINCT stage FROM outcomes WHERE decision = 'dropped'").fetchall()
    took = {row[0] for row in reached}
    stages = [stage for stage in _stage_order(sorted(took)) if stage in took]
    wanted = [
        f"count(*) FILTER (NOT kept AND stage = {quote(stage)}) AS {quote_name(f'dropped_{stage}')}"
        for stage in stages
    ]
    table = _frame(
        con,
        f"""SELECT {_top_language(con, top)} AS language, count(*) AS documents,
        sum(length_bytes)::BIGINT AS bytes, {"".join(f"{each}, " for each in wanted)}
        count(*) FILTER (kept) AS kept,
        sum(length_bytes) FILTER (kept)::BIGINT AS bytes_kept
        FROM outcomes GROUP BY 1 ORDER BY documents DESC, language""",
    )
    table["survival"] = table["kept"] / table["documents"]
    rest = table["language"].isin(NOT_LANGUAGES)
    return pd.concat([table[~rest], table[rest]], ignore_index=True)


def reasons_by_language(
    con: duckdb.DuckDBPyConnection, top: int = 12, stage: str | None = None
) -> pd.DataFrame:
    """Which reasons take which languages.

    Args:
        con: From `curation.report.views.connect`.
        top: Languages shown; the rest are added up as "(others)".
        stage: Only reasons of this stage; None for all.

    Returns:
        One row per language and reason that occurs, largest first: language, stage, reason, documents and
        share (of the documents of the language that were read).
    """
    language = _top_language(con, top)
    return _frame(
        con,
        f"""WITH counted AS (SELECT {language} AS language, stage, reason, kept, count(*) AS documents
            FROM outcomes GROUP BY ALL)
        SELECT * EXCLUDE (kept), documents / sum(documents) OVER (PARTITION BY language) AS share
        FROM counted QUALIFY NOT kept AND ($1::VARCHAR IS NULL OR stage = $1::VARCHAR)
        ORDER BY documents DESC, language, stage, reason""",
        [stage],
    )


def sizes(con: duckdb.DuckDBPyConnection, top: int = 4) -> pd.DataFrame:
    """Histogram of document sizes by language, kept and dropped.

    Returns:
        One row per language, kept (true or false) and size bin that is not empty: language, kept,
        lower and upper (bytes; lower <= size < upper, bins double), documents.
    """
    return _frame(
        con,
        f"""SELECT {_top_language(con, top)} AS language, kept,
        if(length_bytes = 0, 0, pow(2, floor(log2(length_bytes))))::BIGINT AS lower,
        if(length_bytes = 0, 1, pow(2, floor(log2(length_bytes)) + 1))::BIGINT AS upper,
        count(*) AS documents
        FROM outcomes WHERE length_bytes IS NOT NULL GROUP BY ALL ORDER BY language, kept, lower""",
    )


def largest_languages(con: duckdb.DuckDBPyConnection, top: int) -> list[str]:
    """Languages with most decoded documents, largest first."""
    rows = con.execute(
        """SELECT language FROM signals WHERE language <> '' GROUP BY language
        ORDER BY count(*) DESC, language LIMIT ?""",
        [top],
    ).fetchall()
    return [row[0] for row in rows]


def _top_language(con: duckdb.DuckDBPyConnection, top: int) -> str:
    """SQL for the language of an outcome, with all but the largest `top` ones taken together."""
    listed = ", ".join(map(quote, [*largest_languages(con, top), UNKNOWN, NO_LANGUAGE]))
    return f"CASE WHEN {LANGUAGE} IN ({listed}) THEN {LANGUAGE} ELSE '{OTHERS}' END"


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    row: tuple[int, ...] = con.execute(sql).fetchone()
    return row


def _frame(
    con: duckdb.DuckDBPyConnection, sql: str, parameters: list[str | None] | None = None
) -> pd.DataFrame:
    table: pd.DataFrame = con.execute(sql, parameters or []).df()
    return table
