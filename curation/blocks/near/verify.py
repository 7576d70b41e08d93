"""The middle passes of near-dedup: estimate all candidate pairs, compare exactly those left open.

    pairs-*.npy -> edges.npy, open.npy, wanted.npy -> shingles.npy, sets.npy -> edges.npy

A pair belongs to the block of its lower document. Texts are read once more, by unit, and only where they
are wanted; sets of shingles go through files so that a block needs no text. Forms no clusters. Memory: the
pairs of a block, 0.3 GB of sketches, `COMPARED_SHINGLES` shingles three times.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from datatrove.pipeline.base import PipelineStep

from curation.arrays import ArrayFile, read_array, write_array
from curation.blocks.near.shared import (
    Documents,
    NearRun,
    batches,
    records_of,
    rows_of_ids,
)
from curation.blocks.progress import OnProgress, unheard
from curation.dedup import clusters, jaccard, match, verify
from curation.dedup.jaccard import COMPARED_SHINGLES
from curation.dedup.near import ESTIMATED_AT_ONCE
from curation.dedup.signatures import (
    Signatures,
    slices,
)
from curation.dedup.tokens import Hashes, texts
from curation.kernels import Floats, Ints
from curation.layout import block_name, unit_name
from curation.tasks import TaskFolder

SET = np.dtype([("document", "<u4"), ("end", "<u8")])
"""Place of a document in its unit's signatures, and where its shingles end in shingles.npy."""


class Estimate(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Are the two documents of a candidate pair similar, by their whole sketches?"""

    name, type = "📐 estimate", "🫂 - DEDUP"

    def __init__(self, near: NearRun, pairs: Sequence[str]) -> None:
        """Judge pairs.

        Args:
            near: The run.
            pairs: Files of candidate pairs, by their paths in the run.
        """
        super().__init__()
        self.near = near
        self.pairs = pairs
        self.on_progress: OnProgress = unheard

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Documents:
        """Judge the pairs whose lower document is in block `rank`; yields no document."""
        near = self.near
        low, high = near.block(rank)
        paths = [near.run / path for path in self.pairs]
        pairs = match.unique(slices(paths, low << 32, high << 32))
        signatures = near.signatures
        wanted = [np.empty(0, np.uint32)]
        with TaskFolder(near.run / "estimate", block_name(rank)) as task:
            with (
                ArrayFile(task.folder / "edges.npy", clusters.EDGE) as edges,
                ArrayFile(task.folder / "open.npy", clusters.EDGE) as doubtful,
            ):
                for start in range(0, len(pairs), ESTIMATED_AT_ONCE):
                    accepted, open_ = self._judge(signatures, pairs[start : start + ESTIMATED_AT_ONCE])
                    edges.append(accepted)
                    doubtful.append(open_)
                    self.on_progress(start, 0)
                    wanted.append(np.unique(np.concatenate([open_["better"], open_["worse"]])))
            numbers = np.unique(np.concatenate(wanted)).astype(np.uint64)
            to_shingle = write_array(task.folder / "wanted.npy", numbers)
            record = {"pairs": len(pairs), "accepted": edges.rows, "open": doubtful.rows}
            task.commit(record, [*records_of(edges, doubtful), to_shingle])
        yield from ()

    def _judge(self, signatures: Signatures, pairs: Hashes) -> tuple[clusters.Edges, clusters.Edges]:
        """Edges of the accepted and of the open pairs."""
        first, second = match.sides(pairs)
        numbers, places = np.unique(np.concatenate([first, second]), return_inverse=True)
        one, other = places[: len(first)], places[len(first) :]
        signed = signatures.take(numbers)
        estimate = verify.estimates(signed["sketch"], one, other)
        same_group = signed["group"][one] == signed["group"][other]
        verdicts = verify.judge(estimate, same_group, self.near.settings.bar)
        policies = signed["policy"][one], signed["policy"][other]
        if self.near.index_first:
            # A pair has a new document, its higher one, or two of them.
            old = first < self.near.indexed
            policies = np.where(old, 0, policies[0]), np.where(old, 1, policies[1])
        # Within a unit, documents are not numbered in the order of their ids but by language.
        same_unit = signatures.units_of(first) == signatures.units_of(second)
        behind = same_unit & (signed["row"][one] > signed["row"][other])
        edges = clusters.orient(first, second, policies, estimate, behind)
        return edges[verdicts.accepted], edges[verdicts.open]


class Shingle(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Of what shingles do the documents consist that are compared exactly?"""

    name, type = "🧩 shingle", "🫂 - DEDUP"

    def __init__(self, near: NearRun, starts: Sequence[Sequence[int]]) -> None:
        """Shingle what is asked for.

        Args:
            near: The run.
            starts: For each unit, the place of the first signed document of each of its `batches`.
        """
        super().__init__()
        self.near = near
        self.starts = starts
        self.on_progress: OnProgress = unheard

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Documents:
        """Shingle the documents of unit number `rank`; yields no document."""
        near = self.near
        base = near.signatures.base
        low, high = int(base[rank]), int(base[rank + 1])
        paths = [near.run / "estimate" / block_name(b) / "wanted.npy" for b in range(len(near.split.blocks))]
        wanted = np.unique(np.concatenate(slices(paths, low, high))).astype(np.int64) - low
        with TaskFolder(near.run / "shingle", unit_name(rank)) as task:
            with (
                ArrayFile(task.folder / "shingles.npy", np.uint64) as shingles,
                ArrayFile(task.folder / "sets.npy", SET) as ends,
            ):
                for places, found in self._sets(rank, wanted):
                    entries = np.empty(len(places), SET)
                    entries["document"] = places
                    entries["end"] = shingles.rows + found.offsets[1:]
                    ends.append(entries)
                    shingles.append(found.shingles)
                    self.on_progress(ends.rows, shingles.rows)
            task.commit({"documents": ends.rows, "shingles": shingles.rows}, records_of(shingles, ends))
        yield from ()

    def _sets(self, unit: int, wanted: Ints) -> Iterator[tuple[Ints, jaccard.Sets]]:
        """Places in the signatures, and shingle sets, of the wanted documents, one row group at a time."""
        if not len(wanted):
            return
        signed_rows = self.near.signatures.unit(unit)["row"]
        bounds = np.searchsorted(wanted, [*self.starts[unit], len(signed_rows)])
        folder, own = self.near.signatures.place(unit)
        path = folder / "clean" / unit_name(own) / "documents.parquet"
        with pq.ParquetFile(path, memory_map=True) as file:
            for groups, start, end in zip(batches(file), bounds[:-1], bounds[1:], strict=True):
                if start < end:
                    table = file.read_row_groups(groups, columns=["id", "content"], use_threads=False)
                    yield from self._sets_of(table, wanted[start:end], signed_rows)

    def _sets_of(self, table: Any, wanted: Ints, signed_rows: Any) -> Iterator[tuple[Ints, jaccard.Sets]]:
        """The same of the documents of one table, one chunk of it at a time."""
        settings = self.near.settings
        rows = rows_of_ids(table["id"])
        order = np.argsort(rows, kind="stable")
        places = order[np.searchsorted(rows, signed_rows[wanted].astype(np.int64), sorter=order)]
        # Sets come in the order of the column, which need not be that of the signatures.
        ascending = np.argsort(places, kind="stable")
        places, wanted = places[ascending], wanted[ascending]
        first = 0
        for chunk in table["content"].chunks:
            low, high = np.searchsorted(places, (first, first + len(chunk)))
            if low < high:
                yield (
                    wanted[low:high],
                    jaccard.shingle_sets(
                        texts(chunk), places[low:high] - first, size=settings.shingle, rule=settings.tokens
                    ),
                )
            first += len(chunk)


class Compare(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """How similar are the two documents of an open pair, exactly?"""

    name, type = "⚖️ compare", "🫂 - DEDUP"

    def __init__(self, near: NearRun) -> None:
        super().__init__()
        self.near = near
        self.on_progress: OnProgress = unheard

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Documents:
        """Compare the open pairs of block number `rank`; yields no document."""
        near = self.near
        open_ = np.array(read_array(near.run / "estimate" / block_name(rank) / "open.npy", clusters.EDGE))
        open_ = open_[np.lexsort((open_["worse"], open_["better"]))]
        with TaskFolder(near.run / "compare", block_name(rank)) as task:
            with ArrayFile(task.folder / "edges.npy", clusters.EDGE) as edges:
                for part, similarity in self._parts(open_):
                    similar = similarity >= near.settings.threshold
                    part["jaccard"] = similarity
                    edges.append(part[similar])
                    self.on_progress(edges.rows, 0)
            task.commit({"compared": len(open_), "accepted": edges.rows}, records_of(edges))
        yield from ()

    def _parts(self, open_: clusters.Edges) -> Iterator[tuple[clusters.Edges, Floats]]:
        """The pairs and their exact similarity, as many at a time as there is memory for their sets."""
        if not len(open_):
            return
        signatures = self.near.signatures
        ends = np.stack([open_["better"], open_["worse"]]).astype(np.int64)
        numbers, places = np.unique(ends, return_inverse=True)
        first, second = places.reshape(2, -1)
        sizes = signatures.take_field(numbers, "shingles").astype(np.int64)
        start = 0
        while start < len(open_):
            stop = _until(first, second, sizes, start)
            here, local = np.unique(
                np.concatenate([first[start:stop], second[start:stop]]), return_inverse=True
            )
            sets = take_sets(signatures, numbers[here])
            count = stop - start
            yield open_[start:stop], jaccard.compare(sets, local[:count], local[count:])
            start = stop


def _until(first: Ints, second: Ints, sizes: Ints, start: int) -> int:
    """Behind which pair the shingle sets of the pairs from `start` on fill the memory for them."""
    stop = min(len(first), start + ESTIMATED_AT_ONCE)
    fresh = np.r_[True, first[start + 1 : stop] != first[start : stop - 1]]
    total = np.cumsum(sizes[second[start:stop]] + np.where(fresh, sizes[first[start:stop]], 0))
    return start + max(1, int(np.searchsorted(total, COMPARED_SHINGLES, side="right")))


def take_sets(signatures: Signatures, numbers: Ints) -> jaccard.Sets:
    """Shingle sets of documents, in the order of `numbers`, from the files of the shingle pass."""
    pieces: list[Hashes] = [np.empty(0, np.uint64)] * len(numbers)
    for unit, places, inside in signatures.locate(numbers):
        shingles = signatures.file(unit, "shingles.npy", np.uint64, "shingle")
        sets = signatures.file(unit, "sets.npy", SET, "shingle")
        order = np.argsort(sets["document"], kind="stable")
        entries = order[np.searchsorted(sets["document"], inside, sorter=order)]
        ends = sets["end"][entries].astype(np.int64)
        begins = np.where(entries > 0, sets["end"][entries - 1], 0).astype(np.int64)
        for place, begin, end in zip(places.tolist(), begins.tolist(), ends.tolist(), strict=True):
            pieces[place] = shingles[begin:end]
    offsets = np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])]).astype(np.int64)
    return jaccard.Sets(np.concatenate(pieces), offsets)
