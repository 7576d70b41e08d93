"""Trains tiny models as `training run` does, several times in one process, on made-up windows.

torchrun --nproc-per-node 2 tests/support/train_runs.py plan.json

plan.json is a list of trainings, see `Training`; each writes metrics.jsonl and checkpoints into its folder.
Window i holds the same tokens wherever it is asked for: two documents, whose second halves repeat the first.
One process for many trainings, because importing DeepSpeed costs more than training a tiny model. Is started
by tests/training/train/conftest.py and never imported: it begins by importing torch.
"""

import json
import math
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import torch
from transformers import AutoTokenizer, Trainer

from curation.errors import CurationError
from training.data.dataset import Stretch
from training.model import lora
from training.model.load import load_model
from training.model.settings import LoraSettings, ModelSettings
from training.train.arguments import arguments
from training.train.fit import fit
from training.train.kept import newest
from training.train.session import begin
from training.train.settings import (
    CheckpointSettings,
    DeviceSettings,
    EvaluationSettings,
    LogSettings,
    OptimiserSettings,
)

LENGTH = 64
"""Tokens of a window."""
BATCH = 4
"""Windows of a step, over all processes."""


class Training(TypedDict, total=False):
    """One training; what is left out is off or 6."""

    model: str
    """Folder of the model that it starts from."""
    out: str
    """Folder of the run."""
    deepspeed: str | None
    """JSON of DeepSpeed."""
    adapter: bool
    """Whether only adapters are trained."""
    again: bool
    """Whether activations are computed again in the backward pass."""
    steps: int
    resume: bool
    """Whether it goes on from the newest checkpoint in its folder."""
    learning_rate: float
    evaluate: int
    """Steps between two evaluations."""
    killed_in_save: int
    """The checkpoint in whose writing the process is killed, as by kill -9."""
    signal_at: int
    """Step in which a process gets SIGTERM: of two the second."""
    broken_at: int
    """Step in which all weights are infinite."""
    refused: str
    """Where the message of an error is written; without it errors are raised."""


class Windows:
    """Made-up windows that can be learned."""

    def __getitem__(self, index: int) -> dict[str, Any]:
        ids = np.random.Generator(np.random.Philox(key=[7, index])).integers(50, 90, LENGTH)
        ids[LENGTH // 4 : LENGTH // 2] = ids[: LENGTH // 4]
        ids[LENGTH // 2 :] = ids[: LENGTH // 2]
        labels = ids.copy()
        labels[[0, LENGTH // 2]] = -100
        positions = np.arange(LENGTH) % (LENGTH // 2)
        whole = {"input_ids": ids, "labels": labels, "position_ids": positions}
        return {name: torch.from_numpy(values) for name, values in whole.items()}


def collate(samples: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: torch.stack([sample[name] for sample in samples]) for name in samples[0]}


def train(training: Training) -> None:
    """Train once."""
    devices = DeviceSettings.model_validate({"deepspeed": training.get("deepspeed"), "device": "cpu"})
    session = begin(devices)
    output, steps = Path(training["out"]), training.get("steps", 6)
    rate = training.get("learning_rate", 5e-3)
    optimiser = OptimiserSettings(
        learning_rate=rate, min_learning_rate=rate / 10, warmup_steps=2, steps=steps, batch=BATCH
    )
    adapters = LoraSettings(enabled=training.get("adapter", False), rank=4)
    again = training.get("again", False)
    args = arguments(
        session,
        output,
        optimiser,
        devices,
        CheckpointSettings(every=3),
        LogSettings(every=1),
        EvaluationSettings(every=training.get("evaluate")),
        steps=steps,
        seed=1,
        gradient_checkpointing=again,
    )
    base = ModelSettings(name=training["model"])
    model = load_model(base, adapters, devices, base=None, positions=LENGTH)
    if adapters.enabled:
        model = lora.attach(model, adapters, gradient_checkpointing=again)
    windows: Any = Windows()
    with _disturbed(training):
        fit(
            session,
            model,
            args,
            Stretch(windows, steps * BATCH, 0),
            collate,
            hf_tokenizer=AutoTokenizer.from_pretrained(training["model"]),
            resume=newest(output) if training.get("resume") else None,
            note={"made by": "a test"},
            evaluation_set=Stretch(windows, BATCH, 0),
        )


@contextmanager
def _disturbed(training: Training) -> Iterator[None]:
    """Arrange for a kill, a signal or broken weights at a certain place."""
    last = os.environ.get("WORLD_SIZE", "1") == "1" or os.environ["RANK"] == "1"
    step, saving = Trainer.training_step, Trainer._save_rng_state

    def killed(_: Any, folder: str) -> None:
        if folder.endswith(f"checkpoint-{training.get('killed_in_save')}"):
            os.kill(os.getpid(), signal.SIGKILL)

    def disturbed(self: Any, model: Any, *args: Any, **named: Any) -> Any:
        if self.state.global_step + 1 == training.get("signal_at") and last:
            os.kill(os.getpid(), signal.SIGTERM)
        if self.state.global_step + 1 == training.get("broken_at"):
            for parameter in model.parameters():
                parameter.data.fill_(math.inf)
        return step(self, model, *args, **named)

    Trainer.training_step = disturbed
    if "killed_in_save" in training:
        Trainer._save_rng_state = killed
    try:
        yield
    finally:
        Trainer.training_step, Trainer._save_rng_state = step, saving


def main(plan: Path) -> None:
    for training in json.loads(plan.read_text(encoding="utf-8")):
        try:
            train(training)
        except CurationError as error:
            if "refused" not in training:
                raise
            Path(training["refused"]).write_text(f"{type(error).__name__}: {error}", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
