"""What one clean task writes: every document's decision and signals, and the kept documents.

    documents.parquet   kept documents, one row group per language (and at most `row_group_bytes` each)
    signals.parquet     every document that could be decoded, kept or dropped, with all its measurements
    ledger.parquet      every decision
    keys.parquet        content hash and rank of the kept documents, sorted by hash, for exact dedup
    excluded.parquet    dropped documents with their reason, if asked for

All blocks of one pipeline share one store: `Read` opens it, the filters tell it what they drop, and
`WriteUnit` commits it. Memory is bounded by `buffer_bytes`, 20,000 rows of the small tables, and 60 bytes
for the key of every kept document of the unit.
"""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
from datatrove.data import Document

from curation import document as documents
from curation.dedup.exact import KEY_GROUP, KEY_SCHEMA, KEYS, key_table, sort_keys
from curation.filters.bounds import Bound
from curation.layout import unit_name
from curation.ledger import SCHEMA as LEDGER_SCHEMA
from curation.ledger import Counts, Ledger
from curation.shards import FileRecord, ParquetFile
from curation.signals import SIGNALS
from curation.tasks import TaskFolder

IDENTITY = (
    "content_id",
    "kind",
    "repo_name",
    "path",
    "language",
    "language_kind",
    "license_type",
    "length_bytes",
)
"""What the signals table repeats of a document, so that most questions need no join."""
SIGNALS_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        *((name, pa.int64() if name == "length_bytes" else pa.string()) for name in IDENTITY),
        *((signal.name, pa.float64()) for signal in SIGNALS),
    ]
)
EXCLUDED_SCHEMA = pa.schema(
    [
        *documents.schema(),
        ("stage", pa.string()),
        ("reason", pa.string()),
        ("value", pa.float64()),
        ("threshold", pa.float64()),
    ]
)
FLUSH_ROWS = 20_000
"""Rows of the signals table and the ledger that are kept in memory before they are written."""
NEVER_EXCLUDED = frozenset({"optout"})
"""Stages whose documents are not written anywhere, whatever the settings say."""


class UnitStore:
    """Collects what the blocks decide about one unit and commits it as one folder."""

    def __init__(
        self,
        run: Path,
        *,
        folder_of: Callable[[str, str], str],
        row_group_bytes: int,
        buffer_bytes: int = 128 << 20,
        excluded: bool = False,
        mask: Callable[[Document], str] = lambda doc: doc.text,
    ) -> None:
        """Write units of the run in folder `run`.

        Args:
            run: Folder of the run.
            folder_of: Kind and language to the slug of their folder in data/.
            row_group_bytes: Bytes of content in a row group, at most, unless one document is larger.
            buffer_bytes: Bytes of content kept in memory before they are written.
            excluded: Whether dropped documents are written too.
            mask: Text of a dropped document as it may be written.
        """
        self.run = run
        self.folder_of = folder_of
        self.row_group_bytes = row_group_bytes
        self.buffer_bytes = buffer_bytes
        self.excluded = excluded
        self.mask = mask

    def open(self, unit: int) -> None:
        """Start the folder of a unit; whatever an earlier unit left in memory is gone."""
        self.unit = unit
        self.task = TaskFolder(self.run / "clean", unit_name(unit)).__enter__()
        self.ledger = Ledger()
        self._kept: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self._buffered = 0
        self._keys: list[tuple[Any, ...]] = []
        self._key_tables: list[pa.Table] = []
        self._identity: list[tuple[Any, ...]] = []
        self._values: list[list[float]] = []
        self._dropped: list[tuple[Any, ...]] = []
        self._row_groups: list[tuple[str, int, int]] = []
        self._repositories: list[str] = []
        folder = self.task.folder
        self._documents = ParquetFile(folder / "documents.parquet", documents.schema()).__enter__()
        self._signals = ParquetFile(folder / "signals.parquet", SIGNALS_SCHEMA).__enter__()
        self._decisions = ParquetFile(folder / "ledger.parquet", LEDGER_SCHEMA).__enter__()
        self._excluded = (
            ParquetFile(folder / "excluded.parquet", EXCLUDED_SCHEMA).__enter__() if self.excluded else None
        )

    @property
    def counts(self) -> Counts:
        """The counts of the open unit."""
        return self.ledger.counts

    def measured(self, doc: Document, values: list[float]) -> None:
        """Keep the measurements of a document, whatever happens to it later."""
        get = doc.metadata.get
        self._identity.append((doc.id, *(get(name) for name in IDENTITY)))
        self._values.append(values)
        self.flush_if_full()

    def flush_if_full(self) -> None:
        """Write the rows of the small tables, if there are many in memory."""
        if len(self._values) >= FLUSH_ROWS or len(self.ledger) >= FLUSH_ROWS:
            self._flush_tables()

    def drop(
        self,
        doc: Document,
        stage: str,
        reason: str,
        bound: Bound | None = None,
        value: float | None = None,
        detail: str | None = None,
    ) -> None:
        """Record that `doc` leaves at `stage`; with the bound and value that decided, if any did."""
        signal, threshold = (bound.signal, bound.threshold) if bound else (None, None)
        self.ledger.drop(
            doc.id, stage, reason, signal=signal, value=value, threshold=threshold, detail=detail
        )
        if self._excluded and stage not in NEVER_EXCLUDED:
            identity, _, *rest = documents.row_of(doc)
            self._dropped.append((identity, self.mask(doc), *rest, stage, reason, value, threshold))
            self._buffered += doc.metadata["length_bytes"]
            if self._buffered >= self.buffer_bytes:
                self._flush_documents()

    def keep(self, doc: Document) -> None:
        """Record that `doc` passed every block of the pass, and keep its row."""
        metadata = doc.metadata
        size: int = metadata["length_bytes"]
        self.ledger.keep(doc.id, "filters")
        self.counts.bytes_kept += size
        if metadata["kind"] == "code":
            self._repositories[1:] = [metadata["repo_name"]]  # the first one stays, the last one changes
        self._kept[self.folder_of(metadata["kind"], metadata["language"])].append(documents.row_of(doc))
        self._keys.append((doc.id, *(metadata[name] for name in KEYS)))
        self._buffered += size
        if self._buffered >= self.buffer_bytes:
            self._flush_documents()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit the open unit, or delete all of it after an error."""
        try:
            if kind is None:
                self._commit()
        finally:
            self.task.__exit__(None, None, None)

    def _commit(self) -> None:
        self.counts.check(unit_name(self.unit))
        self._flush_documents()
        self._flush_tables()
        files = [self._close(file) for file in (self._documents, self._signals, self._decisions)]
        if self._excluded:
            files.append(self._close(self._excluded))
        files.append(self._write_keys())
        record = {
            "counts": self.counts.as_json(),
            "row_groups": self._row_groups,
            "repositories": self._repositories,
        }
        self.task.commit(record, files)

    def _close(self, file: ParquetFile) -> FileRecord:
        file.__exit__(None, None, None)
        assert file.record is not None
        return file.record

    def _write_keys(self) -> FileRecord:
        keys = sort_keys(self._key_tables)
        with ParquetFile(self.task.folder / "keys.parquet", KEY_SCHEMA) as out:
            for start in range(0, keys.num_rows, KEY_GROUP):
                out.write_table(keys.slice(start, KEY_GROUP))
        assert out.record is not None
        return out.record

    def _flush_tables(self) -> None:
        """Write the ledger and the signals so far; pack the keys, which are sorted at the end."""
        self._decisions.write_table(self.ledger.take())
        self._key_tables.append(key_table(self._keys))
        self._keys.clear()
        if not self._values:
            return
        columns: list[Any] = [
            pa.array(column, kind.type)
            for column, kind in zip(zip(*self._identity, strict=True), SIGNALS_SCHEMA, strict=False)
        ]
        columns.extend(pa.array(column) for column in np.ascontiguousarray(np.array(self._values).T))
        self._signals.write_table(pa.Table.from_arrays(columns, schema=SIGNALS_SCHEMA))
        self._identity.clear()
        self._values.clear()

    def _flush_documents(self) -> None:
        for language in sorted(self._kept):
            for rows in split_by_bytes(self._kept[language], self.row_group_bytes):
                self._documents.write_table(table_of(rows, documents.schema()))
                size = sum(row[LENGTH] for row in rows)
                self._row_groups.append((language, len(rows), size))
        self._kept.clear()
        if self._excluded:
            for rows in split_by_bytes(self._dropped, self.row_group_bytes):
                self._excluded.write_table(table_of(rows, EXCLUDED_SCHEMA))
            self._dropped.clear()
        self._buffered = 0


LENGTH = documents.COLUMNS.index("length_bytes")


def table_of(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    """Rows as an Arrow table; every row has one value per column of the schema."""
    columns = zip(*rows, strict=True)
    return pa.Table.from_arrays(
        [pa.array(column, kind.type) for column, kind in zip(columns, schema, strict=True)], schema=schema
    )


def split_by_bytes(rows: list[tuple[Any, ...]], limit: int) -> list[list[tuple[Any, ...]]]:
    """Cut rows into runs of at most `limit` content bytes; a larger single row stands alone."""
    runs: list[list[tuple[Any, ...]]] = []
    size = limit
    for row in rows:
        if size + row[LENGTH] > limit:
            runs.append([])
            size = 0
        runs[-1].append(row)
        size += row[LENGTH]
    return runs
