r"""What is known about a document, where it is kept, and who says so.

A document is a datatrove `Document`: `text` is the content, `id` is "unit-row" (see `document_id`), and
`metadata` holds the keys of `FIELDS`. Content is identified by its SWHID, which is the git blob id:

    content_id(b"hello\n") -> "swh:1:cnt:ce013625030ba8dba906f756967f9e9ca394464a"

This module names and types; it reads and decides nothing.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

STRING, LIST = pa.string(), pa.list_(pa.string())
SECONDS = pa.timestamp("s", tz="UTC")


@dataclass(frozen=True, slots=True)
class Field:
    """One metadata key of a document, which is also one column of every shard."""

    name: str
    type: pa.DataType
    meaning: str
    writer: str
    """The block that sets it."""


FIELDS: tuple[Field, ...] = (
    Field(
        "content_id",
        STRING,
        "SWHID of the content as it was read, or as it was made of a notebook or record: "
        "swh:1:cnt:<git blob sha1>",
        "read",
    ),
    Field("kind", STRING, "code, or what the document was made of (see `curation.structured`)", "read"),
    Field("repo_name", STRING, "repository or package, such as owner/name; empty if unknown", "read"),
    Field("path", STRING, "path inside the repository, with forward slashes", "read"),
    Field("revision_id", STRING, "commit, version or snapshot; empty if unknown", "read"),
    Field("length_bytes", pa.int64(), "bytes of the content in UTF-8", "read"),
    Field("src_encoding", STRING, "encoding that the content was decoded from", "read"),
    Field("stars", pa.int64(), "stars of the repository, a count; null if unknown", "read"),
    Field("forks", pa.int64(), "forks of the repository, a count; null if unknown", "read"),
    Field("file_date", SECONDS, "last change of the file; null if unknown", "read"),
    Field("revision_date", SECONDS, "date of the revision; null if unknown", "read"),
    Field("visit_date", SECONDS, "when the repository was crawled; null if unknown", "read"),
    Field("source_file", STRING, "input file, archive or repository that the content was read from", "read"),
    Field("source_row_group", pa.int64(), "row group in a parquet input; -1 elsewhere", "read"),
    Field("source_row", pa.int64(), "row or member number in the input; -1 where it has no meaning", "read"),
    Field("language", STRING, "programming language, a linguist name; empty if unknown", "language"),
    Field("language_method", STRING, "what decided the language, such as extension or shebang", "language"),
    Field("language_kind", STRING, "programming, data, markup or prose; empty if unknown", "language"),
    Field("is_vendor", pa.bool_(), "third-party code kept in the repository", "language"),
    Field("is_generated", pa.bool_(), "written by a program", "language"),
    Field("license_type", STRING, "permissive, no_license or non_permissive", "licence"),
    Field("detected_licenses", LIST, "SPDX ids that were found", "licence"),
    Field(
        "license_evidence",
        LIST,
        "header:<id>, file:<path>:<id>, repository:<id>, input:<id>",
        "licence",
    ),
    Field("license_conflict", pa.bool_(), "the evidence does not agree", "licence"),
    Field("license_confidence", pa.float32(), "trust in the decision, 0 to 1", "licence"),
    Field("parts", STRING, "roles and lengths of the parts of the content; empty if it has none", "read"),
)


def schema() -> pa.Schema:
    """The columns of every shard: id, content and the fields above, in this order."""
    columns = [("id", STRING), ("content", STRING), *((field.name, field.type) for field in FIELDS)]
    return pa.schema([pa.field(name, kind) for name, kind in columns])


COLUMNS = tuple(schema().names)


def row_of(document: Any) -> tuple[Any, ...]:
    """A datatrove `Document` as one row of the shards, in the order of `COLUMNS`."""
    get = document.metadata.get
    return (document.id, document.text, *(get(field.name) for field in FIELDS))


def document_id(unit: int, row: int) -> str:
    """The id of the file that is number `row` of unit number `unit`: unique in a run, stable on resume."""
    return f"{unit:06d}-{row:08d}"


def split_id(document: str) -> tuple[int, int]:
    """(unit, row) of an id that `document_id` made."""
    unit, _, row = document.partition("-")
    return int(unit), int(row)


def content_id(content: bytes) -> str:
    """SWHID of a content: "swh:1:cnt:" and the git blob SHA-1 (Software Heritage, SWHID version 1)."""
    blob = hashlib.sha1(b"blob %d\0" % len(content), usedforsecurity=False)
    blob.update(content)
    return "swh:1:cnt:" + blob.hexdigest()


def describe() -> list[dict[str, Any]]:
    """`FIELDS` as plain rows, for documentation and the data card."""
    return [{"name": f.name, "type": str(f.type), "meaning": f.meaning, "writer": f.writer} for f in FIELDS]
