"""A folder of files -> one document per file.

    code/octo/hello/src/a.py, repository_depth 2 -> repo_name "octo/hello", path "src/a.py"

The tree is walked in sorted order without following links. Folders of version control (.git, .hg,
.svn) are not entered. What is no readable regular file of allowed size is yielded with its problem;
`include` and `exclude` select what belongs to the input at all, so what they leave out is not counted.
It does not read history (see `git`), unpack archives (see `archive`) or take dates from the disk, which
would differ from copy to copy.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from curation.licences import is_licence_file_name
from curation.sources.base import Problem, Repository, SourceFile, Unit
from curation.sources.batch import batches, problem_row, row_problem, source_file
from curation.sources.local import MIB, opened_folder, read_file, read_start, stat_problem
from curation.sources.paths import compile_globs, licences_above, safe_path

VERSION_CONTROL = frozenset({".git", ".hg", ".svn"})


class Settings(BaseModel):
    """Where the files are and how they form repositories."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["folder"] = "folder"
    """Says that a folder is read."""
    path: Path
    """The folder."""
    repository_depth: Literal[0, 1, 2] = 0
    """Folder levels that name a repository: 0 the whole folder is one, 1 every first-level folder,
    2 owner/name. Files above that level belong to no repository."""
    repository_name: str = ""
    """Name at depth 0; empty takes the folder's name."""
    repository_licences: tuple[str, ...] = ()
    """Licence ids that are known to hold for every repository here; empty if none are."""
    include: tuple[str, ...] = ()
    """Globs of which a relative path must match one; empty takes every file."""
    exclude: tuple[str, ...] = ()
    """Globs of which a relative path must match none."""
    max_file_bytes: int = Field(default=10 * MIB, gt=0)
    """Bytes; a larger file is counted as too_large and not read. 10 MiB as in The Stack v2."""
    unit_bytes: int = Field(default=64 * MIB, gt=0)
    """Bytes of files in one unit of work; a larger single file is a unit of its own."""


@dataclass(frozen=True, slots=True)
class Found:
    """One entry of the tree that is not a folder."""

    path: str
    """Relative to the folder of the settings; escaped if it is unsafe."""
    size: int
    problem: Problem | None = None


def plan(settings: Settings) -> Iterator[Unit]:
    """Units of consecutive files in the order of the walk.

    Holds the paths of one repository at a time.

    Raises:
        BadInputError: The path is no folder that can be read.
    """
    with opened_folder(settings.path):
        pass
    groups = batches(_by_repository(settings), settings.unit_bytes)
    for group in groups:
        yield _unit(settings, group)


def _by_repository(settings: Settings) -> Iterator[tuple[tuple[Found, list[str]], int]]:
    """Every entry with the licence files of its repository, and its size."""
    is_wanted = compile_globs(settings.include, settings.exclude)
    wanted = (found for found in walk(str(settings.path), settings.max_file_bytes) if is_wanted(found.path))
    for name, entries in groupby(wanted, key=lambda found: repository_folder(found.path, settings)):
        found_here = list(entries)
        inside = len(name) + 1 if name else 0
        licence_files = [
            found.path
            for found in found_here
            if found.problem is None and is_licence_file_name(found.path[inside:])
        ]
        for found in found_here:
            yield (found, licence_files), found.size


def _unit(settings: Settings, group: list[tuple[Found, list[str]]]) -> Unit:
    files = [found for found, _ in group if found.problem is None]
    licence_files: set[str] = set()
    for _, entries in groupby(group, key=lambda pair: id(pair[1])):
        pairs = list(entries)
        licence_files.update(licences_above((found.path for found, _ in pairs), pairs[0][1]))
    read_here = {found.path for found in files} | licence_files
    root = settings.path.absolute()
    return Unit(
        source="folder",
        uri=str(settings.path),
        part={
            "files": [found.path for found in files],
            "sizes": [found.size for found in files],
            "licence_files": sorted(licence_files),
            "problems": [problem_row(found.path, found.problem) for found, _ in group if found.problem],
        },
        size=sum(found.size for found in files),
        inputs=tuple(str(root / path) for path in sorted(read_here)),
    )


def repository_folder(path: str, settings: Settings) -> str:
    """The leading folders of a relative path that name its repository; "" if none do."""
    folders = path.split("/")[:-1]
    depth = settings.repository_depth
    return "/".join(folders[:depth]) if len(folders) >= depth else ""


def walk(root: str, max_file_bytes: int) -> Iterator[Found]:
    """Every entry below `root` that is not a folder, sorted, files before folders; follows no link."""
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(f"{root}/{folder}") as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            path, unsafe = safe_path(folder)
            yield Found(path, 0, unsafe or Problem("unreadable", detail=f"folder: {error.strerror}"))
            continue
        folders = []
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.name in VERSION_CONTROL:
                continue
            if _is_folder(entry):
                folders.append(path)
            else:
                yield _found(path, entry, max_file_bytes)
        pending.extend(reversed(folders))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _found(path: str, entry: os.DirEntry[str], max_file_bytes: int) -> Found:
    path, problem = safe_path(path)
    if problem is None:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            return Found(path, 0, Problem("unreadable", detail=error.strerror or ""))
        problem = stat_problem(status, entry.path, max_file_bytes)
        if problem is None:
            return Found(path, status.st_size)
    return Found(path, 0, problem)


def read(unit: Unit, settings: Settings) -> Iterator[SourceFile]:
    """Every file of a unit, in planned order, then the problems that were known when it was planned.

    Raises:
        BadInputError: The folder is gone.
    """
    with opened_folder(unit.uri) as folder:
        repositories = _repositories(unit, settings, folder)
        for path, size in zip(unit.part["files"], unit.part["sizes"], strict=True):
            content = read_file(folder, path, settings.max_file_bytes, size)
            yield _source_file(unit, path, content, settings, repositories)
        for path, problem in map(row_problem, unit.part["problems"]):
            yield _source_file(unit, path, problem, settings, repositories)


def _repositories(unit: Unit, settings: Settings, folder: int) -> dict[str, Repository]:
    """One object per repository of the unit, with its licence files, shared by its files."""
    repositories: dict[str, Repository] = {}
    every = [*unit.part["files"], *(row[0] for row in unit.part["problems"])]
    for name in {repository_folder(path, settings): None for path in every}:
        stated = settings.repository_name or settings.path.resolve().name
        shown = stated if settings.repository_depth == 0 else name
        licences = settings.repository_licences
        repositories[name] = Repository(name=shown, licences=licences, licence_files={})
    for path in unit.part["licence_files"]:
        name = repository_folder(path, settings)
        inside = path.removeprefix(f"{name}/") if name else path
        files = repositories[name].licence_files
        assert isinstance(files, dict)
        files[inside] = read_start(folder, path)
    return repositories


def _source_file(
    unit: Unit, path: str, content: bytes | Problem, settings: Settings, repositories: dict[str, Repository]
) -> SourceFile:
    name = repository_folder(path, settings)
    inside = path.removeprefix(f"{name}/") if name else path
    return source_file(inside, content, f"{unit.uri}/{path}", repositories[name])
