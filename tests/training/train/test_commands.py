"""`training run` starts what it should, and leaves with a code that says how it went."""

import signal
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from training.launch import local
from training.train import commands
from training.train import run as module
from training.train.fit import Outcome

CONFIG = """
output: {0}/run
model: {{shape: starcoder2-3b}}
corpus: {{run: {0}/corpus}}
optimiser: {{steps: 10}}
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration, and no launcher's environment."""
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.format(tmp_path), encoding="utf-8")
    return path


class Stub:
    """Stands for training: notes what it was asked for."""

    def __init__(self, outcome: Outcome | None) -> None:
        self.outcome = outcome
        self.asked: list[tuple[int | None, bool, bool]] = []

    def __call__(self, settings: Any, *, resume: bool, dry_run: bool, show: Any) -> Outcome | None:
        show("a line")
        self.asked.append((settings.optimiser.steps, resume, dry_run))
        return self.outcome


def invoke(stub: Stub, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    monkeypatch.setattr(module, "run", stub)
    app = typer.Typer()
    app.command()(commands.run)
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ([], (10, True, False)),
        (["--set", "optimiser.steps=5"], (5, True, False)),
        (["--dry-run"], (10, True, True)),
        (["--no-resume"], (10, False, False)),
        (["--local_rank", "0"], (10, True, False)),
        (["--local-rank=0"], (10, True, False)),
    ],
)
def test_options_are_passed_on(
    config: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], asked: tuple[int, bool, bool]
) -> None:
    """What training says is printed; the rank that DeepSpeed's launcher adds is taken."""
    stub = Stub(Outcome(10, 1.0, Path("final")))
    result = invoke(stub, monkeypatch, str(config), *options)
    assert result.exit_code == 0, result.output
    assert result.output == "a line\n"
    assert stub.asked == [asked]


@pytest.mark.parametrize(
    ("number", "rank", "code"),
    [(signal.SIGTERM, None, 143), (signal.SIGINT, "0", 130), (signal.SIGTERM, "1", 0)],
)
def test_a_run_that_was_stopped_says_so(
    config: Path, monkeypatch: pytest.MonkeyPatch, number: int, rank: str | None, code: int
) -> None:
    """With the code that a shell gives to a signal; only the first process has something to say."""
    if rank is not None:
        monkeypatch.setenv("RANK", rank)
    stub = Stub(Outcome(3, 1.0, None, number))
    assert invoke(stub, monkeypatch, str(config)).exit_code == code


@pytest.mark.parametrize("code", [0, 4])
def test_several_processes_are_started(config: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """Each gets the same command; this one waits, and leaves with their code."""
    started: list[tuple[list[str], int]] = []

    def start(arguments: list[str], processes: int) -> int:
        started.append((arguments, processes))
        return code

    monkeypatch.setattr(local, "run_processes", start)
    monkeypatch.setattr("sys.argv", ["training", "run", str(config), "--processes", "3"])
    stub = Stub(None)
    assert invoke(stub, monkeypatch, str(config), "--processes", "3").exit_code == code
    assert started == [(["run", str(config), "--processes", "3"], 3)]
    assert stub.asked == []


def test_a_started_process_starts_no_others(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a rank, and trains."""
    monkeypatch.setenv("RANK", "0")
    stub = Stub(Outcome(10, 1.0, Path("final")))
    assert invoke(stub, monkeypatch, str(config), "--processes", "3").exit_code == 0
    assert stub.asked == [(10, True, False)]


def test_a_wrong_configuration_starts_nothing(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read once, before processes are started."""
    monkeypatch.setattr(local, "run_processes", lambda *_: pytest.fail("started"))
    stub = Stub(None)
    result = invoke(stub, monkeypatch, str(config), "--processes", "2", "--set", "optimizer.steps=1")
    assert "did you mean 'optimiser'?" in str(result.exception)
    assert stub.asked == []
