r"""Git histories -> one record per commit that changes one file, without a checkout or a process per commit.

    clones/hello, 3f2a... "Fix the size of the window" changes src/a.py
        -> Commit("Fix the size of the window\n", "Ann", "src/a.py", "src/a.py", b"before", b"after", date),
           repo_name "octo/hello", revision_id 3f2a...

Every commit gives exactly one file: what is no edit of a single file (merges, commits of several or no
files, new and deleted ones, links, submodules, changes of the mode only) is yielded with its problem, at the
path commits/<id> if no single path stands for it. Commits come in topological order, parents first,
whatever their dates say; a unit holds the ids of consecutive ones. Repositories are opened as hardened as in
`git` (see `gitcommand`). Which commits are worth keeping is decided by `curation.structured.commits`. The
licence is that of the files at `revision`, not of the time of the commit.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from curation.licences import is_licence_file_name
from curation.sources.base import Problem, Repository, SourceFile, Unit
from curation.sources.clones import commit_of, licence_files, name_of, opened, repositories, tree
from curation.sources.gitcommand import Git
from curation.sources.history import (
    Edit,
    Header,
    all_parents,
    changes,
    is_renamed,
    parse,
    single_edit,
)
from curation.sources.local import MIB
from curation.sources.paths import safe_path
from curation.structured.records import Commit

MAX_LISTED = 1_000_000
"""Files of the tree at `revision` that are searched for licences."""
USUAL_BYTES = 16 << 10
"""Bytes of one commit's file before and after, about: for the size of a unit, which nothing else tells."""


class Settings(BaseModel):
    """Which repositories, and which part of their history."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["commits"] = "commits"
    """Says that the commits of git repositories are read."""
    path: Path
    """A repository, bare or not, or a folder with repositories at most two levels below it."""
    revision: str = Field(default="HEAD", min_length=1)
    """Commit, tag or branch with whose history is read, taken in every repository."""
    since: str = ""
    """Commit, tag or branch whose own history is left out, taken in every repository; empty reads all."""
    repository_name: str = ""
    """Name of a single repository; empty takes the path in the URL of its origin, else its folder."""
    repository_licences: tuple[str, ...] = ()
    """Licence ids that are known to hold for every repository here; empty if none are."""
    added: bool = False
    """Whether a commit that creates a single file is read, with nothing before it, yes or no."""
    renames: bool = True
    """Whether a commit that renames a single file and changes it is read, yes or no."""
    max_file_bytes: int = Field(default=MIB, gt=0)
    """Bytes; a commit whose file is larger, before or after, is counted as too_large and not read. StarCoder
    takes files of less than 100,000 characters, which are 400,000 bytes at most."""
    max_commits: int = Field(default=1_000_000, gt=0)
    """Commits of one repository that are read, the newest; the rest is counted once as too_many_commits."""
    unit_commits: int = Field(default=10_000, gt=0)
    """Commits in one unit of work; a longer history is split."""


def plan(settings: Settings) -> Iterator[Unit]:
    """Units of consecutive commits of one repository each, repositories sorted by path.

    Holds the ids of one repository's commits at a time.

    Raises:
        BadInputError: There is no repository, it has no such revision, or git cannot read it.
    """
    for folder in repositories(settings.path):
        yield from _plan_one(folder, settings)


def _plan_one(folder: Path, settings: Settings) -> Iterator[Unit]:
    git = opened(folder)
    tip = commit_of(git, folder, settings.revision)
    if tip is None:
        return
    since = commit_of(git, folder, settings.since) if settings.since else None
    commits = _history(git, tip, since, settings.max_commits + 1)
    unread = len(commits) > settings.max_commits
    del commits[: int(unread)]
    name = settings.repository_name or name_of(git, folder)
    for start in range(0, len(commits), settings.unit_commits):
        ids = commits[start : start + settings.unit_commits]
        part = {"revision": tip, "start": start, "commits": ids, "name": name}
        if unread and start == 0:
            part["unread"] = True
        yield Unit("commits", str(folder), part, len(ids) * USUAL_BYTES)


def _history(git: Git, tip: str, since: str | None, count: int) -> list[str]:
    """The ids of the newest `count` commits at or before the tip, parents before their children.

    With a single tip git's topological order follows from the graph alone. The commit-graph file, which
    could claim another one, is not read.
    """
    arguments = ["-c", "core.commitGraph=false", "rev-list", "--topo-order", "--reverse"]
    arguments += [f"--max-count={count}", tip, *([f"^{since}"] if since else []), "--"]
    with closing(git.fields(*arguments, end=b"\n")) as ids:
        return [commit.decode("ascii") for commit in ids]


def read(unit: Unit, settings: Settings) -> Iterator[SourceFile]:
    """One file per commit of the unit, in its order.

    Raises:
        BadInputError: The repository is gone, or git cannot read it.
    """
    git = opened(Path(unit.uri))
    ids: Sequence[str] = unit.part["commits"]
    edits = _edits(git, ids, settings)
    repository = _repository(git, unit, settings, edits)
    if unit.part.get("unread"):
        problem = Problem("too_many_commits", None, settings.max_commits, "older ones are not read")
        yield SourceFile("commits", None, unit.uri, repository=repository, problem=problem)
    wanted = [(commit, edit) for commit, edit in zip(ids, edits, strict=True) if edit.problem is None]
    with (
        closing(git.blobs((commit for commit, _ in wanted), "commit")) as headers,
        closing(git.blobs(blob for _, edit in wanted for blob in edit.blobs)) as contents,
    ):
        for row, (commit, edit) in enumerate(zip(ids, edits, strict=True), unit.part["start"]):
            found = edit.problem or _commit(
                edit, parse(next(headers) or b""), [next(contents) for _ in edit.blobs], settings
            )
            file = _file(unit.uri, commit, edit, found)
            file.source_row = row
            file.repository = replace(repository, revision=commit, revision_date=file.file_date)
            yield file


def _file(uri: str, commit: str, edit: Edit, found: Commit | Problem) -> SourceFile:
    """One commit as a source yields it, under the path of its file if it has a single one."""
    path = safe_path(edit.new_path)[0] if edit.new_path else f"commits/{commit}"
    if isinstance(found, Commit):
        return SourceFile(path, found, uri, file_date=found.date)
    if edit.new_path:
        found = replace(found, detail=f"commit {commit} {found.detail}".rstrip())
    return SourceFile(path, None, uri, problem=found)


def _edits(git: Git, ids: Sequence[str], settings: Settings) -> list[Edit]:
    """What each commit edits, as far as that is known without its contents."""
    parents = list(all_parents(git, ids))
    firsts = sorted({found[0] for found in parents if not isinstance(found, Problem) and len(found) == 1})
    missing = {each for each, size in zip(firsts, git.sizes(firsts), strict=True) if size is None}
    problems = [_not_compared(found, missing) for found in parents]
    pairs = (
        (commit, found[0] if found else "")
        for commit, found, problem in zip(ids, parents, problems, strict=True)
        if problem is None and not isinstance(found, Problem)
    )
    with closing(changes(git, pairs)) as compared:
        edits = [
            Edit(problem=problem) if problem else single_edit(next(compared), added=settings.added)
            for problem in problems
        ]
    blobs = sorted({blob for edit in edits for blob in edit.blobs})
    sizes = dict(zip(blobs, git.sizes(blobs), strict=True))
    limit = settings.max_file_bytes
    return [
        edit if edit.problem else replace(edit, problem=_unreadable(edit, sizes, limit)) for edit in edits
    ]


def _not_compared(parents: tuple[str, ...] | Problem, missing: set[str]) -> Problem | None:
    """Why a commit is not compared with its parent; None if it is."""
    if isinstance(parents, Problem):
        return parents
    if len(parents) > 1:
        return Problem("merge", len(parents), 1)
    if parents and parents[0] in missing:
        return Problem("parent_missing", detail="as at the border of a shallow clone")
    return None


def _unreadable(edit: Edit, sizes: dict[str, int | None], limit: int) -> Problem | None:
    """Why the file of an edit is not read; None if it is."""
    _, unsafe = safe_path(edit.new_path)
    if unsafe and not _is_only_no_utf8(edit.new_path):
        return unsafe
    for blob in edit.blobs:
        size = sizes[blob]
        if size is None:
            return Problem("blob_missing", detail="not in the repository, as in a partial clone")
        if size > limit:
            return Problem("too_large", size, limit)
    return None


def _is_only_no_utf8(path: str) -> bool:
    """Whether a path is safe but for bytes that are not UTF-8, which are escaped."""
    return safe_path(path.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))[1] is None


def _commit(
    edit: Edit, header: Header, pieces: Sequence[bytes | None], settings: Settings
) -> Commit | Problem:
    """The record of a commit, or why there is none."""
    *before, after = pieces
    if after is None or None in before:
        return Problem("blob_missing", detail="not in the repository")
    old = before[0] if before and before[0] is not None else b""
    if isinstance(header.message, Problem):
        return replace(header.message, detail=f"message: {header.message.detail}")
    if edit.old_path and edit.old_path != edit.new_path:
        if not is_renamed(old, after):
            return Problem("several_files", 2, 1, "one deleted, another created")
        if not settings.renames:
            return Problem("renamed", detail="with a change of content")
    return Commit(header.message, header.author, edit.old_path, edit.new_path, old, after, header.date)


def _repository(git: Git, unit: Unit, settings: Settings, edits: Sequence[Edit]) -> Repository:
    """The repository, with the licence files at the revision that are above the files of the unit."""
    tip = unit.part["revision"]
    with closing(tree(git, tip, MAX_LISTED, settings.max_file_bytes)) as entries:
        blobs = {
            found.path: found.blob
            for found in entries
            if found.problem is None and is_licence_file_name(found.path)
        }
    paths = (safe_path(edit.new_path)[0] for edit in edits if edit.problem is None)
    return Repository(
        name=unit.part["name"],
        revision=tip,
        licences=settings.repository_licences,
        licence_files=licence_files(git, blobs, paths),
    )
