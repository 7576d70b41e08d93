"""The last pass of near-dedup: who is kept, and for whom every other document is dropped.

    edges.npy of all blocks  ->  decisions.parquet: (unit, row) -> (keeper's unit, row), Jaccard, cluster size

One task, which reads the edges as a stream (see `curation.dedup.clusters` for its memory). The decisions are
applied by id in the finish pass. With an index, says too what has changed for the indexed documents.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from datatrove.pipeline.base import PipelineStep

from curation.arrays import read_array
from curation.blocks.near.shared import STAGE, Documents, NearRun, records_of
from curation.blocks.progress import OnProgress, unheard
from curation.dedup import clusters, exact
from curation.dedup.signatures import Signatures
from curation.kernels import Ints
from curation.layout import block_name, cluster_name, part_name
from curation.ledger import Counts
from curation.shards import FileRecord, ParquetFile
from curation.tasks import TaskFolder

DECISION_SCHEMA = pa.schema(
    [
        ("unit", pa.int32()),
        ("row", pa.int32()),
        ("keeper_unit", pa.int32()),
        ("keeper_row", pa.int32()),
        ("jaccard", pa.float32()),
        ("cluster_size", pa.int64()),
    ]
)
"""One row per document of a cluster of two or more; the keeper's row names itself, at Jaccard 1. A keeper
of the index has a negative unit (see `curation.dedup.index`)."""
DISPLACED_SCHEMA = pa.schema(
    [("document", pa.string()), ("kept", pa.bool_()), ("keeper", pa.string()), ("jaccard", pa.float32())]
)
"""Indexed documents whose fate a new run has changed: whether they are kept now, and if not, for whom."""
DECISION_GROUP = 1 << 16
"""Decisions in a row group."""


class Cluster(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Which documents stay, and for which of them is every other one dropped?"""

    name, type = "🪐 cluster", "🫂 - DEDUP"

    def __init__(self, near: NearRun, parts: int = 0) -> None:
        """Decide.

        Args:
            near: The run.
            parts: Parts of exact dedup whose decisions apply; 0 if they do not.
        """
        super().__init__()
        self.near = near
        self.parts = parts
        self.on_progress: OnProgress = unheard
        self._read = 0

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Documents:
        """Decide every document; yields none."""
        near, signatures = self.near, self.near.signatures
        index_units, read = near.index.units, len(signatures) - near.indexed
        with TaskFolder(near.run / "cluster", cluster_name(rank)) as task:
            into = _assignment(task.folder, len(signatures))
            clusters.assign(near.settings.cluster, self._edges, signatures.policies, into)
            dropped = 0
            with ParquetFile(task.folder / "decisions.parquet", DECISION_SCHEMA) as out:
                for unit in range(index_units, index_units + near.units):
                    table = _decisions(signatures, unit, into)
                    dropped += exact.count_dropped(table)
                    self.on_progress(self._read, 0)
                    for start in range(0, table.num_rows, DECISION_GROUP):
                        out.write_table(table.slice(start, DECISION_GROUP))
            files = records_of(out)
            if near.indexed:
                files.append(self._displaced(task.folder, into))
            for path in task.folder.glob("*.tmp"):
                path.unlink()
            counts = Counts(read=read, kept=read - dropped)
            counts.dropped[f"{STAGE}/near_duplicate"] = dropped
            task.commit({"counts": counts.as_json()}, files)
        yield from ()

    def _displaced(self, folder: Path, into: clusters.Assignment) -> FileRecord:
        """Indexed documents that were kept and are not any more, or the other way round."""
        near, signatures = self.near, self.near.signatures
        count = near.indexed
        before = _assignment(folder, count)
        policies = partial(signatures.policies, near.index.units)
        clusters.assign(near.settings.cluster, self._indexed_edges, policies, before)
        own = np.arange(count, dtype=np.uint32)
        was_kept, is_kept = before.keeper == own, into.keeper[:count] == own
        numbers = np.flatnonzero(was_kept != is_kept)
        with ParquetFile(folder / "displaced.parquet", DISPLACED_SCHEMA) as out:
            for start in range(0, len(numbers), DECISION_GROUP):
                part = numbers[start : start + DECISION_GROUP]
                columns = {
                    "document": signatures_names(near, part),
                    "kept": is_kept[part],
                    "keeper": signatures_names(near, into.keeper[part].astype(np.int64)),
                    "jaccard": np.asarray(into.jaccard[part]),
                }
                out.write(columns)
            out.write_table(pa.Table.from_pylist(list(self._displaced_copies()), DISPLACED_SCHEMA))
        return records_of(out)[0]

    def _displaced_copies(self) -> Iterator[dict[str, Any]]:
        """Indexed documents too short to be signed that a better copy has displaced."""
        near, index = self.near, self.near.index
        files = [
            near.run / "deduplicate" / part_name(part) / "decisions.parquet" for part in range(self.parts)
        ]
        for unit in range(index.units):
            own = unit - index.units
            signed = set(near.signatures.unit(unit)["row"].tolist())
            known = signed | index.copies_before(unit)
            for (_, row), (keeper_unit, keeper_row, _) in sorted(exact.decisions_for(files, [own]).items()):
                if (keeper_unit, keeper_row) != (own, row) and row not in known:
                    keeper = index.name(keeper_unit, keeper_row)
                    yield {"document": index.name(own, row), "kept": False, "keeper": keeper, "jaccard": 1.0}

    def _edges(self) -> Iterator[clusters.Edges]:
        yield from self._indexed_edges()
        for block in range(len(self.near.split.blocks)):
            for name in ("estimate", "compare"):
                yield self._heard(self.near.run / name / block_name(block) / "edges.npy")

    def _indexed_edges(self) -> Iterator[clusters.Edges]:
        for path in self.near.index.edges():
            yield self._heard(path)

    def _heard(self, path: Path) -> clusters.Edges:
        """Edges of a file, and a sign of life."""
        edges = read_array(path, clusters.EDGE)
        self._read += len(edges)
        self.on_progress(self._read, 0)
        return edges


def signatures_names(near: NearRun, numbers: Ints) -> list[str]:
    """Names of documents by their numbers: their ids, behind the folder of the run if they are indexed."""
    signatures = near.signatures
    rows = signatures.take_field(numbers, "row").tolist()
    units = np.searchsorted(signatures.base, numbers, side="right") - 1 - near.index.units
    return [near.index.name(unit, row) for unit, row in zip(units.tolist(), rows, strict=True)]


def _assignment(folder: Path, count: int) -> clusters.Assignment:
    """Arrays in files of a task, so that the memory for them can be taken back when it is scarce."""
    return clusters.Assignment(
        _mapped(folder / f"keeper-{count}.tmp", np.uint32, count),
        _mapped(folder / f"jaccard-{count}.tmp", np.float32, count),
        _mapped(folder / f"size-{count}.tmp", np.uint32, count),
    )


def _mapped(path: Path, kind: npt.DTypeLike, count: int) -> npt.NDArray[Any]:
    """A new array in a file."""
    return np.asarray(np.memmap(path, kind, "w+", shape=(max(count, 1),))[:count])


def _decisions(signatures: Signatures, unit: int, into: clusters.Assignment) -> pa.Table:
    """The decisions on one unit's documents that are in clusters, by row."""
    start, end = int(signatures.base[unit]), int(signatures.base[unit + 1])
    own = np.arange(start, end)
    keeper = into.keeper[start:end].astype(np.int64)
    size = into.size[keeper].astype(np.int64)
    chosen = np.flatnonzero(size > 1)
    if not len(chosen):
        return DECISION_SCHEMA.empty_table()
    rows = signatures.unit(unit)["row"][chosen].astype(np.int32)
    keepers = keeper[chosen]
    indexed = len(signatures.index)
    keeper_units = (np.searchsorted(signatures.base, keepers, side="right") - 1 - indexed).astype(np.int32)
    keeper_rows = signatures.take_field(keepers, "row").astype(np.int32)
    columns: list[npt.NDArray[Any]] = [
        np.full(len(chosen), unit - indexed, np.int32),
        rows,
        keeper_units,
        keeper_rows,
        np.asarray(into.jaccard[own[chosen]], np.float32),
        size[chosen],
    ]
    order = np.argsort(rows, kind="stable")
    return pa.Table.from_arrays([pa.array(column[order]) for column in columns], schema=DECISION_SCHEMA)


def near_decisions(path: Path, units: set[int]) -> dict[tuple[int, int], tuple[int, int, float, int]]:
    """(unit, row) -> (keeper unit, keeper row, Jaccard, cluster size), for clustered documents of units."""
    if not units:
        return {}
    table = pq.read_table(path, filters=[("unit", "in", sorted(units))])
    columns = (table[name].to_pylist() for name in DECISION_SCHEMA.names)
    rows = zip(*columns, strict=True)
    return {(unit, row): (ku, kr, jaccard, size) for unit, row, ku, kr, jaccard, size in rows}
