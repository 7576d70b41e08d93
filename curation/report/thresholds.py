"""Stored signals -> what a threshold does, and what another one would do.

    survival(con, "max_line_length", "above")     threshold -> documents that would survive it
    rule_interaction(con, bounds)                 what each rule drops, alone and together with others
    what_if(con, with_threshold(bounds, "max_line_length", 500))     who changes sides

The documents here are those that reached the filters: what left before (not decoded, opted out, other
language, licence) has been decided by no signal. Signals are stored for every document, so nothing here
is an estimate and nothing is measured again. Exact dedup comes later: a document that these tables call
kept may still be dropped as a copy.
"""

from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd

from curation.errors import BadInputError
from curation.filters.bounds import Bound, Side
from curation.report.rules import OPERATORS, BoundsOf, Rules, register, signal_columns
from curation.report.views import quote, quote_name
from curation.report.visible import one_line

SURVIVES = {"above": "<=", "at_least": "<", "below": ">=", "at_most": ">"}
"""How a value that is not dropped compares with the threshold."""
LINEAR_UP_TO = 50.0
"""Largest value of a signal up to which thresholds are spaced evenly; beyond, their ratios are."""
COPIES = 20
"""Candidates looked at per document wanted next to a threshold, so that copies can be passed over."""


def signal_of(con: duckdb.DuckDBPyConnection, signal: str) -> str:
    """The signal as an SQL identifier.

    Raises:
        BadInputError: If the run has not stored it.
    """
    stored = signal_columns(con)
    if signal not in stored:
        raise BadInputError(
            f"expected a signal that this run has stored ({', '.join(sorted(stored))}), saw {signal!r}"
        )
    return quote_name(signal)


def survival(
    con: duckdb.DuckDBPyConnection,
    signal: str,
    side: Side,
    *,
    language: str | None = None,
    points: int = 100,
    thresholds: Sequence[float] = (),
    among: str = "candidates",
) -> pd.DataFrame:
    """How many documents would survive a bound on one signal, as a function of its threshold.

    Args:
        con: From `curation.report.views.connect`.
        signal: A stored signal.
        side: On which side of the threshold documents are dropped.
        language: Only documents of this language; None for all.
        points: Thresholds tried: all values if there are no more different ones; else half of them are
            quantiles, half evenly spaced round numbers.
        thresholds: Further thresholds to try.
        among: View or query that gives the documents, such as `Rules.asked`.

    Returns:
        threshold, documents, bytes (that survive) and share (of the documents), sorted by threshold. Every
        number is exact. A document without this signal survives every threshold.

    Raises:
        BadInputError: If the run has not stored the signal.
    """
    curves = survival_by_language(con, signal, side, points=points, thresholds=thresholds, among=among)
    wanted = curves[curves["language"] == language] if language is not None else _all_languages(curves)
    return wanted[["threshold", "documents", "bytes", "share"]].reset_index(drop=True)


def _all_languages(curves: pd.DataFrame) -> pd.DataFrame:
    summed = curves.groupby("threshold", as_index=False)[["documents", "bytes", "total"]].sum()
    summed["share"] = summed["documents"] / summed["total"]
    return summed


def survival_by_language(
    con: duckdb.DuckDBPyConnection,
    signal: str,
    side: Side,
    *,
    points: int = 100,
    thresholds: Sequence[float] = (),
    among: str = "candidates",
) -> pd.DataFrame:
    """`survival` of every language at once, at the same thresholds, in one pass over the signals.

    Returns:
        language, threshold, documents, bytes, total (documents of the language) and share.

    Raises:
        BadInputError: If the run has not stored the signal.
    """
    column = signal_of(con, signal)
    grid = _grid(con, f"FROM {among} WHERE NOT isnan({column})", column, points)
    grid = sorted({*grid, *map(float, thresholds)})
    # A document survives its own grid point and all beyond it: the nearest threshold that keeps it is found
    # for each, then counts are added up along the grid.
    rows: pd.DataFrame = con.execute(
        f"""SELECT coalesce(language, '') AS language, threshold, isnan(value) AS missing,
            count(*)::DOUBLE AS documents, sum(length_bytes)::DOUBLE AS bytes
        FROM (SELECT language, length_bytes, coalesce({column}, 'nan'::DOUBLE) AS value FROM {among})
        ASOF LEFT JOIN (SELECT unnest($1::DOUBLE[]) AS threshold) ON value {SURVIVES[side]} threshold
        GROUP BY ALL""",
        [grid],
    ).df()
    rows.loc[rows["missing"], "threshold"] = np.nan
    pieces = [_curve(language, group, grid, side) for language, group in rows.groupby("language", sort=True)]
    columns = ["language", "threshold", "documents", "bytes", "total", "share"]
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=columns)


def _grid(con: duckdb.DuckDBPyConnection, measured: str, column: str, points: int) -> list[float]:
    """All values if there are at most `points` different ones; else half quantiles, half evenly spaced."""
    found = con.execute(f"SELECT DISTINCT {column} {measured} LIMIT {int(points) + 1}").fetchall()
    if len(found) <= points:
        return [row[0] for row in found]
    shares = np.linspace(0.0, 1.0, max(2, points // 2)).tolist()
    quantiles: list[float] = con.execute(f"SELECT quantile_disc({column}, {shares}) {measured}").fetchone()[0]
    return [*quantiles, *_spaced(quantiles[0], quantiles[-1], points - len(shares))]


def _spaced(lowest: float, highest: float, points: int) -> list[float]:
    """Round numbers between two values, evenly spaced on the axis of a figure: quantiles miss the tails."""
    if lowest >= 0.0 and highest > LINEAR_UP_TO:
        spaced = np.geomspace(max(lowest, 1.0), highest, points + 2)[1:-1]
    else:
        spaced = np.linspace(lowest, highest, points + 2)[1:-1]
    return [float(f"{value:.3g}") for value in spaced]


def _curve(language: object, rows: pd.DataFrame, grid: list[float], side: Side) -> pd.DataFrame:
    missing = rows[rows["missing"]]
    known = rows[~rows["missing"]].set_index("threshold")
    curve = pd.DataFrame({"threshold": grid})
    for name in ("documents", "bytes"):
        per_point = known[name].groupby(level=0).sum().reindex(grid, fill_value=0.0).to_numpy()
        summed = per_point.cumsum() if side in {"above", "at_least"} else per_point[::-1].cumsum()[::-1]
        curve[name] = np.rint(summed + missing[name].sum()).astype(np.int64)
    total = int(rows["documents"].sum())
    curve.insert(0, "language", str(language))
    curve["total"] = total
    curve["share"] = curve["documents"] / total
    return curve


def _patterns(
    con: duckdb.DuckDBPyConnection, bounds: BoundsOf | Rules
) -> tuple[list[tuple[str, str, str]], pd.DataFrame]:
    """The rules, and how often each set of broken rules occurs: f0.., t0.., failed_rule, documents, bytes."""
    rules = register(con, bounds)
    flags = "".join(f"f{n}, t{n}, " for n in range(len(rules.rules)))
    table: pd.DataFrame = con.execute(
        f"""SELECT {flags} bounds_set, failed_rule, count(*) AS documents,
        sum(length_bytes)::BIGINT AS bytes FROM ({rules.judged}) GROUP BY ALL"""
    ).df()
    return [(rule.reason, rule.signal, rule.side) for rule in rules.rules], table


def rule_interaction(con: duckdb.DuckDBPyConnection, bounds: BoundsOf | Rules) -> pd.DataFrame:
    """What each rule drops on its own, and what it would not need to.

    Returns:
        One row per rule in the order of the filters: reason, signal, side, threshold (the one that holds
        for most documents), lowest and highest threshold, applies (documents that it is asked about),
        drops (that break it), share (drops / applies), counted (drops that the ledger counts here, because
        no earlier rule was broken), unique (drops that break no other rule), overlap (drops - unique), bytes
        and unique_bytes, most_with (the reason that most of its drops break too) and most_with_documents.

    Raises:
        BadInputError: If a bound names a signal that the run has not stored.
    """
    rules, table = _patterns(con, bounds)
    broken = np.array([table[f"f{n}"] for n in range(len(rules))], bool).reshape(len(rules), len(table))
    documents, sizes = table["documents"].to_numpy(), table["bytes"].to_numpy()
    alone = broken & (broken.sum(axis=0) == 1)
    together = (broken * documents) @ broken.T
    rows = []
    for n, (reason, signal, side) in enumerate(rules):
        thresholds = table.groupby(f"t{n}")["documents"].sum()
        others = np.delete(together[n], n)
        partner = int(others.argmax()) if others.size and others.max() > 0 else -1
        name = np.delete(np.array([rule[0] for rule in rules], object), n)[partner] if partner >= 0 else ""
        applies, drops = int(thresholds.sum()), int(together[n, n])
        rows.append({
            "reason": reason,
            "signal": signal,
            "side": side,
            "threshold": float(thresholds.index.to_numpy(float)[thresholds.to_numpy().argmax()]),
            "lowest": float(thresholds.index.min()),
            "highest": float(thresholds.index.max()),
            "applies": applies,
            "drops": drops,
            "share": drops / applies,
            "counted": int(documents[(table["failed_rule"] == n).to_numpy(bool, na_value=False)].sum()),
            "unique": int(documents[alone[n]].sum()),
            "overlap": drops - int(documents[alone[n]].sum()),
            "bytes": int(sizes[broken[n]].sum()),
            "unique_bytes": int(sizes[alone[n]].sum()),
            "most_with": name,
            "most_with_documents": int(others[partner]) if partner >= 0 else 0,
        })  # fmt: skip
    return pd.DataFrame(rows, columns=INTERACTION_COLUMNS)


INTERACTION_COLUMNS = [
    *("reason", "signal", "side", "threshold", "lowest", "highest", "applies", "drops", "share"),
    *("counted", "unique", "overlap", "bytes", "unique_bytes", "most_with", "most_with_documents"),
]


def what_if(con: duckdb.DuckDBPyConnection, bounds: BoundsOf | Rules) -> pd.DataFrame:
    """Decide all documents again under other bounds, and count who changes.

    Returns:
        One row per pair of decisions that occurs, largest change first: change ("now kept",
        "now dropped", "other reason" or "same"), before and after (reasons; empty if kept), documents
        and bytes.

    Raises:
        BadInputError: If a bound names a signal that the run has not stored.
    """
    table: pd.DataFrame = con.execute(
        f"""SELECT change, before, after, count(*) AS documents, sum(length_bytes)::BIGINT AS bytes
        FROM (SELECT *, {_CHANGE} AS change FROM ({_redecided(con, bounds)}))
        GROUP BY change, before, after ORDER BY change = 'same', documents DESC, before, after"""
    ).df()
    return table


def changed_documents(con: duckdb.DuckDBPyConnection, bounds: BoundsOf, limit: int = 100) -> pd.DataFrame:
    """The first `limit` documents, by id, that other bounds would decide differently.

    Returns:
        id, path (on one line, nothing in it hidden), language, length_bytes, change, before, after.

    Raises:
        BadInputError: If a bound names a signal that the run has not stored.
    """
    table: pd.DataFrame = con.execute(
        f"""SELECT id, path, language, length_bytes, {_CHANGE} AS change, before, after
        FROM ({_redecided(con, bounds)}) WHERE before <> after ORDER BY id LIMIT {int(limit)}"""
    ).df()
    table["path"] = [one_line(path or "") for path in table["path"]]
    return table


_CHANGE = """CASE WHEN before = after THEN 'same' WHEN after = '' THEN 'now kept'
    WHEN before = '' THEN 'now dropped' ELSE 'other reason' END"""


def _redecided(con: duckdb.DuckDBPyConnection, bounds: BoundsOf | Rules) -> str:
    rules = register(con, bounds)
    cases = " ".join(f"WHEN {n} THEN {quote(rule.reason)}" for n, rule in enumerate(rules.rules))
    after = f"CASE failed_rule {cases} ELSE '' END" if cases else "''"
    return f"SELECT *, reason AS before, {after} AS after FROM ({rules.judged})"


def near_threshold(
    con: duckdb.DuckDBPyConnection, bound: Bound, k: int = 5, among: str = "candidates"
) -> pd.DataFrame:
    """The documents nearest to a threshold: `k` that the bound drops, `k` that it does not.

    Args:
        con: From `curation.report.views.connect`.
        bound: Any signal, side and threshold, also one that the run did not use.
        k: Documents on each side; of copies of one content, only the first counts.
        among: View or query that gives the documents, such as `Rules.holding`.

    Returns:
        Nearest first on each side: id, content_id, path, repo_name, language, length_bytes, value, drops
        (whether this bound drops it), decision and reason (what the filters of the run decided).

    Raises:
        BadInputError: If the run has not stored the signal.
    """
    column = signal_of(con, bound.signal)
    pieces = []
    for operator in (OPERATORS[bound.side], SURVIVES[bound.side]):
        near: pd.DataFrame = con.execute(
            f"""SELECT id, content_id, path, repo_name, language, length_bytes, {column} AS value,
            {column} {OPERATORS[bound.side]} $1 AS drops, decision, reason FROM {among}
            WHERE NOT isnan({column}) AND {column} {operator} $1
            ORDER BY abs({column} - $1), id LIMIT {int(k) * COPIES}""",
            [float(bound.threshold)],
        ).df()
        pieces.append(near.drop_duplicates("content_id").head(k))
    return pd.concat(pieces, ignore_index=True)
