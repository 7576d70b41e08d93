"""Memory of a device, with what stays from step to step."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from training.model.settings import Shape
from training.model.shapes import VOCABULARY, config_of, shape_named
from training.plan.memory import CONTEXT, NCCL, Memory, Method, Setup, predict, step_of
from training.plan.sizes import Sizes, plain_config, sizes_of
from training.plan.zero import zero_default

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "plan_accuracy.py"
STAGES = ["tiny-zero2", "tiny-zero3-lora"]


def published(name: str) -> Sizes:
    """Sizes of a published shape."""
    return sizes_of(plain_config(shape_named(name), VOCABULARY))


THREE = published("starcoder2-3b")
SETUP = Setup(THREE, 8192, devices=8, zero=zero_default(2, THREE.hidden))


def memory(**changes: Any) -> Memory:
    """Of the 3B shape on eight devices with ZeRO-2, with some changes."""
    return predict(replace(SETUP, **changes))


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, int]]:
    """Steps under DeepSpeed on two processes, and what the plan says of them."""
    command = [sys.executable, str(BENCHMARK), "--json", *STAGES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, int]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", STAGES)
def test_the_plan_says_what_a_step_under_deepspeed_takes(
    measured: dict[str, dict[str, int]], name: str
) -> None:
    """On two processes, weights of both families, all trained and adapters: within 5 %; 10 % are allowed."""
    assert measured[name]["predicted"] == pytest.approx(measured[name]["measured"], rel=0.05)


@pytest.mark.parametrize("method", ["qlora", "8bit"])
def test_weights_in_few_bits_take_what_bitsandbytes_makes_of_them(method: Method, tmp_path: Path) -> None:
    """Counted in a real model: the matrices of blocks, their scales, and the rest in bf16."""
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    config = config_of(Shape(layers=2, hidden=256, feed_forward=1024, heads=4, kv_heads=2, positions=64), 512)
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    bits = (
        BitsAndBytesConfig(load_in_8bit=True)
        if method == "8bit"
        else BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True)
    )
    model = AutoModelForCausalLM.from_pretrained(
        tmp_path, quantization_config=bits, dtype=torch.bfloat16, device_map={"": "cpu"}
    )
    held = sum(one.numel() * one.element_size() for one in model.parameters())
    for weight in model.parameters():
        state = getattr(weight, "quant_state", None)
        tables = [] if state is None else [state.absmax, state.state2.absmax]
        tables += [getattr(weight, "SCB", None)]
        held += sum(one.numel() * one.element_size() for one in tables if one is not None)
    assert Setup(sizes_of(config), 64, method=method).frozen == pytest.approx(held, rel=0.001)


def test_published_figures_of_weights() -> None:
    """GB of StarCoder2-3B and StarCoder by their model cards: 3.4 and 15.9 in 8 bits, 1.99 in 4."""
    assert Setup(THREE, 64, method="8bit").frozen / 1e9 == pytest.approx(3.2, abs=0.25)
    assert Setup(THREE, 64, method="qlora").frozen / 1e9 == pytest.approx(1.8, abs=0.2)
    assert Setup(published("starcoderbase"), 64, method="8bit").frozen / 1e9 == pytest.approx(15.9, abs=0.2)


@pytest.mark.parametrize(
    ("stage", "weights", "optimiser", "sums"),
    [(None, 4.0, 8.0, 0.0), (1, 2.0, 1.5, 4.0), (2, 2.0, 1.5, 0.5), (3, 0.25, 1.5, 0.5)],
)
def test_each_stage_splits_more(stage: int | None, weights: float, optimiser: float, sums: float) -> None:
    """Bytes of a parameter on each of eight devices: of weights, AdamW with its fp32 copy, and gradients."""
    zero = None if stage is None else zero_default(stage, THREE.hidden)
    parts = memory(zero=zero).parts
    found = [parts.get(name, 0) / THREE.parameters for name in ("weights", "optimiser", "sums of gradients")]
    assert found == pytest.approx([weights, optimiser, sums], rel=0.001)


def test_states_on_the_host_leave_the_device() -> None:
    """12 bytes of a parameter of this device's part, and 4 for gradients; in stage 3 weights too."""
    share = THREE.parameters / 8
    for stage, extra in ((2, 2 + 4), (3, 2 + 4)):
        found = memory(zero=zero_default(stage, THREE.hidden, on_host=True))
        assert not {"optimiser", "sums of gradients"} & found.parts.keys()
        assert found.host / share == pytest.approx((12 + extra) + (4 if stage == 3 else 0), rel=0.01)
        assert found.peak < memory(zero=zero_default(stage, THREE.hidden)).peak
    assert "weights" not in memory(zero=zero_default(3, THREE.hidden, on_host=True)).parts


def test_parts_add_up_and_the_device_needs_more_than_torch_allocates() -> None:
    """Largest part first; outside are CUDA's context and NCCL, on a CPU neither."""
    found = memory()
    assert sum(found.parts.values()) == found.peak
    assert list(found.parts.values()) == sorted(found.parts.values(), reverse=True)
    assert found.needed - int(1.05 * found.peak) == CONTEXT + NCCL
    alone = memory(devices=1, cuda=False)
    assert alone.needed == int(1.05 * alone.peak)


def test_the_3b_shape_with_adapters_and_8192_tokens_fits_80_gb() -> None:
    """One device, ZeRO-2: 13 GB allocated; without gradient checkpointing 70."""
    alone = {"devices": 1, "method": "lora"}
    assert memory(**alone).peak / 1e9 == pytest.approx(13.0, abs=0.3)
    assert memory(**alone, checkpointing=False).needed < 80e9


def test_the_python_stage_fits_eight_devices_of_80_gb_with_zero_3_only() -> None:
    """StarCoder's 15.5 billion parameters, all trained: 46 GB each."""
    sizes = published("starcoderbase")
    setup = Setup(sizes, 8192, devices=8, zero=zero_default(3, sizes.hidden))
    assert predict(setup).needed < 80e9
    assert predict(replace(setup, zero=zero_default(1, sizes.hidden))).needed > 80e9
    assert predict(replace(setup, zero=None)).needed > 80e9


@pytest.mark.parametrize(
    ("stage", "devices", "moment"),
    [
        (2, 8, "reduction of gradients"),
        (3, 1, "update of weights"),
        (None, 8, "forward and backward pass"),
    ],
)
def test_the_moment_of_the_peak_is_told(stage: int | None, devices: int, moment: str) -> None:
    """With windows so short that the passes take little.

    Then it is when ZeRO-2 copies what it sends, when ZeRO-3 makes fp32 gradients, and without DeepSpeed when
    the last gradients meet all others.
    """
    small = sizes_of(plain_config(Shape(layers=3, hidden=256, feed_forward=1024, positions=64), 64))
    zero = None if stage is None else zero_default(stage, 256)
    assert predict(Setup(small, 32, zero=zero, devices=devices)).moment == moment
    assert memory().moment == "forward and backward pass"


@pytest.mark.parametrize(
    ("changes", "weights", "autocast", "adapters"),
    [
        ({}, 2, 0, 0),
        ({"zero": None}, 4, 2, 0),
        ({"precision": "fp32"}, 4, 0, 0),
        ({"precision": "fp16"}, 2, 0, 0),
        ({"method": "lora"}, 2, 0, 2),
        ({"method": "lora", "zero": None}, 2, 2, 4),
        ({"method": "qlora", "zero": None}, 2, 2, 4),
        ({"method": "lora", "zero": None, "precision": "fp32"}, 4, 0, 4),
    ],
)
def test_precision_follows_who_keeps_the_fp32_copy(
    changes: dict[str, Any], weights: int, autocast: int, adapters: int
) -> None:
    """DeepSpeed keeps one beside bf16 weights; without it what is trained is fp32, under autocast."""
    step = step_of(replace(SETUP, **changes))
    assert (step.weights, step.autocast, step.adapters) == (weights, autocast, adapters)
