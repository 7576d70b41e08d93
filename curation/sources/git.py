"""Git repositories at one revision -> one document per file, without a checkout.

    clones/hello (origin https://host/octo/hello.git), HEAD
        -> repo_name "octo/hello", revision_id <commit>, path "src/a.py", file_date <last commit on it>

Reads bare and ordinary repositories through the git command line, hardened against what an untrusted
repository may configure (see `gitcommand`). Contents are those of the commit: no filters, no line end
conversion, no working tree. Symbolic links and submodules are counted as problems. It reads no history
but dates (see `structured` for commits) and fetches nothing.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from curation.errors import BadInputError
from curation.licences import is_licence_file_name
from curation.sources.base import Problem, Repository, SourceFile, Unit
from curation.sources.batch import MAX_UNIT_FILES, batches, source_file
from curation.sources.clones import (
    Found,
    commit_of,
    licence_files,
    name_of,
    opened,
    plausible_date,
    repositories,
    tree,
)
from curation.sources.gitcommand import Git
from curation.sources.local import MIB

DATE = re.compile(rb"\x01(\d{1,12})")


class Settings(BaseModel):
    """Which repositories, and which commit of each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["git"] = "git"
    """Says that git repositories are read."""
    path: Path
    """A repository, bare or not, or a folder with repositories at most two levels below it."""
    revision: str = Field(default="HEAD", min_length=1)
    """Commit, tag or branch, taken in every repository."""
    repository_name: str = ""
    """Name of a single repository; empty takes the path in the URL of its origin, else its folder."""
    repository_licences: tuple[str, ...] = ()
    """Licence ids that are known to hold for every repository here; empty if none are."""
    max_file_bytes: int = Field(default=10 * MIB, gt=0)
    """Bytes; a larger file is counted as too_large and not read. 10 MiB as in The Stack v2."""
    max_files: int = Field(default=1_000_000, gt=0)
    """Files of one repository that are read; the rest is counted once as too_large."""
    date_commits: int = Field(default=20_000, ge=0)
    """Commits, newest first, that are searched for the last change of files; 0 gives no file dates."""
    unit_bytes: int = Field(default=64 * MIB, gt=0)
    """Bytes of files in one unit of work; a larger repository is split."""


def plan(settings: Settings) -> Iterator[Unit]:
    """Units of consecutive files of one repository each, repositories sorted by path.

    Raises:
        BadInputError: There is no repository, it has no such revision, or git cannot read it.
    """
    for folder in repositories(settings.path):
        yield from _plan_one(folder, settings)


def _plan_one(folder: Path, settings: Settings) -> Iterator[Unit]:
    git = opened(folder)
    commit = commit_of(git, folder, settings.revision)
    if commit is None:
        return
    name = settings.repository_name or name_of(git, folder)
    start = 0
    entries = islice(_tree(git, commit, settings), settings.max_files + 1)
    for batch in batches(((found, found.size) for found in entries), settings.unit_bytes, MAX_UNIT_FILES):
        part = {"revision": commit, "range": [start, start + len(batch)], "name": name}
        yield Unit("git", str(folder), part, sum(found.size for found in batch))
        start += len(batch)


def _tree(git: Git, commit: str, settings: Settings) -> Iterator[Found]:
    return tree(git, commit, settings.max_files, settings.max_file_bytes)


def read(unit: Unit, settings: Settings) -> Iterator[SourceFile]:
    """Every file of the unit's range of the tree, in git's order.

    Raises:
        BadInputError: The repository is gone, has lost the commit, or git cannot read it.
    """
    git = opened(Path(unit.uri))
    commit = unit.part["revision"]
    start, stop = unit.part["range"]
    here: list[Found] = []
    licence_blobs: dict[str, str] = {}
    for number, found in enumerate(_tree(git, commit, settings)):
        if start <= number < stop:
            here.append(found)
        if found.problem is None and is_licence_file_name(found.path):
            licence_blobs[found.path] = found.blob
    if len(here) != stop - start:
        raise BadInputError(
            f"{unit.uri}: {len(here)} files at {start} to {stop} of commit {commit}, expected {stop - start};"
            " the settings or the repository have changed; plan the run anew"
        )
    repository = _repository(git, unit, settings, here, licence_blobs)
    dates = _dates(git, commit, {found.path for found in here}, settings.date_commits)
    with closing(git.blobs(found.blob for found in here if found.problem is None)) as contents:
        for number, found in enumerate(here, start):
            content: bytes | Problem | None = found.problem or next(contents)
            if content is None:
                content = Problem("blob_missing", detail="not in the repository")
            file = source_file(found.path, content, unit.uri, repository, number)
            file.file_date = dates.get(found.path)
            yield file


def _repository(
    git: Git, unit: Unit, settings: Settings, here: Iterable[Found], licence_blobs: dict[str, str]
) -> Repository:
    commit = unit.part["revision"]
    date = git.text("log", "--max-count=1", "--no-show-signature", "--format=%ct", commit, "--") or ""
    return Repository(
        name=unit.part["name"],
        revision=commit,
        licences=settings.repository_licences,
        licence_files=licence_files(git, licence_blobs, (found.path for found in here)),
        revision_date=plausible_date(date),
    )


def _dates(git: Git, commit: str, paths: set[str], commits: int) -> dict[str, int]:
    """When each path was last changed, in seconds since 1970; without those not reached."""
    dates: dict[str, int] = {}
    missing = set(paths)
    if not commits:
        return dates
    arguments = (
        "log",
        "-z",
        "--format=tformat:%x01%ct",
        "--name-only",
        "--no-renames",
        "--diff-merges=off",
        "--no-ext-diff",
        "--no-textconv",
        "--no-show-signature",
        "--no-mailmap",
        "--no-notes",
        "--no-color",
        "--no-relative",
        f"--max-count={commits}",
        commit,
        "--",
    )
    date: int | None = None
    with closing(git.fields(*arguments)) as log:
        for field in log:
            if match := DATE.fullmatch(field):
                date = plausible_date(match[1].decode())
                continue
            path = field.removeprefix(b"\n").decode("utf-8", "surrogateescape")
            if path in missing:
                missing.discard(path)
                if date is not None:
                    dates[path] = date
            if not missing:
                break
    return dates
