"""A whole plan, and what is refused before it is made."""

from typing import Any

import pytest

from curation.errors import BadConfigError
from training.config import TrainConfig, check
from training.plan.make import GPUS, make_plan
from training.plan.memory import predict
from training.plan.steps import Speed


def config(**changes: Any) -> TrainConfig:
    """Of a model with random weights."""
    base: dict[str, Any] = {
        "output": "runs/none/out",
        "model": {"shape": {"layers": 2, "positions": 512}},
        "corpus": {"run": "runs/none"},
        "packing": {"sequence_length": 256},
        "optimiser": {"steps": 3, "batch": 16},
    }
    return check({**base, **changes}, "test")


def test_it_puts_memory_steps_and_advice_together() -> None:
    """Of the same way to train."""
    found = make_plan(config(), 4, 10**12, (64, 128), Speed(1.0, 0.5))
    assert found.found == predict(found.setup)
    assert (found.setup.devices, found.lengths, found.course.steps) == (4, (64, 128), 3)
    assert found.fits
    assert found.advice.changes == ()
    assert found.course.hours is not None


def test_without_a_number_a_run_on_gpus_has_eight_and_one_on_a_cpu_one() -> None:
    """Whose speed is not guessed."""
    assert make_plan(config(), None, 10**12).setup.devices == GPUS
    found = make_plan(config(devices={"device": "cpu"}), None, 10**12, (), Speed(1.0, 0.5))
    assert (found.setup.devices, found.course.hours) == (1, None)


@pytest.mark.parametrize(
    ("changes", "lengths", "message"),
    [
        (
            {"packing": {"sequence_length": 1024}},
            (),
            "windows of 1,024 tokens, but the model takes at most 512",
        ),
        ({}, (2048,), "windows of 2,048 tokens, but the model takes at most 512"),
        ({"optimiser": {"steps": 1, "batch": 6}}, (), "6 windows are not divided by 4 processes"),
        ({"devices": {"deepspeed": "configs/deepspeed/zero9.json"}}, (), "expected a JSON file"),
    ],
)
def test_what_could_not_be_trained_is_not_planned(
    changes: dict[str, Any], lengths: tuple[int, ...], message: str
) -> None:
    """With the message that training would give."""
    with pytest.raises(BadConfigError, match=message):
        make_plan(config(**changes), 4, 10**12, lengths)
