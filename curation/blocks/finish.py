"""The blocks of the deduplicate and the finish pass: match keys, drop duplicates, write the shards.

`Match` decides one range of content hashes. `ReadKept` reads back the row groups of one language that a
shard is made of, `DropDuplicates` and `DropNearDuplicates` apply the decisions by document id, never by
position, and
`WriteShard` writes the shard under a temporary name and commits it with its ledger.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from datatrove.data import Document
from datatrove.pipeline.base import PipelineStep

from curation import document as documents
from curation.blocks.decontaminate import STAGE as DECONTAMINATE_STAGE
from curation.blocks.near import STAGE as NEAR_STAGE
from curation.blocks.near import near_decisions
from curation.blocks.pii import SCHEMA as FINDINGS_SCHEMA
from curation.blocks.pii import STAGE as PII_STAGE
from curation.blocks.pii import Findings
from curation.blocks.progress import OnProgress, unheard
from curation.decontaminate.hits import SCHEMA as HITS_SCHEMA
from curation.decontaminate.hits import Hits
from curation.dedup import exact
from curation.dedup.index import NO_INDEX, Index
from curation.dedup.near import NearSettings
from curation.layout import Shard, cluster_name, part_name, shard_name, unit_name
from curation.ledger import SCHEMA as LEDGER_SCHEMA
from curation.ledger import Counts, Ledger
from curation.shards import ParquetFile
from curation.store import table_of
from curation.tasks import TaskFolder

Documents = Iterator[Document]
STAGE = "exact_dedup"
CLUSTER_COLUMNS = [("cluster_id", pa.string()), ("cluster_size", pa.int64())]
"""How many equal copies were read in all."""
NEAR_COLUMNS = [
    ("near_cluster_id", pa.string()),
    ("near_cluster_size", pa.int64()),
    ("near_jaccard", pa.float32()),
]
"""The kept document of the cluster of near-duplicates, its size, and the similarity to that document."""


PII_COLUMNS = [("redactions", pa.int64())]
"""Spans of the document that were replaced."""


class Found(NamedTuple):
    """What was found in the documents of one shard, besides what the ledger says."""

    findings: Findings | None
    """Of personal data; None if it is not looked for."""
    hits: Hits | None
    """Of benchmarks; None if they are not looked for."""

    @property
    def last_stage(self) -> str:
        """The last stage that looks for anything; "" if none does."""
        return (
            DECONTAMINATE_STAGE if self.hits is not None else PII_STAGE if self.findings is not None else ""
        )

    def write(self, folder: Path) -> Iterator[ParquetFile]:
        """Write a table for each that is looked for."""
        tables = (("findings", self.findings, FINDINGS_SCHEMA), ("hits", self.hits, HITS_SCHEMA))
        for name, found, schema in tables:
            if found is not None:
                with ParquetFile(folder / f"{name}.parquet", schema) as out:
                    out.write_table(found.take())
                yield out


def shard_schema(near: NearSettings, *, redacted: bool) -> pa.Schema:
    """Columns of the final shards: the document, exact copies, near-duplicates if asked for, redactions."""
    wanted = near.enabled and (near.columns or not near.drop)
    added = [*CLUSTER_COLUMNS, *(NEAR_COLUMNS if wanted else []), *(PII_COLUMNS if redacted else [])]
    return pa.schema([*documents.schema(), *added])


DATES = [field.name for field in documents.FIELDS if pa.types.is_timestamp(field.type)]


class Match(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Which documents of one range of content hashes stay?"""

    name, type = "🧮 match", "🫂 - DEDUP"

    def __init__(
        self,
        run: Path,
        units: int,
        settings: exact.Settings,
        index: Index = NO_INDEX,
        *,
        index_first: bool = False,
    ) -> None:
        super().__init__()
        self.run_folder = run
        self.units = units
        self.settings = settings
        self.index = index
        self.index_first = index_first

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Documents:
        """Write the decisions of part number `rank` of `world_size`; yields no document."""
        places = [(self.run_folder, unit, unit) for unit in range(self.units)]
        older = enumerate(self.index.places, -self.index.units)
        places = [*((folder, own, unit) for unit, (folder, own) in older), *places]
        files = ((folder / "clean" / unit_name(own) / "keys.parquet", unit) for folder, own, unit in places)
        keys = exact.read_keys(files, rank, world_size)
        runs = self.index.first_units if self.index_first else ()
        decisions = exact.decide(keys, self.settings.keep, runs=runs)
        with TaskFolder(self.run_folder / "deduplicate", part_name(rank)) as task:
            with ParquetFile(task.folder / "decisions.parquet", exact.DECISION_SCHEMA) as out:
                for start in range(0, decisions.num_rows, exact.KEY_GROUP):
                    out.write_table(decisions.slice(start, exact.KEY_GROUP))
            assert out.record is not None
            counts = Counts(read=int(np.count_nonzero(keys["unit"].to_numpy() >= 0)))
            own = decisions.filter(pc.greater_equal(decisions["unit"], 0))
            counts.dropped[f"{STAGE}/duplicate"] = exact.count_dropped(own) if self.settings.enabled else 0
            counts.kept = counts.read - counts.dropped.total()
            task.commit({"counts": counts.as_json()}, [out.record])
        yield from ()


class ReadKept(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """The kept documents that one shard is made of, in the order of their units."""

    name, type = "📖 kept documents", "📖 - READER"

    def __init__(self, run: Path, shards: Sequence[Shard]) -> None:
        super().__init__()
        self.run_folder = run
        self.shards = shards
        self.on_progress: OnProgress = unheard

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Documents:
        """Yield the documents of shard number `rank`."""
        count = size = 0
        for unit, group in self.shards[rank].segments:
            path = self.run_folder / "clean" / unit_name(unit) / "documents.parquet"
            with pq.ParquetFile(path) as file:
                table = file.read_row_group(group)
            for row in rows_of(table):
                size += row["length_bytes"]
                count += 1
                yield Document(row.pop("content"), row.pop("id"), metadata=row)
            self.on_progress(count, size)


class DropDuplicates(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Is an equal document kept instead of this one? Sets cluster_id and cluster_size on what stays."""

    name, type = "🫂 duplicates", "🔻 - FILTER"

    def __init__(
        self,
        run: Path,
        shards: Sequence[Shard],
        parts: int,
        ledger: Ledger,
        index: Index = NO_INDEX,
        *,
        drop: bool,
    ) -> None:
        super().__init__()
        self.run_folder = run
        self.shards = shards
        self.parts = parts
        self.ledger = ledger
        self.index = index
        self.drop = drop

    def run(self, data: Documents, rank: int = 0, world_size: int = 1) -> Documents:
        """Pass on the keepers and the documents without a copy."""
        folder = self.run_folder / "deduplicate"
        files = [folder / part_name(part) / "decisions.parquet" for part in range(self.parts)]
        decisions = exact.decisions_for(files, (unit for unit, _ in self.shards[rank].segments))
        for doc in data:
            self.ledger.read(doc.id, doc.metadata["kind"], doc.metadata["length_bytes"])
            unit, row = documents.split_id(doc.id)
            decision = decisions.get((unit, row))
            if self.drop and decision and decision[:2] != (unit, row):
                keeper = self.index.name(*decision[:2])
                self.ledger.drop(doc.id, STAGE, "duplicate", value=float(decision[2]), detail=keeper)
                continue
            doc.metadata["cluster_id"] = doc.metadata["content_id"]
            doc.metadata["cluster_size"] = decision[2] if decision else 1
            yield doc


class DropNearDuplicates(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Is a similar document kept instead of this one? Sets near_cluster_id, _size and near_jaccard."""

    name, type = "👯 near-duplicates", "🔻 - FILTER"

    def __init__(
        self,
        run: Path,
        shards: Sequence[Shard],
        ledger: Ledger,
        settings: NearSettings,
        index: Index = NO_INDEX,
    ) -> None:
        super().__init__()
        self.run_folder = run
        self.shards = shards
        self.ledger = ledger
        self.settings = settings
        self.index = index

    def run(self, data: Documents, rank: int = 0, world_size: int = 1) -> Documents:
        """Pass on the keepers and the documents without a near-duplicate."""
        path = self.run_folder / "cluster" / cluster_name(0) / "decisions.parquet"
        decisions = near_decisions(path, {unit for unit, _ in self.shards[rank].segments})
        for doc in data:
            own = documents.split_id(doc.id)
            keeper_unit, keeper_row, jaccard, size = decisions.get(own, (*own, 1.0, 1))
            keeper = self.index.name(keeper_unit, keeper_row)
            if self.settings.drop and keeper != doc.id:
                self.ledger.drop(
                    doc.id,
                    NEAR_STAGE,
                    "near_duplicate",
                    signal="jaccard",
                    value=round(jaccard, 6),  # 0.7 is stored in 32 bits, as 0.69999999
                    threshold=self.settings.threshold,
                    detail=keeper,
                )
                continue
            doc.metadata |= {"near_cluster_id": keeper, "near_cluster_size": size, "near_jaccard": jaccard}
            yield doc


class WriteShard(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Write the shard in bounded row groups, then commit it with its ledger."""

    name, type = "💾 shard", "💽 - WRITER"

    def __init__(
        self,
        run: Path,
        shards: Sequence[Shard],
        ledger: Ledger,
        found: Found,
        row_group_bytes: int,
        *,
        near: NearSettings,
    ) -> None:
        super().__init__()
        self.run_folder = run
        self.shards = shards
        self.ledger = ledger
        self.found = found
        self.row_group_bytes = row_group_bytes
        self.schema = shard_schema(near, redacted=found.findings is not None)
        self.added = [name for name in self.schema.names if name not in documents.COLUMNS]
        self.stage = found.last_stage or (NEAR_STAGE if near.enabled else STAGE)

    def run(self, data: Documents, rank: int = 0, world_size: int = 1) -> Documents:
        """Consume every document; yields none."""
        shard = self.shards[rank]
        folder = self.run_folder / "data" / shard.language
        folder.mkdir(parents=True, exist_ok=True)
        with TaskFolder(self.run_folder / "finish", shard_name(rank)) as task:
            with ParquetFile(folder / shard.name, self.schema) as out:
                for rows in self._groups(data):
                    out.write_table(table_of(rows, self.schema))
                self.ledger.counts.check(shard.name)
            with ParquetFile(task.folder / "ledger.parquet", LEDGER_SCHEMA) as ledger:
                ledger.write_table(self.ledger.take())
            files = [ledger, *self.found.write(task.folder)]
            assert out.record is not None
            record: dict[str, Any] = {
                "counts": self.ledger.counts.as_json(),
                "shard": out.record.as_json(),
            }
            written = [file.record for file in files if file.record is not None]
            assert len(written) == len(files)
            record["path"] = f"data/{shard.language}/{shard.name}"
            task.commit({**record, "language": shard.language}, written)
        yield from ()

    def _groups(self, data: Documents) -> Iterator[list[tuple[Any, ...]]]:
        """Rows of the shard in runs of at most `row_group_bytes` of content."""
        rows: list[tuple[Any, ...]] = []
        size = 0
        for doc in data:
            metadata = doc.metadata
            length = metadata["length_bytes"]
            if rows and size + length > self.row_group_bytes:
                yield rows
                rows, size = [], 0
            rows.append((*documents.row_of(doc), *(metadata[name] for name in self.added)))
            size += length
            self.ledger.keep(doc.id, self.stage)
            self.ledger.counts.bytes_kept += length
        if rows:
            yield rows


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """Rows of a documents table as dictionaries, dates as seconds since 1970 (parquet keeps milliseconds)."""
    for name in DATES:
        index = table.schema.get_field_index(name)
        table = table.set_column(index, name, table[name].cast(documents.SECONDS).cast(pa.int64()))
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows
