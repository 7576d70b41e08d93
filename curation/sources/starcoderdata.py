r"""starcoderdata: one file per row, the contents filtered already, few columns.

    {"id": "7", "content": "x = 1\n", "max_stars_repo_path": "x.py", "max_stars_count": 0}
    -> SourceFile("x.py", "x = 1\n", repository=Repository("", stars=0))

Some subsets leave the repository out, and some name the path repo_path or path. There is no licence and no
language in the rows. Contents may begin with sentinel tokens such as <reponame>; they are left as they are.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from curation.sources import containers
from curation.sources.base import Repository, SourceFile, Unit
from curation.sources.inputs import Options, Reading
from curation.sources.rows import Row, integer, text

PATHS = ("max_stars_repo_path", "repo_path", "path")
NAMES = ("max_stars_repo_name", "repo_name", "repo")
WANTED = containers.Wanted(names=("content", "max_stars_count", *PATHS, *NAMES))


class Settings(BaseModel):
    """Rows of starcoderdata."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["starcoderdata"] = "starcoderdata"
    path: str
    """File, folder, glob or fsspec URL of parquet or JSONL files."""
    storage_options: Options = Field(default_factory=dict)
    """Arguments of the fsspec filesystem of a URL, such as {"anon": true}; unused for local paths."""
    reading: Reading = Reading()
    """How rows are read: bytes per unit, longest line and longest content."""


def plan(settings: Settings) -> Iterator[Unit]:
    """The units of all files, in order of their names.

    Raises:
        BadInputError: If there is nothing to read, or it is not readable or has no content column.
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
        repository = Repository(name=text(row.first(*NAMES)), stars=integer(row.get("max_stars_count")))
        path = text(row.first(*PATHS))
        limit = reading.max_file_bytes
        yield row.file(path, row.get("content"), max_file_bytes=limit, repository=repository)


def _place(settings: Settings) -> containers.Place:
    return containers.Place(settings.path, settings.storage_options, settings.reading)
