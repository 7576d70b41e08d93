"""Tasks run in processes, and a process that dies is not waited for."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import token_acts
from token_acts import executor

from curation.errors import BadInputError, BrokenRunError


def test_every_task_runs_once_with_a_fresh_pipeline(tmp_path: Path) -> None:
    """No task sees the state of another; figures are told, by task."""
    boards: list[Sequence[int]] = []
    assert executor(tmp_path, {}).run(lambda board: boards.append(list(board))) == {}
    assert [(tmp_path / f"done-{rank}").read_text() for rank in range(6)] == [str(n) for n in range(6)]
    assert boards[-1] == [figure for rank in range(6) for figure in (rank + 1, 10, 100)]
    assert (tmp_path / "logs" / "stats" / "00003.json").is_file()


def test_tasks_that_are_done_are_not_run_again(tmp_path: Path) -> None:
    """Also when all are, without starting a process."""
    (tmp_path / "done-2").write_text("before")
    assert executor(tmp_path, {}).run(lambda _: None) == {}
    assert (tmp_path / "done-2").read_text() == "before"
    boards: list[Any] = []
    assert executor(tmp_path, {}).run(boards.append) == {}
    assert boards == []


def test_a_failing_task_costs_only_itself(tmp_path: Path) -> None:
    """Its error comes back as it was, and its traceback is in its log."""
    failures = executor(tmp_path, {3: "bad input"}).run(lambda _: None)
    assert list(failures) == [3]
    assert isinstance(failures[3], BadInputError)
    assert str(failures[3]) == "shard 3 is cut off"
    assert sorted(path.name for path in tmp_path.glob("done-*")) == [f"done-{n}" for n in (0, 1, 2, 4, 5)]
    assert "shard 3 is cut off" in (tmp_path / "logs" / "logs" / "task_00003.log").read_text()


def test_a_process_that_is_killed_ends_the_run_with_a_message(tmp_path: Path) -> None:
    """Nothing waits for it; running again does what is left."""
    with pytest.raises(
        BrokenRunError, match=r"a process that tokenises was killed, .* set corpus.workers lower"
    ):
        executor(tmp_path, {1: "killed"}).run(lambda _: None)
    assert executor(tmp_path, {}).run(lambda _: None) == {}
    assert len(list(tmp_path.glob("done-*"))) == 6


PARENT = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from token_acts import executor
if __name__ == "__main__":
    executor(Path(sys.argv[1]), {0: "sleeps"}).run(lambda _: None)
"""


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    """A parent that is killed leaves nobody behind."""
    code = tmp_path / "parent.py"
    code.write_text(PARENT)
    command = [sys.executable, str(code), str(tmp_path), str(Path(token_acts.__file__).parent)]
    with subprocess.Popen(command) as parent:
        while not (tmp_path / "asleep").exists() or not (tmp_path / "asleep").read_text():
            assert parent.poll() is None
            time.sleep(0.05)
        parent.kill()
    worker = int((tmp_path / "asleep").read_text())
    for _ in range(600):
        if not _lives(worker):
            return
        time.sleep(0.1)
    pytest.fail(f"process {worker} still runs")


def _lives(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
