"""Git repositories at one revision -> one document per file, without a checkout.

    clones/hello (origin https://host/octo/hello.git), HEAD
        -> repo_name "octo/hello", revision_id <commit>, path "src/a.py", file_date <last commit on it>

Reads bare and ordinary repositories through the git command line, hardened against what an untrusted
repository may configure (see `gitcommand`). Contents are those of the commit: no filters, no line end
conversion, no working tree. Symbolic links and submodules are counted as problems. It reads no history
but dates (see `structured` for commits) and fetches nothing.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from curation.errors import BadInputError
from curation.licences import is_licence_file_name
from curation.sources.base import Problem, Repository, SourceFile, Unit
from curation.sources.batch import MAX_UNIT_FILES, batches, source_file
from curation.sources.folder import walk
from curation.sources.gitcommand import Git
from curation.sources.local import LICENCE_FILE_BYTES, MIB
from curation.sources.paths import licences_above, safe_path

LINK, SUBMODULE = "120000", "160000"
DATE = re.compile(rb"\x01(\d{1,12})")
LAST_DATE = 253402300799
"""The end of the year 9999, in seconds since 1970: later dates are nonsense and not kept."""


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


@dataclass(frozen=True, slots=True)
class Found:
    """One entry of the commit's tree."""

    path: str
    """Escaped if it is unsafe."""
    blob: str
    size: int
    problem: Problem | None = None


def plan(settings: Settings) -> Iterator[Unit]:
    """Units of consecutive files of one repository each, repositories sorted by path.

    Raises:
        BadInputError: There is no repository, it has no such revision, or git cannot read it.
    """
    folders = list(_repositories(settings.path))
    if not folders:
        raise BadInputError(
            f"{settings.path}: no git repository found here or two levels below; expected a folder with .git "
            "or a bare repository; check the path in the config"
        )
    for folder in folders:
        yield from _plan_one(folder, settings)


def _repositories(path: Path, levels: int = 2) -> Iterator[Path]:
    """The repositories at or below a path, sorted; a repository is not searched for others."""
    level = [path]
    for _ in range(levels + 1):
        below: list[Path] = []
        for folder in level:
            if _git_dir(folder):
                yield folder
            elif folder.is_dir():
                below.extend(
                    sorted(each for each in folder.iterdir() if each.is_dir() and not each.is_symlink())
                )
        level = below


def _git_dir(folder: Path) -> Path | None:
    """Where git keeps its files for a repository; None if this is no repository."""
    inside = folder / ".git"
    if inside.is_symlink() or inside.exists():
        return inside
    is_bare = (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()
    return folder if is_bare else None


def _plan_one(folder: Path, settings: Settings) -> Iterator[Unit]:
    git = _opened(folder)
    commit = git.text(
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{settings.revision}^{{commit}}"
    )
    if commit is None:
        if settings.revision == "HEAD" and git.text("rev-list", "--all", "--max-count=1") == "":
            return  # nothing was ever committed
        raise BadInputError(
            f"{folder}: no commit {settings.revision!r} that git can read; expected a commit, tag or branch "
            "of a whole repository; check revision in the config, and `git fsck` in the repository"
        )
    name = settings.repository_name or _name(git, folder)
    start = 0
    entries = islice(_tree(git, commit, settings), settings.max_files + 1)
    for batch in batches(((found, found.size) for found in entries), settings.unit_bytes, MAX_UNIT_FILES):
        part = {"revision": commit, "range": [start, start + len(batch)], "name": name}
        yield Unit("git", str(folder), part, sum(found.size for found in batch))
        start += len(batch)


def _opened(folder: Path) -> Git:
    """The repository, once it is sure that reading it cannot hang or lead elsewhere.

    Raises:
        BadInputError: It is gone, is a pointer to another place, or holds links, FIFOs or devices.
    """
    git_dir = _git_dir(folder)
    if git_dir is None or git_dir.is_symlink() or not git_dir.is_dir():
        raise BadInputError(
            f"{folder}: .git is missing, or a link or file (linked working tree, submodule); expected a "
            "repository of its own; name the repository that it points to"
        )
    for found in walk(str(git_dir), sys.maxsize):
        if found.problem and found.problem.reason in {"link", "special_file"}:
            raise BadInputError(
                f"{git_dir}: {found.path} is a {found.problem.reason.replace('_', ' ')}; expected only files "
                "and folders in a repository; clone it anew with `git clone --no-local`"
            )
    return Git(git_dir)


def _name(git: Git, folder: Path) -> str:
    """The path in the URL of the origin, without host and credentials; else the folder's name."""
    url = git.text("config", "--file", str(git.git_dir / "config"), "--get", "remote.origin.url") or ""
    name, unsafe = safe_path(_url_path(url).strip("/").removesuffix(".git"))
    own = folder.absolute().name.removesuffix(".git")
    return name if unsafe is None else safe_path(own)[0]


def _url_path(url: str) -> str:
    """The path of scheme://user:secret@host/path?query or host:path; "" if it may hold more than that."""
    scheme, has_scheme, rest = url.partition("://")
    if has_scheme:
        _, _, path = rest.partition("/")
        path = re.split(r"[?#]", path, maxsplit=1)[0]
    else:
        host, _, path = url.partition(":")
        is_local = "/" in host or len(host) < 2  # also C:/folder
        path = "" if is_local else path
    return "" if scheme == "file" or "@" in path or ":" in path else path


def _tree(git: Git, commit: str, settings: Settings) -> Iterator[Found]:
    """Every file, link and submodule of a commit in git's order, with one more where there are too many."""
    with closing(git.fields("ls-tree", "-r", "-z", "-l", "--full-tree", commit)) as listing:
        for number, field in enumerate(listing):
            facts, _, raw = field.partition(b"\t")
            mode, _, blob, size = facts.decode().split()
            path, problem = safe_path(raw.decode("utf-8", "surrogateescape"))
            if number >= settings.max_files:
                detail = "more files than the limit, the rest is not read"
                yield Found(path, blob, 0, Problem("too_large", None, settings.max_files, detail))
                return
            problem = problem or _problem(mode, size, settings.max_file_bytes)
            yield Found(path, blob, 0 if problem else int(size), problem)


def _problem(mode: str, size: str, limit: int) -> Problem | None:
    if mode == LINK:
        return Problem("link")
    if mode == SUBMODULE:
        return Problem("submodule")
    if not size.isdigit():
        return Problem("blob_missing", detail="not in the repository, as in a partial clone")
    return Problem("too_large", int(size), limit) if int(size) > limit else None


def read(unit: Unit, settings: Settings) -> Iterator[SourceFile]:
    """Every file of the unit's range of the tree, in git's order.

    Raises:
        BadInputError: The repository is gone, has lost the commit, or git cannot read it.
    """
    git = _opened(Path(unit.uri))
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
    paths = licences_above((found.path for found in here), licence_blobs)
    contents = zip(paths, git.blobs(licence_blobs[path] for path in paths), strict=True)
    date = git.text("log", "--max-count=1", "--no-show-signature", "--format=%ct", commit, "--") or ""
    return Repository(
        name=unit.part["name"],
        revision=commit,
        licences=settings.repository_licences,
        licence_files={
            path: content[:LICENCE_FILE_BYTES] for path, content in contents if content is not None
        },
        revision_date=int(date) if date.isdigit() and int(date) <= LAST_DATE else None,
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
                date = int(match[1]) if int(match[1]) <= LAST_DATE else None
                continue
            path = field.removeprefix(b"\n").decode("utf-8", "surrogateescape")
            if path in missing:
                missing.discard(path)
                if date is not None:
                    dates[path] = date
            if not missing:
                break
    return dates
