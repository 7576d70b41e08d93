"""Why one file is in or out, from the ledger, the stored signals and the settings of the run.

    explain(Path("runs/demo"), "000003-00000017") -> [{"id": ..., "decisions": [...], "bounds": [...]}]

Decisions are the ledger's rows; bounds are all filters of the run asked again with the stored signals, so
that also the ones that a document passed show their value and threshold; redactions are the places of
personal data and secrets, in characters of the text as it was read. Shows no content, and no value.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from curation import config as configs
from curation import manifest as manifests
from curation.errors import BadInputError
from curation.filters import Decider
from curation.ledger import KINDS
from curation.report.views import connect
from curation.signals import SIGNALS

DOCUMENT_ID = re.compile(r"\d{6,}-\d{8,}")
MAX_MATCHES = 20
"""Documents that are explained at most, where a path stands in many repositories."""


def explain(run: Path, document: str) -> list[dict[str, Any]]:
    """Every decision about the documents that `document` names.

    Args:
        run: Folder of a run, finished or not.
        document: Document id, SWHID, repository/path, or path.

    Raises:
        BadInputError: If the run has read no such document.
    """
    con = connect(run)
    ids = _find(con, document)
    if not ids:
        raise BadInputError(
            f"{run}: no document {document!r} was read; expected a document id such as 000003-00000017, "
            "a SWHID (swh:1:cnt:...), or repository/path as the run knows it"
        )
    filters = configs.check(manifests.load(run)["config"], str(run / manifests.MANIFEST)).filters
    decider = Decider(filters)
    return [_explain_one(con, decider, name) for name in ids[:MAX_MATCHES]]


def _find(con: Any, document: str) -> list[str]:
    """Ids of the documents that `document` names, in order."""
    values: list[Any]
    if DOCUMENT_ID.fullmatch(document):
        query, values = "SELECT DISTINCT id FROM ledger WHERE id = ? ORDER BY id", [document]
    elif document.startswith("swh:1:cnt:"):
        query, values = "SELECT id FROM signals WHERE content_id = ? ORDER BY id", [document]
    else:
        query = (
            "SELECT id FROM signals WHERE path = ? OR concat(repo_name, '/', path) = ? "
            "UNION SELECT id FROM ledger WHERE stage IN ? AND (detail = ? OR starts_with(detail, ?)) "
            "ORDER BY id"
        )
        values = [document, document, ["read", *KINDS], document, f"{document} "]
    rows: list[tuple[str]] = con.execute(query, values).fetchall()
    return [row[0] for row in rows]


def _explain_one(con: Any, decider: Decider, document: str) -> dict[str, Any]:
    decisions = [
        row
        for view in ("ledger", "rendered")
        for row in _rows(con, f"SELECT * EXCLUDE (id) FROM {view} WHERE id = ?", document)  # noqa: S608  # ours
    ]
    signals = _rows(con, "SELECT * FROM signals WHERE id = ?", document)
    redactions = _rows(
        con,
        """SELECT tag, rule, start, "end", replaced, replacement_length FROM findings
        WHERE id = ? ORDER BY start""",
        document,
    )
    found: dict[str, Any] = {"id": document, "decisions": decisions, "bounds": [], "redactions": redactions}
    if signals:
        row = signals[0]
        names = [signal.name for signal in SIGNALS]
        found |= {key: value for key, value in row.items() if key not in names}
        values: Sequence[float] = [row[name] for name in names]
        found["bounds"] = [
            {
                "filter": filter_name,
                "reason": bound.reason,
                "signal": bound.signal,
                "value": value,
                "drops_if": bound.side,
                "threshold": bound.threshold,
                "passed": passed,
            }
            for filter_name, bound, value, passed in decider.explain(row["language"], row["path"], values)
            if row["kind"] == "code"
        ]
    return found


def _rows(con: Any, query: str, document: str) -> list[dict[str, Any]]:
    result = con.execute(query, [document])
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
