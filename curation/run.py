"""A run from its configuration to its shards: plan the units, run the passes, keep the books.

    run(config).folder -> the folder with data/, manifest.json and the ledger

Units and inputs are fixed in the manifest before anything is read. Every pass takes its tasks from the
manifest, never from a listing, leaves one committed folder per task, and ends with a check that what was
read is what was kept plus what was dropped. A run that was killed goes on where it was; one whose
settings, inputs, units or versions have changed is refused.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from curation import manifest as manifests
from curation import pipeline, tasks
from curation.card import write_card
from curation.config import Config
from curation.dedup.exact import parts
from curation.errors import BrokenRunError
from curation.executors import Event, LocalExecutor
from curation.layout import Shard, part_name, plan_shards, shard_name, unit_name
from curation.ledger import Counts
from curation.shards import sha256_of, write_atomically
from curation.workspace import beside, locked, make_plan, open_run

SHARDS = "shards.json"
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


def run(config: Config, *, force_new: bool = False, listen: Listener = lambda *_: None) -> Path:
    """Run, or go on with, a whole curation run.

    Args:
        config: What to do.
        force_new: If the output folder holds another run, start beside it in folder-2, folder-3, ...
        listen: Told about every pass, task and progress.

    Returns:
        The folder of the run.

    Raises:
        CurationError: BadInputError if an input cannot be read or the output folder holds something else;
            ChangedRunError if it holds a run that differs from this one; BrokenRunError if tasks fail or
            counts do not add up (what is finished is kept for the next try).
    """
    planned = make_plan(config)
    folder = beside(config.output) if force_new else config.output
    with locked(folder):
        manifest = open_run(folder, planned)
        if manifest["state"] == "complete" and not _repair(folder, manifest):
            return folder
        state = _State(planned.config, folder, manifest, listen)
        state.clean()
        state.deduplicate()
        state.finish()
    return folder


def _repair(folder: Path, manifest: dict[str, Any]) -> bool:
    """Whether a complete run lacks or has damaged files, whose tasks must be done again."""
    for file in manifest["files"]:
        path = folder / file["path"]
        if not path.is_file() or path.stat().st_size != file["bytes"] or sha256_of(path) != file["sha256"]:
            return True
    return False


class _State:
    """A run under way: its settings, its folder and its manifest."""

    def __init__(self, config: Config, folder: Path, manifest: dict[str, Any], listen: Listener) -> None:
        self.config = config
        self.folder = folder
        self.manifest = manifest
        self.listen = listen
        self.units = manifests.open_units(folder / manifests.UNITS, config.sources)
        self.done: dict[str, list[str]] = {}

    def clean(self) -> None:
        """Every unit -> kept documents, signals, ledger, keys."""
        blocks = pipeline.clean(self.config, self.units, self.folder)
        names = [unit_name(unit) for unit in range(len(self.units))]
        records = self._run("clean", blocks, names, self.manifest["bytes"])
        self._book("clean", _total(record["counts"] for record in records))

    def deduplicate(self) -> None:
        """Every range of content hashes -> decisions."""
        kept = self.manifest["passes"]["clean"]["kept"]
        blocks = pipeline.deduplicate(self.config, len(self.units), self.folder)
        names = [part_name(part) for part in range(parts(kept))]
        records = self._run("deduplicate", blocks, names, 0)
        self._book("deduplicate", _total(record["counts"] for record in records), expected=kept)

    def finish(self) -> None:
        """Every shard -> without duplicates, under its final name."""
        shards = self._shards()
        kept = self.manifest["passes"]["clean"]["kept"]
        blocks = pipeline.finish(self.config, shards, parts(kept), self.folder)
        names = [shard_name(shard.number) for shard in shards]
        records = self._run("finish", blocks, names, sum(shard.size for shard in shards))
        self._book("finish", _total(record["counts"] for record in records), expected=kept)
        self.manifest["files"] = sorted(self._files(shards, records), key=lambda file: str(file["path"]))
        write_card(self.folder, self.manifest)
        self._save("complete")

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
        shard, path = record["shard"], self.folder / "data" / record["language"] / record["shard"]["name"]
        return not path.is_file() or sha256_of(path) != shard["sha256"]

    def _record(self, name: str, task: str) -> dict[str, Any]:
        return tasks.read_record(self.folder / name / task)

    def _book(self, name: str, counts: Counts, expected: int | None = None) -> None:
        """Check a pass's counts and enter them in the manifest.

        Raises:
            BrokenRunError: If they do not add up, or other documents were read than the pass before kept.
        """
        counts.check(name)
        if expected is not None and counts.read != expected:
            raise BrokenRunError(
                f"{name}: {counts.read} documents were read, but the clean pass kept {expected}"
            )
        self.manifest["passes"][name] = counts.as_json()
        self._save(name)

    def _save(self, state: str) -> None:
        self.manifest["state"] = state
        if state != "complete":
            self.manifest["files"] = sorted(self._files([], []), key=lambda file: str(file["path"]))
        manifests.save(self.folder, self.manifest)

    def _files(self, shards: list[Shard], records: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Every file that the finished tasks have left, with its role."""
        for name, names in self.done.items():
            for task in names:
                for file in self._record(name, task)["files"]:
                    path = f"{name}/{task}/{file['name']}"
                    role = Path(file["name"]).stem
                    yield {**file, "name": Path(path).name, "path": path, "role": role, "language": None}
        for shard, record in zip(shards, records, strict=True):
            path = f"data/{shard.language}/{shard.name}"
            yield {**record["shard"], "path": path, "role": "shard", "language": shard.language}


def _is_done(parent: Path, names: tuple[str, ...], task: int) -> bool:
    return tasks.is_done(parent / names[task])


def _total(counts: Iterable[dict[str, Any]]) -> Counts:
    total = Counts()
    for values in counts:
        total.add(Counts.from_json(values))
    return total
