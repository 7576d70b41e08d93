"""The Python distributions installed in an environment -> one repository each.

    attrs 25.1 in site-packages -> repo_name "attrs", revision "25.1", path "attr/_make.py"

Files are those that RECORD lists below site-packages, without what the installer added (byte code,
INSTALLER, RECORD and the like) and without launchers outside. Nothing is imported or executed. It is
real library code that every machine has: good for a demonstration and tests, no corpus.
"""

import csv
import os
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from curation.errors import BadInputError
from curation.licences import is_licence_file_name
from curation.sources.base import Problem, Repository, SourceFile, Unit
from curation.sources.batch import batches, source_file
from curation.sources.local import MIB, opened_folder, read_file, read_start, stat_problem
from curation.sources.packages import METADATA_BYTES, python_metadata, split_name
from curation.sources.paths import safe_path

RECORD_BYTES = 64 * MIB
"""Most that is read of a RECORD; the largest of 236 real ones, torch, has 1.6 MB."""
BY_INSTALLER = frozenset({"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"})
"""Files of dist-info that say how and where a package was installed, not part of it."""


class Settings(BaseModel):
    """Which environment is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["distributions"] = "distributions"
    """Says that installed distributions are read."""
    path: Path | None = None
    """A site-packages folder; null takes that of the running Python."""
    names: tuple[str, ...] = ()
    """Distributions to take, by name; empty takes all."""
    max_file_bytes: int = Field(default=10 * MIB, gt=0)
    """Bytes; a larger file is counted as too_large and not read. 10 MiB as in The Stack v2."""
    unit_bytes: int = Field(default=64 * MIB, gt=0)
    """Bytes of files in one unit of work; a larger single distribution is a unit of its own."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """What RECORD and the disk say about one distribution."""

    folder: str
    """Name of its dist-info folder."""
    inputs: list[str]
    """Its RECORD and the files that will be read, as paths below site-packages."""
    size: int
    """Bytes of the files that will be read."""


def plan(settings: Settings) -> Iterator[Unit]:
    """Units of whole distributions, in the order of their names.

    Raises:
        BadInputError: The folder cannot be read, or holds none of the distributions.
    """
    site = _site(settings)
    folders = _dist_info_folders(site, settings)
    with opened_folder(site) as root:
        found = (_distribution(root, site, folder, settings) for folder in folders)
        for group in batches(((each, each.size) for each in found), settings.unit_bytes):
            yield _unit(site, group)


def _site(settings: Settings) -> Path:
    return settings.path or Path(sysconfig.get_path("purelib"))


def _dist_info_folders(site: Path, settings: Settings) -> list[str]:
    try:
        entries = sorted(entry.name for entry in site.iterdir())
    except OSError as error:
        raise BadInputError(
            f"{site}: {error.strerror}; expected a site-packages folder; check the path in the config"
        ) from error
    wanted = {_normal(name) for name in settings.names}
    folders = [entry for entry in entries if entry.endswith(".dist-info") and safe_path(entry)[1] is None]
    if wanted:
        folders = [folder for folder in folders if _normal(_name_in(folder)) in wanted]
    if not folders:
        raise BadInputError(
            f"{site}: no installed distributions{f' called {sorted(wanted)}' if wanted else ''}; "
            "expected folders that end in .dist-info; check path and names in the config"
        )
    return folders


def _name_in(folder: str) -> str:
    return split_name(folder.removesuffix(".dist-info")).name


def _normal(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")


def _distribution(root: int, site: Path, folder: str, settings: Settings) -> Distribution:
    paths = [path for path, problem in _recorded(root, folder) if problem is None]
    sizes = {path: _size(site, path, settings.max_file_bytes) for path in paths}
    read_here = [path for path, size in sizes.items() if size is not None]
    return Distribution(folder, [f"{folder}/RECORD", *read_here], sum(size or 0 for size in sizes.values()))


def _size(site: Path, path: str, limit: int) -> int | None:
    """Bytes of a file that will be read; None for one that is missing, too large or no regular file."""
    try:
        status = os.lstat(site / path)
    except OSError:
        return None
    return status.st_size if stat_problem(status, site / path, limit) is None else None


def _recorded(root: int, folder: str) -> list[tuple[str, Problem | None]]:
    """The files that RECORD lists and that belong to the package, each once, sorted."""
    record = read_file(root, f"{folder}/RECORD", RECORD_BYTES)
    if isinstance(record, Problem):
        return [(f"{folder}/RECORD", record)]
    try:
        names = [row[0] for row in csv.reader(record.decode().splitlines()) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        return [(f"{folder}/RECORD", Problem("unreadable", detail=f"not a RECORD: {error}"[:200]))]
    inside = [name for name in names if not name.startswith(("../", "/"))]  # launchers in bin/
    own = [name for name in inside if not _is_by_installer(name, folder)]
    return sorted(dict(map(safe_path, own)).items())


def _is_by_installer(name: str, folder: str) -> bool:
    parent, _, last = name.rpartition("/")
    return name.endswith(".pyc") or (parent == folder and last in BY_INSTALLER)


def _unit(site: Path, group: list[Distribution]) -> Unit:
    root = site.absolute()
    return Unit(
        source="distributions",
        uri=str(site),
        part={"distributions": [each.folder for each in group]},
        size=sum(each.size for each in group),
        inputs=tuple(dict.fromkeys(str(root / path) for each in group for path in each.inputs)),
    )


def read(unit: Unit, settings: Settings) -> Iterator[SourceFile]:
    """Every file of the unit's distributions, sorted by path within each.

    Raises:
        BadInputError: The site-packages folder is gone.
    """
    with opened_folder(unit.uri) as root:
        for folder in unit.part["distributions"]:
            files = _recorded(root, folder)
            repository = _repository(root, folder, [path for path, problem in files if problem is None])
            for path, problem in files:
                content = problem or read_file(root, path, settings.max_file_bytes)
                yield source_file(path, content, f"{unit.uri}/{path}", repository)


def _repository(root: int, folder: str, paths: list[str]) -> Repository:
    package = python_metadata(read_start(root, f"{folder}/METADATA", METADATA_BYTES))
    licence_files = [path for path in paths if is_licence_file_name(path)]
    return Repository(
        name=package.name or _name_in(folder),
        revision=package.version,
        licences=package.licences,
        licence_files={path: read_start(root, path) for path in licence_files},
    )
