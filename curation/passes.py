"""The passes of a run, one after the other: which tasks each has, and the books that it leaves.

    passes = Passes(config, folder, manifest, pool, listen)
    passes.clean(); passes.deduplicate(); ...; passes.finish()

Every pass takes its tasks from the manifest or from what the pass before it recorded, never from a
listing, leaves one committed folder per task, and ends with a check that what was read is what was kept
plus what was dropped. Tasks that are done are not done again.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from curation import manifest as manifests
from curation import pipeline, tasks
from curation.blocks.near import NearRun
from curation.blocks.render import SCATTER
from curation.card import write_card
from curation.config import Config
from curation.dedup.exact import parts
from curation.dedup.index import open_index
from curation.dedup.signatures import plan_near
from curation.errors import BrokenRunError
from curation.executors import Event, LocalExecutor, Pool
from curation.layout import (
    Shard,
    Train,
    block_name,
    cluster_name,
    group_folder,
    match_name,
    part_name,
    plan_shards,
    shard_name,
    train_name,
    unit_name,
)
from curation.ledger import Counts
from curation.mix import REPOSITORIES, plan_mix
from curation.shards import sha256_of, write_atomically
from curation.sources import github_events
from curation.trains import code_of, in_a_row, partitions_of, plan_trains, sizes_of

SHARDS, TRAINS = "shards.json", "train.json"
ORIGINALS = "documents"
"""Role and stem of the files that hold texts as they were read."""
ITEMS = "items"
"""Role of what a source's inputs were split into, which is deleted when the run is complete."""
MAX_SHOWN = 5
"""Failed tasks that a message lists before it only counts."""


@dataclass(frozen=True, slots=True)
class Started:
    """A pass begins; `size` is its expected bytes."""

    name: str
    tasks: int
    done: int
    size: int


Listener = Callable[[str, Started | Event], None]
"""Called with the name of the pass and what happened."""


class Passes:
    """A run under way: its settings, its folder and its manifest."""

    def __init__(
        self, config: Config, folder: Path, manifest: dict[str, Any], pool: Pool, listen: Listener
    ) -> None:
        self.config = config
        self.pool = pool
        self.folder = folder
        self.manifest = manifest
        self.listen = listen
        self.units = manifests.open_units(folder / manifests.UNITS, config.sources)
        self.index = open_index(config.dedup.index, config.dedup.near)
        self.done: dict[str, list[str]] = {}

    def run(self) -> None:
        """All of them, in order.

        Raises:
            BrokenRunError: If tasks fail or counts do not add up.
        """
        for index, source in enumerate(self.config.sources):
            if isinstance(source, github_events.Settings):
                self.group(index, source)
        self.clean()
        self.deduplicate()
        if self.config.dedup.near.enabled:
            self.deduplicate_near()
        self.finish()
        if self.config.render.enabled:
            self.render()
        self._complete()

    def group(self, number: int, source: github_events.Settings) -> None:
        """Every input of a source -> its events by what they belong to."""
        name = group_folder(number)
        path = self.folder / f"{name}.jsonl"
        if not path.is_file():
            manifests.write_units(path, ((number, unit) for unit in github_events.inputs(source)))
        units = manifests.open_units(path, self.config.sources)
        names = [github_events.task_name(task) for task in range(len(units))]
        size = sum(units(task)[0].size for task in range(len(units)))
        records = self._run(name, pipeline.group(units, self.folder), names, size)
        self._book(name, _total(record["counts"] for record in records))

    def clean(self) -> None:
        """Every unit -> kept documents, signals, ledger, keys."""
        blocks = pipeline.clean(self.config, self.units, self.folder)
        records = self._run("clean", blocks, self._unit_names(), self.manifest["bytes"])
        self._book("clean", _total(record["counts"] for record in records))

    def deduplicate(self) -> None:
        """Every range of content hashes -> decisions."""
        kept = self.manifest["passes"]["clean"]["kept"]
        blocks = pipeline.deduplicate(self.config, len(self.units), self.folder, self.index)
        names = [part_name(part) for part in range(self._exact_parts())]
        records = self._run("deduplicate", blocks, names, 0)
        self._book("deduplicate", _total(record["counts"] for record in records), expected=kept)

    def deduplicate_near(self) -> None:
        """Signatures, candidates, verified pairs, clusters; each pass reads the files of the one before."""
        near, batches = self._sign()
        found = self._match(near)
        found |= self._verify(near, batches)
        exact_parts = self._exact_parts() if self.config.dedup.exact.enabled else 0
        clustered = self._run("cluster", pipeline.cluster(near, exact_parts), [cluster_name(0)], 0)
        own = sum(near.documents) - near.indexed
        self._book("cluster", _total(r["counts"] for r in clustered), expected=own, after="sign")
        self.manifest["near"] = found

    def _sign(self) -> tuple[NearRun, list[Sequence[int]]]:
        """What near-dedup works on, and where the batches of each unit's documents begin."""
        passes, settings, units = self.manifest["passes"], self.config.dedup.near, len(self.units)
        near = NearRun(
            self.folder, settings, units, index=self.index, index_first=self.config.dedup.index_first
        )
        kept = passes["deduplicate"]["kept"]
        split = plan_near(kept + near.indexed, settings.banding[0])
        exact_parts = self._exact_parts() if self.config.dedup.exact.enabled else 0
        skipped = frozenset(n for n in range(units) if self.units.source_of(n) in settings.skip_sources)
        blocks = pipeline.sign(near, split.partitions, exact_parts, skipped)
        signed = self._run("sign", blocks, self._unit_names(), passes["clean"]["bytes_kept"])
        self._book("sign", _total(r["counts"] for r in signed), expected=kept, after="deduplicate")
        documents = (*self.index.documents, *(record["documents"] for record in signed))
        batches = [*self.index.batches, *(record["batches"] for record in signed)]
        return replace(near, documents=documents, plan=split), batches

    def _match(self, near: NearRun) -> dict[str, int]:
        names = [match_name(task) for task in range(near.split.match_tasks)]
        records = self._run("match", pipeline.match(near), names, 0)
        return {key: sum(record[key] for record in records) for key in ("large_runs", "in_large_runs")}

    def _verify(self, near: NearRun, batches: list[Sequence[int]]) -> dict[str, int]:
        """Estimate all candidate pairs, and compare exactly those that the estimate leaves open."""
        blocks = [block_name(block) for block in range(len(near.split.blocks))]
        pairs = [
            f"match/{name}/{file['name']}"
            for name in self.done["match"]
            for file in self._record("match", name)["files"]
        ]
        judged = self._run("estimate", pipeline.estimate(near, pairs), blocks, 0)
        names = [unit_name(unit) for unit in range(self.index.units + len(self.units))]
        self._run("shingle", pipeline.shingle(near, batches), names, 0)
        compared = self._run("compare", pipeline.compare(near), blocks, 0)
        return {
            "candidate_pairs": sum(record["pairs"] for record in judged),
            "accepted_by_estimate": sum(record["accepted"] for record in judged),
            "compared_exactly": sum(record["compared"] for record in compared),
            "accepted_exactly": sum(record["accepted"] for record in compared),
        }

    def finish(self) -> None:
        """Every shard -> without duplicates, redacted, under its final name."""
        shards = self._shards()
        kept = self.manifest["passes"]["clean"]["kept"]
        blocks = pipeline.finish(self.config, shards, self._exact_parts(), self.folder, self.index)
        names = [shard_name(shard.number) for shard in shards]
        records = self._run("finish", blocks, names, sum(shard.size for shard in shards))
        counts = _total(record["counts"] for record in records)
        self._book("finish", counts, expected=kept)
        self._check_dropped(counts)

    def render(self) -> None:
        """Every shard, or range of repositories -> the texts that a model is trained on."""
        finished = self._records("finish")
        by_repository = self.config.render.by_repository
        if by_repository and not in_a_row(self.config):
            self._scatter(finished)
        mixed = plan_mix(sizes_of(finished), self.config.mix, by_repository=by_repository)
        epochs = {row.name: row.document_epochs for row in mixed}
        epochs[REPOSITORIES] = self.config.mix.wanted(REPOSITORIES)
        planned = self._trains(finished)
        blocks = pipeline.render(self.config, planned, epochs, self.folder)
        names = [train_name(number) for number in range(len(planned))]
        records = self._run("render", blocks, names, sum(task.size for task in planned))
        expected = self.manifest["passes"]["finish"]["kept"]
        counts = _total(record["counts"] for record in records)
        self._book("render", counts, expected=expected, after="finish")
        self.manifest["mix"] = [row._asdict() for row in mixed]

    def _scatter(self, finished: list[dict[str, Any]]) -> None:
        """Every shard of code -> its files by repository."""
        code = code_of(finished)
        blocks = pipeline.scatter(code, partitions_of(self.config, finished), self.folder)
        names = [Path(name).stem for name in code]
        records = self._run(SCATTER, blocks, names, sum(each["counts"]["bytes_kept"] for each in finished))
        self._book(SCATTER, _total(record["counts"] for record in records))

    def _trains(self, finished: list[dict[str, Any]]) -> list[Train]:
        """The files of texts to train on, fixed on disk before the first is written."""
        path = self.folder / TRAINS
        if not path.is_file():
            planned = plan_trains(self.config, finished, self._records("clean"))
            write_atomically(path, orjson.dumps([asdict(task) for task in planned]))
        return [Train(**values) for values in orjson.loads(path.read_bytes())]

    def _records(self, name: str) -> list[dict[str, Any]]:
        return [self._record(name, task) for task in self.done[name]]

    def _complete(self) -> None:
        """Write down what there is now, and that this is all."""
        kept = self.config.pii.keep_originals
        gone = {ITEMS} if kept else {ITEMS, ORIGINALS}
        self.manifest["files"] = [file for file in self._files() if file["role"] not in gone]
        write_card(self.folder, self.manifest)
        self._save("complete")

    def _unit_names(self) -> list[str]:
        return [unit_name(unit) for unit in range(len(self.units))]

    def _exact_parts(self) -> int:
        """Parts of exact dedup."""
        return parts(self.manifest["passes"]["clean"]["kept"] + self.index.keys)

    def _check_dropped(self, counts: Counts) -> None:
        """Whether the shards lack exactly the documents that dedup has decided to drop.

        Raises:
            BrokenRunError: If not.
        """
        decided = Counter(self.manifest["passes"]["deduplicate"]["dropped"])
        near = self.config.dedup.near
        if near.enabled and near.drop:
            decided += Counter(self.manifest["passes"]["cluster"]["dropped"])
        later = ("pii/", "decontaminate/")
        dropped = {reason: n for reason, n in counts.dropped.items() if not reason.startswith(later)}
        if +decided != +Counter(dropped):
            raise BrokenRunError(
                f"finish: dedup decided to drop {dict(decided)}, but {dropped} were dropped. "
                "This is a defect of the tool."
            )

    def _shards(self) -> list[Shard]:
        """The shards of the run, fixed on disk before the first is written."""
        path = self.folder / SHARDS
        if not path.is_file():
            records = (self._record("clean", unit_name(unit)) for unit in range(len(self.units)))
            planned = plan_shards((r["row_groups"] for r in records), self.config.shards.shard_bytes)
            write_atomically(path, orjson.dumps([asdict(shard) for shard in planned]))
        return [Shard(**values) for values in orjson.loads(path.read_bytes())]

    def _run(self, name: str, blocks: pipeline.Pipeline, names: list[str], size: int) -> list[dict[str, Any]]:
        """Run the tasks of a pass that are not done, and return the records of all.

        Raises:
            BrokenRunError: If tasks fail.
        """
        parent = self.folder / name
        parent.mkdir(exist_ok=True)
        tasks.remove_pending(parent)
        for task in names:
            self._discard_if_damaged(parent / task)
        done = partial(_is_done, parent, tuple(names))
        started = Started(name, len(names), sum(map(done, range(len(names)))), size)
        self.listen(name, started)
        executor = LocalExecutor(
            blocks,
            tasks=len(names),
            workers=self.config.workers,
            logging_dir=self.folder / "logs" / name,
            done=done,
            stall_seconds=self.config.stall_seconds,
            pool=self.pool,
        )
        failures = executor.run(partial(self.listen, name))
        if failures:
            shown = "".join(f"\n  {names[f.task]}: {f.error}" for f in failures[:MAX_SHOWN])
            raise BrokenRunError(
                f"{name}: {len(failures)} of {len(names)} tasks failed:{shown}\n"
                f"the finished tasks are kept; mend the cause and run the same command again"
            )
        self.done[name] = names
        return [self._record(name, task) for task in names]

    def _discard_if_damaged(self, folder: Path) -> None:
        if not folder.exists():
            return
        if not tasks.is_done(folder) or tasks.damage(folder) or self._shard_is_damaged(folder):
            shutil.rmtree(folder)

    def _shard_is_damaged(self, folder: Path) -> bool:
        record = tasks.read_record(folder)
        if "shard" not in record:
            return False
        path = self.folder / record["path"]
        return not path.is_file() or sha256_of(path) != record["shard"]["sha256"]

    def _record(self, name: str, task: str) -> dict[str, Any]:
        return tasks.read_record(self.folder / name / task)

    def _book(self, name: str, counts: Counts, expected: int | None = None, after: str = "clean") -> None:
        """Check a pass's counts and enter them in the manifest.

        Raises:
            BrokenRunError: If they do not add up, or other documents were read than the pass before kept.
        """
        counts.check(name)
        if expected is not None and counts.read != expected:
            raise BrokenRunError(
                f"{name}: {counts.read} documents were read, but the {after} pass kept {expected}"
            )
        self.manifest["passes"][name] = counts.as_json()
        self._save(name)

    def _save(self, state: str) -> None:
        self.manifest["state"] = state
        if state != "complete":
            self.manifest["files"] = self._files()
        manifests.save(self.folder, self.manifest)

    def _files(self) -> list[dict[str, Any]]:
        """Every file that the finished tasks have left, with its role, sorted by path."""
        found = (
            file for name, names in self.done.items() for task in names for file in self._left(name, task)
        )
        return sorted(found, key=lambda file: str(file["path"]))

    def _left(self, name: str, task: str) -> Iterator[dict[str, Any]]:
        """The files of one task: those in its folder, and the shard that it has written."""
        record = self._record(name, task)
        for file in record["files"]:
            path = f"{name}/{task}/{file['name']}"
            role = ITEMS if path.endswith(".arrow") else Path(file["name"]).stem
            yield {**file, "name": Path(path).name, "path": path, "role": role, "language": None}
        if "shard" in record:
            role = "train" if name == "render" else "shard"
            yield {**record["shard"], "path": record["path"], "role": role, "language": record["language"]}


def _repositories_path(number: int, of: int) -> str:
    return f"train/repositories/repositories-{number:05d}-of-{of:05d}.parquet"


def _is_done(parent: Path, names: tuple[str, ...], task: int) -> bool:
    return tasks.is_done(parent / names[task])


def _total(counts: Iterable[dict[str, Any]]) -> Counts:
    total = Counts()
    for values in counts:
        total.add(Counts.from_json(values))
    return total
