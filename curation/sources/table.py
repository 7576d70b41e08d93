r"""Any table with a column of contents: the settings say which column means what.

    columns: {content: text, path: meta.file, stars: n_stars}
    {"text": "x = 1\n", "meta": {"file": "x.py"}, "n_stars": 3} -> SourceFile("x.py", "x = 1\n", ...)

What is not mapped is not known. A mapped column that the table does not have is refused before anything
is read, with the columns that it has and the nearest name. Nothing is guessed here (see
`curation.sources.shapes.guess`).
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from curation.sources import containers
from curation.sources.base import Repository, SourceFile, Unit
from curation.sources.inputs import Options, Reading
from curation.sources.rows import Row, boolean, integer, seconds, strings, text


class Columns(BaseModel):
    """Which column of the table holds what; dotted for a nested field, null where there is none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    content: str
    """Column of the contents: text, or bytes that are decoded later."""
    path: str | None = None
    """Column of the path inside the repository."""
    repo_name: str | None = None
    """Column of the repository's name, such as owner/name."""
    revision_id: str | None = None
    """Column of the commit, version or snapshot."""
    language: str | None = None
    """Column of the programming language, a linguist name."""
    licences: str | None = None
    """Column of the file's licence ids: a text, a list of texts, or nested list/item structs."""
    repository_licences: str | None = None
    """Column of the licence ids that the repository's metadata states."""
    licence_type: str | None = None
    """Column that says permissive, no_license or non_permissive."""
    stars: str | None = None
    """Column of the repository's stars, a count."""
    forks: str | None = None
    """Column of the repository's forks, a count."""
    encoding: str | None = None
    """Column of the encoding that bytes in the content column are in."""
    file_date: str | None = None
    """Column of the file's last change: seconds since 1970, a timestamp, or ISO 8601 text."""
    revision_date: str | None = None
    """Column of the revision's date: seconds since 1970, a timestamp, or ISO 8601 text."""
    visit_date: str | None = None
    """Column of the crawl's date: seconds since 1970, a timestamp, or ISO 8601 text."""
    is_vendor: str | None = None
    """Column that is true for third-party code."""
    is_generated: str | None = None
    """Column that is true for code that a program wrote."""


class Settings(BaseModel):
    """A table whose columns are named by the user."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["table"] = "table"
    path: str
    """File, folder, glob or fsspec URL of parquet or JSONL files."""
    columns: Columns
    """Which column holds what."""
    storage_options: Options = Field(default_factory=dict)
    """Arguments of the fsspec filesystem of a URL, such as {"anon": true}; unused for local paths."""
    reading: Reading = Reading()
    """How rows are read: bytes per unit, longest line and longest content."""


def plan(settings: Settings) -> Iterator[Unit]:
    """The units of all files, in order of their names.

    Raises:
        BadInputError: If there is nothing to read, it is not readable, or a mapped column does not exist.
    """
    return containers.plan(settings.kind, _place(settings), wanted(settings.columns))


def read(unit: Unit, settings: Settings) -> Iterator[SourceFile]:
    """Every file of a unit, in row order.

    Raises:
        BadInputError: If the input file is damaged.
    """
    rows = containers.rows(unit, _place(settings), wanted(settings.columns))
    return files(rows, settings.columns, settings.reading)


def wanted(columns: Columns) -> containers.Wanted:
    """All mapped columns, each of which must exist."""
    names = tuple(dict.fromkeys(name for name in columns.model_dump().values() if name))
    return containers.Wanted(names=names, required=names, content=columns.content)


def files(rows: Iterable[Row], columns: Columns, reading: Reading) -> Iterator[SourceFile]:
    """One file for each row."""
    mapping = {field: name for field, name in columns.model_dump().items() if name}
    for row in rows:
        values = {field: row.get(name) for field, name in mapping.items()}
        get = values.get
        repository = Repository(
            name=text(get("repo_name")),
            revision=text(get("revision_id")),
            licences=strings(get("repository_licences")),
            stars=integer(get("stars")),
            forks=integer(get("forks")),
            revision_date=seconds(get("revision_date")),
            visit_date=seconds(get("visit_date")),
        )
        limit = reading.max_file_bytes
        file = row.file(text(get("path")), get("content"), max_file_bytes=limit, repository=repository)
        file.encoding = text(get("encoding"))
        file.language = text(get("language"))
        file.licences = strings(get("licences"))
        file.licence_type = text(get("licence_type"))
        file.file_date = seconds(get("file_date"))
        file.is_vendor = boolean(get("is_vendor"))
        file.is_generated = boolean(get("is_generated"))
        yield file


def _place(settings: Settings) -> containers.Place:
    return containers.Place(settings.path, settings.storage_options, settings.reading)
