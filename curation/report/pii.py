"""The findings of a run -> what was replaced, where, by which rules, and what is probably left.

    by_tag(con)
       tag    spans  documents  stay  values  per_mb  share
       EMAIL    812        240    13     301    11.2  0.041

Findings hold places, rules and keyed hashes, never values; what comes back holds not even the hashes, for
who has them and the key can confirm a guess. Spans are replaced ones unless a column says otherwise:
`stay` counts those that a rule leaves as they are, such as private addresses. Documents that are set aside
have no findings, so rates are per 10^6 UTF-8 bytes of those that passed, as they were before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import duckdb
import pandas as pd

from curation.errors import CurationError
from curation.ledger import STAGES
from curation.pii.engine import detector_of
from curation.pii.scorecard.residual import (
    GB,
    Left,
    PlantedScore,
    Residual,
    measure_planted,
    residual_estimate,
)
from curation.pii.settings import PiiSettings
from curation.pii.spans import TAGS
from curation.report.tables import LANGUAGE, NOT_LANGUAGES, OTHERS
from curation.report.views import quote
from curation.report.visible import number, short_bytes

STAGE = "pii"
MB = 10**6
FROM_HERE = STAGES[STAGES.index(STAGE) :]
SEARCHED = f"""(SELECT id, {LANGUAGE} AS language, repo_name, length_bytes, reason, detail,
    stage = '{STAGE}' AND NOT kept AS aside
    FROM outcomes WHERE kept OR stage IN ({", ".join(map(quote, FROM_HERE))}))"""
"""A query: the documents in which personal data was looked for; `aside` says that one did not pass."""
REPLACED = "(SELECT * FROM findings WHERE replaced)"
KEY_SEED = "key of pii"
"""What the manifest calls the fingerprint of the key of replacements and hashes."""
UNSOUGHT = "telephone numbers, postal addresses, and numbers of cards, accounts and identity papers"


def missing(manifest: Mapping[str, Any]) -> str:
    """Why there is nothing to see, as a clause; "" if there is.

    Args:
        manifest: Of a run.
    """
    if "pii" not in manifest["config"]:
        return "this run was made before personal data was looked for"
    if not manifest["config"]["pii"].get("enabled", True):
        return "this run did not look for it (pii.enabled is false)"
    if manifest["state"] != "complete":
        return "the run is not finished, and it is replaced in the last pass"
    return ""


def coverage(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """How much was looked at, and how much of it was changed.

    Returns:
        searched, set_aside, passed and redacted (documents), share (redacted / passed, None if nothing
        passed), spans and stay (findings that were replaced, and that were not), bytes (of what passed).
    """
    searched, aside, size = _one(
        con,
        f"""SELECT count(*), count(*) FILTER (aside),
        coalesce(sum(length_bytes) FILTER (NOT aside), 0)::BIGINT FROM {SEARCHED}""",
    )
    spans, stay, redacted = _one(
        con,
        """SELECT count(*) FILTER (replaced), count(*) FILTER (NOT replaced),
        count(DISTINCT id) FILTER (replaced) FROM findings""",
    )
    passed = searched - aside
    return {
        "searched": searched,
        "set_aside": aside,
        "passed": passed,
        "redacted": redacted,
        "share": redacted / passed if passed else None,
        "spans": spans,
        "stay": stay,
        "bytes": size,
    }


def by_tag(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Redactions by tag, the more dangerous tags first.

    Returns:
        One row per tag that occurs: tag, spans, documents (with a replaced span), stay, values (different
        ones that were replaced), per_mb (spans per 10^6 bytes), share (documents / those that passed).
    """
    found = _frame(
        con,
        """SELECT tag, count(*) FILTER (replaced) AS spans, count(DISTINCT id) FILTER (replaced) AS documents,
        count(*) FILTER (NOT replaced) AS stay, count(DISTINCT hash) FILTER (replaced) AS values
        FROM findings GROUP BY tag""",
    )
    looked = coverage(con)
    found["per_mb"] = found["spans"] * MB / max(looked["bytes"], 1)
    found["share"] = found["documents"] / max(looked["passed"], 1)
    return _tags_in_order(found)


def by_language(con: duckdb.DuckDBPyConnection, top: int = 15) -> pd.DataFrame:
    """Redactions by language and tag.

    Args:
        con: From `curation.report.views.connect`.
        top: Languages shown, those with most bytes that passed; the rest are added up as "(others)".

    Returns:
        One row per language and tag that occurs, in the order of `languages`: language, tag, spans,
        documents and per_mb (spans per 10^6 bytes of the language).
    """
    overview = languages(con, top)
    named = _named(overview)
    found = _frame(
        con,
        f"""SELECT {named} AS language, tag, count(*) AS spans, count(DISTINCT id) AS documents
        FROM {REPLACED} JOIN {SEARCHED} USING (id) GROUP BY ALL""",
    )
    size = overview.set_index("language")["bytes"]
    found["per_mb"] = found["spans"] * MB / found["language"].map(size).clip(lower=1)
    order = {language: place for place, language in enumerate(overview["language"])}
    found["place"] = found["language"].map(order)
    return _tags_in_order(found, before="place").drop(columns="place")


def languages(con: duckdb.DuckDBPyConnection, top: int = 15) -> pd.DataFrame:
    """How much of each language was changed.

    Args:
        con: From `curation.report.views.connect`.
        top: Languages shown, those with most bytes that passed; the rest are added up as "(others)".

    Returns:
        One row per language, also where nothing was found: language, documents and bytes that passed,
        redacted (documents), share (redacted / documents), spans and per_mb.
    """
    largest = [
        row[0]
        for row in con.execute(
            f"""SELECT language FROM {SEARCHED} WHERE NOT aside GROUP BY language
            ORDER BY sum(length_bytes) DESC, language LIMIT ?""",
            [top],
        ).fetchall()
    ]
    table = _frame(
        con,
        f"""WITH spans AS (SELECT id, count(*) AS spans FROM {REPLACED} GROUP BY id)
        SELECT {_among(largest)} AS language, count(*) AS documents, sum(length_bytes)::BIGINT AS bytes,
        count(spans) AS redacted, coalesce(sum(spans), 0)::BIGINT AS spans
        FROM {SEARCHED} LEFT JOIN spans USING (id) WHERE NOT aside
        GROUP BY 1 ORDER BY bytes DESC, language""",
    )
    table.insert(4, "share", table["redacted"] / table["documents"])
    table["per_mb"] = table["spans"] * MB / table["bytes"].clip(lower=1)
    rest = table["language"].isin(NOT_LANGUAGES)
    return pd.concat([table[~rest], table[rest]], ignore_index=True)


def _among(names: Sequence[str]) -> str:
    """SQL for the language of a document, with all but these taken together."""
    listed = ", ".join(map(quote, names)) or "NULL"
    return f"CASE WHEN language IN ({listed}) THEN language ELSE '{OTHERS}' END"


def _named(overview: pd.DataFrame) -> str:
    return _among([name for name in overview["language"] if name != OTHERS])


def by_rule(con: duckdb.DuckDBPyConnection, top: int | None = None) -> pd.DataFrame:
    """Findings by rule, most frequent first.

    Args:
        con: From `curation.report.views.connect`.
        top: Rules returned, at most; None for all.

    Returns:
        rule, tag, spans (replaced), stay, documents (with a finding of the rule, replaced or not) and values
        (different ones).
    """
    limit = "" if top is None else f"LIMIT {int(top)}"
    return _frame(
        con,
        f"""SELECT rule, tag, count(*) FILTER (replaced) AS spans, count(*) FILTER (NOT replaced) AS stay,
        count(DISTINCT id) AS documents, count(DISTINCT hash) AS values
        FROM findings GROUP BY rule, tag ORDER BY count(*) DESC, rule, tag {limit}""",
    )


def set_aside(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Documents of which it could not be told what they hold, by reason.

    Returns:
        reason, detail (the detector that failed; empty where nothing is known), documents, bytes, and share
        (of the documents that were searched).
    """
    return _frame(
        con,
        f"""SELECT reason, coalesce(detail, '') AS detail, count(*) AS documents,
        sum(length_bytes)::BIGINT AS bytes, count(*) / (SELECT count(*) FROM {SEARCHED}) AS share
        FROM {SEARCHED} WHERE aside GROUP BY ALL ORDER BY documents DESC, reason, detail""",
    )


def repeats(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """How often the same value was replaced.

    Returns:
        One row per tag and range of times that occurs: tag, lower and upper (times, lower <= times < upper:
        1, 2 to 9, 10 to 99, ...), values and spans.
    """
    found = _frame(
        con,
        f"""WITH counted AS (SELECT tag, hash, count(*) AS times FROM {REPLACED} GROUP BY tag, hash)
        SELECT tag, if(times < 10, least(times, 2), pow(10, floor(log10(times))))::BIGINT AS lower,
        if(times = 1, 2, pow(10, floor(log10(times)) + 1))::BIGINT AS upper,
        count(*) AS values, sum(times)::BIGINT AS spans FROM counted GROUP BY ALL""",
    )
    return _tags_in_order(found, after="lower")


def most_repeated(con: duckdb.DuckDBPyConnection, top: int = 10) -> pd.DataFrame:
    """The values that were replaced most often, without saying which they are.

    Many documents of one repository are a licence head or a test fixture; many repositories are a value that
    everybody copies, which may be no secret at all.

    Args:
        con: From `curation.report.views.connect`.
        top: Values returned, at most.

    Returns:
        tag, rule (that found it most often), spans, documents and repositories.
    """
    return _frame(
        con,
        f"""WITH often AS (SELECT tag, hash, mode(rule ORDER BY rule) AS rule, count(*) AS spans
            FROM {REPLACED} GROUP BY tag, hash HAVING count(*) > 1
            ORDER BY spans DESC, tag, rule, hash LIMIT {int(top)})
        SELECT any_value(often.tag) AS tag, any_value(often.rule) AS rule, any_value(spans) AS spans,
        count(DISTINCT id) AS documents, count(DISTINCT repo_name) AS repositories
        FROM often JOIN {REPLACED} AS found USING (tag, hash) JOIN {SEARCHED} USING (id)
        GROUP BY hash, often.tag ORDER BY spans DESC, tag, rule, documents DESC, repositories DESC""",
    )


def not_sought(settings: PiiSettings) -> list[str]:
    """What a run with these settings does not look for, one clause each."""
    names = {
        "off": "people's names (pii.names is off)",
        "rules": "people's names outside author tags, copyright lines and git trailers (no model was asked: "
        "pii.names is rules)",
        "ner": "",
    }[settings.names]
    usernames = "" if settings.usernames else "account names (pii.usernames is false)"
    more = ", ".join(settings.presidio_recognizers)
    return [each for each in (names, usernames, UNSOUGHT + (f", but for {more}" if more else "")) if each]


def has_public_key(manifest: Mapping[str, Any]) -> bool:
    """Whether hashes of the run were made under the key that everybody knows.

    Args:
        manifest: Of a run that has looked for personal data.
    """
    public = PiiSettings(key_env="").key_fingerprint()
    return bool(manifest.get("seeds", {}).get(KEY_SEED) == public)


def residual(
    con: duckdb.DuckDBPyConnection, settings: PiiSettings, planted: Sequence[PlantedScore]
) -> Residual | None:
    """What is probably left in the text; None if no text passed.

    Args:
        con: From `curation.report.views.connect`.
        settings: Of the run; tags that were not looked for are left out.
        planted: From `plant_again`.
    """
    size = coverage(con)["bytes"]
    if not size:
        return None
    counts = dict(con.execute(f"SELECT tag, count(*) FROM {REPLACED} GROUP BY tag").fetchall())
    sought = [one for one in planted if one.tag != "NAME" or settings.names != "off"]
    return residual_estimate(counts, size, sought)


def left_sentence(found: Residual) -> str:
    """How much is probably left, and what that rests on, for a person to read."""
    if found.left_per_gb is None or found.low is None:
        return f"It cannot be told how much is left. {found.assumption}"
    share = found.bytes / GB
    here = f"in the {short_bytes(found.bytes)} of this run"
    if found.high is None:
        return (
            f"At least {_about(found.low)} spans per GB of text are probably left, that is "
            f"{_about(found.low * share)} {here}; there is no upper bound, for some tag is never found. "
            f"{found.assumption}"
        )
    return (
        f"Between {_about(found.low)} and {_about(found.high)} spans per GB of text are probably left (the "
        f"95% intervals of the tags added up; the estimate is {_about(found.left_per_gb)}), that is between "
        f"{_about(found.low * share)} and {_about(found.high * share)} {here}. {found.assumption}"
    )


def _about(value: float) -> str:
    """An estimate with the two digits that it is worth; tenths at least."""
    return number(round(float(f"{value:.2g}"), 1))


def residual_table(found: Residual | None) -> pd.DataFrame:
    """What is probably left by tag: tag, found, found_per_gb, recall, left_per_gb, low, high."""
    names = [field.name for field in fields(Left)]
    return pd.DataFrame(
        [[getattr(each, name) for name in names] for each in (found.tags if found else ())], columns=names
    )


def planted_table(planted: Sequence[PlantedScore]) -> pd.DataFrame:
    """Made-up secrets by kind: kind, tag, planted, found and recall."""
    table = pd.DataFrame([asdict(one) for one in planted], columns=["kind", "tag", "planted", "found"])
    table["recall"] = table["found"] / table["planted"]
    return table


def plant_again(settings: PiiSettings) -> tuple[tuple[PlantedScore, ...], str]:
    """Made-up secrets searched with the detectors of a run, and why there are none, "" if there are.

    A model is not asked: it may not be here, and what it would find more only lowers the estimate.

    Args:
        settings: Of the run.
    """
    rules = settings.model_copy(update={"names": "rules"}) if settings.names == "ner" else settings
    try:
        return measure_planted(detector_of(rules).find), ""
    except CurationError as error:
        return (), str(error)


def _tags_in_order(table: pd.DataFrame, *, before: str = "", after: str = "") -> pd.DataFrame:
    """Rows by tag in the order of `TAGS`; a column may count before it, and one after it."""
    rank = table["tag"].map({tag: place for place, tag in enumerate(TAGS)}).fillna(len(TAGS))
    keys = [key for key in (before, "rank", "tag", after) if key]
    ordered = table.assign(rank=rank).sort_values(keys, kind="stable")
    return ordered.drop(columns="rank").reset_index(drop=True)


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    row: tuple[int, ...] = con.execute(sql).fetchone()
    return row


def _frame(con: duckdb.DuckDBPyConnection, sql: str) -> pd.DataFrame:
    table: pd.DataFrame = con.execute(sql).df()
    return table
