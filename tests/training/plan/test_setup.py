"""A configuration as the way it trains."""

from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadConfigError, BadInputError
from training.config import TrainConfig, check
from training.model.make import make_model
from training.model.settings import LoraSettings, Shape
from training.plan.memory import Method
from training.plan.setup import method_of, model_of, setup_of
from training.plan.sizes import sizes_of


def config(**changes: Any) -> TrainConfig:
    """A configuration with some settings."""
    base = {"output": "runs/x", "model": {"shape": "starcoder2-3b"}, "corpus": {"run": "runs/none"}}
    return check({**base, **changes}, "test")


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        ({"shape": "starcoder2-7b"}, 7_173_923_840),
        ({"name": "bigcode/starcoder2-7b"}, 7_173_923_840),
        ({"name": "bigcode/starcoderbase-1b"}, 1_137_207_296),
        ({"name": "bigcode/starcoder"}, 15_517_456_384),
    ],
)
def test_published_models_are_known_without_the_hub(model: dict[str, str], parameters: int) -> None:
    """By name of a shape, and by their names on the hub; StarCoder has the sizes of its base."""
    assert sizes_of(model_of(config(model=model))).parameters == parameters


def test_sizes_of_a_run_s_own_have_the_vocabulary_of_its_tokenizer() -> None:
    """Which is made for it."""
    found = model_of(config(model={"shape": {"layers": 1}}, tokenizer={"vocabulary": 777}))
    assert (found.vocab_size, found.num_hidden_layers) == (777, 1)


def test_a_folder_s_configuration_is_read(tmp_path: Path) -> None:
    """As it was saved."""
    make_model(Shape(layers=3), 321, 1, tmp_path)
    assert model_of(config(model={"name": str(tmp_path)})).vocab_size == 321


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    """Saying what would be known; and so is a shape that was never published."""
    with pytest.raises(BadInputError, match="see `training plan --list`"):
        model_of(config(model={"name": str(tmp_path / "nothing")}))
    with pytest.raises(BadConfigError, match="'starcoder3' is no published shape"):
        model_of(config(model={"shape": "starcoder3"}))


def test_settings_are_carried_over() -> None:
    """Whatever decides memory."""
    settings = config(
        model={"shape": "starcoder2-3b", "gradient_checkpointing": False, "attention": "eager"},
        packing={"sequence_length": 4096, "isolate": False},
        optimiser={"steps": 5, "batch": 64, "micro_batch": 2},
        lora={"enabled": True, "rank": 7, "dropout": 0.2, "targets": ["c_fc"]},
        devices={"deepspeed": "configs/deepspeed/zero3.json", "precision": "fp16", "device": "cpu"},
    )
    found = setup_of(settings, model_of(settings), 4)
    assert found.zero is not None
    assert (found.zero.stage, found.devices, found.micro_batch, found.accumulation) == (3, 4, 2, 8)
    assert (found.length, found.isolate, found.checkpointing) == (4096, False, False)
    assert (found.attention, found.precision, found.cuda) == ("eager", "fp16", False)
    assert (found.method, found.rank, found.targets, found.adapter_dropout) == ("lora", 7, ("c_fc",), 0.2)


@pytest.mark.parametrize(
    ("lora", "method"),
    [
        ({}, "full"),
        ({"enabled": True}, "lora"),
        ({"enabled": True, "quantize": "8bit"}, "8bit"),
        ({"enabled": True, "quantize": "nf4"}, "qlora"),
    ],
)
def test_what_is_trained_and_how_the_rest_is_held(lora: dict[str, Any], method: Method) -> None:
    """Four ways."""
    assert method_of(LoraSettings(**lora)) == method
