"""Where the files of a repository are: a path, or the end of one, becomes a file, however many there are.

    Places(["lib/a.h", "src/a.h", "src/b.c"]).near("a.h", "src/b.c")  ->  1

Of files with the same path the first counts. What is longer than `MAX_PATH` is never found.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

MAX_PATH = 4096
"""Characters of a path that is looked for, as on Linux."""
MAX_PARTS = 12
"""Folders of a path whose end is looked for."""
MAX_SAME = 8
"""Files that are compared where several have a name; the first ones by path."""


class RepoFile(NamedTuple):
    """A file of a repository."""

    path: str
    """In the repository, with forward slashes."""
    language: str
    """A linguist name; "" if unknown."""
    content: str


class Places:
    """The paths of a repository's files."""

    def __init__(self, paths: Sequence[str]) -> None:
        """Take all paths, in the order of their ranks."""
        self.paths = [path if len(path) <= MAX_PATH else "" for path in paths]
        self.by_path: dict[str, int] = {}
        for number, path in enumerate(self.paths):
            self.by_path.setdefault(normal(path) or "", number)
        self.by_path.pop("", None)
        self.by_end: dict[str, list[int]] = {}

    def want(self, ends: Iterable[str]) -> None:
        """Say of which ends of paths the files will be asked for; all at once, before the first is."""
        self.by_end = {end: [] for end in ends}
        for path, number in self.by_path.items():
            parts = path.split("/")
            for start in range(max(0, len(parts) - MAX_PARTS), len(parts)):
                same = self.by_end.get("/".join(parts[start:]))
                if same is not None and len(same) < MAX_SAME:
                    same.append(number)

    def near(self, end: str, importer: str) -> int | None:
        """Of the files whose path ends so, the one that shares most folders with the importer."""
        return nearest(self.by_end.get(end, ()), self.paths, importer)


def nearest(numbers: Sequence[int], paths: Sequence[str], importer: str) -> int | None:
    """The one of a few files that shares most folders with the importer; of equals the first."""
    if len(numbers) < 2:
        return numbers[0] if numbers else None
    return max(numbers, key=lambda number: _shared(paths[number], importer))


def _shared(one: str, other: str) -> int:
    """Folders that two paths have in common, from the top."""
    count = 0
    for mine, theirs in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def normal(path: str) -> str | None:
    """A path without empty and dotted parts, "" for the top; None for one that leads out of it."""
    if len(path) > MAX_PATH:
        return None
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and not parts:
            return None
        if part == "..":
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def folder(path: str) -> str:
    """The folder of a path, with a slash at its end; "" for the top."""
    return path[: path.rfind("/") + 1]


def stem(path: str) -> str:
    """The name of a file without folder and extensions."""
    return path[path.rfind("/") + 1 :].partition(".")[0]
