"""A threshold -> real documents on both sides of it, with the beginning of their text.

    for example in examples(con, Bound("max_line_length", "above", 1000.0, "max_line_length"), k=3):
        print(example.drops, example.value, example.path)

A threshold is judged by what it cuts off and what it leaves, so the documents nearest to it are shown.
Text comes from the run's own files: of kept documents from the shards, of dropped ones only if the run
was told to set them aside, and is shown without personal data. Otherwise path and value have to do.
Snippets are bounded, and nothing in them hides; they are not escaped for HTML, the templates do that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd

from curation.filters.bounds import Bound
from curation.pii.masked import masked
from curation.pii.settings import PiiSettings
from curation.report.thresholds import near_threshold
from curation.report.visible import one_line, snippet

FETCHED_CHARACTERS = 8_000
"""Characters of a content that are read to make a snippet from."""


@dataclass(frozen=True, slots=True)
class Example:
    """A document next to a threshold; all texts are visible and on one line, but the snippet."""

    id: str
    path: str
    repo_name: str
    language: str
    length_bytes: int
    value: float
    drops: bool
    """Whether the bound in question drops it."""
    decision: str
    """What the filters of the run decided: kept or dropped."""
    reason: str
    """Why, if dropped; it may be another rule."""
    snippet: str | None
    """The first lines; None if the run has not kept the content."""


def examples(
    con: duckdb.DuckDBPyConnection, bound: Bound, k: int = 3, among: str = "candidates"
) -> list[Example]:
    """The `k` documents nearest to a threshold on each side, dropped ones first.

    Args:
        con: From `curation.report.views.connect`.
        bound: Any signal, side and threshold.
        k: Documents on each side.
        among: View or query that gives the documents, such as `Rules.holding`.

    Raises:
        BadInputError: If the run has not stored the signal.
    """
    return with_snippets(con, [near_threshold(con, bound, k, among)])[0]


def with_snippets(con: duckdb.DuckDBPyConnection, tables: Sequence[pd.DataFrame]) -> list[list[Example]]:
    """Tables of `near_threshold` as examples; all contents are looked up in one pass over the files."""
    wanted = sorted({document for table in tables for document in table["id"]})
    texts = contents(con, wanted)
    return [[_example(row, texts) for row in table.to_dict("records")] for table in tables]


def contents(con: duckdb.DuckDBPyConnection, documents: Sequence[str]) -> dict[str, str]:
    """The beginning of the content of these documents, by id, where the run has kept it.

    Args:
        con: From `curation.report.views.connect`.
        documents: Ids.
    """
    rows = con.execute(
        f"""SELECT id, left(content, {FETCHED_CHARACTERS}) FROM contents
        WHERE id IN (SELECT unnest($1::VARCHAR[]))""",
        [list(documents)],
    ).fetchall()
    found = con.execute("SELECT pii FROM settings").fetchone()
    settings = PiiSettings.model_validate_json(found[0]) if found else PiiSettings()
    return {document: masked(content or "", settings=settings) for document, content in rows}


def _example(row: dict[Any, Any], texts: dict[str, str]) -> Example:
    text = texts.get(row["id"])
    return Example(
        id=one_line(row["id"]),
        path=one_line(row["path"] or "", 120),
        repo_name=one_line(row["repo_name"] or "", 80),
        language=one_line(row["language"] or "", 40),
        length_bytes=int(row["length_bytes"]),
        value=float(row["value"]),
        drops=bool(row["drops"]),
        decision=row["decision"],
        reason=one_line(row["reason"], 80),
        snippet=None if text is None else snippet(text),
    )


def examples_table(found: Sequence[Example]) -> pd.DataFrame:
    """Examples as a table for a notebook: side, value, language, repository, path, decision, snippet."""
    return pd.DataFrame(
        [
            {
                "side": "dropped side" if each.drops else "kept side",
                "value": each.value,
                "language": each.language,
                "repository": each.repo_name,
                "path": each.path,
                "the run": each.decision if each.decision == "kept" else f"dropped: {each.reason}",
                "begins": "(content not kept)" if each.snippet is None else one_line(each.snippet, 80),
            }
            for each in found
        ],
        columns=["side", "value", "language", "repository", "path", "the run", "begins"],
    )
