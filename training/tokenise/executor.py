"""Runs the tasks in processes of this machine, under datatrove's local executor.

    TokenExecutor(blocks, tasks=40, workers=2, logging_dir=..., done=...).run(on_progress) -> failures

datatrove runs a task (`_run_for_rank`: chain the blocks, log, save statistics); here it is decided which
tasks are left, by the folders that were committed, and who runs them: datatrove's own pool waits for ever for
a worker that was killed. A worker whose parent is gone ends itself. Processes, not threads, because Python
code runs between two texts. Importing this module imports datatrove: import it inside functions.
"""

import os
import pickle
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from typing import Any

from datatrove.executor.local import LocalPipelineExecutor
from datatrove.utils.logging import logger

from curation.errors import BrokenRunError

POLL_SECONDS = 0.25
"""Between two looks at how far the tasks are."""
FIGURES = 3
"""Numbers that a task tells: documents, bytes, tokens."""


class TokenExecutor(LocalPipelineExecutor):  # type: ignore[misc]  # datatrove ships no types
    """datatrove's local executor, with committed folders as marks and workers that may die."""

    def __init__(
        self, pipeline: list[Any], *, tasks: int, workers: int, logging_dir: Path, done: Callable[[int], bool]
    ) -> None:
        """Prepare to run tasks.

        Args:
            pipeline: The blocks; every task gets a fresh copy.
            tasks: How many tasks there are.
            workers: Processes that run them, at least 1.
            logging_dir: Where datatrove's logs and statistics of each task go.
            done: Whether a task was committed already.
        """
        super().__init__(pipeline, tasks=tasks, workers=workers, logging_dir=str(logging_dir))
        self.done = done

    def is_rank_completed(self, rank: int) -> bool:
        """Whether the task was committed; datatrove's empty marker files are not used."""
        return self.done(rank)

    def mark_rank_as_completed(self, rank: int) -> None:
        """Nothing: the committed folder is the mark."""

    def run(self, on_progress: Callable[[Sequence[int]], None]) -> dict[int, BaseException]:
        """Run every task that is not done.

        Args:
            on_progress: Called now and then with documents, bytes and tokens of each task, one after the
                other.

        Returns:
            What went wrong, by task; a task that fails does not stop the others.

        Raises:
            BrokenRunError: If a process was killed.
        """
        waiting = [rank for rank in range(self.tasks) if not self.done(rank)]
        if not waiting:
            return {}
        context = get_context("forkserver")
        context.set_forkserver_preload(["training.tokenise.blocks"])
        board = context.RawArray("q", FIGURES * self.tasks)
        begin = (pickle.dumps(self), board, list(sys.path))
        workers = min(self.workers, len(waiting))
        pool = ProcessPoolExecutor(workers, context, initializer=_begin, initargs=begin)
        try:
            futures = {pool.submit(_work, rank): rank for rank in waiting}
            pending: set[Future[None]] = set(futures)
            while pending:
                _, pending = wait(pending, POLL_SECONDS)
                on_progress(board)
        finally:
            pool.shutdown(cancel_futures=True)
        errors = {rank: error for future, rank in futures.items() if (error := future.exception())}
        if any(isinstance(error, BrokenProcessPool) for error in errors.values()):
            raise BrokenRunError(
                f"a process that tokenises was killed, {len(errors)} of {self.tasks} shards are left; the "
                "system does so when memory runs out: set corpus.workers lower and run the same again"
            )
        return errors


def _begin(payload: bytes, board: Any, path: list[str]) -> None:
    """Prepare a worker."""
    sys.path[:] = path
    threading.Thread(target=_end_with_parent, daemon=True).start()
    logger.remove()
    _STATE.update(payload=payload, board=board)


_STATE: dict[str, Any] = {}
"""What this process was given when it began."""


def _work(rank: int) -> None:
    """Run one task."""
    board = _STATE["board"]

    def tell(*figures: int) -> None:
        board[FIGURES * rank : FIGURES * (rank + 1)] = figures

    executor: TokenExecutor = pickle.loads(_STATE["payload"])  # noqa: S301  # our own bytes, from our parent
    executor.pipeline[-1].on_progress = tell
    executor._run_for_rank(rank, local_rank=1)  # noqa: SLF001  # our base class's


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)
