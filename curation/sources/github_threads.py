"""Tables with one issue or pull request per row, grouped already, as those of The Stack.

    {"repo": "octo/hello", "issue_number": 7, "events": [{"type": "issue", "action": "opened",
     "author": "ann", "title": "It breaks", "text": "With 2.0.", "datetime": "2019-05-15T15:20:18Z"}, ...]}
    {"repo": "octo/hello", "number": 7, "title": "It breaks", "body": "With 2.0.", "user": "ann",
     "state": "closed", "comments": [{"user": {"login": "bob"}, "body": "Same here."}]}
    -> SourceFile("issues/7", Thread(7, "It breaks", ...))

    {"repo_name": "octo/hello", "number": 12, "title": "Mend it", "description": "", "base": "c0ffee...",
     "events": [{"kind": "review", "author": "bob", ...}], "files": [{"head_commit": ..., "path": ...}]}
    -> SourceFile("pull/12", PullRequest(12, "Mend it", ...))

A row is a pull request if it has `base` or `merged` and events with a `kind`. Rows of which a text was made
already are files of a table, and nothing for this source.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from curation.errors import BadInputError
from curation.sources import containers
from curation.sources.base import Problem, Repository, SourceFile, Unit
from curation.sources.github.rows import record_of, repository_of, size_of
from curation.sources.inputs import MIB, Options, Reading
from curation.sources.rows import Row, integer, strings
from curation.structured.records import PullRequest, Thread

WANTED = containers.Wanted(
    names=(
        *("repo", "repo_name", "repository", "repository_url", "html_url", "org"),
        *("number", "issue_number", "issue_id", "title", "body", "text", "description"),
        *("user", "author", "author_type", "state", "closed", "created_at", "pull_request"),
        *("events", "comments", "base", "base_owner", "head_owner", "base_count", "merged", "files"),
        *("stars", "forks", "licenses", "license"),
    ),
    required=(),
    content="",
)
ONE_OF = ("events", "comments", "body")
"""A table has at least one of these."""


class Settings(BaseModel):
    """Rows of issues or pull requests."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["github_threads"] = "github_threads"
    path: str
    """File, folder, glob or fsspec URL of parquet or JSONL files."""
    storage_options: Options = Field(default_factory=dict)
    """Arguments of the fsspec filesystem of a URL, such as {"anon": true}; unused for local paths."""
    reading: Reading = Reading()
    """How rows are read: bytes per unit, longest line; the longest content is `max_record_bytes`."""
    max_record_bytes: PositiveInt = 256 * MIB
    """Most characters of text that one row may have; more is counted as too_large."""


def plan(settings: Settings) -> Iterator[Unit]:
    """The units of all files, in order of their names.

    Raises:
        BadInputError: If there is nothing to read, or it is not readable or holds no threads.
    """
    place = _place(settings)
    columns = containers.columns(place)
    if columns and not any(name in columns for name in ONE_OF):
        raise BadInputError(
            f"{settings.path}: expected one of the columns {', '.join(ONE_OF)}, saw "
            f"{', '.join(columns[:40])}. Choose the kind that fits, such as table where the rows are texts."
        )
    return containers.plan(settings.kind, place, WANTED)


def read(unit: Unit, settings: Settings) -> Iterator[SourceFile]:
    """Every thread or pull request of a unit, in row order.

    Raises:
        BadInputError: If the input file is damaged.
    """
    return files(containers.rows(unit, _place(settings), WANTED), settings.max_record_bytes)


def files(rows: Iterable[Row], max_record_bytes: int) -> Iterator[SourceFile]:
    """One file for each row."""
    for row in rows:
        record = row.problem or record_of(row.values)
        path = ""
        if not isinstance(record, Problem):
            is_pull = isinstance(record, PullRequest) or record.is_pull
            path = f"{'pull' if is_pull else 'issues'}/{record.number}"
            if (size := size_of(record)) > max_record_bytes:
                record = Problem("too_large", size, max_record_bytes, "all texts of one row")
        yield SourceFile(
            path=path,
            content=record if isinstance(record, Thread | PullRequest) else None,
            source_file=row.source_file,
            source_row_group=row.group,
            source_row=row.number,
            repository=Repository(
                name=repository_of(row.values),
                stars=integer(row.get("stars")),
                forks=integer(row.get("forks")),
                licences=strings(row.first("licenses", "license")),
            ),
            problem=record if isinstance(record, Problem) else None,
        )


def _place(settings: Settings) -> containers.Place:
    return containers.Place(settings.path, settings.storage_options, settings.reading)
