"""Trainings that several tests look at: made once in a test session, also where two workers share it.

Four launches, each of many tiny trainings in one process group, because a process that imports DeepSpeed
costs ten times what it trains: `trained` and `resumed` with two processes, `alone` and `revived` with one.
None of them finds a compiler: PATH is empty.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from once import once
from tiny import tiny_model
from token_runs import made_run, python_rows

from training.model.make import make_model
from training.model.settings import Shape

if TYPE_CHECKING:
    from train_runs import Training

ROOT = Path(__file__).parents[3]
PROGRAM = ROOT / "tests" / "support" / "train_runs.py"
COMBINATIONS = [
    (0, "starcoder2", 0),
    *(
        (stage, family, adapter)
        for stage in (2, 3)
        for family in ("starcoder", "starcoder2")
        for adapter in (0, 1)
    ),
]
"""ZeRO stage (0 for no DeepSpeed), family, whether only adapters are trained."""


def launch(plan: "Sequence[Training]", folder: Path, processes: int) -> subprocess.CompletedProcess[str]:
    """Run trainings in processes of their own.

    Args:
        plan: Trainings, one after the other.
        folder: Where the plan is written.
        processes: 1 for none but Python itself, as a person starts it.

    Returns:
        How it ended. No program is found in it but Python: DeepSpeed has to do without a compiler.
    """
    path = folder / f"plan-{len(list(folder.glob('plan-*')))}.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    torchrun = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command = [sys.executable, *(torchrun if processes > 1 else []), str(PROGRAM), str(path)]
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
        "PATH": str(folder / "no-compiler-here"),
        "TORCH_EXTENSIONS_DIR": str(folder / "nothing-compiled-before"),
    }
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def name_of(combination: tuple[int, str, int]) -> str:
    stage, family, adapter = combination
    return f"zero{stage}-{family}-{'adapter' if adapter else 'all'}"


def training_of(models: Path, out: Path, combination: tuple[int, str, int]) -> "Training":
    """A training with adapters computes activations again and one of all weights does not."""
    stage, family, adapter = combination
    return {
        "model": str(models / family),
        "out": str(out),
        "adapter": bool(adapter),
        "again": bool(adapter),
        "deepspeed": str(ROOT / f"configs/deepspeed/zero{stage}.json") if stage else None,
    }


def going_on(training: "Training") -> "Training":
    """The same, from its newest checkpoint."""
    return {**training, "resume": True}


def run_all(plan: "list[Training]", folder: Path, processes: int) -> None:
    """Train; where the last of them was to be killed, that is how it ends."""
    ended = launch(plan, folder, processes)
    expected = -signal.SIGKILL if "killed_in_save" in plan[-1] else 0
    assert ended.returncode == expected, ended.stdout + ended.stderr


def start_again(plan: "list[Training]", folder: Path) -> None:
    """Copies of checkpoint-3 and of all rows, as if the run had been killed at its end."""
    for training in plan:
        source, target = Path(training["out"]), folder / Path(training["out"]).name
        target.mkdir()
        shutil.copytree(source / "checkpoint-3", target / "checkpoint-3")
        shutil.copy(source / "metrics.jsonl", target)


@pytest.fixture(scope="session")
def models(place: Path) -> Path:
    """A tiny model of each family; StarCoder's with dropout, as the published one."""

    def make(folder: Path) -> None:
        for family in ("starcoder", "starcoder2"):
            tiny_model(family, folder / family)
        dropping = Shape(family="starcoder", kv_heads=1, positions=512, dropout=0.1)
        make_model(dropping, 2048, 1, folder / "starcoder")

    return once(place / "training-models", make)


@pytest.fixture(scope="session")
def trained(place: Path, models: Path) -> Path:
    """Every combination, with two processes: checkpoints at steps 3 and 6."""

    def make(folder: Path) -> None:
        plan = [training_of(models, folder / name_of(one), one) for one in COMBINATIONS]
        plan[0]["evaluate"] = 3
        stopped: Training = {**plan[0], "out": str(folder / "signalled"), "signal_at": 2}
        run_all([plan[0], stopped, *plan[1:]], folder, 2)

    return once(place / "training-trained", make)


@pytest.fixture(scope="session")
def resumed(place: Path, models: Path, trained: Path) -> Path:
    """The same, gone on with from step 3 in new processes."""

    def make(folder: Path) -> None:
        start_again([training_of(models, trained / name_of(one), one) for one in COMBINATIONS], folder)
        plan = [going_on(training_of(models, folder / name_of(one), one)) for one in COMBINATIONS]
        plan[0]["evaluate"] = 3
        run_all(plan, folder, 2)

    return once(place / "training-resumed", make)


@pytest.fixture(scope="session")
def alone(place: Path, models: Path) -> Path:
    """One process, started without a launcher: plain, and disturbed in several ways."""

    def make(folder: Path) -> None:
        plain = training_of(models, folder / "plain", (2, "starcoder2", 0))
        message = str(folder / "broken.txt")
        plan: list[Training] = [
            plain,
            {**plain, "out": str(folder / "again"), "again": True},
            {**plain, "out": str(folder / "broken"), "broken_at": 5, "refused": message},
            {**plain, "out": str(folder / "signalled"), "signal_at": 2},
            {**plain, "out": str(folder / "killed"), "killed_in_save": 6},
        ]
        run_all(plan, folder, 1)

    return once(place / "training-alone", make)


@pytest.fixture(scope="session")
def revived(place: Path, models: Path, trained: Path, alone: Path) -> Path:
    """What was killed, got a signal or lacks its end, started again; and what two processes had begun.

    ZeRO-3 comes last: it replaces how torch computes linear layers, for good and with other rounding.
    """

    def make(folder: Path) -> None:
        for name in ("signalled", "killed", "plain"):
            shutil.copytree(alone / name, folder / name)
        shutil.rmtree(folder / "plain" / "final")
        spread = (3, "starcoder2", 0)
        start_again([training_of(models, trained / name_of(spread), spread)], folder)
        again = ("signalled", "killed", "plain")
        stopped = [training_of(models, folder / name, (2, "starcoder2", 0)) for name in again]
        elastic = training_of(models, folder / name_of(spread), spread)
        plan = [going_on(training) for training in (*stopped, elastic)]
        run_all(plan, folder, 1)

    return once(place / "training-revived", make)


WHOLE = """
output: {place}/run
model:
  shape: {{layers: 2, hidden: 32, heads: 2, kv_heads: 1, feed_forward: 64, positions: 256}}
corpus: {{run: {place}/corpus, held_out: 0.3, workers: 1}}
tokenizer: {{vocabulary: 600}}
packing: {{sequence_length: 128, loader_workers: 1}}
optimiser: {{learning_rate: 0.01, min_learning_rate: 0.001, warmup_steps: 1, steps: 4, batch: 4}}
devices: {{deepspeed: {root}/configs/deepspeed/zero2.json, device: cpu}}
checkpoints: {{every: 2}}
evaluation: {{every: 2, windows: 4}}
logs: {{every: 1}}
"""


@pytest.fixture(scope="session")
def whole(place: Path) -> Path:
    """`training run` on a small corpus, with two processes: config.yaml, run/ and what was said."""

    def make(folder: Path) -> None:
        final = place / "training-whole"  # beside it, because its own path stands in its files
        shutil.rmtree(final, ignore_errors=True)
        made_run(final / "corpus", {"data/python/python-00000-of-00001": python_rows()})
        (final / "config.yaml").write_text(WHOLE.format(place=final, root=ROOT), encoding="utf-8")
        ended = subprocess.run(
            [sys.executable, "-m", "training", "run", str(final / "config.yaml"), "--processes", "2"],
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        (folder / "out.txt").write_text(ended.stdout, encoding="utf-8")
        (folder / "err.txt").write_text(ended.stderr, encoding="utf-8")

    return once(place / "training-whole-said", make).with_name("training-whole")


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    """The finished run in a place of its own: only its configuration, its corpus and what it has made."""
    for name in ("run", "corpus"):
        shutil.copytree(whole / name, tmp_path / name, ignore=shutil.ignore_patterns("global_step*"))
    text = (whole / "config.yaml").read_text(encoding="utf-8")
    (tmp_path / "config.yaml").write_text(text.replace(str(whole), str(tmp_path)), encoding="utf-8")
    return tmp_path
