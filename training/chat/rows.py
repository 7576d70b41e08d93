"""Files, folders and data sets -> rows, one per dialogue, in a fixed order.

    for row in rows(["chat.jsonl"], split="train"):
        row.where, row.values      -> "chat.jsonl row 0", {"messages": [...]}

Of each row only the columns of dialogues are read. What a file is, is told by its name: .parquet, .jsonl,
.json (one object a line), these with .gz; in a folder, files with the name of a split in their path belong to
that split, as in copies of data sets from the hub; a folder with state.json or dataset_dict.json was written
by `datasets`; what does not exist here is an id on the hub. A line that is no JSON object is a row without
values, to be counted. Whether a row is a dialogue is decided in `training.chat.messages`.
"""

import gzip
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from curation.errors import BadInputError
from training.chat.settings import DialogueSettings

COLUMNS = ("messages", "prompt", "completion")
"""Columns that are read."""
SUFFIXES = (".parquet", ".jsonl", ".json", ".jsonl.gz", ".json.gz")
"""Files that are read, by the ends of their names."""
BATCH = 1000
"""Rows of a parquet file in memory at the same time."""
HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
WRITTEN_BY_DATASETS = ("dataset_dict.json", "state.json")
"""Files that a folder written by save_to_disk has one of."""
NO_ROWS = ("dataset_info.json", "dataset_infos.json")
"""Files beside data that hold no rows."""
SPLIT = re.compile(r"(?:^|[^a-z])((?:train|test|validation|valid|val|dev|eval)(?:_[a-z]+)*)(?=$|[^a-z])")
"""A split in a path: train in data/train-00000-of-00001.parquet, train_sft in train_sft.jsonl."""


class Row(NamedTuple):
    """One row of a source."""

    where: str
    """Source and number of the row, for messages to people."""
    values: dict[str, Any] | None
    """Column -> value; None where a line is no JSON object."""


class Source(NamedTuple):
    """What a path of the settings is."""

    name: str
    """As the settings have it."""
    files: tuple[Path, ...]
    """Files with rows, in order; empty for a folder of `datasets` and for the hub."""
    hub: bool
    """Whether it is an id on the hub."""


def locate(name: str) -> Source:
    """Tell what a path is.

    Raises:
        BadInputError: If it is neither a readable file or folder nor the id of a data set.
    """
    path = Path(name)
    if path.is_file():
        if not path.name.endswith(SUFFIXES):
            raise BadInputError(f"{path}: expected a file named {', '.join(SUFFIXES)}; convert it first")
        return Source(name, (path,), hub=False)
    if path.is_dir():
        if any((path / known).is_file() for known in WRITTEN_BY_DATASETS):
            return Source(name, (), hub=False)
        files = tuple(p for p in sorted(path.rglob("*")) if _has_rows(p))
        if not files:
            raise BadInputError(
                f"{path}: expected a folder with {', '.join(SUFFIXES)} files, or one that datasets' "
                "save_to_disk wrote; saw none of these"
            )
        return Source(name, files, hub=False)
    if not HUB_ID.fullmatch(name):
        raise BadInputError(
            f"{name}: expected a file, a folder or the id of a data set on the hub; not found"
        )
    return Source(name, (), hub=True)


def rows(settings: DialogueSettings, split: str) -> Iterator[Row]:
    """All rows of a split, in order; files have no splits and count as `settings.split`.

    Args:
        settings: Where they are.
        split: Which are meant.

    Raises:
        BadInputError: If a source cannot be read, or has no column with dialogues.
    """
    left = settings.limit
    for name in settings.paths:
        source = locate(name)
        for row in _rows_of(source, settings, split):
            if left is not None:
                if left == 0:
                    return
                left -= 1
            yield row


def lines(path: Path) -> Iterator[dict[str, Any] | None]:
    """The objects of a file of JSON lines; None for a line that is none. Empty lines are passed over.

    Args:
        path: .jsonl or .json, or these with .gz.

    Raises:
        BadInputError: If it cannot be read.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            for line in stream:
                if line.strip():
                    yield _object(line)
    except (EOFError, OSError) as error:
        raise BadInputError(f"{path}: expected lines of JSON, saw: {error}") from error


def fingerprint(settings: DialogueSettings) -> list[dict[str, Any]]:
    """What identifies the sources: SHA-256 of files; for the hub, the name, subset and revision.

    Raises:
        BadInputError: If a source is not there.
    """
    found: list[dict[str, Any]] = []
    for name in settings.paths:
        source = locate(name)
        if source.hub:
            found.append({"name": name, "subset": settings.subset, "revision": settings.revision})
            continue
        folder = Path(name)
        files = source.files or tuple(p for p in sorted(folder.rglob("*")) if p.is_file())
        for path in files:
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            found.append({"bytes": path.stat().st_size, "sha256": digest})
    return found


def _rows_of(source: Source, settings: DialogueSettings, split: str) -> Iterator[Row]:
    if not source.files:
        yield from _rows_of_dataset(source, settings, split)
        return
    for path in files_of(source, settings, split):
        reader = _rows_of_parquet if path.suffix == ".parquet" else _rows_of_lines
        for number, values in enumerate(reader(path)):
            yield Row(f"{path} row {number}", values)


def files_of(source: Source, settings: DialogueSettings, split: str) -> list[Path]:
    """The files of a split: all, if no path names one.

    Raises:
        BadInputError: If there are none, or some name a split and others do not.
    """
    root = Path(source.name)
    words = {path: _split_of(path.relative_to(root)) for path in source.files if path != root}
    named = {path: word for path, word in words.items() if word}
    if not named:
        if split != settings.split:
            raise BadInputError(
                f"{source.name}: no file names a split, so there is no {split!r}; set data.held_out, a "
                "share, in place of data.held_out_split"
            )
        return list(source.files)
    if without := [str(path) for path, word in words.items() if not word]:
        raise BadInputError(
            f"{source.name}: some files name a split, but not {without[0]}; expected all or none, or the "
            "files one by one"
        )
    files = [path for path, word in named.items() if word == split]
    if not files:
        seen = ", ".join(sorted(set(named.values())))
        raise BadInputError(f"{source.name}: expected files of the split {split!r}, saw {seen}")
    return files


def _has_rows(path: Path) -> bool:
    return path.is_file() and path.name.endswith(SUFFIXES) and path.name not in NO_ROWS


def _split_of(path: Path) -> str:
    """The split that a path names, or ""."""
    found = SPLIT.search(path.as_posix().lower())
    return found[1] if found else ""


def _rows_of_parquet(path: Path) -> Iterator[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            columns = _columns_of(str(path), file.schema_arrow.names)
            for batch in file.iter_batches(BATCH, columns=columns):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise BadInputError(f"{path}: expected a parquet file, saw: {error}") from error


def _rows_of_lines(path: Path) -> Iterator[dict[str, Any] | None]:
    names: set[str] = set()
    for values in lines(path):
        names.update(values or ())
        yield values
    if names:
        _columns_of(str(path), sorted(names))


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        values = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return values if isinstance(values, dict) else None


def _rows_of_dataset(source: Source, settings: DialogueSettings, split: str) -> Iterator[Row]:
    data = _loaded(source, settings, split)
    columns = _columns_of(source.name, data.column_names)
    for number, values in enumerate(data.select_columns(columns)):
        yield Row(f"{source.name}[{split}] row {number}", values)


def _loaded(source: Source, settings: DialogueSettings, split: str) -> Any:
    """One split, as `datasets` has it.

    Raises:
        BadInputError: If it cannot be read, or has no such split.
    """
    import datasets

    try:
        if source.hub:
            data = datasets.load_dataset(source.name, settings.subset, revision=settings.revision)
        else:
            data = datasets.load_from_disk(source.name)
    except (OSError, ValueError) as error:
        raise BadInputError(f"{source.name}: expected a data set, saw: {error}") from error
    if not isinstance(data, dict):
        if split != settings.split:
            raise BadInputError(
                f"{source.name}: holds no splits, so there is no {split!r}; set data.held_out, a share"
            )
        return data
    if split not in data:
        raise BadInputError(f"{source.name}: expected a split {split!r}, saw {', '.join(sorted(data))}")
    return data[split]


def _columns_of(name: str, seen: list[str]) -> list[str]:
    """The columns to read.

    Raises:
        BadInputError: If none holds what an assistant says.
    """
    columns = [column for column in COLUMNS if column in seen]
    if "messages" in columns or {"prompt", "completion"} <= set(columns):
        return columns
    hint = (
        "; these are prompts without answers, from which nothing can be learnt" if "prompt" in columns else ""
    )
    raise BadInputError(
        f"{name}: expected a column messages, or prompt and completion, saw {', '.join(seen) or 'none'}{hint}"
    )
