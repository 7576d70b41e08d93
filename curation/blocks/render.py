"""The blocks of the render pass: finished shards -> the texts that a model is trained on.

    data/python/...parquet (content, parts, ...)  ->  train/python/...parquet (text)

`ReadShard` reads one shard, or the files of whole repositories out of all shards of code (after `Scatter`
has split these by repository, where they do not come in a row). `Sample` draws how often a document is used.
`Render` and `RenderRepositories` put it into the layout of a model family, and `WriteTrain` writes and
commits. What is drawn depends on the document alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from datatrove.data import Document
from datatrove.pipeline.base import PipelineStep

from curation import grouping
from curation.blocks.progress import OnProgress, unheard
from curation.document import split_id
from curation.grouping import gather, scatter
from curation.layout import Train, train_name
from curation.ledger import SCHEMA as LEDGER_SCHEMA
from curation.ledger import Counts, Ledger
from curation.mix import REPOSITORIES, MixSettings, copies
from curation.render.item import Item, RefusedFile, Rendered
from curation.render.layouts import render
from curation.render.repositories import render_repository
from curation.render.settings import RenderSettings
from curation.repositories import RepoFile, order
from curation.shards import ParquetFile
from curation.sources.base import Problem
from curation.store import table_of
from curation.tasks import TaskFolder

Documents = Iterator[Document]
STAGE, SCATTER = "render", "scatter"
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("text", pa.string()),
        ("kind", pa.string()),
        ("language", pa.string()),
        ("repo_name", pa.string()),
        ("documents", pa.int64()),
        ("copies", pa.int64()),
        ("length_bytes", pa.int64()),
    ]
)
"""Columns of what a model is trained on; `copies` is how many times the mix wants the text to be seen."""
COLUMNS = ("id", "content", "kind", "language", "repo_name", "path", "stars", "parts", "length_bytes")
"""What is read of a shard."""


class ReadShard(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """The documents of the shards that a task is made of, in order."""

    name, type = "📖 shards", "📖 - READER"

    def __init__(self, run: Path, tasks: Sequence[Train], ledger: Ledger) -> None:
        super().__init__()
        self.run_folder = run
        self.tasks = tasks
        self.ledger = ledger
        self.on_progress: OnProgress = unheard

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Documents:
        """Yield the documents, sorted by repository where the task is to make these whole."""
        task = self.tasks[rank]
        if task.partition is not None:
            found = _gathered(self.run_folder, task)
        elif task.units is not None:
            rows = _rows(self.run_folder, task)
            found = iter(sorted(rows, key=lambda doc: (doc.metadata["repo_name"], split_id(doc.id))))
        else:
            found = _rows(self.run_folder, task)
        for doc in found:
            self.ledger.read(doc.id, doc.metadata["kind"], doc.metadata["length_bytes"])
            self.on_progress(self.ledger.counts.read, self.ledger.counts.bytes_read)
            yield doc


def _gathered(run: Path, task: Train) -> Documents:
    """The documents of a partition, by repository."""
    assert task.partition is not None
    folders = [run / SCATTER / Path(name).stem for name in task.files]
    for _, items in gather(folders, task.partition, scratch=run / SCATTER):
        for item in items:
            row = orjson.loads(item.payload)
            yield Document(row.pop("content"), row.pop("id"), metadata=row)


class Scatter(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """The code of one shard, split by repository: for sources whose repositories do not come in a row."""

    name, type = "🗂 scatter", "📖 - READER"

    def __init__(self, run: Path, shards: Sequence[str], partitions: int) -> None:
        super().__init__()
        self.run_folder = run
        self.shards = shards
        self.partitions = partitions

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Documents:
        """Write the items of shard number `rank`; yields no document."""
        name = self.shards[rank]
        counts = Counts()
        with TaskFolder(self.run_folder / SCATTER, Path(name).stem) as task:
            files = scatter(self._items(name, counts), task.folder, self.partitions)
            counts.check(name)
            task.commit({"counts": counts.as_json()}, files)
        yield from ()

    def _items(self, name: str, counts: Counts) -> Iterator[grouping.Item]:
        for doc in _rows(self.run_folder, Train("", (name,), 0)):
            counts.read += 1
            counts.kept += 1
            key = doc.metadata["repo_name"] or doc.id
            row = {**doc.metadata, "id": doc.id, "content": doc.text}
            yield grouping.Item(key, grouping.order_of(*split_id(doc.id)), orjson.dumps(row))


def _rows(run: Path, task: Train) -> Documents:
    """The documents of a task, of whole shards or of a range of units in them."""
    for name in task.files:
        folder = Path(name).parent.name
        with pq.ParquetFile(run / name) as file:
            for group in range(file.num_row_groups):
                if task.units is None or _may_hold(file.metadata.row_group(group), task.units):
                    for row in file.read_row_group(group, columns=list(COLUMNS)).to_pylist():
                        if task.units is None or task.units[0] <= split_id(row["id"])[0] < task.units[1]:
                            yield Document(
                                row.pop("content"), row.pop("id"), metadata=row | {"folder": folder}
                            )


def _may_hold(group: Any, units: Sequence[int]) -> bool:
    """Whether a row group may hold documents of a range of units, by the smallest and largest id in it."""
    statistics = group.column(0).statistics
    if statistics is None or not statistics.has_min_max or len(statistics.min) != len(statistics.max):
        return True  # ids of different lengths, from a million units on, do not sort as their units do
    first, last = split_id(statistics.min)[0], split_id(statistics.max)[0]
    return first < units[1] and units[0] <= last


class Sample(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """How often is it to be seen? Sets `copies`; drops what is not drawn at all."""

    name, type = "🎲 mix", "🔻 - FILTER"

    def __init__(self, settings: MixSettings, epochs: Mapping[str, float], ledger: Ledger) -> None:
        super().__init__()
        self.settings = settings
        self.epochs = epochs
        self.ledger = ledger

    def run(self, data: Documents, rank: int = 0, world_size: int = 1) -> Documents:
        """Pass on what is drawn at least once."""
        for doc in data:
            epochs = self.epochs.get(doc.metadata["folder"], 1.0)
            drawn = copies(doc.id, epochs, self.settings.seed)
            if drawn:
                doc.metadata["copies"] = drawn
                yield doc
            else:
                self.ledger.drop(doc.id, STAGE, "not_drawn", value=0, threshold=epochs)


class Render(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Every document in its layout, each a text of its own; passes on repositories as they are."""

    name, type = "🧾 render", "✂️ - EDITOR"

    def __init__(self, tasks: Sequence[Train], settings: RenderSettings, ledger: Ledger) -> None:
        super().__init__()
        self.tasks = tasks
        self.settings = settings
        self.ledger = ledger

    def run(self, data: Documents, rank: int = 0, world_size: int = 1) -> Documents:
        """Pass on what has a layout."""
        if self.tasks[rank].whole:
            yield from data
            return
        for doc in data:
            made = render(item_of(doc), self.settings)
            if isinstance(made, Problem):
                drop(self.ledger, doc.id, made)
            else:
                yield text_of(made, self.ledger, doc.metadata)


class RenderRepositories(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """The files of a repository in one text, or in several where it is large; passes on other tasks."""

    name, type = "🧾 repositories", "✂️ - EDITOR"

    def __init__(
        self,
        tasks: Sequence[Train],
        settings: RenderSettings,
        mix: MixSettings,
        epochs: Mapping[str, float],
        ledger: Ledger,
    ) -> None:
        super().__init__()
        self.tasks = tasks
        self.settings = settings
        self.mix = mix
        self.epochs = epochs.get(REPOSITORIES, 1.0)
        self.ledger = ledger

    def run(self, data: Documents, rank: int = 0, world_size: int = 1) -> Documents:
        """Pass on the texts; the files come sorted by repository. A file of none is one by itself."""
        if not self.tasks[rank].whole:
            yield from data
            return
        for _, found in groupby(data, key=lambda doc: doc.metadata["repo_name"] or doc.id):
            files = list(found)
            repository = files[0].metadata["repo_name"]
            drawn = copies(repository or files[0].id, self.epochs, self.mix.seed)
            if not drawn:
                for doc in files:
                    self.ledger.drop(doc.id, STAGE, "not_drawn", value=0, threshold=self.epochs)
                continue
            yield from self._render(repository, self._in_order(repository, files), drawn)

    def _in_order(self, repository: str, files: list[Document]) -> list[Document]:
        known = [RepoFile(doc.metadata["path"], doc.metadata["language"], doc.text) for doc in files]
        places = order(
            known,
            self.settings.order,
            seed=self.settings.seed,
            repository=repository,
            documents_first=self.settings.documents_first,
        )
        return [files[place] for place in places]

    def _render(self, repository: str, files: list[Document], drawn: int) -> Documents:
        facts = {"kind": "code", "language": "", "repo_name": repository, "copies": drawn}
        items = map(item_of, files)
        for made in render_repository(repository, items, self.settings, repository or files[0].id):
            if isinstance(made, RefusedFile):
                drop(self.ledger, made.id, made.problem)
            else:
                yield text_of(made, self.ledger, facts)


class WriteTrain(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Write the texts of a task in bounded row groups, then commit them with the ledger."""

    name, type = "💾 train", "💽 - WRITER"

    def __init__(self, run: Path, tasks: Sequence[Train], ledger: Ledger, row_group_bytes: int) -> None:
        super().__init__()
        self.run_folder = run
        self.tasks = tasks
        self.ledger = ledger
        self.row_group_bytes = row_group_bytes

    def run(self, data: Documents, rank: int = 0, world_size: int = 1) -> Documents:
        """Consume every text; yields none."""
        target = self.tasks[rank]
        path = self.run_folder / target.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with TaskFolder(self.run_folder / "render", train_name(rank)) as task:
            with ParquetFile(path, SCHEMA) as out:
                for rows in self._groups(data):
                    out.write_table(table_of(rows, SCHEMA))
                self.ledger.counts.check(target.path)
            with ParquetFile(task.folder / "rendered.parquet", LEDGER_SCHEMA) as ledger:
                ledger.write_table(self.ledger.take())
            assert out.record is not None
            assert ledger.record is not None
            record = {
                "counts": self.ledger.counts.as_json(),
                "shard": out.record.as_json(),
                "path": target.path,
                "language": path.parent.name,
            }
            task.commit(record, [ledger.record])
        yield from ()

    def _groups(self, data: Documents) -> Iterator[list[tuple[Any, ...]]]:
        """Rows in runs of at most `row_group_bytes` of text."""
        rows: list[tuple[Any, ...]] = []
        size = 0
        for doc in data:
            length = len(doc.text.encode())
            if rows and size + length > self.row_group_bytes:
                yield rows
                rows, size = [], 0
            rows.append(self._row(doc, length))
            size += length
        if rows:
            yield rows

    def _row(self, doc: Document, length: int) -> tuple[Any, ...]:
        """The row of a text, after recording that its documents are kept."""
        metadata = doc.metadata
        for member in metadata["members"]:
            self.ledger.keep(member, STAGE)
        self.ledger.counts.bytes_kept += length
        facts = (metadata["kind"], metadata["language"], metadata["repo_name"])
        return (doc.id, doc.text, *facts, len(metadata["members"]), metadata["copies"], length)


def item_of(doc: Document) -> Item:
    """What a layout needs of a document."""
    metadata = doc.metadata
    return Item(
        id=doc.id,
        kind=metadata["kind"],
        language=metadata["language"],
        repo_name=metadata["repo_name"],
        path=metadata["path"],
        stars=metadata["stars"],
        content=doc.text,
        parts=metadata["parts"],
    )


def text_of(made: Rendered, ledger: Ledger, facts: Mapping[str, Any]) -> Document:
    """A text to write, named after the first document in it, after recording what was edited for it."""
    for change in made.changes:
        ledger.change(made.ids[0], STAGE, change)
    return Document(made.text, made.ids[0], metadata={**facts, "members": made.ids})


def drop(ledger: Ledger, document: str, problem: Problem) -> None:
    """Record that a document has no text."""
    ledger.drop(document, STAGE, problem.reason, value=problem.value, threshold=problem.limit)
