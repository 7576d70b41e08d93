"""Tasks that fail in every way, for the executor of tokens; importable in its processes.

executor(folder, {2: "killed"}).run(...)   -> six tasks on two workers, the third of which kills its process
"""

import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from datatrove.pipeline.base import PipelineStep

from curation.errors import BadInputError
from training.tokenise.executor import TokenExecutor


class Act(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Does what its script says for the task, then marks it as done."""

    name, type = "act", "test"

    def __init__(self, folder: Path, script: dict[int, str]) -> None:
        super().__init__()
        self.folder = folder
        self.script = script
        self.state: list[int] = []
        self.on_progress: Any = None

    def run(self, data: Any = None, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """Act."""
        self.state.append(rank)
        self.on_progress(rank + 1, 10, 100)
        deed = self.script.get(rank, "")
        if deed == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if deed == "sleeps":
            (self.folder / "asleep").write_text(str(os.getpid()))
            time.sleep(3600)
        if deed == "bad input":
            raise BadInputError("shard 3 is cut off")
        (self.folder / f"done-{rank}").write_text(",".join(map(str, self.state)))
        yield from ()


def is_done(folder: Path, rank: int) -> bool:
    return (folder / f"done-{rank}").exists()


def executor(folder: Path, script: dict[int, str]) -> TokenExecutor:
    """Six tasks on two workers."""
    logs = folder / "logs"
    done = partial(is_done, folder)
    return TokenExecutor([Act(folder, script)], tasks=6, workers=2, logging_dir=logs, done=done)
