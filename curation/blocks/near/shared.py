"""What all passes of near-dedup share: what they know of the run, and how they read its documents.

    rows_of_ids(["000003-00000017"]) -> [17]

Reads parquet files of the clean pass in batches of row groups; decides nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from datatrove.data import Document

from curation.arrays import ArrayFile
from curation.dedup.index import NO_INDEX, Index
from curation.dedup.near import NearSettings
from curation.dedup.signatures import NearPlan, Signatures
from curation.kernels import Ints
from curation.shards import FileRecord, ParquetFile

Documents = Iterator[Document]
STAGE = "near_dedup"
BATCH_BYTES = 16 << 20
"""Bytes of row groups that are read at a time, about; a single row group may be larger."""


@dataclass(frozen=True)
class NearRun:
    """What all blocks of near-dedup need to know of the run."""

    run: Path
    settings: NearSettings
    units: int
    """Units of the run itself."""
    documents: tuple[int, ...] = ()
    """Signed documents of every unit, those of the index first, once they are known."""
    plan: NearPlan | None = None
    """How the work is split, once it is known how much there is."""
    index: Index = NO_INDEX
    """Earlier runs whose documents count."""
    index_first: bool = False
    """Whether an indexed document is always kept rather than a new one."""

    @property
    def split(self) -> NearPlan:
        """The plan, which every pass after the first has."""
        assert self.plan is not None
        return self.plan

    @property
    def signatures(self) -> Signatures:
        """The signatures of all units."""
        return Signatures(self.run, self.documents, self.settings.values, tuple(self.index.places))

    @property
    def indexed(self) -> int:
        """Signed documents of the index: the number of the run's own first one."""
        return sum(self.index.documents)

    def block(self, number: int) -> tuple[int, int]:
        """First document number of a block, and the one behind its last."""
        return self.split.blocks[number]


def rows_of_ids(ids: Any) -> Ints:
    """Row numbers of the document ids of one unit, as an array."""
    if not len(ids):
        return np.empty(0, np.int64)
    behind_unit = ids[0].as_py().index("-") + 1
    return np.asarray(pc.utf8_slice_codeunits(ids, behind_unit).cast(pa.int64()))


def batches(file: pq.ParquetFile) -> Iterator[list[int]]:
    """Row groups of a parquet file in runs of about `BATCH_BYTES`: small ones are dear one by one."""
    run: list[int] = []
    size = 0
    for group in range(file.num_row_groups):
        more = file.metadata.row_group(group).total_byte_size
        if run and size + more > BATCH_BYTES:
            yield run
            run, size = [], 0
        run.append(group)
        size += more
    if run:
        yield run


def records_of(*files: ArrayFile | ParquetFile) -> list[FileRecord]:
    """Records of files that have been closed."""
    records = [file.record for file in files]
    assert all(records)
    return [record for record in records if record]
