"""How long a run is, from tokens or bytes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from token_runs import made_run, row

from curation.errors import BadInputError
from training.config import TrainConfig, check
from training.plan.setup import model_of, setup_of
from training.plan.steps import Course, Speed, Tokens, checkpoint_bytes, course_of, tokens_of
from training.plan.zero import zero_default


def config(folder: Path = Path("runs/none"), **changes: Any) -> TrainConfig:
    """A configuration whose corpus is in a folder; 32 windows of 1,024 tokens a step."""
    base: dict[str, Any] = {
        "output": str(folder / "out"),
        "model": {"shape": "starcoder2-3b"},
        "corpus": {"run": str(folder / "run"), "held_out": 0.0},
        "packing": {"sequence_length": 1024},
        "optimiser": {"steps": 10, "batch": 32},
    }
    return check({**base, **changes}, "test")


def course(settings: TrainConfig, tokens: Tokens | None, speed: Speed | None = None) -> Course:
    """Of a run on eight devices."""
    model = model_of(settings)
    return course_of(settings, model, setup_of(settings, model, 8), tokens, speed)


def test_tokens_are_those_of_the_token_files_if_they_are_there(tmp_path: Path) -> None:
    """As their manifest says."""
    settings = config(tmp_path)
    settings.tokens.mkdir(parents=True)
    manifest = settings.tokens / "manifest.json"
    manifest.write_text('{"version": 1, "totals": {"train": {"tokens": 4321}}}')
    assert tokens_of(settings) == Tokens(4321, str(settings.tokens))
    manifest.write_text("nothing")
    with pytest.raises(BadInputError, match="expected JSON"):
        tokens_of(settings)


def test_tokens_are_estimated_from_the_bytes_of_the_corpus(tmp_path: Path) -> None:
    """3.5 bytes for a token, of what is not held out; without a run nothing is known."""
    assert tokens_of(config(tmp_path)) is None
    rows = [row(number, f"value_{number} = {number}\n" * 500) for number in range(20)]
    made_run(tmp_path / "run", {"data/python/python-00000-of-00001": rows})
    size = sum(len(one["content"]) for one in rows)
    found = tokens_of(config(tmp_path))
    assert found is not None
    assert found.number == pytest.approx(size / 3.5, rel=0.01)
    assert f"{tmp_path / 'run' / 'data'}, 3.5 for a token" in found.source
    half = tokens_of(config(tmp_path, corpus={"run": str(tmp_path / "run"), "held_out": 0.5}))
    assert half is not None
    assert half.number == pytest.approx(found.number / 2, abs=1)


def test_a_corpus_that_is_not_as_asked_is_refused(tmp_path: Path) -> None:
    """A folder that the run lacks."""
    made_run(tmp_path / "run", {"data/python/python-00000-of-00001": [row(1, "x")]})
    with pytest.raises(BadInputError, match="the run has no such folder"):
        tokens_of(config(tmp_path, corpus={"run": str(tmp_path / "run"), "folders": ["rust"]}))


def test_steps_give_epochs_and_epochs_give_steps() -> None:
    """100 windows of an epoch: 10 steps of 32 see them 3.2 times; 2 epochs are 7 steps, rounded up."""
    tokens = Tokens(int(100 * 1024 * 0.99), "test")
    found = course(config(), tokens)
    assert (found.steps, found.windows, found.epochs) == (10, 100, 3.2)
    assert found.tokens == 10 * 32 * 1024
    by_epochs = config(optimiser={"steps": None, "epochs": 2, "batch": 32})
    assert course(by_epochs, tokens).steps == 7
    unknown = course(by_epochs, None)
    assert (unknown.steps, unknown.epochs, unknown.hours) == (None, None, None)


def test_time_is_work_divided_by_what_devices_do() -> None:
    """6 operations for each of 3 billion weights and token, a third more if blocks are computed again."""
    speed = Speed(teraflops=100.0, utilisation=0.5)
    kept = course(config(model={"shape": "starcoder2-3b", "gradient_checkpointing": False}), None, speed)
    again = course(config(), None, speed)
    assert kept.tokens_per_second is not None
    assert again.tokens_per_second is not None
    assert kept.tokens_per_second == pytest.approx(8 * 50e12 / (6 * 3.03e9), rel=0.05)
    assert kept.tokens_per_second / again.tokens_per_second == pytest.approx(4 / 3)
    assert again.hours == pytest.approx(again.tokens / again.tokens_per_second / 3600)
    assert course(config(), None).hours is None


def test_adapters_need_less_work() -> None:
    """No gradients of the frozen weights: four operations in place of six."""
    speed = Speed(100.0, 0.5)
    whole = course(config(), None, speed).tokens_per_second
    adapters = course(config(lora={"enabled": True}), None, speed).tokens_per_second
    assert whole is not None
    assert adapters is not None
    assert adapters / whole == pytest.approx(1.5, rel=0.05)


def test_checkpoints_hold_weights_and_the_optimiser_s_states() -> None:
    """12 bytes of a trained parameter; 16 with DeepSpeed: its fp32 copy, and the weights twice."""
    settings = config(checkpoints={"keep": 3})
    setup = setup_of(settings, model_of(settings), 8)
    assert checkpoint_bytes(setup) == 12 * setup.trained
    split = replace(setup, zero=zero_default(3, 3072))
    assert checkpoint_bytes(split) == 16 * setup.trained
    found = course(settings, None)
    assert found.disk == 3 * found.checkpoint + 4 * setup.trained
