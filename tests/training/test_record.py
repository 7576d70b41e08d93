"""A record says how a checkpoint came to be, and what forbids to go on from it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from curation.errors import BrokenRunError
from training import record
from training.config import TrainConfig, check
from training.record import FREE, Record, differences


def config(**changes: Any) -> dict[str, Any]:
    """Resolved settings, some changed: {"optimiser": {"batch": 8}}."""
    values: dict[str, Any] = {
        "output": "runs/train/here",
        "model": {"name": "bigcode/starcoder2-3b"},
        "corpus": {"run": "runs/demo"},
        "optimiser": {"steps": 8500},
    }
    for name, change in changes.items():
        if isinstance(change, dict):
            values[name] = {**values.get(name, {}), **change}
        else:
            values[name] = change
    return check(values, "test").model_dump(mode="json")


def recorded(**changes: Any) -> Record:
    return Record(
        data={"corpus manifest": "aa", "tokenizer": "bb"},
        config=config(**changes),
        seed=1234,
        zero_stage=2,
        world_size=2,
    )


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every field comes back."""
    before = replace(
        recorded(), step=3, windows=24, versions=record.versions(), created="2024-01-01T00:00:00"
    )
    record.write(tmp_path, before)
    assert record.read(tmp_path) == before


def test_versions_of_what_decides_are_noted() -> None:
    """Python, torch and this package, at least."""
    assert {"python", "torch", "transformers", "starcoder-curation"} <= record.versions().keys()


@pytest.mark.parametrize(
    ("content", "seen"),
    [(None, "No such file"), ("{", "Expecting"), ('{"step": 3}', "missing"), ('{"other": 1}', "unexpected")],
)
def test_what_is_no_record_is_refused(tmp_path: Path, content: str | None, seen: str) -> None:
    """Missing, cut off, or something else: the path and what was seen are named."""
    if content is not None:
        (tmp_path / "record.json").write_text(content, encoding="utf-8")
    with pytest.raises(
        BrokenRunError, match=f"record.json: expected a record of a training run, saw: .*{seen}"
    ):
        record.read(tmp_path)


def test_the_same_run_goes_on() -> None:
    """Nothing differs, whatever place, time and number of processes the checkpoint has."""
    before = replace(recorded(), step=3, windows=24, world_size=8, created="then", versions={"torch": "2.0"})
    assert differences(before, recorded()) == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"optimiser": {"learning_rate": 1e-4}}, "optimiser.learning_rate: was 5e-05, is 0.0001"),
        ({"optimiser": {"batch": 256}}, "optimiser.batch: was 512, is 256"),
        ({"optimiser": {"steps": 9000}}, "optimiser.steps: was 8500, is 9000"),
        ({"optimiser": {"schedule": "linear"}}, 'optimiser.schedule: was "cosine", is "linear"'),
        ({"fim": {"rate": 0.9}}, "fim.rate: was 0.5, is 0.9"),
        ({"packing": {"sequence_length": 4096}}, "packing.sequence_length: was 8192, is 4096"),
        ({"packing": {"isolate": False}}, "packing.isolate: was true, is false"),
        ({"lora": {"enabled": True}}, "lora.enabled: was false, is true"),
        ({"devices": {"precision": "fp32"}}, 'devices.precision: was "bf16", is "fp32"'),
        ({"model": {"name": "bigcode/starcoder"}}, 'model.name: was "bigcode/starcoder2-3b", is "bigcode/'),
        (
            {"corpus": {"folders": ["python", "rust"]}},
            'corpus.folders: was ["python"], is ["python", "rust"]',
        ),
        ({"corpus": {"held_out": 0.0}}, "corpus.held_out: was 0.01, is 0.0"),
        ({"seed": 7}, "seed: was 1234, is 7"),
    ],
)
def test_what_decides_about_training_may_not_change(changes: dict[str, Any], line: str) -> None:
    """The setting is named, with what it was and what it is."""
    (found,) = differences(recorded(), recorded(**changes))
    assert found.startswith(line)


@pytest.mark.parametrize(
    "changes",
    [
        {"output": "elsewhere"},
        {"logs": {"every": 1, "tensorboard": True}},
        {"evaluation": {"every": 10}},
        {"checkpoints": {"every": 7, "keep": 9}},
        {"packing": {"loader_workers": 8}},
        {"devices": {"deepspeed": "configs/deepspeed/zero2-offload.json"}},
        {"optimiser": {"micro_batch": 4}},
        {"model": {"gradient_checkpointing": False, "attention": "eager"}},
        {"corpus": {"run": "moved/there", "tokens": "moved/tokens", "workers": 3}},
        {"push_to_hub": "me/model"},
    ],
)
def test_what_decides_where_and_how_fast_may_change(changes: dict[str, Any]) -> None:
    """These settings do not stand in the way of going on."""
    assert differences(recorded(), recorded(**changes)) == []


def test_a_constant_rate_can_be_followed_for_longer() -> None:
    """More steps are allowed where the schedule has no end; from another schedule they are not."""
    before = recorded(optimiser={"schedule": "constant"})
    assert differences(before, recorded(optimiser={"schedule": "constant", "steps": 9000})) == []
    found = differences(recorded(), recorded(optimiser={"schedule": "constant", "steps": 9000}))
    assert [line.partition(":")[0] for line in found] == ["optimiser.schedule", "optimiser.steps"]


def test_other_data_stand_in_the_way() -> None:
    """A fingerprint that differs is named, and one that is missing is a difference, too."""
    other = replace(recorded(), data={"corpus manifest": "cc"})
    assert differences(recorded(), other) == [
        'corpus manifest: was "aa", is "cc"',
        'tokenizer: was "bb", is null',
    ]


def test_another_zero_stage_stands_in_the_way() -> None:
    """Its files are of another form."""
    found = differences(recorded(), replace(recorded(), zero_stage=3))
    assert found == ["ZeRO stage of devices.deepspeed: was 2, is 3"]


def test_long_values_are_cut_in_messages() -> None:
    """A line stays readable."""
    folders = [f"language-{number}" for number in range(40)]
    (line,) = differences(recorded(), recorded(corpus={"folders": folders}))
    assert line.endswith("...")
    assert len(line) < 140


def test_every_free_setting_exists() -> None:
    """The list names settings of the configuration, so that none is free by a slip."""
    known = record._flat(config()).keys() | set(TrainConfig.model_fields)
    assert [name for name in FREE if name not in known] == []
