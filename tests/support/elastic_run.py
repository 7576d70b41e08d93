"""Trains tiny models under DeepSpeed, several times in one process: for tests of checkpoints.

torchrun --nproc-per-node 2 tests/support/elastic_run.py plan.json   -> <out>/losses.json of each training

plan.json is a list of trainings, see `Training`. The global batch is 4 windows for any number of processes;
window i of the data is the same wherever it is asked for. Needs nothing of the package but what is tested.
"""

import json
import sys
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import deepspeed
import numpy as np
import torch
import torch.distributed as dist
from accelerate.state import AcceleratorState
from peft import LoraConfig, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

from training.checkpoints.elastic import mend
from training.model.families import architecture, targets_of

GLOBAL_BATCH = 4
"""Windows of an optimiser step, over all processes."""
LENGTH = 64
"""Tokens of a window."""
SUB_GROUP = 2_000
"""Elements of a sub-group of ZeRO-3: small, so that tiny models and adapters have several."""


class Training(TypedDict):
    """One training."""

    model: str
    """Folder of the model it starts from."""
    out: str
    """Folder of its checkpoints, and of losses.json."""
    stage: int
    """Of ZeRO."""
    adapter: bool
    """Whether only a LoRA adapter is trained."""
    steps: int
    """Optimiser steps in all."""
    save_at: NotRequired[int]
    """Step after which a checkpoint is written; none if not given."""
    resume: NotRequired[str]
    """Checkpoint of another number of processes it goes on from."""
    mend: NotRequired[str]
    """What of DeepSpeed's loading is mended: all; or a half, to see the other half wrong: steps, groups; or
    nothing."""


class Windows:
    """Map-style data: random windows with a structure that can be learned."""

    def __len__(self) -> int:
        return 400

    def __getitem__(self, index: int) -> dict[str, Any]:
        ids = np.random.Generator(np.random.Philox(key=[7, index])).integers(50, 90, LENGTH)
        ids[LENGTH // 2 :] = ids[: LENGTH // 2]
        return {"input_ids": torch.from_numpy(ids), "labels": torch.from_numpy(ids.copy())}


def _collate(samples: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: torch.stack([sample[key] for sample in samples]) for key in samples[0]}


def _deepspeed(stage: int, universal: bool) -> dict[str, Any]:
    zero = {"stage": stage, "sub_group_size": SUB_GROUP}
    if stage == 3:
        zero |= {"stage3_gather_16bit_weights_on_model_save": True, "stage3_param_persistence_threshold": 100}
    config: dict[str, Any] = {
        "bf16": {"enabled": "auto"},
        "zero_optimization": zero,
        "gradient_accumulation_steps": "auto",
        "gradient_clipping": "auto",
        "train_batch_size": "auto",
        "train_micro_batch_size_per_gpu": "auto",
    }
    return config | ({"checkpoint": {"load_universal": True}} if universal else {})


def _arguments(training: Training, world: int) -> Any:
    return TrainingArguments(
        output_dir=training["out"],
        per_device_train_batch_size=1,
        gradient_accumulation_steps=GLOBAL_BATCH // world,
        max_steps=training["steps"],
        learning_rate=5e-3,
        lr_scheduler_type="cosine",
        warmup_steps=2,
        weight_decay=2.0,
        adam_beta2=0.95,
        bf16=True,
        logging_steps=1,
        save_strategy="steps" if training.get("save_at") else "no",
        save_steps=training.get("save_at") or 500,
        report_to=[],
        seed=1,
        data_seed=1,
        deepspeed=_deepspeed(training["stage"], "resume" in training),
        use_cpu=True,
        remove_unused_columns=False,
        disable_tqdm=True,
    )


def _model(training: Training) -> Any:
    dtype = torch.bfloat16 if training["adapter"] else torch.float32
    model = AutoModelForCausalLM.from_pretrained(training["model"], dtype=dtype)
    if not training["adapter"]:
        return model
    targets = list(targets_of(architecture(model.config.model_type)))
    return get_peft_model(
        model, LoraConfig(r=4, lora_alpha=8, target_modules=targets, task_type="CAUSAL_LM", bias="none")
    )


def _mend(optimiser: Any, what: str) -> None:
    """Mend what was loaded, but for what is to be seen wrong."""
    while getattr(optimiser, "optimizer", None) is not None:
        optimiser = optimiser.optimizer
    groups = [dict(group) for group in optimiser.param_groups]
    steps = {parameter: state["step"] for parameter, state in optimiser.state.items()}
    mend(optimiser)
    if what in {"steps", "nothing"}:
        for group, loaded in zip(optimiser.param_groups, groups, strict=True):
            group.update(loaded)
    if what in {"groups", "nothing"}:
        for parameter, step in steps.items():
            optimiser.state[parameter]["step"] = step


def train(training: Training, rank: int, world: int) -> None:
    """Train once, and write the loss of every step, mean over processes."""
    set_seed(1)
    losses: list[float] = []

    class Recording(Trainer):  # type: ignore[misc]  # transformers ships no types
        def training_step(self, *arguments: Any, **named: Any) -> Any:
            loss = super().training_step(*arguments, **named)
            losses.append(float(loss))
            return loss

    class Mending(TrainerCallback):  # type: ignore[misc]  # as above
        def on_train_begin(self, *_: Any, **named: Any) -> None:
            if "mend" in training:
                _mend(named["optimizer"], training["mend"])

    trainer = Recording(
        model=_model(training),
        args=_arguments(training, world),
        train_dataset=Windows(),
        processing_class=AutoTokenizer.from_pretrained(training["model"]),
        callbacks=[Mending()],
        data_collator=_collate,
    )
    trainer.train(resume_from_checkpoint=training.get("resume"))
    # of each micro-batch the Trainer gives the loss divided by their number
    steps = torch.tensor(losses, dtype=torch.float64).reshape(-1, GLOBAL_BATCH // world).sum(1)
    dist.all_reduce(steps)
    if rank == 0:
        path = Path(training["out"]) / "losses.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps((steps / world).tolist()))


def main(plan: Path) -> None:
    """Run every training of a plan, one after the other."""
    deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False  # it would be compiled
    deepspeed.init_distributed("gloo")
    rank, world = deepspeed.comm.get_rank(), deepspeed.comm.get_world_size()
    for training in json.loads(plan.read_text(encoding="utf-8")):
        AcceleratorState._reset_state(reset_partial_state=True)
        train(training, rank, world)
    deepspeed.comm.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
