"""The blocks of the deduplicate and the finish pass: match keys, drop duplicates, write the shards.

`Match` decides one range of content hashes. `ReadKept` reads back the row groups of one language that a
shard is made of, `DropDuplicates` applies the decisions by document id, never by position, and
`WriteShard` writes the shard under a temporary name and commits it with its ledger.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from datatrove.data import Document
from datatrove.pipeline.base import PipelineStep

from curation import document as documents
from curation.blocks.progress import OnProgress, unheard
from curation.dedup import exact
from curation.layout import Shard, part_name, shard_name, unit_name
from curation.ledger import SCHEMA as LEDGER_SCHEMA
from curation.ledger import Counts, Ledger
from curation.shards import ParquetFile
from curation.store import table_of
from curation.tasks import TaskFolder

Documents = Iterator[Document]
STAGE = "exact_dedup"
SHARD_SCHEMA = pa.schema([*documents.schema(), ("cluster_id", pa.string()), ("cluster_size", pa.int64())])
"""Columns of the final shards: the document, and how many equal copies were read in all."""
DATES = [field.name for field in documents.FIELDS if pa.types.is_timestamp(field.type)]


class Match(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Which documents of one range of content hashes stay?"""

    name, type = "🧮 match", "🫂 - DEDUP"

    def __init__(self, run: Path, units: int, settings: exact.Settings) -> None:
        super().__init__()
        self.run_folder = run
        self.units = units
        self.settings = settings

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Documents:
        """Write the decisions of part number `rank` of `world_size`; yields no document."""
        files = [self.run_folder / "clean" / unit_name(unit) / "keys.parquet" for unit in range(self.units)]
        keys = exact.read_keys(files, rank, world_size)
        decisions = exact.decide(keys, self.settings.keep)
        with TaskFolder(self.run_folder / "deduplicate", part_name(rank)) as task:
            with ParquetFile(task.folder / "decisions.parquet", exact.DECISION_SCHEMA) as out:
                for start in range(0, decisions.num_rows, exact.KEY_GROUP):
                    out.write_table(decisions.slice(start, exact.KEY_GROUP))
            assert out.record is not None
            counts = Counts(read=keys.num_rows)
            counts.dropped[f"{STAGE}/duplicate"] = (
                exact.count_dropped(decisions) if self.settings.enabled else 0
            )
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

    def __init__(self, run: Path, shards: Sequence[Shard], parts: int, ledger: Ledger, *, drop: bool) -> None:
        super().__init__()
        self.run_folder = run
        self.shards = shards
        self.parts = parts
        self.ledger = ledger
        self.drop = drop

    def run(self, data: Documents, rank: int = 0, world_size: int = 1) -> Documents:
        """Pass on the keepers and the documents without a copy."""
        folder = self.run_folder / "deduplicate"
        files = [folder / part_name(part) / "decisions.parquet" for part in range(self.parts)]
        decisions = exact.decisions_for(files, (unit for unit, _ in self.shards[rank].segments))
        for doc in data:
            self.ledger.counts.read += 1
            self.ledger.counts.bytes_read += doc.metadata["length_bytes"]
            unit, row = documents.split_id(doc.id)
            decision = decisions.get((unit, row))
            if self.drop and decision and decision[:2] != (unit, row):
                keeper = documents.document_id(*decision[:2])
                self.ledger.drop(doc.id, STAGE, "duplicate", value=float(decision[2]), detail=keeper)
                continue
            doc.metadata["cluster_id"] = doc.metadata["content_id"]
            doc.metadata["cluster_size"] = decision[2] if decision else 1
            yield doc


class WriteShard(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Write the shard in bounded row groups, then commit it with its ledger."""

    name, type = "💾 shard", "💽 - WRITER"

    def __init__(self, run: Path, shards: Sequence[Shard], ledger: Ledger, *, row_group_bytes: int) -> None:
        super().__init__()
        self.run_folder = run
        self.shards = shards
        self.ledger = ledger
        self.row_group_bytes = row_group_bytes

    def run(self, data: Documents, rank: int = 0, world_size: int = 1) -> Documents:
        """Consume every document; yields none."""
        shard = self.shards[rank]
        folder = self.run_folder / "data" / shard.language
        folder.mkdir(parents=True, exist_ok=True)
        with TaskFolder(self.run_folder / "finish", shard_name(rank)) as task:
            with ParquetFile(folder / shard.name, SHARD_SCHEMA) as out:
                for rows in self._groups(data):
                    out.write_table(table_of(rows, SHARD_SCHEMA))
                self.ledger.counts.check(shard.name)
            with ParquetFile(task.folder / "ledger.parquet", LEDGER_SCHEMA) as ledger:
                ledger.write_table(self.ledger.take())
            assert out.record is not None
            assert ledger.record is not None
            record = {"counts": self.ledger.counts.as_json(), "shard": out.record.as_json()}
            task.commit({**record, "language": shard.language}, [ledger.record])
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
            rows.append((*documents.row_of(doc), metadata["cluster_id"], metadata["cluster_size"]))
            size += length
            self.ledger.keep(doc.id, STAGE)
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
