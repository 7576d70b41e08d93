"""Archives of files -> one document per member; each archive is a repository.

    pypi/attrs-25.1.0.tar.gz -> repo_name "attrs", revision "25.1.0", path "src/attr/_make.py"

Reads zip (.zip .whl .jar .egg) and tar (.tar .tgz .tar.gz .tar.bz2 .tar.xz .tar.zst). Name, version and
licence come from PKG-INFO, METADATA or package.json inside, else from the name. A single top folder is
left out of the paths of a tar or .zip. Two passes: headers and licence files, then content; nothing is
written to disk and no member name is ever joined to a path. It does not open archives in archives.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from curation.errors import BadInputError
from curation.licences import is_licence_file_name
from curation.sources.base import Problem, Repository, SourceFile, Unit
from curation.sources.batch import batches, problem_row, row_problem, source_file
from curation.sources.folder import Found, walk
from curation.sources.local import LICENCE_FILE_BYTES, MIB
from curation.sources.packages import METADATA_BYTES, Package, npm_metadata, python_metadata, split_name
from curation.sources.paths import safe_path
from curation.sources.tars import Entry
from curation.sources.tars import entries as tar_entries
from curation.sources.zips import entries as zip_entries

ROOTED = (".whl", ".jar", ".egg")
"""Zip archives whose top folders are packages, never a wrapper."""
ZIPS = (".zip", *ROOTED)
TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".crate")
KNOWN = (*ZIPS, *TARS)
LONGEST_FIRST = sorted(KNOWN, key=len, reverse=True)
FREE_EXPANSION = 64 * MIB
"""Expanded bytes that are allowed at any compression ratio."""
LICENCE_BYTES = 64 * MIB
"""Most that is held of the licence files of one archive."""
COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
METADATA_NAMES = frozenset({"PKG-INFO", "METADATA", "package.json"})
METADATA_FILES = 8
"""Candidates for the package's own metadata that are held, at most."""


class Settings(BaseModel):
    """Which archives are read, and how much they may expand to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["archive"] = "archive"
    """Says that archives are read."""
    path: Path
    """An archive, a folder that is searched for archives, or a glob such as downloads/*.whl."""
    repository_licences: tuple[str, ...] = ()
    """Licence ids that are known to hold for every archive here; empty if none are."""
    max_file_bytes: int = Field(default=10 * MIB, gt=0)
    """Bytes; a larger member is counted as too_large and not read. 10 MiB as in The Stack v2."""
    max_archive_bytes: int = Field(default=4096 * MIB, gt=0)
    """Expanded bytes of one archive that are read; members beyond are counted as too_large."""
    max_ratio: float = Field(default=200.0, gt=1)
    """Expanded bytes per stored byte of one archive that are read, once past 64 MiB; zip bombs have 1,000
    and more, source code 3 to 10."""
    max_members: int = Field(default=500_000, gt=0)
    """Members of one archive that are read; the rest is counted once as too_large."""
    unit_bytes: int = Field(default=64 * MIB, gt=0)
    """Stored bytes of archives in one unit of work; a larger archive is a unit of its own."""


@dataclass(slots=True)
class Overview:
    """What the first pass over an archive learns."""

    tops: set[str] = field(default_factory=set)
    """First components of the paths, with a slash where they are folders; no more than two are kept."""
    comment: str = ""
    """As pax headers have it: the commit in an archive that git made."""
    licence_files: dict[str, bytes] = field(default_factory=dict)
    metadata: dict[str, bytes] = field(default_factory=dict)
    held: int = 0
    """Bytes of licence files."""


def plan(settings: Settings) -> Iterator[Unit]:
    """Units of whole archives, sorted by path; small ones share a unit.

    Raises:
        BadInputError: There is no archive under the path.
    """
    uri = str(settings.path)
    found = sorted(_archives(settings.path), key=lambda each: each.path)
    if not found:
        raise BadInputError(
            f"{uri}: no archive found; expected a file, folder or glob of {' '.join(KNOWN)}; check the path"
        )
    for group in batches(((each, each.size) for each in found), settings.unit_bytes):
        archives = [each.path for each in group if each.problem is None]
        problems = [problem_row(each.path, each.problem) for each in group if each.problem]
        yield Unit(
            source="archive",
            uri=uri,
            part={"archives": archives, "problems": problems},
            size=sum(each.size for each in group),
            inputs=tuple(str(Path(path).absolute()) for path in archives),
        )


def _archives(path: Path) -> Iterator[Found]:
    """Archives at, below or matching a path, with their paths as the settings lead to them."""
    if path.is_file() and not path.name.lower().endswith(KNOWN):
        # a file that is named itself is read whatever its name
        yield Found(str(path), path.stat().st_size)
        return
    if path.is_dir():
        for found in walk(str(path), sys.maxsize):
            if found.path.lower().endswith(KNOWN):
                yield Found(f"{path}/{found.path}", found.size, found.problem)
        return
    wild = next((n for n, part in enumerate(path.parts) if set(part) & set("*?[")), None)
    matches = [path] if wild is None else Path(*path.parts[:wild]).glob("/".join(path.parts[wild:]))
    for match in matches:
        if match.is_file() and match.name.lower().endswith(KNOWN):
            yield Found(str(match), match.stat().st_size)


def read(unit: Unit, settings: Settings) -> Iterator[SourceFile]:
    """Every member of the unit's archives that is no folder, in the order of the archive.

    Raises:
        BadInputError: An archive is cut off or damaged; after the members before the damage.
    """
    for path in unit.part["archives"]:
        yield from _read_archive(Path(path), settings)
    for path, problem in map(row_problem, unit.part["problems"]):
        yield source_file(Path(path).name, problem, path, Repository())


def _read_archive(path: Path, settings: Settings) -> Iterator[SourceFile]:
    overview = _survey(path, settings)
    wrapper = _wrapper(path, overview)
    repository = _repository(path, overview, wrapper, settings)
    refused = None
    if overview.held > LICENCE_BYTES:
        refused = Problem("too_large", overview.held, LICENCE_BYTES, "too many licence files in the archive")
    for entry in _entries(path, settings):
        name, unsafe = safe_path(entry.name)
        content = unsafe or entry.problem or refused or _content(entry, settings.max_file_bytes)
        yield source_file(name.removeprefix(wrapper), content, str(path), repository, entry.number)


def _entries(path: Path, settings: Settings) -> Iterator[Entry]:
    stored = path.stat().st_size
    by_ratio = max(FREE_EXPANSION, int(stored * settings.max_ratio))
    budget = min(settings.max_archive_bytes, by_ratio)
    with path.open("rb") as file:
        is_zip = file.read(2) == b"PK"
    if is_zip or path.name.lower().endswith(ZIPS):
        return zip_entries(path, budget, settings.max_members)
    return tar_entries(path, budget, settings.max_members)


def _content(entry: Entry, limit: int) -> bytes | Problem:
    if entry.size > limit:
        return Problem("too_large", entry.size, limit)
    content = entry.read(limit + 1)
    if not isinstance(content, Problem) and len(content) > limit:
        return Problem("too_large", len(content), limit, "more than the archive states")
    return content


def _survey(path: Path, settings: Settings) -> Overview:
    """The first pass: names, licence files and metadata; damage ends it and is reported by the second."""
    overview = Overview()
    with suppress(BadInputError):
        for entry in _entries(path, settings):
            name, unsafe = safe_path(entry.name)
            if unsafe is None:
                _learn(overview, entry, name)
    return overview


def _learn(overview: Overview, entry: Entry, name: str) -> None:
    top, slash, _ = name.partition("/")
    if len(overview.tops) < 2:
        overview.tops.add(top + slash)
    overview.comment = overview.comment or entry.comment
    if entry.problem:
        return
    if is_licence_file_name(name) and overview.held <= LICENCE_BYTES:
        content = entry.read(LICENCE_FILE_BYTES)
        if isinstance(content, bytes):
            overview.licence_files[name] = content
            overview.held += len(content)
    elif name.rpartition("/")[2] in METADATA_NAMES and name.count("/") <= 1:
        content = entry.read(METADATA_BYTES)
        if isinstance(content, bytes) and len(overview.metadata) < METADATA_FILES:
            overview.metadata[name] = content


def _wrapper(path: Path, overview: Overview) -> str:
    """The single top folder with its slash, which is no part of the paths; "" if there is none."""
    if len(overview.tops) != 1 or path.name.lower().endswith(ROOTED):
        return ""
    top = next(iter(overview.tops))
    return top if top.endswith("/") else ""


def _repository(path: Path, overview: Overview, wrapper: str, settings: Settings) -> Repository:
    package = _package(overview, wrapper)
    suffix = next((suffix for suffix in LONGEST_FIRST if path.name.lower().endswith(suffix)), "")
    stem = path.name[: len(path.name) - len(suffix)]
    by_name = split_name(stem)
    if not by_name.version and split_name(wrapper.rstrip("/")).version:
        by_name = split_name(wrapper.rstrip("/"))
    commit = overview.comment if COMMIT.fullmatch(overview.comment) else ""
    return Repository(
        name=package.name or by_name.name,
        revision=commit or package.version or by_name.version,
        licences=settings.repository_licences or package.licences,
        licence_files={
            name.removeprefix(wrapper): content for name, content in overview.licence_files.items()
        },
    )


def _package(overview: Overview, wrapper: str) -> Package:
    """What the metadata at the top of the archive states; that of Python before that of npm."""
    inside = {name.removeprefix(wrapper): content for name, content in overview.metadata.items()}
    for name, content in inside.items():
        if name in {"PKG-INFO", "EGG-INFO/PKG-INFO"} or name.endswith(".dist-info/METADATA"):
            return python_metadata(content)
    return npm_metadata(inside.get("package.json", b""))
