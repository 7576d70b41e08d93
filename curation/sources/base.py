"""What every source yields, whatever it reads: units of work, and the files found in them.

A source is one module with two functions and a settings class (see `curation.sources.SOURCES`):

    plan(settings) -> Iterator[Unit]               what there is to read, cheap, in a stable order
    read(unit, settings) -> Iterator[SourceFile]   every file of one unit, also the unreadable ones

A source never drops anything by itself: what it cannot read it yields with a `problem`, so that the
reader can count it. It does not decode, does not detect languages and does not decide anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from curation.problem import Problem
from curation.structured.records import Record

__all__ = ["Problem", "Repository", "SourceFile", "Unit"]


@dataclass(frozen=True, slots=True)
class Unit:
    """One task's worth of input; the list of units is fixed in the manifest before anything is read."""

    source: str
    """Kind of the source: the name of a module in `curation.sources`, such as "folder"."""
    uri: str
    """File, folder, archive, repository or data set that is read."""
    part: Mapping[str, Any] = field(default_factory=dict)
    """Which part of it, as JSON values: {"row_groups": [0, 8]} or {"files": ["a.py", "b.py"]}."""
    size: int = 0
    """Estimated bytes of content, for balance, progress and ETA."""
    inputs: tuple[str, ...] = ()
    """Local files whose bytes decide the result; fingerprinted in the manifest."""


@dataclass(slots=True)
class Repository:
    """What a source knows about the repository (or package) that its files come from."""

    name: str = ""
    """Such as owner/name; "" if unknown."""
    revision: str = ""
    """Commit, version or snapshot id."""
    licences: tuple[str, ...] = ()
    """Licence ids or expressions stated by the repository's metadata; () if none are."""
    licence_files: Mapping[str, bytes] = field(default_factory=dict)
    """Licence-like files by path in the repository, at most 64 KiB each."""
    stars: int | None = None
    forks: int | None = None
    revision_date: int | None = None
    """Seconds since 1970, UTC."""
    visit_date: int | None = None
    """When the repository was crawled, seconds since 1970, UTC."""


@dataclass(slots=True)
class SourceFile:
    """One file as found. `content` is None exactly when `problem` says why."""

    path: str
    """Path inside the repository, with forward slashes."""
    content: bytes | str | Record | None
    """Bytes as stored; text where the container stores text already; a thread, pull request or commit."""
    source_file: str
    """The input file, archive or repository that it was read from."""
    source_row_group: int = -1
    """Row group of a parquet input; -1 elsewhere."""
    source_row: int = -1
    """Row in the input file, member number in an archive; -1 where it has no meaning."""
    repository: Repository = field(default_factory=Repository)
    problem: Problem | None = None
    encoding: str = ""
    """Encoding stated by the input; "" if none is."""
    language: str = ""
    """Language stated by the input; "" if none is."""
    licences: tuple[str, ...] = ()
    """Licence ids stated by the input for this very file (Stack v1, v2, v3); () if none are."""
    licence_type: str = ""
    """permissive, no_license or non_permissive, as the input states; "" if it does not."""
    file_date: int | None = None
    """Last change of the file, seconds since 1970, UTC."""
    is_vendor: bool | None = None
    """As the input states; None if it does not."""
    is_generated: bool | None = None
    """As the input states; None if it does not."""
