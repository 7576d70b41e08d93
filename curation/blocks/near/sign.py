"""The first pass of near-dedup: what each document will be recognised by.

    unit-000003/documents.parquet  ->  unit-000003/signatures.npy, bands.npy, offsets.npy

Signs what exact dedup keeps, unless its language or source is left out or it has too few tokens; those are
counted. Compares nothing. Memory: one batch of texts and `CHUNK_DOCUMENTS` sketches.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from datatrove.pipeline.base import PipelineStep

from curation.arrays import ArrayFile, write_array
from curation.blocks.near.shared import (
    STAGE,
    Documents,
    NearRun,
    batches,
    records_of,
    rows_of_ids,
)
from curation.blocks.progress import OnProgress, unheard
from curation.dedup import exact, policy
from curation.dedup.signatures import BAND, BandWriter, group_keys, signature_type
from curation.dedup.tokens import Hashes
from curation.kernels import Ints
from curation.layout import part_name, unit_name
from curation.ledger import Counts
from curation.tasks import TaskFolder

SIGNED_COLUMNS = ("id", "content", "kind", "language", *policy.COLUMNS)


class Sign(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """What will each document be recognised by? Sketches and band keys of a unit's documents."""

    name, type = "✍️ sign", "🫂 - DEDUP"

    def __init__(self, near: NearRun, partitions: int, parts: int, skipped: frozenset[int]) -> None:
        """Sign what exact dedup has kept.

        Args:
            near: The run.
            partitions: Key partitions.
            parts: Parts of exact dedup whose decisions apply; 0 if they do not.
            skipped: Units that are left to exact dedup.
        """
        super().__init__()
        self.near = near
        self.partitions = partitions
        self.parts = parts
        self.skipped = skipped
        self.on_progress: OnProgress = unheard

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Documents:
        """Sign unit number `rank`; yields no document."""
        near = self.near
        files = [
            near.run / "deduplicate" / part_name(part) / "decisions.parquet" for part in range(self.parts)
        ]
        duplicates = exact.dropped_rows(files, rank)
        counts = Counts()
        starts: list[int] = []
        with TaskFolder(near.run / "sign", unit_name(rank)) as task:
            writer = BandWriter(task.folder, near.settings, self.partitions)
            with (
                ArrayFile(task.folder / "signatures.npy", signature_type(near.settings.values)) as out,
                ArrayFile(task.folder / "bands.npy", BAND) as bands,
            ):
                for table in self._tables(rank):
                    starts.append(out.rows)
                    signed, groups = self._sign(table, duplicates, counts, skip=rank in self.skipped)
                    out.append(signed)
                    writer.add(signed["sketch"], groups, bands)
                    self.on_progress(counts.read, counts.bytes_read)
                writer.flush(bands)
            offsets = write_array(task.folder / "offsets.npy", np.concatenate(writer.chunks))
            counts.kept = out.rows
            counts.check(unit_name(rank))
            record = {"counts": counts.as_json(), "documents": out.rows, "batches": starts}
            task.commit(
                {**record, "parameters": near.settings.parameters}, [*records_of(out, bands), offsets]
            )
        yield from ()

    def _tables(self, unit: int) -> Iterator[Any]:
        path = self.near.run / "clean" / unit_name(unit) / "documents.parquet"
        columns = [*SIGNED_COLUMNS, *(["repo_name"] if self.near.settings.scope == "repository" else [])]
        with pq.ParquetFile(path, memory_map=True) as file:
            for groups in batches(file):
                yield file.read_row_groups(groups, columns=columns, use_threads=False)

    def _sign(
        self, table: Any, duplicates: Ints, counts: Counts, *, skip: bool
    ) -> tuple[npt.NDArray[np.void], Hashes]:
        """Signatures and groups of the documents of a table that can be compared."""
        settings = self.near.settings
        rows = rows_of_ids(table["id"])
        wanted = ~np.isin(rows, duplicates)
        counts.read += int(np.count_nonzero(wanted))
        if skip:
            passed_over = wanted
        else:
            passed_over = wanted & np.isin(table["language"].to_pylist(), settings.skip_languages)
        counts.dropped[f"{STAGE}/skipped"] += int(np.count_nonzero(passed_over))
        wanted &= ~passed_over
        if not wanted.all():
            table, rows = table.filter(pa.array(wanted)), rows[wanted]
        sizes = np.asarray(pc.binary_length(table["content"]))
        counts.bytes_read += int(sizes.sum())
        sketched = settings.sketch(table["content"])
        enough = settings.signed(sketched.shingles)
        counts.bytes_kept += int(sizes[enough].sum())
        counts.dropped[f"{STAGE}/too_few_tokens"] += int(np.count_nonzero(~enough))
        signed = np.empty(int(np.count_nonzero(enough)), signature_type(settings.values))
        signed["sketch"] = sketched.sketches[enough]
        signed["shingles"] = sketched.shingles[enough]
        signed["row"] = rows[enough]
        signed["policy"] = policy.policy_keys(table, settings.keep)[enough]
        signed["group"] = group_keys(table, settings.scope)[enough]
        return signed, signed["group"]
