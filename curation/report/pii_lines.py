"""A few redactions of a run, each in its line -> what stands there now, for a person to judge.

    redacted_lines(con)[0]
        -> RedactedLine(tag="EMAIL", before="# written by ", now="<EMAIL>", after=" in May", ...)

Lines come from the finished shards, which hold the replacement and not the value; the place is found from
the offsets of all findings of the document before it. A value that a rule lets stay is masked even so. A
document whose text does not fit its findings is passed over. Every text is made visible and bounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import duckdb
import pandas as pd

from curation.pii.scorecard.mask import DOTS
from curation.pii.spans import TAGS
from curation.report.visible import ELLIPSIS, one_line, visible

AROUND = 60
"""Characters shown of a line on either side of a replacement."""
LINES = 4
"""Redactions shown of each tag."""
LONGEST = 40
"""Characters shown of a replacement."""


@dataclass(frozen=True, slots=True)
class RedactedLine:
    """One replacement and its surroundings; all texts are visible and on one line."""

    tag: str
    rule: str
    language: str
    repo_name: str
    path: str
    id: str
    before: str
    now: str
    """What stands there instead of the value."""
    after: str


class _Place(NamedTuple):
    """Where a finding is in the text after redaction."""

    start: int
    end: int
    replaced: bool


def redacted_lines(con: duckdb.DuckDBPyConnection, of_each: int = LINES) -> list[RedactedLine]:
    """Redactions of every tag, of as many rules as there are, always the same of the same run.

    Args:
        con: From `curation.report.views.connect`.
        of_each: Redactions of a tag, at most.
    """
    chosen = con.execute(
        """WITH few AS (SELECT tag, rule, unnest(min_by({'id': id, 'start': start}, md5(id || start), $1))
                AS place, count(*) AS often FROM findings WHERE replaced GROUP BY tag, rule),
            numbered AS (SELECT *, row_number() OVER (PARTITION BY tag, rule ORDER BY md5(place.id)) AS turn
                FROM few)
        SELECT place.id, place.start, tag, rule, repo_name, path, language, characters::BIGINT
        FROM numbered JOIN signals ON signals.id = place.id
        QUALIFY row_number() OVER (PARTITION BY tag ORDER BY turn, often DESC, rule) <= $1
        ORDER BY tag, turn, often DESC, rule""",
        [of_each],
    ).fetchall()
    rank = {tag: place for place, tag in enumerate(TAGS)}
    chosen.sort(key=lambda row: rank.get(row[2], len(TAGS)))
    findings = _findings(con, sorted({row[0] for row in chosen}))
    found = [_line(con, row, findings.get(row[0], [])) for row in chosen]
    return [line for line in found if line is not None]


def _findings(con: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
    rows = con.execute(
        """SELECT id, start, "end", replaced, replacement_length FROM findings
        WHERE id IN (SELECT unnest($1::VARCHAR[])) ORDER BY id, start""",
        [list(ids)],
    ).fetchall()
    grouped: dict[str, list[tuple[Any, ...]]] = {}
    for document, *rest in rows:
        grouped.setdefault(document, []).append(tuple(rest))
    return grouped


def _line(
    con: duckdb.DuckDBPyConnection, chosen: tuple[Any, ...], findings: Sequence[tuple[Any, ...]]
) -> RedactedLine | None:
    document, start, tag, rule, repository, path, language, characters = chosen
    places: list[_Place] = []
    shift, own = 0, None
    for first, last, replaced, length in findings:
        place = _Place(first + shift, first + shift + (length if replaced else last - first), replaced)
        own = place if first == start else own
        shift += place.end - place.start - (last - first)
        places.append(place)
    if own is None:
        return None
    low = max(0, own.start - AROUND - 1)
    text = con.execute(
        """SELECT substr(content, $2, $3) FROM contents
        WHERE id = $1 AND source = 'shard' AND length(content) = $4""",
        [document, low + 1, own.end + AROUND + 1 - low, characters + shift],
    ).fetchone()
    if text is None:
        return None
    before, after = _around(text[0], low, own, places)
    return RedactedLine(
        tag=tag,
        rule=one_line(rule, 60),
        language=one_line(language or "", 40),
        repo_name=one_line(repository or "", 80),
        path=one_line(path or "", 120),
        id=document,
        before=before,
        now=one_line(text[0][own.start - low : own.end - low], LONGEST),
        after=after,
    )


def _around(text: str, low: int, own: _Place, places: Sequence[_Place]) -> tuple[str, str]:
    """The line before and after a replacement, cut to `AROUND` characters, values that stay masked."""
    before, after = text[: own.start - low], text[own.end - low :]
    for place in reversed(places):
        start, end = place.start - low, place.end - low
        if place.replaced or end <= 0 or start >= len(text):
            continue
        if end <= len(before):
            before = before[: max(start, 0)] + DOTS + before[end:]
        elif place.start >= own.end:
            cut = own.end - low
            after = after[: start - cut] + DOTS + after[end - cut :]
    before = before[max(before.rfind("\n"), before.rfind("\r")) + 1 :]
    after = (after.splitlines() or [""])[0] if after[:1] not in {"\n", "\r"} else ""
    if len(before) > AROUND:
        before = ELLIPSIS + before[-AROUND:]
    if len(after) > AROUND:
        after = after[:AROUND] + ELLIPSIS
    return visible(before.lstrip(), keep=""), visible(after.rstrip(), keep="")


def lines_table(found: Sequence[RedactedLine]) -> pd.DataFrame:
    """The same as a table for a notebook: tag, rule, line, language, repository, path."""
    return pd.DataFrame(
        [
            {
                "tag": each.tag,
                "rule": each.rule,
                "line": f"{each.before}{each.now}{each.after}",
                "language": each.language,
                "repository": each.repo_name,
                "path": each.path,
            }
            for each in found
        ],
        columns=["tag", "rule", "line", "language", "repository", "path"],
    )
