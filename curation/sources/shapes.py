"""Columns -> which corpus a table is from, and how its rows become files.

    shape_of(["blob_id", "path", "repo_name", ...])  -> "stack_v2"
    settings_for(["text", "repo", "filename"], "x/") -> table.Settings(columns={"content": "text", ...})

The first shape whose columns are all there is taken, from the most to the least special; a table of no
known corpus is read if it has an obvious content column. If nothing fits, the message shows what each
shape needs, the nearest first. Only names of columns are looked at, never contents.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from curation.errors import BadInputError
from curation.sources import stack_v1, stack_v2, stack_v3, starcoderdata, table
from curation.sources.base import SourceFile
from curation.sources.blobs import Store
from curation.sources.inputs import Reading
from curation.sources.rows import Row

RowSettings = (
    stack_v1.Settings | stack_v2.Settings | stack_v3.Settings | starcoderdata.Settings | table.Settings
)

SHAPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("stack_v3", ("files", "files.content", "files.file_path")),
    ("stack_v2", ("files", "files.blob_id", "files.path")),
    ("stack_v1", ("content", "hexsha", "max_stars_repo_path")),
    ("starcoderdata", ("content", "max_stars_repo_path")),
    ("stack_v2", ("blob_id", "path")),
)
"""Kind and the columns that make it, in the order in which they are tried."""

CONTENT = ("content", "text", "code")
"""Names of an obvious content column. A table that has one with blob ids had its contents joined."""

GUESSES: dict[str, tuple[str, ...]] = {
    "path": ("path", "file_path", "filepath", "max_stars_repo_path", "file_name", "filename"),
    "repo_name": ("repo_name", "repo", "repository", "repository_name", "max_stars_repo_name", "repo_path"),
    "revision_id": ("revision_id", "commit_id", "commit", "revision", "max_stars_repo_head_hexsha"),
    "language": ("language", "lang", "programming_language"),
    "licences": ("detected_licenses", "licenses", "license", "licence", "max_stars_repo_licenses"),
    "repository_licences": ("gha_license_id", "repo_license"),
    "licence_type": ("license_type",),
    "stars": ("stars", "star_events_count", "stargazers_count", "max_stars_count"),
    "forks": ("forks", "fork_events_count", "forks_count", "max_forks_count"),
    "encoding": ("src_encoding", "encoding"),
    "file_date": ("file_timestamp", "file_date"),
    "revision_date": ("revision_date", "commit_date"),
    "visit_date": ("visit_date",),
    "is_vendor": ("is_vendor",),
    "is_generated": ("is_generated",),
}
"""What a column of a table of no known corpus is taken for by its name, the best name first."""


def shape_of(columns: Sequence[str]) -> str:
    """The kind of source that reads a table with these columns, dotted for nested ones.

    Raises:
        BadInputError: If no kind does.
    """
    present = set(columns)
    joined = any(name in present for name in CONTENT)
    for kind, needed in SHAPES:
        if present.issuperset(needed) and not (kind == "stack_v2" and joined):
            return kind
    if joined:
        return "table"
    lacking = sorted(
        (len(absent) / len(needed), f"{kind} needs {', '.join(needed)} (missing: {', '.join(absent)})")
        for kind, needed in SHAPES
        if (absent := [name for name in needed if name not in present])
    )
    raise BadInputError(
        f"the columns {', '.join(columns) or '(none)'} fit no known table. "
        + "; ".join(line for _, line in lacking)
        + f"; table needs a column called {', '.join(CONTENT)}, or kind: table with columns.content set."
    )


def guess(columns: Sequence[str]) -> table.Columns:
    """The mapping of a table with an obvious content column; what no name stands for stays unknown."""
    present = set(columns)
    mapping = {
        field: next((name for name in names if name in present), None) for field, names in GUESSES.items()
    }
    content = next(name for name in CONTENT if name in present)
    return table.Columns(content=content, **mapping)


def settings_for(
    columns: Sequence[str],
    path: str,
    options: Mapping[str, Any] | None = None,
    reading: Reading | None = None,
) -> RowSettings:
    """The settings that read a table with these columns from `path`.

    Raises:
        BadInputError: If no kind reads such a table.
    """
    kind = shape_of(columns)
    common: dict[str, Any] = {
        "path": path,
        "storage_options": dict(options or {}),
        "reading": reading or Reading(),
    }
    if kind == "table":
        return table.Settings(columns=guess(columns), **common)
    kinds = (stack_v1.Settings, stack_v2.Settings, stack_v3.Settings, starcoderdata.Settings)
    return next(each for each in kinds if each.model_fields["kind"].default == kind)(**common)


def files(
    rows: Iterable[Row], columns: Sequence[str], mapping: table.Columns | None, reading: Reading, store: Store
) -> Iterator[SourceFile]:
    """Turn rows that did not come from a file of ours into files, by what their columns say.

    Args:
        rows: In order.
        columns: All columns, dotted for nested ones.
        mapping: Which column holds what; None lets the columns decide.
        reading: Longest content.
        store: Where contents are if the rows hold only ids.

    Raises:
        BadInputError: If no kind reads such rows.
    """
    kind = "table" if mapping else shape_of(columns)
    if kind == "table":
        return table.files(rows, mapping or guess(columns), reading)
    if kind == "stack_v2":
        return stack_v2.files(rows, reading, store)
    readers = {"stack_v1": stack_v1.files, "stack_v3": stack_v3.files, "starcoderdata": starcoderdata.files}
    return readers[kind](rows, reading)
