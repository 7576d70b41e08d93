"""Tasks run in watched processes: a dead or silent worker fails its task and nothing hangs."""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from datatrove.pipeline.base import PipelineStep

from curation import executors
from curation.errors import BadInputError
from curation.executors import Finished, LocalExecutor, Progress


class Act(PipelineStep):  # type: ignore[misc]  # datatrove ships no types
    """Does what its script says for the task, then marks the task as done."""

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
        self.on_progress(1, 10)
        deed = self.script.get(rank, "")
        if deed == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if deed == "exits":
            os._exit(7)
        if deed == "sleeps":
            time.sleep(3600)
        if deed == "bad input":
            raise BadInputError("shard 3 is truncated")
        if deed == "defect":
            raise ZeroDivisionError("a defect of the tool")
        (self.folder / f"done-{rank}").write_text(",".join(map(str, self.state)))
        yield from ()


class IsDone:
    """Whether a task has left its mark."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, rank: int) -> bool:
        return (self.folder / f"done-{rank}").exists()


def executor(folder: Path, script: dict[int, str], *, stall: float = 250.0) -> LocalExecutor:
    """Six tasks on two workers."""
    return LocalExecutor(
        [Act(folder, script)],
        tasks=6,
        workers=2,
        logging_dir=folder / "logs",
        done=IsDone(folder),
        stall_seconds=stall,
    )


def marks(folder: Path) -> list[str]:
    """The tasks that finished, and what each of them saw of earlier ones."""
    return sorted(f"{path.name}:{path.read_text()}" for path in folder.glob("done-*"))


ALL = [f"done-{rank}:{rank}" for rank in range(6)]


def test_every_task_runs_once_with_a_fresh_pipeline(tmp_path: Path) -> None:
    """No task sees the state that an earlier one left in the blocks."""
    events: list[Any] = []
    assert executor(tmp_path, {}).run(events.append) == []
    assert marks(tmp_path) == ALL
    assert sorted(e.task for e in events if isinstance(e, Finished)) == list(range(6))
    assert Progress(3, 1, 10) in events


@pytest.mark.parametrize(
    ("deed", "message"),
    [
        ("killed", "killed by signal 9 (the system kills a process so when memory runs out)"),
        ("exits", "ended with exit code 7"),
        ("defect", "ended with exit code 1; the traceback is in the log"),
        ("bad input", "BadInputError: shard 3 is truncated"),
    ],
)
def test_a_failing_task_is_reported_and_the_others_finish(tmp_path: Path, deed: str, message: str) -> None:
    """One bad task costs only itself; the rerun does only what is missing."""
    (failure,) = executor(tmp_path, {2: deed}).run()
    assert failure.task == 2
    assert message in failure.error
    assert marks(tmp_path) == [mark for mark in ALL if not mark.startswith("done-2")]
    events: list[Any] = []
    assert executor(tmp_path, {}).run(events.append) == []
    assert [e.task for e in events if isinstance(e, Finished)] == [2]


def test_the_traceback_of_a_defect_is_in_the_log_of_its_task(tmp_path: Path) -> None:
    """What the message points to is there."""
    executor(tmp_path, {2: "defect"}).run()
    assert "a defect of the tool" in (tmp_path / "logs" / "logs" / "task_00002.log").read_text()


def test_a_silent_worker_is_killed_after_the_stall_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task that hangs does not hang the run; hours pass as soon as the other five have finished."""
    finished: list[Any] = []
    hours = itertools.count()

    def hurried() -> float:
        ahead = 3600.0 * next(hours) if len(finished) == 5 else 0.0
        return begun + ahead

    def note(event: Any) -> None:
        finished.extend([event] if isinstance(event, Finished) else [])

    begun = time.monotonic()
    monkeypatch.setattr(executors, "time", SimpleNamespace(monotonic=hurried))
    (failure,) = executor(tmp_path, {0: "sleeps"}, stall=6000.0).run(note)
    assert failure == Finished(0, "the worker was silent for 6000 s and was killed")
    assert len(marks(tmp_path)) == 5


PARENT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import test_executors
if __name__ == "__main__":
    test_executors.executor(Path(sys.argv[1]), {rank: "sleeps" for rank in range(6)}).run()
"""


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """After kill -9 of the parent alone, no worker lives on and writes."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path), str(Path(__file__).parent)])
    process = psutil.Process(parent.pid)
    deadline = time.monotonic() + 120
    while len(process.children(recursive=True)) < 4 and time.monotonic() < deadline:
        time.sleep(0.1)
    children = process.children(recursive=True)
    assert len(children) >= 3, "the fork server, its tracker and the workers"
    process.kill()
    parent.wait()
    _, alive = psutil.wait_procs(children, timeout=120)
    assert alive == []
