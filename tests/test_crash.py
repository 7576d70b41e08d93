"""Killed at any moment and run again: the same bytes as an undisturbed run, and no hang."""

import json
import os
import random
import signal
import time
from pathlib import Path

import psutil
import pytest
from planted_runs import configuration, run_here, write_corpus
from support import Command, fingerprints, partial_files, settings

TRIALS = int(os.environ.get("CRASH_TRIALS", "6"))
"""Kills of each kind; the suite stays short, CRASH_TRIALS=200 is the long version."""


def tasks_done(run: Path) -> int:
    """Committed tasks of all passes."""
    return sum(1 for _ in run.glob("*/*/record.json"))


def wait_for_tasks(run: Path, wanted: int, seconds: float = 120.0) -> None:
    """Wait until so many tasks are committed, or the run is complete."""
    deadline = time.monotonic() + seconds
    while tasks_done(run) < wanted and time.monotonic() < deadline:
        manifest = run / "manifest.json"
        if manifest.exists() and json.loads(manifest.read_bytes())["state"] == "complete":
            return
        time.sleep(0.01)


@pytest.mark.parametrize("trial", range(TRIALS))
def test_kill_the_whole_group_then_run_again(
    trial: int, corpus: Path, finished: Path, command: Command, tmp_path: Path
) -> None:
    """kill -9 of every process of the run after a random number of tasks; nothing partial is visible."""
    chance = random.Random(trial)
    config = command.configure("config", settings(corpus, tmp_path / "run", pii={}))
    for _ in range(1 + trial % 2):
        with command.start("run", config) as process:
            done = tasks_done(tmp_path / "run")
            wait_for_tasks(tmp_path / "run", done + chance.randrange(tasks_done(finished) - done + 1))
            time.sleep(chance.random() * 0.2)
            group = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        psutil.wait_procs(group, timeout=120)
        assert partial_files(tmp_path / "run") == []
    result = command("run", config)
    assert result.returncode == 0, result.stderr
    assert fingerprints(tmp_path / "run") == fingerprints(finished)


@pytest.mark.parametrize("trial", range(TRIALS // 2))
def test_kill_one_worker_then_run_again(
    trial: int, corpus: Path, finished: Path, command: Command, tmp_path: Path
) -> None:
    """kill -9 of one worker fails its task by name, the others finish, nothing hangs; then the same bytes."""
    chance = random.Random(100 + trial)
    config = command.configure("config", settings(corpus, tmp_path / "run", pii={}))
    with command.start("run", config) as process:
        wait_for_tasks(tmp_path / "run", 1 + chance.randrange(5))
        victims = [
            child
            for child in psutil.Process(process.pid).children(recursive=True)
            if child.ppid() != process.pid
        ]
        chance.choice(victims).kill()
        _, err = process.communicate(timeout=240)
    if process.returncode:
        assert process.returncode == 1
        assert "the worker was killed by signal 9" in err
        assert "mend the cause and run the same command again" in err
    result = command("run", config)
    assert result.returncode == 0, result.stderr
    assert fingerprints(tmp_path / "run") == fingerprints(finished)


NEAR_PASSES = ("sign", "match", "estimate", "shingle", "compare", "cluster", "finish")
MANY_TASKS = {"SMALL_CORPUS": 50, "PARTITION_DOCUMENTS": 60}
"""Constants of `curation.dedup.signatures` by which a small corpus makes many tasks."""
START = f"""
from curation.dedup import signatures
for name, value in {MANY_TASKS}.items():
    setattr(signatures, name, value)
from curation.cli import main
main()
"""


def test_kill_in_every_pass_of_near_dedup_then_run_again(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One run, killed as soon as a pass has begun, started again and killed in the next: the same bytes."""
    corpus, run = write_corpus(tmp_path / "in"), tmp_path / "run"
    for name, value in MANY_TASKS.items():
        monkeypatch.setattr(f"curation.dedup.signatures.{name}", value)
    expected = fingerprints(run_here(monkeypatch, corpus, tmp_path / "here" / "run"))
    config = command.configure("config", configuration(corpus, run, workers=2))
    for name in NEAR_PASSES:
        with command.start("run", config, code=START) as process:
            while not (run / name).exists() and process.poll() is None:
                time.sleep(0.001)
            assert process.poll() is None, "\n".join(process.communicate())
            group = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        psutil.wait_procs(group, timeout=120)
        assert partial_files(run) == []
        assert json.loads((run / "manifest.json").read_bytes())["state"] != "complete", name
    with command.start("run", config, code=START) as process:
        _, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    assert fingerprints(run) == expected


def test_workers_and_hash_seeds_do_not_change_a_byte(
    corpus: Path, finished: Path, command: Command, tmp_path: Path
) -> None:
    """1, 2 and 4 workers and two hash seeds give the same files."""
    for workers, seed in ((1, "0"), (4, "12345")):
        run = tmp_path / f"{workers} workers" / "run"
        config = command.configure("config", settings(corpus, run, workers=workers, pii={}))
        result = command("run", config, PYTHONHASHSEED=seed)
        assert result.returncode == 0, result.stderr
        assert fingerprints(run) == fingerprints(finished), (workers, seed)


def test_a_complete_run_is_left_as_it_is(
    corpus: Path, finished: Path, command: Command, tmp_path: Path
) -> None:
    """Running the same again does nothing and succeeds."""
    config = command.configure("config", settings(corpus, finished, pii={}))
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*.parquet")}
    result = command("run", config, "--resume", "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["state"] == "complete"
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("*.parquet")} == before
