"""The work of a step is counted from the model's sizes."""

import pytest
from tiny import SHAPES

from training.model.shapes import SHAPES as PUBLISHED
from training.model.shapes import config_of
from training.train import flops


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_weights_are_those_of_the_model(family: str) -> None:
    """Linear layers and head hold all parameters but biases, norms and what is only looked up."""
    import torch
    from transformers import AutoModelForCausalLM

    config = config_of(SHAPES[family], 2048)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    matrices = {
        name: module.weight.numel()
        for name, module in model.named_modules()
        if type(module).__name__ in {"Linear", "Conv1D"}
    }
    known = flops.sizes(config)
    assert known is not None
    assert known.head == matrices.pop("lm_head")
    assert known.linear == sum(matrices.values())


def test_starcoder2_3b_needs_its_share() -> None:
    """Six operations for each of 3.03 billion weights, and a tenth of that for attention at 4,096."""
    config = config_of(PUBLISHED["starcoder2-3b"], 49152)
    assert flops.flops_per_token(config, 4096) == pytest.approx(2.04e10, rel=0.02)


def test_frozen_weights_need_no_gradient() -> None:
    """With adapters, a third of the work of the weights is not done; attention stays."""
    config = config_of(PUBLISHED["starcoder2-3b"], 49152)
    whole, frozen = flops.flops_per_token(config, 1), flops.flops_per_token(config, 1, frozen=True)
    assert whole is not None
    assert frozen is not None
    assert frozen / whole == pytest.approx(4 / 6, rel=1e-3)


@pytest.mark.parametrize(("length", "window", "seen"), [(4, None, 2.5), (4, 4, 2.5), (4, 2, 1.75), (1, 9, 1)])
def test_a_token_sees_what_is_before_it(length: int, window: int | None, seen: float) -> None:
    """Half of the window on average, less where attention looks back only so far."""
    assert flops._mean_seen(length, window) == seen
    places = [min(place + 1, window or length) for place in range(length)]
    assert sum(places) / length == seen


def test_other_models_are_not_guessed() -> None:
    """Of a model of another family nothing is said."""
    from transformers import BertConfig

    assert flops.flops_per_token(BertConfig(), 512) is None


@pytest.mark.parametrize(
    ("name", "precision", "value"),
    [
        ("NVIDIA H100 80GB HBM3", "bf16", 989e12),
        ("NVIDIA H100 PCIe", "bf16", 756e12),
        ("NVIDIA H200", "bf16", 989e12),
        ("NVIDIA GH200 480GB", "bf16", 989e12),
        ("NVIDIA A100-SXM4-80GB", "fp16", 312e12),
        ("NVIDIA A10G", "bf16", 70e12),
        ("NVIDIA L40S", "bf16", 362e12),
        ("NVIDIA L4", "bf16", 121e12),
        ("NVIDIA H100 80GB HBM3", "fp32", None),
        ("cpu", "bf16", None),
        ("Some new card", "bf16", None),
    ],
)
def test_what_a_device_can_do_is_known_or_not(name: str, precision: str, value: float | None) -> None:
    """By part of its name, the longer before the shorter; nothing is guessed."""
    assert flops.peak(name, precision) == value
