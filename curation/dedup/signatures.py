"""What near-dedup keeps of every document on disk, one folder per unit, and how all of them are numbered.

    RUN/sign/unit-000003/signatures.npy   one entry per signed document: sketch, policy key, group, row
                         bands.npy        (key, document) of every band, by chunk, band and key partition
                         offsets.npy      numbers of partitions, bands and rows, then where each partition of
                                          each band of each chunk begins in bands.npy
                         record.json      rows and SHA-256 of each file, counts, parameters

With 256 values in 32 bands that is 280 + 384 = 664 bytes per document. Documents are numbered through all
units in order: the number of a document is `base[unit]` plus its place in `signatures.npy`; there may be
2^32 of them. A partition holds the keys that start with the same bits, so that a match of 10^9 documents
reads about `PARTITION_DOCUMENTS` keys at a time. Nothing is compared here.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from curation.arrays import ArrayFile, read_array
from curation.dedup.minhash import Sketches, band_keys
from curation.dedup.near import NearSettings, Scope
from curation.dedup.tokens import Hashes
from curation.errors import BadInputError, BrokenRunError
from curation.kernels import Ints
from curation.layout import unit_name

BAND = np.dtype([("key", "<u8"), ("document", "<u4")])
"""One entry per band and document: 12 bytes."""
PARTITION_DOCUMENTS = 8_000_000
"""Documents whose keys of one band are matched in memory at a time, about: 28 bytes each, and their pairs."""
CHUNK_DOCUMENTS = 1 << 18
"""Documents whose sketches are in memory while a unit is signed, at 0.6 kB each."""
BAND_GROUPS = 4
"""Into how many tasks the bands of one partition are split."""
BLOCK_DOCUMENTS = 1 << 19
"""Documents in a block, the share of one estimate or compare task; pairs belong to their lower document."""
MIN_BLOCKS = 8
"""Blocks of a corpus that would fit into fewer, so that there is work for several processes."""
SMALL_CORPUS = 20_000
"""Documents up to which everything is one task."""
MOST_DOCUMENTS = 1 << 32
OPEN_FILES = 256
"""Array files that are kept mapped; each holds a file descriptor."""


def signature_type(values: int) -> np.dtype[Any]:
    """The type of an entry of signatures.npy: 24 bytes and the sketch."""
    fields = [
        ("sketch", "u1", (values,)),
        ("policy", "<u8"),
        ("group", "<u8"),
        ("row", "<u4"),
        ("shingles", "<u4"),
    ]
    return np.dtype(fields)


@dataclass(frozen=True, slots=True)
class NearPlan:
    """How the work on so many documents is split; the same for any number of workers and machines."""

    documents: int
    partitions: int
    """Key partitions, a power of two."""
    band_groups: tuple[tuple[int, int], ...]
    """First band and the one behind the last, of every group."""
    blocks: tuple[tuple[int, int], ...]
    """First document number and the one behind the last, of every block."""

    @property
    def match_tasks(self) -> int:
        """Every band group of every partition."""
        return self.partitions * len(self.band_groups)


def plan_near(documents: int, bands: int) -> NearPlan:
    """Split the work on `documents` signed documents.

    Raises:
        BadInputError: If there are more documents than can be numbered.
    """
    if documents >= MOST_DOCUMENTS:
        raise BadInputError(f"near-dedup: expected fewer than 2^32 documents in one run, saw {documents:,}")
    partitions = 1 << max(0, -(-documents // PARTITION_DOCUMENTS) - 1).bit_length()
    small = documents <= SMALL_CORPUS
    groups = 1 if small else min(BAND_GROUPS, bands)
    blocks = 1 if small else max(MIN_BLOCKS, -(-documents // BLOCK_DOCUMENTS))
    return NearPlan(documents, partitions, tuple(_split(bands, groups)), tuple(_split(documents, blocks)))


def _split(count: int, parts: int) -> Iterator[tuple[int, int]]:
    for part in range(parts):
        yield part * count // parts, (part + 1) * count // parts


def group_keys(table: Any, scope: Scope) -> Hashes:
    """Documents of different groups are never compared: a hash, or 0 if all are of one group.

    A group is a language and kind (the two forms of a notebook hold the same code), or a repository.
    """
    if scope == "all":
        return np.zeros(table.num_rows, np.uint64)
    if scope == "language":
        return _hashes(table["language"]) ^ _hashes(table["kind"])
    return _hashes(table["repo_name"])


def _hashes(names: Any) -> Hashes:
    """A hash of each text of a column, shape (rows,); there are few different ones."""
    column = pc.dictionary_encode(names).combine_chunks()
    if hasattr(column, "chunks"):
        column = column.chunk(0)
    digests = [
        hashlib.blake2b(name.encode(), digest_size=8).digest() for name in column.dictionary.to_pylist()
    ]
    numbers = np.frombuffer(b"".join(digests), "<u8")
    return np.asarray(numbers[np.asarray(column.indices)], np.uint64)


class BandWriter:
    """Collects the sketches of a unit and writes the bands of one chunk after the other."""

    def __init__(self, folder: Path, settings: NearSettings, partitions: int) -> None:
        self.folder = folder
        self.settings = settings
        self.bits = partitions.bit_length() - 1
        self.documents = 0
        self.chunks: list[npt.NDArray[np.int64]] = [np.array([partitions, *settings.banding], np.int64)]
        self._pending: list[tuple[Sketches, Hashes]] = []
        self._count = 0
        self._written = 0

    def add(self, sketches: Sketches, groups: Hashes, out: ArrayFile) -> None:
        """Take the sketches of further documents; write a chunk when there are enough."""
        self._pending.append((sketches, groups))
        self._count += len(sketches)
        if self._count >= CHUNK_DOCUMENTS:
            self.flush(out)

    def flush(self, out: ArrayFile) -> None:
        """Write what has been collected as one chunk."""
        if not self._count:
            return
        sketches = np.concatenate([part for part, _ in self._pending])
        groups = np.concatenate([part for _, part in self._pending])
        keys = band_keys(sketches, groups, *self.settings.banding)
        offsets = np.empty((len(keys), (1 << self.bits) + 1), np.int64)
        numbers = np.arange(self.documents, self.documents + self._count, dtype=np.uint32)
        entries = np.empty(self._count, BAND)
        for band, own in enumerate(keys):
            entries["key"], entries["document"] = own, numbers
            ends = [self._count]
            ordered = entries
            if self.bits:
                partition = (own >> np.uint64(64 - self.bits)).astype(np.uint16)
                ordered = entries[np.argsort(partition, kind="stable")]
                ends = np.cumsum(np.bincount(partition, minlength=1 << self.bits)).tolist()
            offsets[band] = self._written + np.array([0, *ends])
            out.append(ordered)
            self._written += self._count
        self.chunks.append(offsets.ravel())
        self.documents += self._count
        self._pending.clear()
        self._count = 0


class Located(NamedTuple):
    """Document numbers by the unit that holds them."""

    unit: int
    places: Ints
    """Positions in the array of numbers that was asked for."""
    inside: Ints
    """Places in the unit's signatures."""


@dataclass(frozen=True)
class Signatures:
    """The signatures of all units, mapped from disk, addressed by document number."""

    run: Path
    """Folder of the run."""
    documents: tuple[int, ...]
    """Signed documents of every unit, those of the index first."""
    values: int
    """Values of a sketch."""
    index: tuple[tuple[Path, int], ...] = ()
    """Folder of the run and number in it of every unit of the index."""

    @cached_property
    def base(self) -> Ints:
        """Number of the first document of every unit, and the number of all documents; shape (units + 1,)."""
        return np.concatenate([[0], np.cumsum(self.documents)]).astype(np.int64)

    def __len__(self) -> int:
        """Documents in all units."""
        return int(self.base[-1])

    def unit(self, unit: int) -> npt.NDArray[np.void]:
        """The signatures of one unit."""
        return self.file(unit, "signatures.npy", signature_type(self.values))

    def file(self, unit: int, name: str, kind: npt.DTypeLike, folder: str = "sign") -> npt.NDArray[Any]:
        """One of the arrays that the sign pass, or that of another folder, wrote for a unit."""
        if folder == "sign":
            run, own = self.place(unit)
            return self._read(run / folder / unit_name(own) / name, kind)
        return self._read(self.run / folder / unit_name(unit) / name, kind)

    def place(self, unit: int) -> tuple[Path, int]:
        """Folder of the run that has read a unit, and its number there."""
        return self.index[unit] if unit < len(self.index) else (self.run, unit - len(self.index))

    @cached_property
    def _read(self) -> Callable[..., npt.NDArray[Any]]:
        """`read_array`, which keeps some files open: a match asks for each of them once per band."""
        return lru_cache(maxsize=OPEN_FILES)(read_array)

    def units_of(self, numbers: Ints) -> Ints:
        """The unit of every document number."""
        return np.asarray(np.searchsorted(self.base, numbers, side="right") - 1)

    def locate(self, numbers: Ints) -> Iterator[Located]:
        """Which units hold documents, and where in them."""
        units = self.units_of(numbers)
        order = np.argsort(units, kind="stable")
        bounds = np.searchsorted(units[order], np.arange(len(self.documents) + 1))
        for unit in np.unique(units):
            places = order[bounds[unit] : bounds[unit + 1]]
            yield Located(int(unit), places, numbers[places] - self.base[unit])

    def take(self, numbers: Ints) -> npt.NDArray[np.void]:
        """Copies of the signatures of documents, in the order of `numbers`."""
        found = np.empty(len(numbers), signature_type(self.values))
        for unit, places, inside in self.locate(numbers):
            found[places] = self.unit(unit)[inside]
        return found

    def take_field(self, numbers: Ints, name: str) -> npt.NDArray[Any]:
        """One field of the signatures of documents."""
        found = np.empty(len(numbers), signature_type(self.values)[name])
        for unit, places, inside in self.locate(numbers):
            found[places] = self.unit(unit)[name][inside]
        return found

    def policies(self, units: int | None = None) -> Iterator[Hashes]:
        """Policy keys of the documents of all units, or of the first so many, in order of number."""
        for unit, documents in enumerate(self.documents[:units]):
            if documents:
                yield np.ascontiguousarray(self.unit(unit)["policy"])

    def band(
        self, band: int, partition: int, plan: NearPlan, banding: tuple[int, int]
    ) -> tuple[Hashes, Hashes]:
        """Keys of one band in one partition, and the document number of each.

        Args:
            band: Number of the band.
            partition: Number of the key partition.
            plan: How the work is split.
            banding: Number of all bands, and of the rows in each.

        Raises:
            BrokenRunError: If the keys were made with another banding.
        """
        keys, numbers = [np.empty(0, np.uint64)], [np.empty(0, np.uint64)]
        for unit, documents in enumerate(self.documents):
            if not documents:
                continue
            offsets = self.file(unit, "offsets.npy", np.int64)
            written, found = int(offsets[0]), (int(offsets[1]), int(offsets[2]))
            if found != banding:
                raise BrokenRunError(
                    f"{self.place(unit)[0] / 'sign' / unit_name(self.place(unit)[1])}: expected keys of "
                    f"{banding[0]} x {banding[1]} bands, saw {found[0]} x {found[1]}; delete it and run again"
                )
            entries = self.file(unit, "bands.npy", BAND)
            first, behind = (
                partition * written // plan.partitions,
                -(-(partition + 1) * written // plan.partitions),
            )
            for chunk in offsets[3:].reshape(-1, banding[0], written + 1):
                part = entries[chunk[band, first] : chunk[band, behind]]
                if written < plan.partitions:  # an index that was smaller: its partitions are wider
                    shift = np.uint64(64 - (plan.partitions.bit_length() - 1))
                    part = part[part["key"] >> shift == np.uint64(partition)]
                keys.append(part["key"].astype(np.uint64))
                numbers.append(part["document"].astype(np.uint64) + np.uint64(self.base[unit]))
        return np.concatenate(keys), np.concatenate(numbers)


def slices(paths: Sequence[Path], low: int, high: int) -> list[Hashes]:
    """From ascending arrays of numbers, the parts from `low` to below `high`."""
    found = []
    for path in paths:
        values = read_array(path, np.uint64)
        start, end = np.searchsorted(values, np.array([low, high], np.uint64))
        found.append(np.array(values[start:end]))
    return found
