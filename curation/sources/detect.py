"""From a path alone: which kind of source it is.

    detect("clones/linux")    -> git.Settings(path="clones/linux")       it has a .git
    detect("data/*.parquet")  -> stack_v1.Settings(path="data/*.parquet")  by its columns
    detect("src/")            -> folder.Settings(path="src/")            any other folder

The decision looks at names, at the first bytes of archives, and at the columns of the first table; it
reads no contents. A folder counts as tables if at least half of its files are (notes such as a README
aside), so a folder of code with a few parquet files in its tests stays a folder of code.
"""

import bz2
import glob
import gzip
import os
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from curation.errors import BadInputError
from curation.sources import (
    archive,
    commits,
    containers,
    distributions,
    folder,
    git,
    github_events,
    github_threads,
    hub,
    shapes,
    stack_v1,
    stack_v2,
    stack_v3,
    starcoderdata,
    table,
)
from curation.sources.inputs import SUFFIXES, Options, Reading, container_of, is_url, local_path

KnownSettings = (
    archive.Settings
    | commits.Settings
    | distributions.Settings
    | folder.Settings
    | git.Settings
    | github_events.Settings
    | github_threads.Settings
    | hub.Settings
    | stack_v1.Settings
    | stack_v2.Settings
    | stack_v3.Settings
    | starcoderdata.Settings
    | table.Settings
)

LOOKED_AT = 10_000
"""Files of a folder that are looked at to tell tables from code."""
NOTES = ("readme", "license", "licence", "dataset_info", "_success", "_metadata", "_common_metadata")
"""How the names of files begin that lie beside tables, archives and repositories and say what they are."""
HEADER = 512
"""Bytes of a tar header."""


class AutoSettings(BaseModel):
    """A path of which the kind is found out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["auto"] = "auto"
    path: str
    """Folder, repository, archive, data set, table, glob or URL."""
    storage_options: Options = Field(default_factory=dict)
    """Arguments of the fsspec filesystem of a URL, such as {"anon": true}; unused for local paths."""
    reading: Reading = Reading()
    """How rows are read, if it is a table."""


def settle(settings: "AutoSettings | KnownSettings") -> KnownSettings:
    """The settings with `kind: auto` replaced by what is there; any other settings as they are.

    Raises:
        BadInputError: If nothing is there, or it is nothing that can be read.
    """
    return detect(settings.path, settings) if isinstance(settings, AutoSettings) else settings


def detect(path: str, how: AutoSettings | None = None) -> KnownSettings:
    """The settings that read `path`.

    Args:
        path: Folder, repository, archive, data set, table, glob or URL.
        how: Options for tables; None takes the defaults.

    Raises:
        BadInputError: If nothing is there, or it is nothing that can be read.
    """
    how = how or AutoSettings(path=path)
    here = Path(local_path(path))
    if is_url(path):
        return _tables(how)
    if here.is_dir():
        return _folder(here, how)
    if here.is_file():
        return _tables(how) if container_of(here.name) else _archive(here)
    if glob.has_magic(path):
        return archive.Settings(path=here) if path.lower().endswith(archive.KNOWN) else _tables(how)
    hint = f" If it is a data set on the Hugging Face hub, write kind: hub, path: {path}."
    raise BadInputError(
        f"{path} does not exist: expected a folder, git repository, archive, table, glob or URL."
        f"{hint if path.count('/') == 1 else ''}"
    )


def _tables(how: AutoSettings) -> KnownSettings:
    """Settings by the columns of the first table.

    Raises:
        BadInputError: If there is no table or its columns are not understood.
    """
    place = containers.Place(how.path, how.storage_options, how.reading)
    try:
        return shapes.settings_for(containers.columns(place), how.path, how.storage_options, how.reading)
    except BadInputError as error:
        raise BadInputError(f"{how.path}: {error}") from error


def _archive(file: Path) -> KnownSettings:
    """An archive, by its name or its first bytes.

    Raises:
        BadInputError: If the file is no archive.
    """
    if file.name.lower().endswith(archive.KNOWN) or _looks_packed(file):
        return archive.Settings(path=file)
    raise BadInputError(
        f"{file} is neither an archive ({', '.join(archive.KNOWN)}) nor a table ({', '.join(SUFFIXES)}). "
        f"To read single files, name the folder that holds them."
    )


def _looks_packed(file: Path) -> bool:
    """Whether a file begins like a zip or a tar archive, also one that gzip or bzip2 compressed."""
    try:
        with file.open("rb") as stream:
            start = stream.read(HEADER)
        if start.startswith((b"\x1f\x8b", b"BZh")):
            with (gzip.open if start.startswith(b"\x1f") else bz2.open)(file, "rb") as unpacked:
                start = unpacked.read(HEADER)
    except (OSError, EOFError, zlib.error):
        return False
    return start.startswith(b"PK\x03\x04") or start[257:262] == b"ustar"


def _folder(here: Path, how: AutoSettings) -> KnownSettings:
    """What a folder is, the most special first."""
    if _is_repository(here) or _holds_repositories(here):
        return git.Settings(path=here)
    if hub.is_saved(here):
        return hub.Settings(path=os.fspath(here), reading=how.reading)
    if any(here.glob("*.dist-info/RECORD")):
        return distributions.Settings(path=here)
    names = [name for name in islice(_names(here), LOOKED_AT) if not name.startswith(NOTES)]
    tables = sum(container_of(name, SUFFIXES) is not None for name in names)
    if tables and 2 * tables >= len(names):
        return _tables(how)
    archives = sum(name.endswith(archive.KNOWN) for name in names)
    if archives and 2 * archives >= len(names):
        return archive.Settings(path=here)
    return folder.Settings(path=here)


def _is_repository(here: Path) -> bool:
    """Whether this is a git repository, bare or not."""
    bare = (here / "HEAD").is_file() and (here / "objects").is_dir() and (here / "refs").is_dir()
    return bare or (here / ".git").exists()


def _holds_repositories(here: Path, levels: int = 2) -> bool:
    """Whether there is nothing here but repositories, or folders of them, as `git clone` leaves them."""
    level = [here]
    found = False
    for _ in range(levels):
        entries = [entry for folder in level for entry in folder.iterdir() if not entry.name.startswith(".")]
        if any(not entry.is_dir() and not entry.name.lower().startswith(NOTES) for entry in entries):
            return False
        repositories = [entry for entry in entries if _is_repository(entry)]
        found = found or bool(repositories)
        level = [entry for entry in entries if entry.is_dir() and entry not in repositories]
    return found and not level


def _names(here: Path) -> Iterator[str]:
    """Lower-case names of all files below, in a stable order, without hidden ones."""
    for _, folders, names in os.walk(here):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (name.lower() for name in sorted(names) if not name.startswith("."))
