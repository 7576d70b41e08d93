"""Settings -> `TrainingArguments` of transformers, with everything said that it would otherwise guess.

    arguments(session, Path("runs/train/smoke"), optimiser, devices, checkpoints, logs, evaluation,
              steps=30, seed=1, gradient_checkpointing=True).gradient_accumulation_steps
    -> batch / (micro_batch * processes)

The optimiser and its schedule are always transformers' own: a DeepSpeed configuration with a block
`optimizer` or `scheduler` is refused, because its scheduler overrides the one that is set here without a
word. Must be called after `session.begin` and before the model is loaded.
"""

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

from curation.errors import BadConfigError
from training.train.session import Session
from training.train.settings import (
    CheckpointSettings,
    DeviceSettings,
    EvaluationSettings,
    LogSettings,
    OptimiserSettings,
)

SCHEDULES = {"cosine": "cosine_with_min_lr", "constant": "constant_with_warmup", "linear": "linear"}
"""Our names -> transformers'."""
FILLED = (
    "gradient_accumulation_steps",
    "gradient_clipping",
    "train_batch_size",
    "train_micro_batch_size_per_gpu",
)
"""Keys of a DeepSpeed configuration that transformers fills in."""


def arguments(  # noqa: PLR0913  # one argument for each group of settings
    session: Session,
    output: Path,
    optimiser: OptimiserSettings,
    devices: DeviceSettings,
    checkpoints: CheckpointSettings,
    logs: LogSettings,
    evaluation: EvaluationSettings,
    *,
    steps: int,
    seed: int,
    gradient_checkpointing: bool,
    loader_workers: int = 0,
) -> Any:
    """The arguments of a Trainer; from here on torch draws from the seed, as for weights of adapters.

    Args:
        session: This process among those of the run.
        output: Folder of the run.
        optimiser: How the weights move.
        devices: Precision, and how state is spread.
        checkpoints: When checkpoints are written.
        logs: Where figures go.
        evaluation: Loss on held-out documents.
        steps: Optimiser steps in all.
        seed: Of new weights, of dropout and of whatever else is drawn while training.
        gradient_checkpointing: Whether activations are computed again in the backward pass.
        loader_workers: Processes that prepare samples.

    Raises:
        BadConfigError: If the batch cannot be divided, DeepSpeed's configuration would override settings, or
            figures should go where no package is.
    """
    from transformers import TrainingArguments, set_seed

    set_seed(seed % (1 << 32))
    made = TrainingArguments(
        output_dir=str(output),
        max_steps=steps,
        per_device_train_batch_size=optimiser.micro_batch,
        per_device_eval_batch_size=optimiser.micro_batch,
        gradient_accumulation_steps=accumulation(optimiser, session.world_size),
        **_of_optimiser(optimiser),
        **_of_devices(session, devices),
        **_of_logs(output, logs, evaluation),
        **_checkpointing(gradient_checkpointing),
        save_strategy="steps",
        save_steps=checkpoints.every,
        save_total_limit=None,
        train_sampling_strategy="sequential",
        remove_unused_columns=False,
        dataloader_num_workers=loader_workers,
        dataloader_prefetch_factor=4 if loader_workers else None,
        dataloader_drop_last=False,
        seed=seed % (1 << 32),
        data_seed=seed % (1 << 32),
        push_to_hub=False,
        disable_tqdm=True,
        log_level="error",
        log_level_replica="error",
    )
    made._n_gpu = min(made._n_gpu, 1)  # noqa: SLF001  # else one process would copy the model to all GPUs it sees
    return made


def accumulation(optimiser: OptimiserSettings, world_size: int) -> int:
    """Micro-batches that a device handles for one step.

    Raises:
        BadConfigError: If the devices and the micro-batch do not divide the batch.
    """
    at_once = optimiser.micro_batch * world_size
    if optimiser.batch % at_once == 0:
        return optimiser.batch // at_once
    advice = []
    if optimiser.batch % world_size == 0:
        each = optimiser.batch // world_size
        fitting = [size for size in range(1, each + 1) if each % size == 0 and size <= 64]
        advice.append(f"micro_batch {_nearest(fitting, optimiser.micro_batch)} would divide it")
    if optimiser.batch % optimiser.micro_batch == 0:
        each = optimiser.batch // optimiser.micro_batch
        fitting = [count for count in range(1, each + 1) if each % count == 0]
        advice.append(f"{_nearest(fitting, world_size)} processes would divide it")
    advice.append(f"so would a batch of {-(-optimiser.batch // at_once) * at_once}")
    raise BadConfigError(
        f"optimiser.batch: {optimiser.batch} windows are not divided by {world_size} processes of "
        f"micro_batch {optimiser.micro_batch}; {', '.join(advice)}"
    )


def deepspeed_settings(path: Path) -> dict[str, Any]:
    """Read a DeepSpeed configuration, and say in it what would otherwise be guessed.

    Args:
        path: A JSON file.

    Raises:
        BadConfigError: If it is no JSON, or has a block that would override the settings of the run.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadConfigError(f"devices.deepspeed: {path}: expected a JSON file, saw: {error}") from error
    if not isinstance(values, dict):
        raise BadConfigError(f"devices.deepspeed: {path}: expected an object, saw {type(values).__name__}")
    for block in ("optimizer", "scheduler"):
        if block in values:
            raise BadConfigError(
                f"devices.deepspeed: {path} has a block `{block}`, which would silently override the "
                "settings under `optimiser`; take it out"
            )
    for key in FILLED:
        values[key] = "auto"
    for name in ("bf16", "fp16"):
        values[name] = {**values.get(name, {}), "enabled": "auto"}
    zero = values.setdefault("zero_optimization", {})
    if zero.get("stage") == 3:
        zero["stage3_gather_16bit_weights_on_model_save"] = True
    return values


def zero_stage(path: Path | None) -> int:
    """Stage of ZeRO, 0 without DeepSpeed.

    Raises:
        BadConfigError: If the configuration cannot be read.
    """
    return 0 if path is None else int(deepspeed_settings(path)["zero_optimization"].get("stage", 0))


def _nearest(values: list[int], to: int) -> int:
    return min(values, key=lambda value: (abs(value - to), value))


def _of_optimiser(optimiser: OptimiserSettings) -> dict[str, Any]:
    least = (
        optimiser.min_learning_rate / optimiser.learning_rate
    )  # as a rate: DeepSpeed's optimisers hide theirs
    return {
        "learning_rate": optimiser.learning_rate,
        "lr_scheduler_type": SCHEDULES[optimiser.schedule],
        "lr_scheduler_kwargs": {"min_lr_rate": least} if optimiser.schedule == "cosine" else {},
        "warmup_steps": optimiser.warmup_steps,
        "weight_decay": optimiser.weight_decay,
        "adam_beta1": optimiser.beta1,
        "adam_beta2": optimiser.beta2,
        "adam_epsilon": optimiser.epsilon,
        "max_grad_norm": optimiser.clip,
    }


def _of_devices(session: Session, devices: DeviceSettings) -> dict[str, Any]:
    on_cpu = session.device_kind == "cpu"
    return {
        "bf16": devices.precision == "bf16",
        "fp16": devices.precision == "fp16",
        "use_cpu": on_cpu,
        "ddp_backend": None if session.world_size == 1 else ("gloo" if on_cpu else "nccl"),
        "ddp_find_unused_parameters": False,
        "deepspeed": None if devices.deepspeed is None else deepspeed_settings(devices.deepspeed),
    }


def _of_logs(output: Path, logs: LogSettings, evaluation: EvaluationSettings) -> dict[str, Any]:
    report_to = []
    if logs.tensorboard:
        os.environ["TENSORBOARD_LOGGING_DIR"] = str(output / "tensorboard")
        report_to.append("tensorboard")
    if logs.wandb is not None:
        os.environ["WANDB_PROJECT"] = logs.wandb
        report_to.append("wandb")
    for package in report_to:
        if importlib.util.find_spec(package) is None:
            raise BadConfigError(f"logs.{package}: needs {package}: install the extra `logs`")
    return {
        "logging_steps": logs.every,
        "logging_nan_inf_filter": False,
        "report_to": report_to,
        "run_name": output.name,
        "eval_strategy": "no" if evaluation.every is None else "steps",
        "eval_steps": evaluation.every,
        "prediction_loss_only": True,
    }


def _checkpointing(wanted: bool) -> dict[str, Any]:
    """The two arguments under the name that this transformers has: it renamed them in the course of 5.x."""
    from transformers import TrainingArguments

    fields = TrainingArguments.__dataclass_fields__
    name = "activation_checkpointing" if "activation_checkpointing" in fields else "gradient_checkpointing"
    return {name: wanted, f"{name}_kwargs": {"use_reentrant": False} if wanted else None}
