"""What to change when it does not fit: cheap changes first, and only what helps."""

from dataclasses import replace
from typing import Any

import pytest

from training.config import check
from training.model.shapes import VOCABULARY, shape_named
from training.plan.advice import advice, advise, gigabytes
from training.plan.memory import Setup, predict
from training.plan.setup import model_of
from training.plan.sizes import plain_config, sizes_of
from training.plan.zero import zero_default

THREE = sizes_of(plain_config(shape_named("starcoder2-3b"), VOCABULARY))
ALONE = Setup(THREE, 8192, devices=1, micro_batch=4, checkpointing=False)


def texts(setup: Setup, gb: float) -> tuple[list[str], list[str]]:
    """Beginnings of what is advised: of changes, and of choices."""
    found = advice(setup, int(gb * 1e9))
    return [one.text.split(":")[0] for one in found.changes], [
        one.text.split(":")[0] for one in found.choices
    ]


def test_nothing_is_advised_where_it_fits() -> None:
    """Neither changes nor choices."""
    assert texts(ALONE, 1000) == ([], [])


def test_the_cheapest_changes_come_first_and_stop_when_it_fits() -> None:
    """Smaller micro-batches cost nothing, checkpointing a third more computing."""
    micro, again = "set optimiser.micro_batch to 1", "set model.gradient_checkpointing to true"
    after_first = predict(replace(ALONE, micro_batch=1)).needed / 1e9
    assert texts(ALONE, after_first + 1) == ([micro], [])
    assert texts(ALONE, after_first - 1) == ([micro, again], [])


def test_what_would_not_help_is_not_advised() -> None:
    """ZeRO on one device, checkpointing that is on already, sdpa that is in use."""
    ready = replace(ALONE, micro_batch=1, checkpointing=True)
    assert texts(ready, 40)[0] == []


def test_state_is_split_over_devices_before_anything_is_given_up() -> None:
    """Stage 2, then 3."""
    many = replace(ALONE, devices=8, micro_batch=1, checkpointing=True)
    zero2, zero3 = (f"set devices.deepspeed to configs/deepspeed/zero{stage}.json" for stage in (2, 3))
    split = predict(replace(many, zero=zero_default(2, THREE.hidden))).needed / 1e9
    assert texts(many, split + 0.1) == ([zero2], [])
    assert texts(many, split - 0.1) == ([zero2, zero3], [])


def test_choices_each_fit_by_themselves() -> None:
    """More devices, shorter windows, the CPU's memory, adapters: what is given up differs."""
    setup = replace(ALONE, micro_batch=1, checkpointing=True)
    changes, choices = texts(setup, 24)
    assert changes == []
    assert choices == [
        "take 8 devices with configs/deepspeed/zero3.json",
        "set devices.deepspeed to configs/deepspeed/zero2-offload.json",
        "set devices.deepspeed to configs/deepspeed/zero3-offload.json",
        "train adapters (lora.enabled)",
        "train adapters on 4 bits (lora.enabled, lora.quantize",
    ]
    assert all(choice.needed <= 24e9 for choice in advice(setup, int(24e9)).choices)


def test_the_longest_windows_that_fit_are_a_choice() -> None:
    """By halves."""
    setup = Setup(THREE, 16384, devices=1, method="qlora")
    assert texts(setup, 12) == ([], ["set packing.sequence_length to 8192, and more windows in a batch"])


def test_where_nothing_helps_nothing_is_promised() -> None:
    """A gigabyte is too little for anything."""
    found = advice(ALONE, int(1e9))
    assert found.choices == ()
    assert not found.fits


def settings(**changes: Any) -> Any:
    """A configuration of the 3B shape."""
    base: dict[str, Any] = {"output": "runs/x", "model": {"shape": "starcoder2-3b"}, "corpus": {"run": "r"}}
    return check({**base, **changes}, "test")


@pytest.mark.parametrize(
    ("gb", "changes", "said"),
    [
        (80, {"lora": {"enabled": True}}, "it should fit; is something else on the device"),
        (60, {"optimiser": {"steps": 1, "micro_batch": 8}}, "; set optimiser.micro_batch to 1"),
        (60, {"optimiser": {"steps": 1, "micro_batch": 8}}, "; then one of: take 2 devices"),
        (24, {}, "(optimiser 24.2, weights 12.1"),
        (1, {}, "take devices with more memory: nothing that is known here makes it fit"),
    ],
)
def test_it_is_said_in_one_sentence(gb: float, changes: dict[str, Any], said: str) -> None:
    """With what is needed, what it is needed for, and what to set, for the message when memory runs out."""
    config = settings(**changes)
    text = advise(config, model_of(config), 1, int(gb * 1e9))
    assert said in text
    assert text.startswith("a step needs about ")
    assert "\n" not in text


def test_small_sizes_have_more_digits() -> None:
    """A tiny model is not 0.0 GB."""
    assert (gigabytes(12_345_678_901), gigabytes(12_345_678)) == ("12.3", "0.012")
