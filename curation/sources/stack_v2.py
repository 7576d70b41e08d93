r"""The Stack v2: ids in the rows, contents in the Software Heritage blob store.

    {"blob_id": "0fb5...", "path": "/src/x.py", "repo_name": "a/b", "src_encoding": "UTF-8", ...}
    -> SourceFile("src/x.py", b"x = 1\n", encoding="UTF-8", repository=Repository("a/b", ...))

Reads both published shapes: one file per row, and one repository per row with files[] (the train ids). The
contents are fetched in parallel and come out in the order of the rows (see `curation.sources.blobs`).
They are bytes: decoding with the encoding that the row states is not done here.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from curation.errors import BadInputError
from curation.sources import containers
from curation.sources.base import Problem, Repository, SourceFile, Unit
from curation.sources.blobs import Fetcher, Store, in_order
from curation.sources.inputs import Options, Reading
from curation.sources.rows import Row, boolean, integer, nested, seconds, strings, text

REPOSITORY = (
    "repo_name",
    "revision_id",
    "snapshot_id",
    "gha_license_id",
    "star_events_count",
    "fork_events_count",
    "revision_date",
    "visit_date",
)
FILE = (
    "blob_id",
    "path",
    "language",
    "length_bytes",
    "detected_licenses",
    "license_type",
    "src_encoding",
    "is_vendor",
    "is_generated",
)
WANTED = containers.Wanted(
    names=(*REPOSITORY, *FILE, *(f"files.{name}" for name in FILE)),
    required=(),
    content="",
    nested="files",
)
SHAPES = (("blob_id", "path"), ("files.blob_id", "files.path"))
"""The columns of which one pair is required."""
ALL_MISSING = 100
"""So many blobs that are missing from the first on mean that the store is not where we look."""


def _store(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


class Settings(BaseModel):
    """Rows of The Stack v2."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["stack_v2"] = "stack_v2"
    path: str
    """File, folder, glob or fsspec URL of parquet or JSONL files with ids."""
    blobs: Annotated[Store, BeforeValidator(_store)] = Store()
    """Where the contents are; a text is taken as the store's url."""
    storage_options: Options = Field(default_factory=dict)
    """Arguments of the fsspec filesystem of `path`, if that is a URL; those of the store are in `blobs`."""
    reading: Reading = Reading()
    """How rows are read: bytes per unit, longest line and longest content."""


def plan(settings: Settings) -> Iterator[Unit]:
    """The units of all files, in order of their names; sizes are estimates from the number of rows.

    Raises:
        BadInputError: If there is nothing to read, or it is not readable or not The Stack v2.
    """
    place = _place(settings)
    names = containers.columns(place)
    required = SHAPES[1] if "files" in names else SHAPES[0]
    wanted = containers.Wanted(WANTED.names, required, WANTED.content, WANTED.nested)
    return containers.plan(settings.kind, place, wanted)


def read(unit: Unit, settings: Settings) -> Iterator[SourceFile]:
    """Every file of a unit, in row order, with its content or the problem that it has.

    Raises:
        BadInputError: If the input file is damaged or the blob store does not work.
    """
    return files(containers.rows(unit, _place(settings), WANTED), settings.reading, settings.blobs)


def files(rows: Iterable[Row], reading: Reading, store: Store) -> Iterator[SourceFile]:
    """The files of each row, contents fetched.

    Raises:
        BadInputError: If the blob store does not work, or has none of the first 100 blobs.
    """
    limit = reading.max_file_bytes
    complete = partial(_complete, Fetcher(store, limit), limit)
    absent = 0
    for asked, file in enumerate(in_order(_references(rows), complete, store.threads), 1):
        absent += file.problem is not None and file.problem.reason == "blob_missing"
        if absent == asked == ALL_MISSING:
            raise BadInputError(
                f"blob store {store.url} has none of the first {asked} blobs of a unit, such as "
                f"{file.source_file} row {file.source_row}. Check blobs.url; objects are named by blob id."
            )
        yield file


_Reference = tuple[Row, Repository, Mapping[str, Any] | Problem]


def _references(rows: Iterable[Row]) -> Iterator[_Reference]:
    """Each file of each row, whichever shape the row has."""
    for row in rows:
        repository = _repository(row)
        if "files" not in row.values:
            yield row, repository, row.problem or row.values
            continue
        for values in nested(row, "files"):
            yield row, repository, values


def _repository(row: Row) -> Repository:
    licence = text(row.get("gha_license_id"))
    return Repository(
        name=text(row.get("repo_name")),
        revision=text(row.first("revision_id", "snapshot_id")),
        licences=(licence,) if licence else (),
        stars=integer(row.get("star_events_count")),
        forks=integer(row.get("fork_events_count")),
        revision_date=seconds(row.get("revision_date")),
        visit_date=seconds(row.get("visit_date")),
    )


def _complete(fetcher: Fetcher, limit: int, reference: _Reference) -> SourceFile:
    """The file with its content; runs in a thread.

    Raises:
        BadInputError: If the blob store does not work.
    """
    row, repository, values = reference
    if isinstance(values, Problem):
        return row.file("", None, max_file_bytes=limit, repository=repository, problem=values)
    get = values.get
    found = fetcher.fetch(text(get("blob_id")), integer(get("length_bytes")))
    problem = found if isinstance(found, Problem) else None
    path = text(get("path")).removeprefix("/")
    file = row.file(path, found, max_file_bytes=limit, repository=repository, problem=problem)
    file.encoding = text(get("src_encoding"))
    file.language = text(get("language"))
    file.licences = strings(get("detected_licenses"))
    file.licence_type = text(get("license_type"))
    file.is_vendor = boolean(get("is_vendor"))
    file.is_generated = boolean(get("is_generated"))
    return file


def _place(settings: Settings) -> containers.Place:
    return containers.Place(settings.path, settings.storage_options, settings.reading)
