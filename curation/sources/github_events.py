"""GH Archive: hours of GitHub's events -> issues and pull requests.

    path: archive/2015-01-*.json.gz
    -> SourceFile("issues/7", Thread(...))      SourceFile("pull/12", PullRequest(...))

What belongs together is spread over many files, so it is read in two steps, each of many tasks:

    inputs(settings)               -> the tasks of the first step: files, or ranges of files
    group(task, settings, folder)  -> one of them, split by issue and pull request into `folder`
    plan(settings)                 -> the units, each a partition of all issues and pull requests
    read(unit, settings, grouped)  -> the documents of one unit, from the folders of all tasks

Events of other types are counted and left. A line that is no event comes out of the second step as a file
with a problem, once. A repository that was renamed meanwhile counts as two. Licence and stars are those that
the archive states, with pull requests only.
"""

import glob
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from curation.errors import BrokenRunError
from curation.grouping import MIB, Item, gather, partitions_for, scatter
from curation.sources import containers, jsonl, parquet
from curation.sources.base import SourceFile, Unit
from curation.sources.github.documents import documents
from curation.sources.github.events import Kinds
from curation.sources.github.items import Grouped, content_items, event_items
from curation.sources.inputs import Options, Reading, container_of, find, is_url, local_path
from curation.sources.rows import Row
from curation.sources.wanted import Wanted, require

KIND = "github_events"
EVENTS = Wanted(
    names=("id", "type", "actor", "actor_attributes", "repo", "repository", "payload", "created_at", "url"),
    required=("type", "payload"),
    content="",
)
CONTENTS = Wanted(
    names=("repo_name", "number", "head_commit", "path", "before", "after"),
    required=("repo_name", "number", "head_commit", "path", "before", "after"),
    content="after",
)


class Settings(BaseModel):
    """Files of GH Archive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["github_events"] = "github_events"
    path: str
    """File, folder, glob or fsspec URL of *.json.gz, *.json or *.jsonl files as gharchive.org has them."""
    contents: str | None = None
    """Table (parquet or JSONL) of the files of pull requests, with the columns repo_name, number,
    head_commit, path, before, after; null for none: then pull requests have no files."""
    kinds: Kinds = ("issues", "pull_requests")
    """What is made of the events; those of other kinds are counted and left."""
    storage_options: Options = Field(default_factory=dict)
    """Arguments of the fsspec filesystem of a URL, such as {"anon": true}; unused for local paths."""
    reading: Reading = Reading()
    """How lines are read: bytes per task of the first step, longest line, longest file of a pull request."""
    partition_bytes: PositiveInt = 64 * MIB
    """Uncompressed bytes of archive in each unit, a tenth to a third of which is kept; 4096 units at most."""
    max_record_bytes: PositiveInt = 256 * MIB
    """Most bytes of events that one issue or pull request may have; more is counted as too_large."""


def inputs(settings: Settings) -> list[Unit]:
    """The tasks of the first step, in order of the files' names.

    Raises:
        BadInputError: If there is nothing to read, or it is not readable or holds no events.
    """
    found = [*_event_units(settings), *_content_units(settings)]
    partitions = partitions_for(sum(unit.size for unit in found), settings.partition_bytes)
    return [replace(unit, part={**unit.part, "partitions": partitions}) for unit in found]


def task_name(number: int) -> str:
    """Name of the folder of a task of the first step."""
    return f"input-{number:06d}"


def plan(settings: Settings) -> Iterator[Unit]:
    """The units, one for each partition; the first names all input files.

    Raises:
        BadInputError: If there is nothing to read, or it is not readable or holds no events.
    """
    tasks = inputs(settings)
    of = int(tasks[0].part["partitions"])
    size = sum(task.size for task in tasks) // of
    names = tuple(dict.fromkeys(name for task in tasks for name in task.inputs))
    for partition in range(of):
        part = {"partition": partition, "of": of, "tasks": len(tasks)}
        yield Unit(KIND, settings.path, part, size, () if partition else names)


def group(task: Unit, settings: Settings, folder: Path) -> Grouped:
    """Split what one input holds by issue and pull request, into files in `folder`.

    Args:
        task: One of `inputs`.
        settings: The same for both steps.
        folder: Of this task alone; `read` looks for it under `task_name` of its number.

    Raises:
        BadInputError: If the input is damaged.
    """
    counts = Grouped()
    counts.files = scatter(_items(task, settings, counts), folder, int(task.part["partitions"]))
    return counts


def read(unit: Unit, settings: Settings, grouped: Path) -> Iterator[SourceFile]:
    """Every issue and pull request of a unit, and every line that is no event.

    Args:
        unit: One of `plan`.
        settings: The same for both steps.
        grouped: Folder with the folders of all tasks of the first step.

    Raises:
        BrokenRunError: If a task's folder is missing or damaged.
    """
    folders = [grouped / task_name(number) for number in range(unit.part["tasks"])]
    missing = next((folder for folder in folders if not folder.is_dir()), None)
    if missing:
        raise BrokenRunError(f"{missing} is missing: expected what one input was split into; group it again")
    for _, items in gather(folders, unit.part["partition"], scratch=grouped):
        yield from documents(items, settings.max_record_bytes)


def sample(settings: Settings, megabytes: float) -> Iterator[SourceFile]:
    """What the first megabytes of events make, grouped in memory: what comes later is missing.

    Args:
        settings: As for a run.
        megabytes: Of events that are looked at, uncompressed, and of `contents` as many again.

    Raises:
        BadInputError: If there is nothing to read, or it is not readable.
    """
    size = int(megabytes * 1e6)
    groups: dict[str, list[Item]] = {}
    items = event_items(_first_rows(settings.path, EVENTS, settings, size), settings.kinds, Grouped())
    if settings.contents:
        rows = _first_rows(settings.contents, CONTENTS, settings, size)
        items = chain(items, content_items(rows, settings.reading.max_file_bytes, Grouped()))
    for item in items:
        groups.setdefault(item.key, []).append(item)
    for key in sorted(groups):
        yield from documents(sorted(groups[key]), settings.max_record_bytes)


def _event_units(settings: Settings) -> Iterator[Unit]:
    """Files of events, or ranges of plain ones; of the first, the columns are looked at."""
    options, reading = settings.storage_options, settings.reading
    for position, found in enumerate(find(_files_below(settings.path), options)):
        if found.container == "parquet":
            yield from parquet.units(KIND, found, options, EVENTS, reading.unit_bytes)
            continue
        if position == 0:
            require(found.uri, jsonl.columns(found, options), EVENTS.required)
        yield from jsonl.units(KIND, found, options, reading.unit_bytes)


def _content_units(settings: Settings) -> Iterator[Unit]:
    """Ranges of the table of contents, if there is one."""
    if settings.contents:
        place = _place(settings.contents, settings)
        for unit in containers.plan(KIND, place, CONTENTS):
            yield replace(unit, part={**unit.part, "holds": "contents"})


def _items(task: Unit, settings: Settings, counts: Grouped) -> Iterator[Item]:
    """What one task of the first step reads."""
    place = _place(task.uri, settings)
    if task.part.get("holds") == "contents":
        rows = containers.rows(task, place, CONTENTS)
        return content_items(rows, settings.reading.max_file_bytes, counts)
    return event_items(containers.rows(task, place, EVENTS), settings.kinds, counts)


def _place(path: str, settings: Settings) -> containers.Place:
    return containers.Place(path, settings.storage_options, settings.reading)


def _files_below(path: str) -> str:
    """A folder as a glob of all files in it, for hours of GH Archive are called *.json.gz."""
    if is_url(path):
        plain = container_of(path) is None and not glob.has_magic(path)
        return f"{path.rstrip('/')}/**" if plain else path
    here = Path(local_path(path))
    return f"{glob.escape(str(here))}/**/*" if here.is_dir() else path


def _first_rows(path: str, wanted: Wanted, settings: Settings, size: int) -> Iterator[Row]:
    """Rows until they are `size` bytes as text, each file from its beginning."""
    options = settings.storage_options
    for found in find(_files_below(path), options):
        units = iter([Unit(KIND, found.uri, {"first_line": 0})])
        if found.container == "parquet":
            units = parquet.units(KIND, found, options, wanted, settings.reading.unit_bytes)
        for unit in units:
            for row in containers.rows(unit, _place(found.uri, settings), wanted):
                if size <= 0:
                    return
                yield row
                size -= len(repr(row.values))
