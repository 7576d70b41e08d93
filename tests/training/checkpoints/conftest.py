"""Tiny models, and checkpoints of trainings of them under ZeRO: made once in a test session.

Three launches, because a process that imports DeepSpeed costs ten times what it trains: `runs` holds what two
processes trained, what one trained and went on with from the checkpoints of two, and what two went on with
from those of one. All see the same global batch, so that losses must agree to rounding.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from once import once
from tiny import tiny_model

from training.checkpoints.elastic import convert
from training.model.families import architecture, targets_of

if TYPE_CHECKING:
    from elastic_run import Training

ROOT = Path(__file__).parents[3]
PROGRAM = ROOT / "tests" / "support" / "elastic_run.py"
KINDS = {
    "zero2-model": (2, "starcoder", False),
    "zero3-model": (3, "starcoder2", False),
    "zero2-adapter": (2, "starcoder2", True),
    "zero3-adapter": (3, "starcoder", True),
}
"""Name -> stage of ZeRO, family, whether only an adapter is trained."""
GROWN = ("zero2-adapter", "zero3-model")
"""Those that two processes go on with from a checkpoint of one."""
SAVED_AT = 3
STEPS = 6


def launch(plan: "Sequence[Training]", folder: Path, processes: int) -> None:
    """Run trainings in processes of their own, one after the other."""
    path = folder / f"plan-{len(list(folder.glob('plan-*')))}.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    command = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}", str(PROGRAM)]
    ended = subprocess.run(
        [sys.executable, *command, str(path)],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def training(models: Path, folder: Path, kind: str, name: str) -> "Training":
    """A training of a kind."""
    stage, family, adapter = KINDS[kind]
    out = folder / f"{kind}-{name}"
    model = str(models / family)
    return {"model": model, "out": str(out), "stage": stage, "adapter": adapter, "steps": STEPS}


def saving(fresh: "Training") -> "Training":
    """The same, with a checkpoint on the way."""
    return {**fresh, "save_at": SAVED_AT}


def gone_on(fresh: "Training", source: Path, mended: str) -> "Training":
    """The same, from a checkpoint of another number of processes."""
    return {**fresh, "resume": str(source / f"checkpoint-{SAVED_AT}"), "mend": mended}


@pytest.fixture(scope="session")
def models(place: Path) -> Path:
    """Folder with a tiny model of each family."""

    def make(folder: Path) -> None:
        for family in ("starcoder", "starcoder2"):
            tiny_model(family, folder / family)

    return once(place / "checkpoints-models", make)


@pytest.fixture(scope="session")
def by_two(place: Path, models: Path) -> Path:
    """Every kind, trained with two processes, a checkpoint at step 3: folders KIND-two."""

    def make(folder: Path) -> None:
        launch([saving(training(models, folder, kind, "two")) for kind in KINDS], folder, 2)

    return once(place / "checkpoints-by-two", make)


@pytest.fixture(scope="session")
def by_one(place: Path, models: Path, by_two: Path) -> Path:
    """Every kind, trained with one process: KIND-one; and gone on with from two: KIND-all, -steps, ..."""

    def make(folder: Path) -> None:
        sources = {kind: _converted(by_two / f"{kind}-two", folder / f"{kind}-source") for kind in KINDS}
        plan = [saving(training(models, folder, kind, "one")) for kind in KINDS]
        for kind, source in sources.items():
            plan.append(gone_on(training(models, folder, kind, "all"), source, "all"))
        for what in ("nothing", "steps", "groups"):
            wrong = training(models, folder, "zero3-model", what)
            plan.append(gone_on(wrong, sources["zero3-model"], what))
        launch(plan, folder, 1)

    return once(place / "checkpoints-by-one", make)


@pytest.fixture(scope="session")
def grown(place: Path, models: Path, by_one: Path) -> Path:
    """Gone on with by two processes from checkpoints of one: KIND-all."""

    def make(folder: Path) -> None:
        plan = []
        for kind in GROWN:
            source = _converted(by_one / f"{kind}-one", folder / f"{kind}-source")
            plan.append(gone_on(training(models, folder, kind, "all"), source, "all"))
        launch(plan, folder, 2)

    return once(place / "checkpoints-grown", make)


def _converted(run: Path, target: Path) -> Path:
    """A copy of a run's checkpoint, with its universal form."""
    name = f"checkpoint-{SAVED_AT}"
    shutil.copytree(run / name, target / name)
    convert(target / name)
    return target


@pytest.fixture(scope="session")
def make_adapter(models: Path) -> Callable[..., Path]:
    """Write an adapter with peft: `make_adapter(folder, family, **settings of LoraConfig)`."""

    def make(folder: Path, family: str, **settings: Any) -> Path:
        import torch
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM

        model = AutoModelForCausalLM.from_pretrained(models / family, dtype=torch.float32)
        plain = {
            "r": 4,
            "lora_alpha": 6,
            "target_modules": list(targets_of(architecture(model.config.model_type))),
            "task_type": "CAUSAL_LM",
            "init_lora_weights": False,  # both halves random, as after training
        }
        with torch.random.fork_rng():
            torch.manual_seed(3)
            adapted = get_peft_model(model, LoraConfig(**(plain | settings)))
            for name, value in adapted.named_parameters():
                if "lora_B" in name:
                    value.data *= 0.1  # of the size that training makes them
                elif value.requires_grad and "lora_A" not in name:
                    value.data += torch.randn_like(value) * 0.02
            adapted.save_pretrained(folder)
        return folder

    return make
