"""Settings of a chat fine-tuning: what is refused, and what holds where nothing is said."""

from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadConfigError
from curation.settings_file import check_settings
from training.chat.config import ChatConfig, load
from training.chat.dialogue import named

SMALL: dict[str, Any] = {"output": "out", "model": {"name": "some/model"}, "data": {"paths": ["a.jsonl"]}}
CHAT = Path(__file__).parents[3] / "configs/train/chat.yaml"


def checked(**more: Any) -> ChatConfig:
    return check_settings(ChatConfig, {**SMALL, **more}, "test")


def test_what_is_not_said_is_that_of_the_published_chat_code() -> None:
    """Rate, epochs, length, decay; and a part of the optimiser's settings does not undo the others."""
    for config in (checked(), checked(optimiser={"batch": 8})):
        assert config.optimiser.learning_rate == 2e-5
        assert config.optimiser.epochs == 3
        assert config.optimiser.weight_decay == 0
        assert "warmup_steps" not in config.optimiser.model_fields_set
        assert config.sequence_length == 1024
    assert config.optimiser.batch == 8


def test_steps_take_the_place_of_epochs() -> None:
    """One length of training, not two."""
    assert checked(optimiser={"steps": 5}).optimiser.epochs is None
    assert checked(optimiser={"steps": None}).optimiser.epochs == 3


def test_a_template_is_a_name_or_tokens() -> None:
    """Tokens that are not said are the default's."""
    assert checked(template="alpaca").template == named("alpaca")
    template = checked(template={"end_token": "<|endoftext|>"}).template
    assert (template.end_token, template.user_token, template.system) == ("<|endoftext|>", "<|user|>", None)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"model": {"shape": {}}}, "model.name: expected a model to fine-tune"),
        ({"optimiser": {"steps": 1, "epochs": 1}}, "expected either `steps` or `epochs`"),
        ({"optimiser": {"epochs": None}}, "expected either `steps` or `epochs`"),
        ({"optimiser": {"min_learning_rate": 1}}, "1.0 is above learning_rate, 2e-05"),
        ({"lora": {"quantize": "nf4"}}, "set lora.enabled too"),
        (
            {"data": {"paths": ["a"], "held_out": 0.1, "held_out_split": "test"}},
            "expected either `held_out` or `held_out_split`",
        ),
        ({"evaluation": {"every": 5}}, "nothing is held out"),
        ({"template": "vicuna"}, "'vicuna' is no template"),
        ({"template": {"sytem": "x"}}, "did you mean 'system'"),
        ({"data": {"paths": []}}, "data.paths"),
        ({"optimiser": {"steeps": 1}}, "did you mean 'steps'"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(more: dict[str, Any], message: str) -> None:
    """Before any data is read, with what to do."""
    with pytest.raises(BadConfigError, match=message):
        checked(**more)


def test_the_shipped_configuration_can_be_loaded() -> None:
    """ZeRO-3 in bf16, as the file says; a setting can be overridden."""
    config = load(CHAT, ["optimiser.epochs=1"])
    assert config.optimiser.epochs == 1
    assert config.devices.precision == "bf16"
    assert (CHAT.parents[2] / str(config.devices.deepspeed)).is_file()
