"""The Stack v3: one repository per row, its files nested with their contents.

    {"repo_path": "a/b", "github_metadata": {"stars": 3, ...}, "files": [{"file_path": "x.py", ...}]}
    -> SourceFile("x.py", ..., source_row=<row of the repository>, repository=Repository("a/b", stars=3))

All files of a row have the row's number. A stub without content (binary, oversized or of undetected
language) comes out as null_content. The same file twice in a row comes out twice: that is for dedup.
Files are converted a few at a time: memory is bounded by some three times the largest row, in Arrow.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from curation.sources import containers
from curation.sources.base import Problem, Repository, SourceFile, Unit
from curation.sources.inputs import Options, Reading
from curation.sources.rows import Row, boolean, integer, nested, seconds, strings, text

REPOSITORY = ("repo_path", "repo_name", "commit_id", "github_metadata.stars", "github_metadata.forks")
FILE = (
    "file_path",
    "path",
    "content",
    "language",
    "file_timestamp",
    "license_type",
    "detected_licenses",
    "is_vendor",
    "is_generated",
    "size_bytes",
)
WANTED = containers.Wanted(
    names=(*REPOSITORY, *(f"files.{name}" for name in FILE)),
    required=("files.content", "files.file_path"),
    content="files.content",
    nested="files",
)


class Settings(BaseModel):
    """Rows of The Stack v3."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["stack_v3"] = "stack_v3"
    path: str
    """File, folder, glob or fsspec URL of parquet or JSONL files."""
    storage_options: Options = Field(default_factory=dict)
    """Arguments of the fsspec filesystem of a URL, such as {"anon": true}; unused for local paths."""
    reading: Reading = Reading()
    """How rows are read: bytes per unit, longest line and longest content."""


def plan(settings: Settings) -> Iterator[Unit]:
    """The units of all files, in order of their names.

    Raises:
        BadInputError: If there is nothing to read, or it is not readable or not The Stack v3.
    """
    return containers.plan(settings.kind, _place(settings), WANTED)


def read(unit: Unit, settings: Settings) -> Iterator[SourceFile]:
    """Every file of every repository of a unit, in order.

    Raises:
        BadInputError: If the input file is damaged.
    """
    return files(containers.rows(unit, _place(settings), WANTED), settings.reading)


def files(rows: Iterable[Row], reading: Reading) -> Iterator[SourceFile]:
    """The files of each row."""
    for row in rows:
        repository = Repository(
            name=text(row.first("repo_path", "repo_name")),
            revision=text(row.get("commit_id")),
            stars=integer(row.get("github_metadata.stars")),
            forks=integer(row.get("github_metadata.forks")),
        )
        for values in nested(row, "files"):
            yield _file(row, values, repository, reading.max_file_bytes)


def _file(row: Row, values: Mapping[str, Any] | Problem, repository: Repository, limit: int) -> SourceFile:
    """One nested file, or what is wrong with it."""
    if isinstance(values, Problem):
        return row.file("", None, max_file_bytes=limit, repository=repository, problem=values)
    get = values.get
    problem = None
    if get("content") is None:
        size = integer(get("size_bytes"))
        problem = Problem(
            "null_content", value=size, detail="a stub: the input holds no content for this file"
        )
    path = text(get("file_path") or get("path")).removeprefix("/")
    file = row.file(path, get("content"), max_file_bytes=limit, repository=repository, problem=problem)
    file.language = text(get("language"))
    file.licences = strings(get("detected_licenses"))
    file.licence_type = text(get("license_type"))
    file.file_date = seconds(get("file_timestamp"))
    file.is_vendor = boolean(get("is_vendor"))
    file.is_generated = boolean(get("is_generated"))
    return file


def _place(settings: Settings) -> containers.Place:
    return containers.Place(settings.path, settings.storage_options, settings.reading)
