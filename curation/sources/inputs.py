"""Which files a path, folder, glob or URL stands for, and how they are opened.

    find("data/**/*.parquet", {})  -> [Input("data/a/0.parquet", "parquet", ...), ...]  sorted by name
    find("s3://bucket/ids", {"anon": True})

A folder stands for all *.parquet, *.jsonl and *.ndjson files below it (JSONL also as .gz and .zst); what
has a name with a leading dot is left out. `.json` files count only where they are named themselves or by
a glob, because a folder of code is full of JSON that is no table. Nothing is read here but listings.
"""

import glob
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal, cast

import fsspec
from pydantic import AfterValidator, BaseModel, ConfigDict, PositiveInt

from curation.errors import BadConfigError, BadInputError

Container = Literal["parquet", "jsonl", "jsonl.gz", "jsonl.zst"]
SECRETS = ("secret", "token", "password", "credential", "account_key", "sas_", "connection_string")


def _without_secrets(options: dict[str, Any]) -> dict[str, Any]:
    """The options, if no secret is among them: settings are written into the manifest of every run.

    Raises:
        BadConfigError: If a key is that of a secret and its value is a text other than "anon".
    """
    pending = [options]
    while pending:
        for key, value in pending.pop().items():
            if isinstance(value, dict):
                pending.append(value)
            secret = key.lower() == "key" or any(word in key.lower() for word in SECRETS)
            if secret and isinstance(value, str) and value != "anon":
                raise BadConfigError(
                    f"storage_options.{key} would be written into the manifest; leave it out and set the "
                    f"environment variable or profile that its filesystem reads, such as AWS_PROFILE"
                )
    return options


Options = Annotated[dict[str, Any], AfterValidator(_without_secrets)]
"""Arguments of an fsspec filesystem, such as {"anon": True} for a public S3 bucket; never a secret."""

MIB = 2**20

SUFFIXES: dict[str, Container] = {
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".jsonl.gz": "jsonl.gz",
    ".ndjson.gz": "jsonl.gz",
    ".jsonl.zst": "jsonl.zst",
    ".ndjson.zst": "jsonl.zst",
}
"""Names that are tables wherever they are found."""

NAMED_SUFFIXES: dict[str, Container] = {
    **SUFFIXES,
    ".json": "jsonl",
    ".json.gz": "jsonl.gz",
    ".json.zst": "jsonl.zst",
}
"""Names that are tables if the user names them or a glob does."""


class Reading(BaseModel):
    """How the rows of parquet and JSONL files are read; the defaults suit all public corpora."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit_bytes: PositiveInt = 64 * MIB
    """Bytes of uncompressed content in one unit of work; a row group or a compressed file is never split."""
    max_line_bytes: PositiveInt = 64 * MIB
    """Longest line of a JSONL file, in bytes; a longer one is skipped unread and counted as too_large."""
    max_file_bytes: PositiveInt = 10 * MIB
    """Longest content, in bytes; a longer one is counted as too_large. 10 MiB as in The Stack v2."""


@dataclass(frozen=True, slots=True)
class Input:
    """One file to read."""

    uri: str
    """Local path, or URL with its scheme."""
    container: Container
    size: int
    """Bytes as stored."""
    local: bool

    @property
    def fingerprinted(self) -> tuple[str, ...]:
        """The value of `Unit.inputs`: local files are fingerprinted in the manifest, remote ones are not."""
        return (os.fspath(Path(local_path(self.uri)).absolute()),) if self.local else ()


def is_url(path: str) -> bool:
    """Whether a path names its scheme and is not just a local file written as file://."""
    return "://" in path and not path.startswith(("file://", "local://"))


def local_path(path: str) -> str:
    """A local path without file:// and with the user's home folder for ~."""
    return os.fspath(Path(path.removeprefix("file://").removeprefix("local://")).expanduser())


def container_of(name: str, suffixes: Mapping[str, Container] = NAMED_SUFFIXES) -> Container | None:
    """The container that a file name stands for; None if it is no table."""
    lowered = name.lower()
    return next((container for suffix, container in suffixes.items() if lowered.endswith(suffix)), None)


def find(path: str, options: Mapping[str, Any]) -> list[Input]:
    """The table files that `path` stands for, sorted by name, so that every run sees the same order.

    Args:
        path: File, folder, glob (`*`, `?`, `[]`, `**`) or fsspec URL of one of these.
        options: Arguments of the fsspec filesystem; unused for local paths.

    Raises:
        BadInputError: If nothing is there, nothing there is a table, or it cannot be listed.
    """
    try:
        found = sorted(_remote(path, options) if is_url(path) else _local(local_path(path)))
    except (OSError, ImportError, ValueError) as error:
        raise BadInputError(f"{path} cannot be listed: {describe(error)}") from error
    if not found:
        raise BadInputError(
            f"{path} stands for no table. Expected a file, folder or glob with "
            f"{', '.join(SUFFIXES)} in it (.json only if named or by a glob)."
        )
    return [
        Input(uri, container, size, local=not is_url(path))
        for uri, size in dict(found).items()
        if (container := container_of(uri)) is not None
    ]


def describe(error: BaseException) -> str:
    """An exception in one line: its message, or its name where it has none."""
    return " ".join(str(error).split())[:300] or type(error).__name__


def _local(path: str) -> Iterator[tuple[str, int]]:
    """Name and size of the local tables that a path stands for.

    Raises:
        FileNotFoundError: If there is nothing of that name and it is no glob.
    """
    here = Path(path)
    if here.is_dir():
        for folder, folders, names in os.walk(here):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                if not name.startswith(".") and container_of(name, SUFFIXES):
                    file = Path(folder, name)
                    yield str(file), file.stat().st_size
    elif here.exists():
        if container_of(path):
            yield path, here.stat().st_size
    elif glob.has_magic(path):
        for file in glob_files(path):
            if container_of(file.name):
                yield os.fspath(file), file.stat().st_size
    else:
        raise FileNotFoundError("there is no such file or folder")


def glob_files(pattern: str) -> Iterator[Path]:
    """The files that a local glob matches, without those that are hidden or in a hidden folder."""
    parts = Path(pattern).parts
    wild = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    base = Path(*parts[:wild])
    for path in base.glob("/".join(parts[wild:])):
        hidden = any(part.startswith(".") for part in path.relative_to(base).parts)
        if path.is_file() and not hidden:
            yield path


def _remote(path: str, options: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """URL and size of the tables that a URL stands for."""
    filesystem, root = fsspec.core.url_to_fs(path, **options)
    if glob.has_magic(root):
        listed = filesystem.glob(root, detail=True)
        names = [name for name, info in listed.items() if info["type"] == "file" and container_of(name)]
    elif container_of(root) and not filesystem.isdir(root):
        listed = {root: filesystem.info(root)}
        names = [root]
    else:
        listed = filesystem.find(root, detail=True)
        names = [
            name
            for name in listed
            if container_of(name, SUFFIXES)
            and not any(p.startswith(".") for p in name[len(root) :].split("/"))
        ]
    for name in names:
        yield filesystem.unstrip_protocol(name), int(listed[name].get("size") or 0)


def open_input(uri: str, options: Mapping[str, Any]) -> BinaryIO:
    """Open a file for reading bytes, local or remote.

    Raises:
        BadInputError: If it cannot be opened.
    """
    try:
        if not is_url(uri):
            return Path(local_path(uri)).open("rb")
        return cast("BinaryIO", fsspec.open(uri, "rb", **options).open())
    except (OSError, ImportError, ValueError) as error:
        raise BadInputError(
            f"{uri} cannot be opened: {describe(error)}. Check that it exists, that it may be read, and "
            f"that storage_options hold what its filesystem needs."
        ) from error
