"""Small histories for tests of commits, and how what is read of them is looked at.

row(folder, 3)     a file that is created and edited three times
two(folder, ...)   two commits, of which the second matters
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from history import Change, building, git

from curation.sources import commits
from curation.sources.base import SourceFile
from curation.sources.commits import Settings
from curation.structured.records import Commit

FILE, LINK, SUBMODULE, RUN, GONE = b"100644", b"120000", b"160000", b"100755", b""
"""Modes of entries; the last one deletes."""
TEXT = b"".join(b"line %d\n" % number for number in range(20))
OTHER = b"other\n" + TEXT


def read_all(path: Path, **options: Any) -> list[SourceFile]:
    """Every file of a source, each with either content or a problem."""
    chosen = Settings(path=path, **options)
    files = [file for unit in commits.plan(chosen) for file in commits.read(unit, chosen)]
    assert all((file.content is None) == (file.problem is not None) for file in files)
    return files


def outcome(file: SourceFile) -> Commit | str:
    return file.problem.reason if file.problem else record(file)


def record(file: SourceFile) -> Commit:
    assert isinstance(file.content, Commit)
    return file.content


def last(folder: Path, **options: Any) -> SourceFile:
    """What the newest commit gives."""
    return read_all(folder, **options)[-1]


def two(folder: Path, first: Sequence[Change], then: Sequence[Change], message: bytes = b"m") -> Path:
    """A repository with two commits."""
    with building(folder) as maker:
        maker.commit("first", b"first", first)
        maker.commit("then", message, then)
    return folder


def row(folder: Path, count: int) -> Path:
    """A repository with this many edits of one file, after the commit that creates it."""
    with building(folder) as maker:
        for number in range(count + 1):
            maker.commit("edit", b"%d" % number, [(FILE, b"a.py", b"x = %d\n" % number)])
    return folder


def newest(folder: Path) -> bytes:
    """The newest commit object."""
    return git(folder, "cat-file", "commit", "HEAD").encode()


def move(folder: Path, raw: bytes) -> None:
    """Let main point to a commit object with any bytes."""
    commit = git(folder, "hash-object", "-t", "commit", "-w", "--stdin", "--literally", data=raw)
    (folder / "refs" / "heads" / "main").write_text(f"{commit}\n")
