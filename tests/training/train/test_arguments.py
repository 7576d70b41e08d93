"""Settings become arguments of a Trainer, with nothing left to be guessed or overridden."""

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadConfigError
from training.train.arguments import accumulation, arguments, deepspeed_settings, zero_stage
from training.train.session import Session
from training.train.settings import (
    CheckpointSettings,
    DeviceSettings,
    EvaluationSettings,
    LogSettings,
    OptimiserSettings,
)

ALONE = Session(rank=0, world_size=1, local_rank=0, device_kind="cpu")
PYTHON_STAGE = OptimiserSettings(steps=8500)
QUIET, NONE = LogSettings(), EvaluationSettings()


def made(
    output: Path,
    optimiser: OptimiserSettings = PYTHON_STAGE,
    *,
    logs: LogSettings = QUIET,
    evaluation: EvaluationSettings = NONE,
    precision: str = "bf16",
    gradient_checkpointing: bool = True,
) -> Any:
    return arguments(
        ALONE,
        output,
        optimiser,
        DeviceSettings.model_validate({"precision": precision, "device": "cpu"}),
        CheckpointSettings(every=7),
        logs,
        evaluation,
        steps=8500,
        seed=(1 << 40) + 5,
        gradient_checkpointing=gradient_checkpointing,
    )


def test_the_optimiser_is_the_published_one(tmp_path: Path) -> None:
    """Rates, decay, moments, clipping and the cosine with a tenth at its end."""
    args = made(tmp_path)
    assert (args.learning_rate, args.lr_scheduler_kwargs) == (5e-5, {"min_lr_rate": pytest.approx(0.1)})
    assert str(args.lr_scheduler_type.value) == "cosine_with_min_lr"
    assert (args.warmup_steps, args.weight_decay, args.max_grad_norm) == (500, 0.1, 1.0)
    assert (args.adam_beta1, args.adam_beta2, args.adam_epsilon) == (0.9, 0.95, 1e-8)
    assert (args.max_steps, args.gradient_accumulation_steps) == (8500, 512)


def test_samples_come_in_their_order(tmp_path: Path) -> None:
    """The data set draws the order; a Trainer that shuffled it again could not say where it stands."""
    args = made(tmp_path)
    assert args.train_sampling_strategy == "sequential"
    assert args.remove_unused_columns is False


def test_a_loss_that_is_no_number_is_not_hidden(tmp_path: Path) -> None:
    """Transformers would put the mean of the earlier ones in its place."""
    assert made(tmp_path).logging_nan_inf_filter is False


@pytest.mark.parametrize("wanted", [True, False])
def test_activations_are_computed_again_if_wanted(tmp_path: Path, wanted: bool) -> None:
    """Without re-entering autograd, which adapters do not survive."""
    args = made(tmp_path, gradient_checkpointing=wanted)
    assert args.gradient_checkpointing is wanted
    assert args.gradient_checkpointing_kwargs == ({"use_reentrant": False} if wanted else None)


@pytest.mark.parametrize(("precision", "flags"), [("bf16", (True, False)), ("fp32", (False, False))])
def test_precision_on_a_cpu(tmp_path: Path, precision: str, flags: tuple[bool, bool]) -> None:
    """The CPU computes in bf16 if it is told that it is one."""
    args = made(tmp_path, precision=precision)
    assert (args.bf16, args.fp16) == flags
    assert args.use_cpu


def test_nothing_is_reported_or_pushed_unless_asked(tmp_path: Path) -> None:
    """No service, no hub, no deletion of checkpoints by anyone else."""
    args = made(tmp_path)
    assert args.report_to == []
    assert args.push_to_hub is False
    assert args.save_total_limit is None
    assert args.save_steps == 7
    assert str(args.eval_strategy.value) == "no"


def test_what_is_asked_for_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorBoard's files lie in the run's folder, Weights & Biases gets its project."""
    for name in ("TENSORBOARD_LOGGING_DIR", "WANDB_PROJECT"):
        monkeypatch.setenv(name, "elsewhere")
    args = made(
        tmp_path,
        logs=LogSettings(every=5, tensorboard=True, wandb="stars"),
        evaluation=EvaluationSettings(every=9),
    )
    assert args.report_to == ["tensorboard", "wandb"]
    assert os.environ["TENSORBOARD_LOGGING_DIR"] == str(tmp_path / "tensorboard")
    assert os.environ["WANDB_PROJECT"] == "stars"
    assert (args.logging_steps, args.eval_steps) == (5, 9)


@pytest.mark.parametrize("package", ["tensorboard", "wandb"])
def test_a_service_needs_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """Said before anything is trained."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else object())
    logs = LogSettings.model_validate({package: "stars" if package == "wandb" else True})
    with pytest.raises(BadConfigError, match=f"logs.{package}: needs {package}: install the extra `logs`"):
        made(tmp_path, logs=logs)


def test_one_process_has_one_gpu(tmp_path: Path) -> None:
    """However many it sees: copies of the model on the others would change the batch."""
    assert made(tmp_path).n_gpu <= 1


def test_what_is_drawn_afterwards_follows_from_the_seed(tmp_path: Path) -> None:
    """Adapters and heads are made between here and training."""
    import torch

    drawn = []
    for _ in range(2):
        made(tmp_path)
        drawn.append(torch.rand(3))
    assert torch.equal(*drawn)


def test_a_seed_of_64_bits_fits_numpy(tmp_path: Path) -> None:
    """Numpy's own generator takes 32."""
    assert made(tmp_path).seed == 5


@pytest.mark.parametrize(("schedule", "name"), [("constant", "constant_with_warmup"), ("linear", "linear")])
def test_other_schedules_have_no_minimum(tmp_path: Path, schedule: str, name: str) -> None:
    """They are transformers' own, after the same warm-up."""
    args = made(tmp_path, OptimiserSettings.model_validate({"steps": 8500, "schedule": schedule}))
    assert str(args.lr_scheduler_type.value) == name
    assert args.lr_scheduler_kwargs == {}


@pytest.mark.parametrize(
    ("batch", "micro_batch", "processes", "steps"), [(512, 1, 1, 512), (512, 2, 16, 16), (12, 3, 4, 1)]
)
def test_the_rest_of_a_batch_is_accumulated(batch: int, micro_batch: int, processes: int, steps: int) -> None:
    """Batch = micro-batch * processes * accumulation."""
    assert accumulation(OptimiserSettings(steps=1, batch=batch, micro_batch=micro_batch), processes) == steps


@pytest.mark.parametrize(
    ("batch", "micro_batch", "processes", "advice"),
    [
        (512, 3, 8, "micro_batch 2 would divide it, so would a batch of 528"),
        (512, 1, 3, "2 processes would divide it, so would a batch of 513"),
        (12, 5, 7, "so would a batch of 35"),
        (10, 4, 1, "micro_batch 5 would divide it, so would a batch of 12"),
    ],
)
def test_a_batch_that_is_not_divided_is_refused(
    batch: int, micro_batch: int, processes: int, advice: str
) -> None:
    """The message says what would divide it."""
    with pytest.raises(BadConfigError) as refused:
        accumulation(OptimiserSettings(steps=1, batch=batch, micro_batch=micro_batch), processes)
    assert str(refused.value) == (
        f"optimiser.batch: {batch} windows are not divided by {processes} processes of micro_batch "
        f"{micro_batch}; {advice}"
    )


def written(folder: Path, content: str) -> Path:
    path = folder / "deepspeed.json"
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize("block", ["optimizer", "scheduler"])
def test_deepspeed_may_not_override_the_schedule(tmp_path: Path, block: str) -> None:
    """Its WarmupLR would hold the rate constant while the settings say cosine, without a word."""
    path = written(tmp_path, json.dumps({block: {"type": "WarmupLR"}, "zero_optimization": {"stage": 2}}))
    with pytest.raises(BadConfigError, match=f"has a block `{block}`, which would silently override"):
        deepspeed_settings(path)


@pytest.mark.parametrize(
    ("content", "seen"),
    [("{", "expected a JSON file, saw: Expecting"), ("[1]", "expected an object, saw list")],
)
def test_what_is_no_configuration_is_refused(tmp_path: Path, content: str, seen: str) -> None:
    """The path and what was seen are named."""
    with pytest.raises(BadConfigError, match=f"deepspeed.json: {seen}"):
        deepspeed_settings(written(tmp_path, content))


def test_a_missing_configuration_is_refused(tmp_path: Path) -> None:
    """Before anything else is done."""
    with pytest.raises(BadConfigError, match=r"none.json: expected a JSON file, saw: .*No such file"):
        deepspeed_settings(tmp_path / "none.json")


def test_batch_and_precision_are_those_of_the_run(tmp_path: Path) -> None:
    """Numbers in the file that would contradict the settings are replaced, others stay."""
    values = {"train_batch_size": 3, "bf16": {"enabled": True, "x": 1}, "zero_optimization": {"stage": 3}}
    found = deepspeed_settings(written(tmp_path, json.dumps(values)))
    assert found["train_batch_size"] == found["gradient_accumulation_steps"] == "auto"
    assert found["bf16"] == {"enabled": "auto", "x": 1}
    assert found["zero_optimization"] == {"stage": 3, "stage3_gather_16bit_weights_on_model_save": True}


@pytest.mark.parametrize("stage", [0, 1, 2, 3])
def test_the_stage_is_that_of_the_file(tmp_path: Path, stage: int) -> None:
    """0 if none is named, and without DeepSpeed."""
    zero = {"zero_optimization": {"stage": stage}} if stage else {}
    assert zero_stage(written(tmp_path, json.dumps(zero))) == stage
    assert zero_stage(None) == 0


@pytest.mark.parametrize("path", sorted(Path("configs/deepspeed").glob("*.json")), ids=lambda path: path.name)
def test_shipped_configurations_are_taken(path: Path) -> None:
    """Each names its stage and overrides nothing."""
    assert zero_stage(path) in {2, 3}
