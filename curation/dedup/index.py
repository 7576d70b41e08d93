"""Earlier runs that a new crawl is deduplicated against: what they hold, and where.

    dedup: {index: runs/2025}    ->  documents of its own index, of runs/2025, then those of the new run

An index is a finished run. Its band keys, sketches, verified pairs, key tables and texts stay where they
are: the folders that `NEEDED` lists must be kept for a run to serve. Units are numbered through all runs,
the oldest first; where a number must tell a unit of the index from one of the run itself, the units of the
index have negative numbers, so that they also come first in order.

The pairs among indexed documents are known and are not looked for again. What is kept equals what a single
run over all sources at once keeps under the same policy, as long as no band key is shared by more than
`curation.dedup.match.SMALL_RUN` documents; where one is, the leaders of such a run of keys may differ.
Signatures made with other settings are refused. Writes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation import document as documents
from curation import manifest as manifests
from curation import tasks
from curation.dedup import exact
from curation.dedup.near import NearSettings
from curation.errors import BadInputError
from curation.layout import unit_name

NEEDED = ("clean", "deduplicate", "sign", "estimate", "compare")
"""Folders of a run that an index consists of, beside its manifest."""


@dataclass(frozen=True, slots=True)
class IndexedRun:
    """One earlier run."""

    folder: Path
    units: int
    keys: int
    """Documents that its clean pass kept."""
    documents: tuple[int, ...]
    """Signed documents of every unit."""
    batches: tuple[tuple[int, ...], ...]
    """For each unit, the place of the first signed document of each batch (see `curation.blocks.near`)."""


@dataclass(frozen=True, slots=True)
class Index:
    """Earlier runs, the oldest first; without any, an empty index."""

    runs: tuple[IndexedRun, ...] = ()

    @property
    def units(self) -> int:
        """Units of all runs."""
        return sum(run.units for run in self.runs)

    @property
    def first_units(self) -> list[int]:
        """Number of the first unit of every run, and 0 for the run that has the index: -5, -2, 0."""
        firsts, at = [], -self.units
        for run in self.runs:
            firsts.append(at)
            at += run.units
        return [*firsts, 0]

    @property
    def keys(self) -> int:
        """Documents that the clean passes of all runs kept."""
        return sum(run.keys for run in self.runs)

    @property
    def documents(self) -> tuple[int, ...]:
        """Signed documents of every unit of all runs."""
        return tuple(count for run in self.runs for count in run.documents)

    @property
    def batches(self) -> list[tuple[int, ...]]:
        """First signed documents of the batches of every unit of all runs."""
        return [batches for run in self.runs for batches in run.batches]

    @property
    def places(self) -> list[tuple[Path, int]]:
        """Folder of the run and number in it of every unit."""
        return [(run.folder, unit) for run in self.runs for unit in range(run.units)]

    def edges(self) -> Iterator[Path]:
        """The files of verified pairs of all runs."""
        for run in self.runs:
            for name in ("estimate", "compare"):
                yield from sorted((run.folder / name).glob("block-*/edges.npy"))

    def copies_before(self, unit: int) -> set[int]:
        """Rows of an indexed unit that exact dedup of its own run or of a later one has dropped.

        Args:
            unit: Number of the unit through all runs, from 0.
        """
        found: set[int] = set()
        earlier = 0
        for run in self.runs:
            if unit < earlier + run.units:
                files = sorted((run.folder / "deduplicate").glob("part-*/decisions.parquet"))
                found.update(exact.dropped_rows(files, unit - earlier).tolist())
            earlier += run.units
        return found

    def name(self, unit: int, row: int) -> str:
        """Document id; for a negative unit, that of an indexed document behind the folder of its run."""
        if unit >= 0:
            return documents.document_id(unit, row)
        folder, own = self.places[unit]
        return f"{folder}:{documents.document_id(own, row)}"

    def manifests(self) -> list[str]:
        """Paths of the manifests of all runs, which are inputs of a run with this index."""
        return [str(run.folder / manifests.MANIFEST) for run in self.runs]


NO_INDEX = Index()
"""What a run without an index has."""


def open_index(folder: Path | None, near: NearSettings) -> Index:
    """The index that a run leaves, with the one that it was made with itself.

    Args:
        folder: A finished run, or None for an empty index.
        near: Settings that its signatures must have been made with, unless near-dedup is off.

    Raises:
        BadInputError: If it is no finished run, lacks a folder, or was made with other settings.
    """
    if folder is None:
        return NO_INDEX
    folder = folder.resolve()
    manifest = manifests.load(folder)
    if manifest["state"] != "complete":
        raise BadInputError(f"dedup.index: {folder} is not finished ({manifest['state']}); finish it first")
    needed = NEEDED if near.enabled else NEEDED[:2]
    missing = [name for name in needed if not (folder / name).is_dir()]
    if missing:
        raise BadInputError(
            f"dedup.index: {folder} has no {', '.join(missing)}: an index needs the folders "
            f"{', '.join(needed)}; restore them, or run it again with near-dedup"
        )
    texts = any(file["role"] == "documents" for file in manifest["files"])
    if near.enabled and near.verify == "exact" and not texts:
        raise BadInputError(
            f"dedup.index: {folder} has not kept its texts (pii.keep_originals was off), which exact "
            "comparison needs; run it again with them, or set dedup.near.verify to sketch"
        )
    before = manifest["index"][-1] if manifest.get("index") else None
    earlier = open_index(Path(before) if before else None, near)
    return Index((*earlier.runs, _run(folder, manifest, near)))


def _run(folder: Path, manifest: dict[str, Any], near: NearSettings) -> IndexedRun:
    units, kept = manifest["units"], manifest["passes"]["clean"]["kept"]
    if not near.enabled:
        return IndexedRun(folder, units, kept, (0,) * units, ((),) * units)
    records = [tasks.read_record(folder / "sign" / unit_name(unit)) for unit in range(units)]
    for record in records:
        different = [
            f"{name} {record['parameters'].get(name)!r} there, {value!r} here"
            for name, value in near.parameters.items()
            if record["parameters"].get(name) != value
        ]
        if different:
            raise BadInputError(
                f"dedup.index: {folder} was signed with other settings: {'; '.join(different)}; "
                "use the same settings of dedup.near, or run the index again"
            )
    signed = tuple(record["documents"] for record in records)
    batches = tuple(tuple(record["batches"]) for record in records)
    return IndexedRun(folder, units, kept, signed, batches)
