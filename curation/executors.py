"""Where the tasks of a pass run: here, on this machine's processes, under datatrove's local executor.

    LocalExecutor(pipeline, tasks=40, workers=2, done=..., logging_dir=...).run(on_event) -> list of failures

datatrove runs one task (`_run_for_rank`: chain the blocks, log, save statistics); this class decides who
runs it, because datatrove's own pool waits for ever for a worker that was killed, and takes its
completion markers on trust. Here a task is complete when its committed folder says so; a worker that
dies or falls silent fails its task and is replaced; a worker whose parent is gone ends itself. Each task
gets a fresh copy of the pipeline. Says nothing about what the blocks do.
"""

import os
import pickle
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
from datatrove.executor.local import LocalPipelineExecutor
from datatrove.utils.logging import logger

from curation.errors import CurationError

POLL_SECONDS = 0.5
"""How long the parent waits at most before it looks at the clocks of its workers."""
Block = Any
"""A datatrove PipelineStep; datatrove ships no types."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a task has read so far."""

    task: int
    documents: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Finished:
    """A task was committed, or failed with an error to show."""

    task: int
    error: str = ""


Event = Progress | Finished


class LocalExecutor(LocalPipelineExecutor):  # type: ignore[misc]  # datatrove ships no types
    """datatrove's local executor with workers that are watched."""

    def __init__(
        self,
        pipeline: list[Block],
        *,
        tasks: int,
        workers: int,
        logging_dir: Path,
        done: Callable[[int], bool],
        stall_seconds: float,
        pool: "Pool | None" = None,
    ) -> None:
        """Prepare to run `tasks` tasks.

        Args:
            pipeline: The blocks of the pass; pickled once, so that no task sees another's state.
            tasks: Number of tasks.
            workers: Processes that run them, at least 1.
            logging_dir: Where datatrove's logs and statistics of each task go.
            done: Whether a task was committed already.
            stall_seconds: A worker that reports nothing for so long is killed and its task fails.
            pool: Workers of an earlier pass to go on with; by default the executor has its own.
        """
        super().__init__(pipeline, tasks=tasks, workers=workers, logging_dir=str(logging_dir))
        self.done = done
        self.stall_seconds = stall_seconds
        self.pool = pool

    def is_rank_completed(self, rank: int) -> bool:
        """Whether the task was committed; datatrove's empty marker files are not used."""
        return self.done(rank)

    def mark_rank_as_completed(self, rank: int) -> None:
        """Nothing: the committed folder is the mark."""

    def run(self, on_event: Callable[[Event], None] = lambda _: None) -> list[Finished]:
        """Run every task that is not done; return the failed ones, with what went wrong.

        Tasks that fail do not stop the others; the caller decides what a failure means.
        """
        waiting = [rank for rank in range(self.tasks) if not self.done(rank)]
        if not waiting:
            return []
        shared, self.pool = self.pool, None  # processes cannot be pickled
        payload = pickle.dumps(self)
        failures: list[Finished] = []
        with nullcontext(shared) if shared else Pool(self.workers, self.stall_seconds) as pool:
            for event in pool.run(payload, waiting):
                on_event(event)
                if isinstance(event, Finished) and event.error:
                    failures.append(event)
        return sorted(failures, key=lambda failure: failure.task)

    def run_task(self, rank: int, on_progress: Callable[[int, int], None]) -> None:
        """Run one task in this process, reporting documents and bytes read."""
        self.pipeline[0].on_progress = on_progress
        self._run_for_rank(rank, local_rank=1)


@dataclass(slots=True)
class _Worker:
    process: Any
    channel: Any
    task: int | None = None
    payload: bytes = b""
    """What it runs tasks of; sent once."""
    heard: float = field(default_factory=time.monotonic)


class Pool:
    """Worker processes that are given one task at a time and are replaced when they die.

    A context manager that ends them; between passes they wait, because to start one takes a second.
    """

    def __init__(self, size: int, stall_seconds: float) -> None:
        """Prepare for at most `size` workers, which are started when there is work."""
        self.size = size
        self.stall_seconds = stall_seconds
        self.context = get_context("forkserver")
        self.context.set_forkserver_preload(["curation.blocks.clean", "curation.blocks.finish"])
        self.workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def run(self, payload: bytes, tasks: list[int]) -> Iterator[Event]:
        """Yield events until every task of the pickled executor has finished or failed."""
        waiting = list(reversed(tasks))
        running = 0
        while waiting or running:
            while len(self.workers) < min(self.size, len(waiting) + running):
                self.workers.append(self._start())
            for worker in self.workers:
                if worker.task is None and waiting:
                    worker.task = waiting.pop()
                    worker.heard = time.monotonic()
                    _send(worker, (b"" if worker.payload is payload else payload, worker.task))
                    worker.payload = payload
                    running += 1
            for event in self._events():
                running -= isinstance(event, Finished)
                yield event

    def _start(self) -> _Worker:
        ours, theirs = self.context.Pipe()
        process = self.context.Process(target=_work, args=(theirs, list(sys.path)), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _events(self) -> list[Event]:
        channels = {worker.channel: worker for worker in self.workers}
        sentinels = {worker.process.sentinel: worker for worker in self.workers}
        events: list[Event] = []
        ready = connection.wait([*channels, *sentinels], POLL_SECONDS)
        for channel in ready:
            if channel in channels:
                events.extend(self._receive(channels[channel]))
        for worker in list(self.workers):
            if not worker.process.is_alive():
                events.extend(self._receive(worker))
                events.extend(self._bury(worker, _last_words(worker.process.exitcode)))
            elif worker.task is not None and time.monotonic() - worker.heard > self.stall_seconds:
                worker.process.kill()
                worker.process.join()
                silence = f"the worker was silent for {self.stall_seconds:g} s and was killed"
                events.extend(self._bury(worker, silence))
        return events

    def _receive(self, worker: _Worker) -> list[Event]:
        events: list[Event] = []
        try:
            while worker.channel.poll():
                event = worker.channel.recv()
                worker.heard = time.monotonic()
                if isinstance(event, Finished):
                    worker.task = None
                events.append(event)
        except (EOFError, OSError):
            return events  # the worker is gone; `_events` sees its sentinel and says so
        return events

    def _bury(self, worker: _Worker, cause: str) -> list[Event]:
        self.workers.remove(worker)
        worker.channel.close()
        return [] if worker.task is None else [Finished(worker.task, cause)]

    def stop(self) -> None:
        """End all workers, at once if they do not listen."""
        for worker in self.workers:
            worker.process.kill() if worker.task is not None else _send(worker, None)
        for worker in self.workers:
            worker.process.join(5)
            worker.process.kill()
            worker.process.join()
            worker.channel.close()
        self.workers.clear()


def _send(worker: _Worker, order: tuple[bytes, int] | None) -> None:
    try:
        worker.channel.send(order)
    except (BrokenPipeError, ConnectionResetError):
        return  # it died before it was asked; `_events` sees its sentinel and says so


def _last_words(code: int | None) -> str:
    if code is not None and code < 0:
        hint = " (the system kills a process so when memory runs out)" if code == -9 else ""
        return f"the worker was killed by signal {-code}{hint}"
    return f"the worker ended with exit code {code}; the traceback is in the log of the task"


def _work(channel: Any, path: list[str]) -> None:
    """Run tasks as they are asked for, until told None or until the parent is gone."""
    sys.path[:] = path
    threading.Thread(target=_end_with_parent, daemon=True).start()
    logger.remove()
    payload = b""
    while (order := _next(channel)) is not None:
        if order[0]:  # a new pass: what the last one needed goes back to the system
            pa.default_memory_pool().release_unused()
        payload, task = order[0] or payload, order[1]
        executor: LocalExecutor = pickle.loads(payload)  # noqa: S301  # our own bytes, through a pipe
        try:
            executor.run_task(task, partial(_report, channel, task))
        except (CurationError, OSError, ValueError) as error:
            channel.send(Finished(task, f"{type(error).__name__}: {error}"))
        else:
            channel.send(Finished(task))


def _report(channel: Any, task: int, documents: int, size: int) -> None:
    channel.send(Progress(task, documents, size))


def _next(channel: Any) -> tuple[bytes, int] | None:
    """What to run: the pickled executor, or b"" for the same as before, and the task."""
    try:
        order: tuple[bytes, int] | None = channel.recv()
    except EOFError:
        return None
    return order


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)
