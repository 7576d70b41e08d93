"""A run folder -> an in-memory DuckDB connection with one view per question.

    con = connect(Path("runs/demo"))
    con.sql("SELECT reason, count(*) FROM outcomes WHERE decision = 'dropped' GROUP BY reason")

    ledger      every decision of the passes that lead to the shards
    signals     every document that could be decoded, with its measurements
    documents   what is in the finished shards, without the content
    excluded    what was dropped and set aside, without the content; empty unless the run was told to
    contents    id and content of all documents whose content the run has kept
    findings    spans of personal data and secrets, without the values
    hits        benchmark texts in documents, near misses among them
    rendered    every decision of the render pass
    outcomes    one row per document read: its last decision, with path, language and size
    candidates  one row per code file that reached the filters: its signals, what the filters decided, and
                its extension as `curation.filters` sees it, but in the case of the file name

The views read exactly the files that the manifest lists, never whatever else lies in the folder. A run
that is not finished has views over what there is. Nothing is written, nothing is downloaded.
"""

from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa

from curation.blocks.pii import SCHEMA as FINDINGS_SCHEMA
from curation.decontaminate.hits import SCHEMA as HITS_SCHEMA
from curation.document import schema
from curation.errors import BadInputError, BrokenRunError
from curation.ledger import SCHEMA as LEDGER_SCHEMA
from curation.ledger import STAGES
from curation.pii.masked import settings_of_run
from curation.store import EXCLUDED_SCHEMA, SIGNALS_SCHEMA

MANIFEST = "manifest.json"
CLEAN_STAGES = STAGES[: STAGES.index("filters") + 1]
"""Stages of the first pass, in which every document of the run has exactly one final row."""
SHARD_SCHEMA = pa.schema([*schema(), ("cluster_id", pa.string()), ("cluster_size", pa.int64())])
CONTENT_ROLES = ("shard", "documents", "excluded")
"""Roles of the files that have contents; a document may be in two, with the same content."""
CONFIG = {
    "temp_directory": "",  # rather an error than a spill of somebody's code into a temporary folder
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
REQUIRED = {"name": str, "state": str, "config": dict, "passes": dict, "files": list}
TYPES = {"string": "VARCHAR", "int64": "BIGINT", "double": "DOUBLE", "float": "FLOAT", "bool": "BOOLEAN"}

OUTCOMES = """
CREATE VIEW outcomes AS
SELECT first.id, kind, path, repo_name, language, language_kind, license_type, length_bytes,
    last_.id IS NULL AND first.decision = 'kept' AS kept,
    if(last_.id IS NULL, first.stage, last_.stage) AS stage,
    if(last_.id IS NULL, first.decision, last_.decision) AS decision,
    if(last_.id IS NULL, first.reason, last_.reason) AS reason,
    if(last_.id IS NULL, first.signal, last_.signal) AS signal,
    if(last_.id IS NULL, first.value, last_.value) AS value,
    if(last_.id IS NULL, first.threshold, last_.threshold) AS threshold,
    if(last_.id IS NULL, first.detail, last_.detail) AS detail
FROM (SELECT * FROM ledger WHERE decision <> 'changed' AND stage IN {clean}) AS first
LEFT JOIN (SELECT * FROM ledger WHERE decision = 'dropped' AND stage NOT IN {clean}) AS last_ USING (id)
LEFT JOIN signals USING (id)
"""
CANDIDATES = """
CREATE VIEW candidates AS
SELECT signals.*, decision, reason,
    regexp_extract(split_part(path, '/', -1), '(?s)^.+\\.([^.]*)$', 1) AS extension
FROM signals JOIN ledger USING (id)
WHERE kind = 'code' AND stage = 'filters' AND decision <> 'changed'
"""


def read_manifest(run: Path) -> dict[str, Any]:
    """The manifest of a run folder.

    Raises:
        BadInputError: If the folder has no manifest, or one that is not what this version writes.
    """
    path = run / MANIFEST
    try:
        manifest = orjson.loads(path.read_bytes())
    except OSError as error:
        raise BadInputError(
            f"{run}: expected the folder of a run, with a {MANIFEST} in it, saw: {error.strerror}. "
            "Name the folder that `curation run` wrote."
        ) from error
    except orjson.JSONDecodeError as error:
        raise BadInputError(f"{path}: expected JSON, saw: {error}. Restore the file or run again.") from error
    wrong = _what_is_wrong(manifest)
    if wrong:
        raise BadInputError(
            f"{path}: {wrong}. It was not written by `curation run`, or by another version of it."
        )
    return dict(manifest)


def _what_is_wrong(manifest: Any) -> str:
    if not isinstance(manifest, dict):
        return f"expected a JSON object, saw {type(manifest).__name__}"
    if manifest.get("version") != 1:
        return f"expected version 1, saw {manifest.get('version')!r}"
    for key, kind in REQUIRED.items():
        if not isinstance(manifest.get(key), kind):
            return f"expected {key!r} to be of type {kind.__name__}, saw {manifest.get(key)!r:.80}"
    for file in manifest["files"]:
        if not isinstance(file, dict) or not all(isinstance(file.get(k), str) for k in ("path", "role")):
            return f"expected files with a path and a role, saw {file!r:.80}"
    return ""


def connect(run: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory database with the views that the head of this module lists.

    Args:
        run: Folder of a run, finished or not.

    Raises:
        BadInputError: If `run` is not the folder of a run, or its manifest cannot be read or trusted.
        BrokenRunError: If a finished run lacks a file that its manifest lists.
    """
    manifest = read_manifest(run)
    files = _files_by_role(run, manifest)
    con = duckdb.connect(":memory:", config=CONFIG)
    con.execute("SET parquet_metadata_cache = true")
    for name, role, columns in (
        ("ledger", "ledger", LEDGER_SCHEMA),
        ("signals", "signals", SIGNALS_SCHEMA),
        ("documents", "shard", SHARD_SCHEMA),
        ("excluded", "excluded", EXCLUDED_SCHEMA),
        ("findings", "findings", FINDINGS_SCHEMA),
        ("hits", "hits", HITS_SCHEMA),
        ("rendered", "rendered", LEDGER_SCHEMA),
    ):
        con.execute(f"CREATE VIEW {name} AS {_select(files[role], columns)}")
    contents = [_contents(files[role], role) for role in CONTENT_ROLES if files[role]]
    empty = "SELECT NULL::VARCHAR AS id, NULL::VARCHAR AS content, NULL::VARCHAR AS source WHERE false"
    con.execute(f"CREATE VIEW contents AS {' UNION ALL '.join(contents) or empty}")
    con.execute(OUTCOMES.format(clean=CLEAN_STAGES))
    con.execute(CANDIDATES)
    con.execute(
        "CREATE TABLE settings AS SELECT $1::VARCHAR AS pii", [settings_of_run(manifest).model_dump_json()]
    )
    return con


def _files_by_role(run: Path, manifest: dict[str, Any]) -> dict[str, list[str]]:
    """Paths of the listed files that are there; each is a literal path that exists, so DuckDB globs none.

    Raises:
        BadInputError: If the manifest lists a file outside the run.
        BrokenRunError: If a finished run lacks a file that its manifest lists.
    """
    files: dict[str, list[str]] = defaultdict(list)
    root = run.resolve()
    for file in manifest["files"]:
        path = (root / file["path"]).resolve()
        if not path.is_relative_to(root):
            raise BadInputError(
                f"{run / MANIFEST}: expected files inside the run, saw {file['path']!r}. "
                "Do not trust this run."
            )
        if path.is_file():
            files[file["role"]].append(str(path))
        elif manifest["state"] == "complete":
            raise BrokenRunError(
                f"{path}: the manifest of a complete run lists this file, but it is missing. "
                "Restore it, or run again."
            )
    return files


def _read(files: list[str]) -> str:
    return f"read_parquet([{', '.join(map(quote, files))}], hive_partitioning = false)"


def _select(files: list[str], columns: pa.Schema) -> str:
    if files:
        hidden = " EXCLUDE (content)" if "content" in columns.names else ""
        return f"SELECT *{hidden} FROM {_read(files)}"
    empty = [
        f'NULL::{_sql_type(column.type)} AS "{column.name}"' for column in columns if column.name != "content"
    ]
    return f"SELECT {', '.join(empty)} WHERE false"


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "TIMESTAMPTZ"
    return "VARCHAR[]" if pa.types.is_list(kind) else TYPES[str(kind)]


def _contents(files: list[str], role: str) -> str:
    return f"SELECT id, content, {quote(role)} AS source FROM {_read(files)}"


def quote(text: str) -> str:
    """The text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
