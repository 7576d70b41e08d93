r"""The Stack v1: one file per row, contents inline, 29 columns.

    {"content": "x = 1\n", "lang": "Python", "max_stars_repo_name": "a/b", "max_stars_count": null, ...}
    -> SourceFile("src/x.py", "x = 1\n", language="Python", repository=Repository("a/b", stars=None))

A content was found in many repositories; the row names those with the most stars, issues and forks. The
first of stars, forks, issues that is not null says where the file is from. Stars 0 is a count, null is not
known. Licence lists come as list<string> and as the nested structs of Spark exports.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from curation.sources import containers
from curation.sources.base import Repository, SourceFile, Unit
from curation.sources.inputs import Options, Reading
from curation.sources.rows import Row, integer, seconds, strings, text

EVENTS = ("stars", "forks", "issues")
"""By which the repository of a row was chosen, in the order in which we believe it."""
PARTS = (
    "repo_path",
    "repo_name",
    "repo_head_hexsha",
    "repo_licenses",
    "count",
)
WANTED = containers.Wanted(
    names=(
        "content",
        "lang",
        *(f"max_{event}_{part}" for event in EVENTS for part in PARTS),
        *(f"max_{event}_repo_{event}_event_max_datetime" for event in EVENTS),
    ),
    required=("content", "hexsha", "max_stars_repo_path"),
)


class Settings(BaseModel):
    """Rows of The Stack v1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["stack_v1"] = "stack_v1"
    path: str
    """File, folder, glob or fsspec URL of parquet or JSONL files."""
    storage_options: Options = Field(default_factory=dict)
    """Arguments of the fsspec filesystem of a URL, such as {"anon": true}; unused for local paths."""
    reading: Reading = Reading()
    """How rows are read: bytes per unit, longest line and longest content."""


def plan(settings: Settings) -> Iterator[Unit]:
    """The units of all files, in order of their names.

    Raises:
        BadInputError: If there is nothing to read, or it is not readable or not The Stack v1.
    """
    return containers.plan(settings.kind, _place(settings), WANTED)


def read(unit: Unit, settings: Settings) -> Iterator[SourceFile]:
    """Every file of a unit, in row order.

    Raises:
        BadInputError: If the input file is damaged.
    """
    return files(containers.rows(unit, _place(settings), WANTED), settings.reading)


def files(rows: Iterable[Row], reading: Reading) -> Iterator[SourceFile]:
    """One file for each row."""
    for row in rows:
        event = next((e for e in EVENTS if row.get(f"max_{e}_repo_path")), EVENTS[0])
        head = f"max_{event}_repo"
        repository = Repository(
            name=text(row.get(f"{head}_name")),
            revision=text(row.get(f"{head}_head_hexsha")),
            licences=strings(row.get(f"{head}_licenses")),
            stars=integer(row.get("max_stars_count")),
            forks=integer(row.get("max_forks_count")),
            visit_date=seconds(row.get(f"{head}_{event}_event_max_datetime")),
        )
        path = text(row.get(f"{head}_path"))
        limit = reading.max_file_bytes
        file = row.file(path, row.get("content"), max_file_bytes=limit, repository=repository)
        file.language = text(row.get("lang"))
        yield file


def _place(settings: Settings) -> containers.Place:
    return containers.Place(settings.path, settings.storage_options, settings.reading)
