"""A file or a folder -> the benchmark texts that its files hold, for a person to read.

    scan_file(Path("src"), "solve.py", matcher)  ->  FileHits("solve.py", 412, (FoundHit(3, hit),))

It says where a hit is, and nothing else of what the files hold. It writes nothing.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from curation.decode import decode
from curation.decontaminate.hits import Hit
from curation.decontaminate.matcher import Matcher
from curation.errors import BadInputError
from curation.sources.base import Problem
from curation.sources.folder import walk
from curation.sources.local import opened_folder, read_file

MAX_BYTES = 64 << 20
"""Bytes of a file, at most; a larger one is named and not read."""


class FoundHit(NamedTuple):
    """A hit, and the line on which it begins."""

    line: int
    """Counted from 1."""
    hit: Hit


@dataclass(frozen=True, slots=True)
class FileHits:
    """What a file holds."""

    path: str
    bytes: int = 0
    hits: tuple[FoundHit, ...] = ()
    problem: str = ""
    """Why the file was not looked through; empty if it was."""

    def as_json(self) -> dict[str, Any]:
        """JSON values."""
        hits = [{"line": one.line, **asdict(one.hit)} for one in self.hits]
        return {"path": self.path, "bytes": self.bytes, "problem": self.problem, "hits": hits}


def files(path: Path) -> list[tuple[str, Problem | None]]:
    """The files of a folder, relative to it and sorted, or the one file, with why one cannot be read.

    Raises:
        BadInputError: If there is no such file or folder.
    """
    if path.is_dir():
        return [(found.path, found.problem) for found in walk(str(path), MAX_BYTES)]
    if path.is_file():
        return [(path.name, None)]
    raise BadInputError(f"{path}: no such file or folder; expected one to look through")


def scan_file(path: Path, name: str, matcher: Matcher) -> FileHits:
    """What one file holds.

    Args:
        path: The folder, or the file itself.
        name: From `files`.
        matcher: Of the benchmarks.

    Raises:
        BadInputError: If the folder is gone.
    """
    with opened_folder(path if path.is_dir() else path.parent) as folder:
        content = read_file(folder, name, MAX_BYTES)
    if isinstance(content, Problem):
        return FileHits(name, problem=content.reason)
    decoded = decode(content)
    if isinstance(decoded, Problem):
        return FileHits(name, len(content), problem=decoded.reason)
    text = decoded.text
    found = (FoundHit(text.count("\n", 0, hit.start) + 1, hit) for hit in matcher.find(text))
    return FileHits(name, len(content), tuple(found))
