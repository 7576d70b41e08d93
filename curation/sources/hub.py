"""Data sets that the `datasets` library reads: on the Hugging Face hub, in a local folder, or saved to disk.

    {kind: hub, path: bigcode/starcoderdata, split: train}  -> units = the shards of the stream
    {kind: hub, path: out/saved}                            -> units = ranges of its rows

The columns decide what the rows mean, as for any table (see `curation.sources.shapes`). The commit of a
hub data set is looked up once and pinned in every unit. Nothing is downloaded as a whole, no code of a
data set is run, and no token is stored: `datasets` takes it from its own login, and HF_HUB_OFFLINE holds.

A row that `datasets` cannot parse stops the unit. Where rows should be set aside one by one, read the files
themselves: {kind: stack_v1, path: "hf://datasets/owner/name/data"}.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from glob import has_magic
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from curation.errors import BadInputError
from curation.sources import shapes
from curation.sources.base import SourceFile, Unit
from curation.sources.blobs import Store
from curation.sources.inputs import Reading, describe, glob_files
from curation.sources.rows import Row
from curation.sources.table import Columns
from curation.sources.wanted import require

SAVED = ("state.json", "dataset_dict.json")
"""Files of which `save_to_disk` writes one into its folder."""
SAMPLE_ROWS = 100
"""Rows that are looked at to learn the columns where the data set does not state them."""


class Settings(BaseModel):
    """A data set as `datasets` names it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["hub"] = "hub"
    path: str
    """Hub id (owner/name), folder of data files or of save_to_disk, or a builder such as parquet."""
    name: str | None = None
    """Configuration of the data set; null takes its only or default one."""
    split: str = "train"
    """Split to read."""
    revision: str | None = None
    """Commit, branch or tag on the hub; null takes the newest commit when the run is planned."""
    data_files: tuple[str, ...] = ()
    """Paths or globs of data files, relative to `path` or for a builder; empty takes all of the split."""
    columns: Columns | None = None
    """Which column holds what; null lets the columns decide."""
    blobs: Store = Store()
    """Where contents are, if the rows hold only ids (The Stack v2)."""
    reading: Reading = Reading()
    """Bytes per unit (only for a saved data set) and the longest content."""


def is_saved(folder: Path) -> bool:
    """Whether `save_to_disk` wrote this folder."""
    return any((folder / name).is_file() for name in SAVED)


def plan(settings: Settings) -> Iterator[Unit]:
    """The shards of the stream, or ranges of rows of a saved data set.

    Raises:
        BadInputError: If `datasets` cannot open it, or its columns fit no known table.
    """
    with _named(settings):
        if is_saved(Path(settings.path)):
            yield from _saved_units(settings)
        else:
            yield from _streamed_units(settings)


def read(unit: Unit, settings: Settings) -> Iterator[SourceFile]:
    """Every file of a unit, in order.

    Raises:
        BadInputError: If `datasets` cannot read it.
    """
    with _named(settings):
        if "rows" in unit.part:
            data = _saved(settings)
            first, stop = unit.part["rows"]
            examples, source = data.select(range(first, stop)), settings.path
        else:
            stream = _stream(settings, unit.part["revision"])
            shard, shards = unit.part["shard"], unit.part["shards"]
            data = examples = stream.shard(num_shards=shards, index=shard, contiguous=True)
            source = f"{settings.path}#{unit.part['split']}-{shard:05d}-of-{shards:05d}"
            first = 0
        rows = (Row(source, -1, number, values) for number, values in enumerate(examples, first))
        yield from shapes.files(rows, _columns(data), settings.columns, settings.reading, settings.blobs)


def _saved_units(settings: Settings) -> Iterator[Unit]:
    data = _saved(settings)
    _check(_columns(data), settings)
    count = len(data)
    row_bytes = max(1, int(data.data.nbytes) // max(1, count))
    step = max(1, settings.reading.unit_bytes // row_bytes)
    inputs = tuple(sorted(os.fspath(Path(file["filename"]).absolute()) for file in data.cache_files))
    for first in range(0, max(1, count), step):
        stop = min(first + step, count)
        part = {"split": settings.split, "rows": [first, stop]}
        yield Unit(settings.kind, settings.path, part, (stop - first) * row_bytes, inputs)


def _streamed_units(settings: Settings) -> Iterator[Unit]:
    revision = _revision(settings)
    data = _stream(settings, revision)
    _check(_columns(data), settings)
    shards = int(data.num_shards)
    split = (data.info.splits or {}).get(settings.split)
    size = int(getattr(split, "num_bytes", 0) or 0) // shards
    inputs = _local_files(settings)
    for shard in range(shards):
        part = {"split": settings.split, "shard": shard, "shards": shards, "revision": revision}
        yield Unit(settings.kind, settings.path, part, size, inputs)


def _check(columns: list[str], settings: Settings) -> None:
    """Refuse columns that are not understood before anything is read.

    Raises:
        BadInputError: If a mapped column is not there, or no mapping is given and none is obvious.
    """
    if settings.columns is None:
        try:
            shapes.shape_of(columns)
        except BadInputError as error:
            raise BadInputError(f"{_name(settings)}: {error}") from error
        return
    require(_name(settings), columns, [name for name in settings.columns.model_dump().values() if name])


def _library() -> Any:
    """The `datasets` library, imported only when a data set is read: it takes seconds and brings pandas."""
    return import_module("datasets")


def _saved(settings: Settings) -> Any:
    """The split of a data set that save_to_disk wrote, memory-mapped.

    Raises:
        BadInputError: If it cannot be opened or has no such split.
    """
    datasets = _library()
    with _named(settings, LookupError):  # IndexError where it was saved without any row
        data = datasets.load_from_disk(settings.path)
    if isinstance(data, datasets.DatasetDict):
        if settings.split not in data:
            raise BadInputError(f"{_name(settings)}: its splits are {', '.join(data)}; set split to one")
        return data[settings.split]
    return data


def _stream(settings: Settings, revision: str | None) -> Any:
    """The data set as a stream at a commit."""
    with _named(settings, RuntimeError):  # RuntimeError where it comes with code, which is never run
        return _library().load_dataset(
            settings.path,
            settings.name,
            split=settings.split,
            data_files=list(settings.data_files) or None,
            revision=revision or None,
            streaming=True,
        )


def _revision(settings: Settings) -> str | None:
    """The commit to pin; None for local data, and offline what the settings say."""
    hub = import_module("huggingface_hub")
    is_id = settings.path.count("/") == 1 and not Path(settings.path).exists()
    if not is_id or hub.constants.HF_HUB_OFFLINE:
        return settings.revision
    info = hub.HfApi().dataset_info(settings.path, revision=settings.revision)
    return str(info.sha)


def _local_files(settings: Settings) -> tuple[str, ...]:
    """Local data files, whose fingerprints the manifest keeps."""
    folder = Path(settings.path)
    if not settings.data_files:
        found = [path for path in folder.rglob("*") if path.is_file()]
    else:
        base = folder if folder.is_dir() else Path()
        found = [path for name in settings.data_files for path in _matches(base / name)]
    return tuple(sorted({os.fspath(path.absolute()) for path in found}))


def _matches(path: Path) -> Iterable[Path]:
    """A file, or those that a glob matches; none for a URL."""
    if path.is_file():
        return [path]
    return glob_files(os.fspath(path)) if has_magic(os.fspath(path)) else []


def _columns(data: Any) -> list[str]:
    """Dotted names of the columns: as the data set states them, else as its first rows have them."""
    if data.features:
        return list(_flat(data.features))
    names: dict[str, None] = {}
    for values in islice(data, SAMPLE_ROWS):
        names.update(dict.fromkeys(_flat(values)))
    return list(names)


def _flat(features: Mapping[str, Any]) -> Iterator[str]:
    """Names of features, those of nested structs and of lists of structs after a dot."""
    pending: list[tuple[str, Mapping[str, Any]]] = [("", features)]
    while pending:
        prefix, inner = pending.pop()
        for name, value in inner.items():
            yield prefix + name
            item = getattr(value, "feature", value)
            if isinstance(item, list) and item:
                item = item[0]
            if isinstance(item, Mapping):
                pending.append((f"{prefix}{name}.", item))


@contextmanager
def _named(settings: Settings, *more: type[Exception]) -> Iterator[None]:
    """Whatever `datasets` says against a data set, said with its name.

    Args:
        settings: Which data set.
        more: Further errors that a call may raise because of the data set and not because of us.

    Raises:
        BadInputError: If `datasets` cannot open or read it.
    """
    library = _library().exceptions.DatasetsError
    network = _network_error()
    try:
        yield
    except BadInputError:
        raise
    except (OSError, ValueError, pa.ArrowException, library, network, *more) as error:
        raise BadInputError(
            f"{_name(settings)} cannot be read: {describe(error)}. Check path, name, split and revision; a "
            f"gated data set needs a login (`hf auth login`), and HF_HUB_OFFLINE=1 allows only what is local."
        ) from error


def _network_error() -> type[Exception]:
    """What the hub's HTTP client raises without a connection; which client that is, differs by version."""
    answered: type[Exception] = import_module("huggingface_hub.errors").HfHubHTTPError
    return next(base for base in answered.__mro__ if base.__name__ in {"HTTPError", "Exception"})


def _name(settings: Settings) -> str:
    return f"data set {settings.path} (configuration {settings.name or 'default'}, split {settings.split})"
