"""The shipped configurations train what they say, on the devices that they name."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from training.config import load
from training.plan.make import make_plan
from training.plan.memory import predict
from training.plan.setup import model_of, setup_of

CONFIGS = Path(__file__).parents[2] / "configs"
PRESETS = ("starcoder-python", "starcoder2", "lora", "qlora", "smoke")
ZERO = ("zero2", "zero3", "zero2-offload", "zero3-offload")
ACCEPT = """
import json, os, sys, warnings
os.environ.update(RANK="0", LOCAL_RANK="0", WORLD_SIZE="1", MASTER_ADDR="127.0.0.1", DS_ACCELERATOR="cpu")
import deepspeed
from transformers import TrainingArguments
found = {}
for path in sys.argv[1:]:
    args = TrainingArguments(output_dir="out", bf16=True, use_cpu=True, deepspeed=path, report_to=[])
    values = args.hf_deepspeed_config.config
    zero = values["zero_optimization"]
    zero.update({name: 64 for name, value in zero.items() if value == "auto"})
    values["train_batch_size"] = values["train_micro_batch_size_per_gpu"]
    config = deepspeed.DeepSpeedConfig(values)
    offload = [config.zero_config.offload_optimizer, config.zero_config.offload_param]
    found[path] = {
        "stage": int(config.zero_config.stage),
        "gather": config.zero_config.gather_16bit_weights_on_model_save,
        "bf16": config.bfloat16_config.enabled,
        "sums": config.grad_accum_dtype,
        "on host": [one is not None and one.device == "cpu" for one in offload],
    }
print(json.dumps(found))
"""
"""Gives the DeepSpeed configurations to transformers and to DeepSpeed, and prints what they made of them."""


def preset(name: str) -> Any:
    """The settings of a preset, where its paths lead to the repository's files."""
    found = load(CONFIGS / "train" / f"{name}.yaml")
    deepspeed = found.devices.deepspeed
    if deepspeed is None:
        return found
    devices = found.devices.model_copy(update={"deepspeed": CONFIGS.parent / deepspeed})
    return found.model_copy(update={"devices": devices})


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_valid_and_says_what_it_is_for(name: str) -> None:
    """It loads, its first line is a comment, it writes below runs/train, and its DeepSpeed file is there."""
    assert (CONFIGS / "train" / f"{name}.yaml").read_text().startswith("# ")
    found = preset(name)
    assert found.output == Path("runs/train") / name
    assert found.devices.deepspeed is None or found.devices.deepspeed.is_file()


def test_the_python_stage_is_the_published_one() -> None:
    """Figures of bigcode Megatron-LM, examples/finetune_bigcode_model.slurm."""
    found = preset("starcoder-python")
    optimiser = found.optimiser
    assert (optimiser.learning_rate, optimiser.min_learning_rate, optimiser.schedule) == (
        5e-5,
        5e-6,
        "cosine",
    )
    assert (optimiser.steps, optimiser.batch, optimiser.warmup_steps) == (8500, 512, 500)
    assert (optimiser.weight_decay, optimiser.beta1, optimiser.beta2, optimiser.clip) == (0.1, 0.9, 0.95, 1.0)
    assert (found.fim.rate, found.fim.spm_rate, found.packing.sequence_length) == (0.5, 0.5, 8192)
    assert make_plan(found, 64, 10**12).course.tokens == 35_651_584_000


@pytest.mark.parametrize(
    ("name", "devices", "gb"),
    [("starcoder-python", 8, 80), ("starcoder2", 8, 40), ("lora", 1, 24), ("qlora", 1, 16), ("smoke", 1, 1)],
)
def test_a_preset_fits_the_devices_that_it_names(name: str, devices: int, gb: int) -> None:
    """By the plan; the batch is divided by them."""
    found = make_plan(preset(name), devices, gb * 10**9)
    assert found.fits, found.found


def test_the_smoke_preset_is_small_enough_for_a_demo() -> None:
    """One to three million weights, a quarter of a million tokens."""
    found = preset("smoke")
    setup = setup_of(found, model_of(found), 1)
    assert 1_000_000 < setup.sizes.parameters < 3_000_000
    assert found.optimiser.steps * found.optimiser.batch * setup.length < 300_000
    assert predict(setup).peak < 2**30


@pytest.mark.parametrize("name", ZERO)
def test_deepspeed_s_files_leave_the_optimiser_to_the_settings(name: str) -> None:
    """A block for it or for the schedule would override them without a word."""
    values = json.loads((CONFIGS / "deepspeed" / f"{name}.json").read_text())
    assert not {"optimizer", "scheduler"} & values.keys()
    for key in ("train_batch_size", "train_micro_batch_size_per_gpu", "gradient_accumulation_steps"):
        assert values[key] == "auto"
    assert values["data_types"] == {"grad_accum_dtype": "fp32"}


@pytest.mark.slow
def test_deepspeed_and_transformers_take_the_files(tmp_path: Path) -> None:
    """And read from them what their names say."""
    paths = [str(CONFIGS / "deepspeed" / f"{name}.json") for name in ZERO]
    done = subprocess.run(
        [sys.executable, "-c", ACCEPT, *paths], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    for name, path in zip(ZERO, paths, strict=True):
        stage = int(name.removeprefix("zero")[0])
        on_host = "offload" in name
        assert found[path] == {
            "stage": stage,
            "gather": stage == 3,
            "bf16": True,
            "sums": "fp32",
            "on host": [on_host, on_host and stage == 3],
        }
