r"""What commits say of themselves, and which files they change: a few git processes, however many commits.

    parse(b"tree 1f..\nparent 9d..\nauthor Ann <ann@x> 1 +0000\n\nFix it\n")
        -> Header(parents=("9d..",), author="Ann", message="Fix it\n", ...)
    changes(git, [("4b..", "9d..")])
        -> Changes(1, (Change("M", "100644", "100644", "a1..", "b2..", "src/a.py"),))

Parents are those of the commit object itself, so neither grafts nor the border of a shallow clone make a
commit look as if it had none. Git is asked for changed paths only, without its own search for renames,
which reads files of any size: see `is_renamed`. Nothing here decides what is kept.
"""

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

from curation.decode import decode
from curation.sources.base import Problem
from curation.sources.clones import LINK, SUBMODULE, plausible_date
from curation.sources.gitcommand import Git

MAX_COMMIT_BYTES = 1 << 20
"""Of a commit object, message and signature included; a larger one is set aside."""
SHOWN = 2
"""Changes of a commit that are looked at; more are only counted."""
NOREPLY = "@users.noreply.github.com"
"""What follows the login in the addresses that GitHub gives out: login@... or 1234+login@..."""
NO_RENAME = 0.5
"""Share of the larger file, in bytes of common lines, below which two files are not the same one (as git)."""


class Header(NamedTuple):
    """A commit object, taken apart."""

    parents: tuple[str, ...]
    author: str
    """GitHub login if the address holds it, else the name; "" if there is none."""
    date: int | None
    """When it was committed, seconds since 1970; None if that is no plausible date."""
    message: str | Problem
    """In text, or why it cannot be read."""


class Change(NamedTuple):
    """One entry of a commit's diff."""

    status: str
    """A added, D deleted, M modified, T type changed."""
    old_mode: str
    new_mode: str
    old_blob: str
    new_blob: str
    path: str
    """As in the tree; bytes that are not UTF-8 as lone surrogates."""


class Changes(NamedTuple):
    """What a commit changes."""

    total: int
    """Entries; a rename is two of them."""
    first: tuple[Change, ...]
    """The first `SHOWN` of them."""


def parse(raw: bytes) -> Header:
    """The header of a commit object, whatever is wrong with it."""
    head, _, message = raw.partition(b"\n\n")
    parents: list[str] = []
    found: dict[bytes, bytes] = {}
    for line in head.split(b"\n"):  # the lines of a signature begin with a space: an empty key
        key, _, value = line.partition(b" ")
        if key == b"parent":
            parents.append(value.decode("ascii", "replace"))
        elif key in {b"author", b"committer", b"encoding"}:
            found.setdefault(key, value)
    stated = found.get(b"encoding", b"").decode("ascii", "replace")
    seconds = found.get(b"committer", b"").rpartition(b">")[2].split()
    return Header(
        tuple(parents),
        _author(found.get(b"author", b""), stated),
        plausible_date(seconds[0].decode("ascii", "replace")) if seconds else None,
        _text(message, stated),
    )


def _author(line: bytes, stated: str) -> str:
    """The login or name in `Name <address> seconds zone`."""
    name, _, address = line.rpartition(b">")[0].rpartition(b"<")
    mail = address.decode("utf-8", "replace").strip().lower()
    if mail.endswith(NOREPLY):
        return mail.removesuffix(NOREPLY).rpartition("+")[2]
    text = _text(name.strip(), stated)
    return name.decode("utf-8", "replace").strip() if isinstance(text, Problem) else text


def _text(content: bytes, stated: str) -> str | Problem:
    """Text in the encoding that the commit states, unless it is UTF-8 after all."""
    decoded = decode(content, stated)
    if not isinstance(decoded, Problem):
        return decoded.text
    return "" if decoded.reason == "empty" else decoded


def all_parents(git: Git, commits: Sequence[str]) -> Iterator[tuple[str, ...] | Problem]:
    """The parents of each commit in order, or why they cannot be had.

    Raises:
        BadInputError: Git cannot read them.
    """
    problems = [_unreadable(size) for size in git.sizes(commits)]
    whole = (commit for commit, problem in zip(commits, problems, strict=True) if problem is None)
    with closing(git.blobs(whole, "commit")) as contents:
        for problem in problems:
            raw = None if problem else next(contents)
            yield parse(raw).parents if raw is not None else problem or Problem("commit_missing")


def _unreadable(size: int | None) -> Problem | None:
    if size is None:
        return Problem("commit_missing", detail="not in the repository")
    return Problem("too_large", size, MAX_COMMIT_BYTES, "commit object") if size > MAX_COMMIT_BYTES else None


def changes(git: Git, pairs: Iterable[tuple[str, str]]) -> Generator[Changes, None, None]:
    """What each commit changes, in order.

    Args:
        git: The repository.
        pairs: Commits with the parent to compare each with; "" for a commit without parents.

    Raises:
        BadInputError: Git cannot read a commit or tree.
    """
    arguments = (
        "diff-tree",
        "--stdin",
        "--always",
        "--root",
        "--raw",
        "-r",
        "-z",
        "--no-abbrev",
        "--no-renames",
        "--no-relative",
        "--no-ext-diff",
        "--no-textconv",
        "--ignore-submodules=none",
    )
    count, first = -1, list[Change]()
    with closing(git.fields(*arguments, asked=(f"{one} {other}".rstrip() for one, other in pairs))) as log:
        for field in log:
            if not field.startswith(b":"):  # the id of the next commit
                if count >= 0:
                    yield Changes(count, tuple(first))
                count, first = 0, []
                continue
            path = next(log)
            count += 1
            if count <= SHOWN:
                old_mode, new_mode, old_blob, new_blob, status = field[1:].decode("ascii").split(" ")
                name = path.decode("utf-8", "surrogateescape")
                first.append(Change(status[:1], old_mode, new_mode, old_blob, new_blob, name))
    if count >= 0:
        yield Changes(count, tuple(first))


@dataclass(frozen=True, slots=True)
class Edit:
    """What a commit does to one file, before its contents are read."""

    old_path: str = ""
    """As in the tree; "" for a new file."""
    new_path: str = ""
    """The same for a file that was not renamed; "" if no single file stands for the commit."""
    blobs: tuple[str, ...] = ()
    """Before and after; only the latter for a new file."""
    problem: Problem | None = None
    """Why there is nothing to read."""


def single_edit(found: Changes, *, added: bool) -> Edit:
    """The one file that a commit edits, or creates if `added` says so; else with a problem.

    A file that is deleted beside one that is created is taken for a rename; see `is_renamed`.
    """
    if found.total == 0:
        return Edit(problem=Problem("no_files"))
    moved = _moved(found) if found.total == SHOWN else None
    if found.total > 1 and moved is None:
        return Edit(problem=Problem("several_files", found.total, 1))
    old, new = moved or (found.first[0], found.first[0])
    problem = _no_edit(old, new, added=added)
    if problem:
        return Edit(old.path, new.path, problem=problem)
    if old.status == "A":
        return Edit("", new.path, (new.new_blob,))
    return Edit(old.path, new.path, (old.old_blob, new.new_blob))


def _no_edit(old: Change, new: Change, *, added: bool) -> Problem | None:
    """Why a change of one file is no edit of its content; None if it is one."""
    modes = {old.old_mode, new.new_mode}
    if SUBMODULE in modes:
        return Problem("submodule")
    if LINK in modes:
        return Problem("link")
    if old.old_blob == new.new_blob:
        return Problem("mode_only" if old is new else "renamed", detail="no change of content")
    if old.status == "M" or old is not new or (old.status == "A" and added):
        return None
    return Problem({"A": "added", "D": "deleted"}.get(old.status, "special_file"))


def _moved(found: Changes) -> tuple[Change, Change] | None:
    """The deleted and the created one of two files; None if it is otherwise."""
    old, new = sorted(found.first, key=lambda change: change.status, reverse=True)
    return (old, new) if (old.status, new.status) == ("D", "A") else None


def is_renamed(before: bytes, after: bytes) -> bool:
    """Whether lines that hold at least half of the larger file's bytes are in both."""
    larger = max(len(before), len(after))
    if min(len(before), len(after)) < NO_RENAME * larger:
        return False
    common = Counter(before.split(b"\n")) & Counter(after.split(b"\n"))
    return sum((len(line) + 1) * count for line, count in common.items()) >= NO_RENAME * larger
