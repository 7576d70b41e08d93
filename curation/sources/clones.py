"""Git repositories on disk: where they are, what they are called, and whether they are safe to open.

    repositories(Path("clones"))           -> [Path("clones/hello"), Path("clones/octo/b")]
    name_of(git, Path("clones/hello"))     -> "octo/hello", from the URL of its origin
    commit_of(git, folder, "v1.0")         -> "9d5e4ac..."
    licence_files(git, blobs, ["src/a.py"]) -> {"LICENSE": b"MIT License..."}

What the sources that read git share (`git`, `commits`). It reads no contents but those of licence files.
"""

import re
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from curation.errors import BadInputError
from curation.sources.base import Problem
from curation.sources.folder import walk
from curation.sources.gitcommand import Git
from curation.sources.local import LICENCE_FILE_BYTES
from curation.sources.paths import licences_above, safe_path

LINK, SUBMODULE = "120000", "160000"
"""Modes of entries that are no files."""
LAST_DATE = 253402300799
"""The end of the year 9999, in seconds since 1970: later dates are nonsense and not kept."""


@dataclass(frozen=True, slots=True)
class Found:
    """One entry of a commit's tree."""

    path: str
    """Escaped if it is unsafe."""
    blob: str
    size: int
    problem: Problem | None = None


def repositories(path: Path) -> list[Path]:
    """The repositories at or at most two levels below a path, sorted.

    Raises:
        BadInputError: There is none.
    """
    folders = list(_repositories(path))
    if not folders:
        raise BadInputError(
            f"{path}: no git repository found here or two levels below; expected a folder with .git "
            "or a bare repository; check the path in the config"
        )
    return folders


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


def opened(folder: Path) -> Git:
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


def commit_of(git: Git, folder: Path, revision: str) -> str | None:
    """The id of the commit that a revision names; None for HEAD where nothing was ever committed.

    Raises:
        BadInputError: There is no such commit.
    """
    commit = git.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        if revision == "HEAD" and git.text("rev-list", "--all", "--max-count=1") == "":
            return None
        raise BadInputError(
            f"{folder}: no commit {revision!r} that git can read; expected a commit, tag or branch "
            "of a whole repository; check revision in the config, and `git fsck` in the repository"
        )
    return commit


def name_of(git: Git, folder: Path) -> str:
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


def tree(git: Git, commit: str, max_files: int, max_file_bytes: int) -> Generator[Found, None, None]:
    """Every file, link and submodule of a commit in git's order, with one more where there are too many.

    Args:
        git: The repository.
        commit: Its id.
        max_files: Entries that are listed.
        max_file_bytes: Bytes; a larger file is a problem.
    """
    with closing(git.fields("ls-tree", "-r", "-z", "-l", "--full-tree", commit)) as listing:
        for number, field in enumerate(listing):
            facts, _, raw = field.partition(b"\t")
            mode, _, blob, size = facts.decode().split()
            path, problem = safe_path(raw.decode("utf-8", "surrogateescape"))
            if number >= max_files:
                detail = "more files than the limit, the rest is not read"
                yield Found(path, blob, 0, Problem("too_large", None, max_files, detail))
                return
            problem = problem or _problem(mode, size, max_file_bytes)
            yield Found(path, blob, 0 if problem else int(size), problem)


def _problem(mode: str, size: str, limit: int) -> Problem | None:
    if mode == LINK:
        return Problem("link")
    if mode == SUBMODULE:
        return Problem("submodule")
    if not size.isdigit():
        return Problem("blob_missing", detail="not in the repository, as in a partial clone")
    return Problem("too_large", int(size), limit) if int(size) > limit else None


def licence_files(git: Git, blobs: Mapping[str, str], paths: Iterable[str]) -> dict[str, bytes]:
    """The licence files that speak for at least one of `paths`, at most 64 KiB of each.

    Args:
        git: The repository.
        blobs: Path -> id, of all its licence files that can be read.
        paths: What is read of the repository.
    """
    wanted = licences_above(paths, blobs)
    contents = zip(wanted, git.blobs(blobs[path] for path in wanted), strict=True)
    return {path: content[:LICENCE_FILE_BYTES] for path, content in contents if content is not None}


def plausible_date(seconds: str) -> int | None:
    """A date in seconds since 1970 as git prints it; None if it is none or lies behind the year 9999."""
    is_date = seconds.isdecimal() and seconds.isascii() and len(seconds) <= len(str(LAST_DATE))
    return int(seconds) if is_date and int(seconds) <= LAST_DATE else None
