"""What is checked and made before a device is used."""

from pathlib import Path
from typing import Any

import pytest
from chat_runs import BATCH, LENGTH, settings, sums, write_rows

from curation.errors import BadConfigError, BadInputError
from curation.settings_file import check_settings
from training import record
from training.chat.config import ChatConfig
from training.chat.material import Material, gather, warmed_up
from training.train.session import Session
from training.train.settings import OptimiserSettings

ALONE = Session(0, 1, 0, "cpu")


def configured(models: Path, tmp_path: Path, **more: Any) -> ChatConfig:
    data = write_rows(tmp_path / "rows.jsonl", sums(20))
    return check_settings(ChatConfig, settings(models / "starcoder2", data, tmp_path / "run", **more), "test")


def gathered(config: ChatConfig) -> Material:
    return gather(ALONE, config, lambda _: None)


def test_epochs_become_steps(models: Path, tmp_path: Path) -> None:
    """As many as it takes to see every window so often; 3 % of them warm up."""
    material = gathered(configured(models, tmp_path, optimiser={"steps": None, "epochs": 40}))
    assert material.steps == -(-40 * len(material.windows) // BATCH)
    assert material.optimiser.warmup_steps == -(-3 * material.steps // 100)


def test_a_warm_up_that_is_set_is_kept() -> None:
    """Also none at all."""
    settings_of = OptimiserSettings(steps=100, warmup_steps=0)
    assert warmed_up(settings_of, 100).warmup_steps == 0
    assert warmed_up(OptimiserSettings(steps=100), 100).warmup_steps == 3


def test_nothing_is_evaluated_unless_it_is_wanted(models: Path, tmp_path: Path) -> None:
    """Then as many windows as are asked for and there are."""
    held_out = {"held_out": 0.4}
    assert gathered(configured(models, tmp_path, data=held_out)).held_out is None
    config = configured(models, tmp_path, data=held_out, evaluation={"every": 1, "windows": 2})
    found = gathered(config).held_out
    assert found is not None
    assert len(found) == 2
    assert len(found[0]["input_ids"]) == LENGTH


def test_evaluation_without_a_held_out_dialogue_is_refused(models: Path, tmp_path: Path) -> None:
    """A share can be so small that none is drawn."""
    config = configured(models, tmp_path, data={"held_out": 1e-9}, evaluation={"every": 1})
    with pytest.raises(BadConfigError, match=r"no dialogue was held out; raise data\.held_out"):
        gathered(config)


def test_a_run_may_ask_other_samples_of_moved_data(models: Path, tmp_path: Path) -> None:
    """The record compares dialogues by what they hold; what decides the training must be the same."""
    config = configured(models, tmp_path)
    before = gathered(config).record
    moved = (tmp_path / "rows.jsonl").rename(tmp_path / "moved.jsonl")
    again = configured(models, tmp_path, data={"paths": [str(moved)]}, samples={"prompts": ["Other"]})
    assert record.differences(before, gathered(again).record) == []
    faster = configured(models, tmp_path, optimiser={"learning_rate": 1e-3})
    assert record.differences(before, gathered(faster).record) == [
        "optimiser.learning_rate: was 0.01, is 0.001"
    ]


@pytest.mark.parametrize(
    ("more", "kind", "message"),
    [
        ({"sequence_length": 1024}, BadConfigError, "windows of 1024 tokens, but .* takes at most 512"),
        ({"optimiser": {"batch": 3}}, BadConfigError, "3 windows are not divided"),
        ({"model": {"name": "runs/no-such-model"}}, BadInputError, "expected a model on the hub or a folder"),
        (
            {
                "evaluation": {"every": 1},
                "data": {"held_out": 0.4},
                "lora": {"enabled": True, "quantize": "nf4"},
            },
            BadConfigError,
            "weights held in 4 bits cannot be trained any more after an evaluation",
        ),
        ({"model": {"attention": "flash_attention_2"}}, BadConfigError, "flash_attention_2 needs a GPU"),
    ],
)
def test_what_cannot_work_is_refused_before_data_is_read(
    models: Path, tmp_path: Path, more: dict[str, Any], kind: type[Exception], message: str
) -> None:
    """Nothing is written by then."""
    config = configured(models, tmp_path, **more)
    with pytest.raises(kind, match=message):
        gathered(config)
    assert not config.output.exists()
