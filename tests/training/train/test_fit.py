"""Training goes down, stops well, and goes on exactly: ZeRO-2, ZeRO-3 and none, both families, both ways."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.train import kept

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
EXACT = ("step", "loss", "grad_norm", "learning_rate", "evaluation_loss")
"""Figures that do not depend on the clock."""
RUNS = (
    "zero2-starcoder-all",
    "zero2-starcoder-adapter",
    "zero2-starcoder2-all",
    "zero2-starcoder2-adapter",
    "zero3-starcoder-all",
    "zero3-starcoder-adapter",
    "zero3-starcoder2-all",
    "zero3-starcoder2-adapter",
    "zero0-starcoder2-all",
)


def rows(run: Path) -> list[dict[str, Any]]:
    """What a run said of itself, as far as it must be the same when it is done again."""
    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [{key: value for key, value in json.loads(line).items() if key in EXACT} for line in lines]


def losses(run: Path) -> list[float]:
    return [row["loss"] for row in rows(run) if "loss" in row]


def shapes(file: Path) -> dict[str, list[int]]:
    from safetensors import safe_open

    with safe_open(file, framework="pt") as tensors:
        names = tensors.keys()
        return {name: tensors.get_slice(name).get_shape() for name in names}


@pytest.mark.parametrize("name", RUNS)
def test_the_loss_falls(trained: Path, name: str) -> None:
    """Six steps with two processes make the loss smaller, whatever is spread or trained."""
    first, *_, last = losses(trained / name)
    assert last < first - (0.05 if name.endswith("adapter") else 0.5)


@pytest.mark.parametrize("name", RUNS)
def test_what_goes_on_from_a_checkpoint_is_the_same_to_the_last_bit(
    trained: Path, resumed: Path, name: str
) -> None:
    """Losses, norms and rates of steps 4 to 6 are those of the run without a break; dropout included."""
    assert rows(resumed / name) == rows(trained / name)


@pytest.mark.parametrize("name", RUNS)
def test_the_weights_after_going_on_are_the_same(trained: Path, resumed: Path, name: str) -> None:
    """The files of what was trained have the same bytes."""
    stem = "adapter_model" if name.endswith("adapter") else "model"
    one, other = ((run / name / "final" / f"{stem}.safetensors").read_bytes() for run in (trained, resumed))
    assert one == other


def test_stages_train_the_same(trained: Path) -> None:
    """ZeRO-2, ZeRO-3 and no DeepSpeed differ by rounding only: nothing overrides the optimiser."""
    plain, two, three = (losses(trained / f"zero{stage}-starcoder2-all") for stage in (0, 2, 3))
    assert two == pytest.approx(plain, abs=5e-3)
    assert three == pytest.approx(plain, abs=5e-3)


@pytest.mark.parametrize("name", ["zero2-starcoder2-all", "zero3-starcoder2-all", "zero0-starcoder2-all"])
def test_the_learning_rate_follows_the_cosine(trained: Path, name: str) -> None:
    """Two steps up from nothing, then down to a tenth; DeepSpeed has no schedule of its own."""
    rates = [row["learning_rate"] for row in rows(trained / name) if "loss" in row]
    course = [0.1 + 0.9 * (1 + np.cos(np.pi * step / 4)) / 2 for step in range(4)]
    assert rates == pytest.approx([0, 2.5e-3, *(5e-3 * share for share in course)])


def test_a_finished_run_holds_what_can_be_used(trained: Path) -> None:
    """A model, its tokenizer and its record; no pickle of this machine's settings."""
    names = {path.name for path in (trained / "zero3-starcoder2-all" / "final").iterdir()}
    assert {"model.safetensors", "config.json", "tokenizer.json", "record.json"} <= names
    assert "training_args.bin" not in names
    adapter = {path.name for path in (trained / "zero3-starcoder2-adapter" / "final").iterdir()}
    assert {"adapter_model.safetensors", "adapter_config.json", "tokenizer.json", "record.json"} <= adapter


@pytest.mark.parametrize(("kind", "stem"), [("all", "model"), ("adapter", "adapter_model")])
def test_what_zero_3_spread_is_saved_whole(trained: Path, kind: str, stem: str) -> None:
    """What was trained under ZeRO-3 has the names and shapes of what was trained under ZeRO-2."""
    two, three = (
        shapes(trained / f"zero{stage}-starcoder2-{kind}" / "final" / f"{stem}.safetensors")
        for stage in (2, 3)
    )
    assert three == two
    assert all(0 not in shape for shape in three.values())
    assert not any(name.startswith("lm_head") for name in two)  # it is tied to the embedding


def test_every_checkpoint_knows_its_place(trained: Path) -> None:
    """The record says steps, windows and processes, beside what the run noted."""
    note = kept.read_note(trained / "zero2-starcoder-all" / "checkpoint-3")
    assert (note["step"], note["windows"], note["world_size"]) == (3, 12, 2)
    assert note["made by"] == "a test"


def test_held_out_loss_is_measured_on_the_way(trained: Path) -> None:
    """At steps 3 and 6, and it falls."""
    measured = {
        row["step"]: row["evaluation_loss"]
        for row in rows(trained / "zero0-starcoder2-all")
        if "evaluation_loss" in row
    }
    assert list(measured) == [3, 6]
    assert measured[6] < measured[3]


def test_one_process_needs_no_launcher(trained: Path, alone: Path) -> None:
    """Under DeepSpeed too, and it trains what two processes train, to rounding."""
    assert losses(alone / "plain") == pytest.approx(losses(trained / "zero2-starcoder2-all"), abs=5e-3)


def test_computing_activations_again_changes_nothing(alone: Path) -> None:
    """Gradient checkpointing gives the same losses to the last bit."""
    assert rows(alone / "again") == rows(alone / "plain")


def test_another_number_of_processes_goes_on_to_rounding(trained: Path, revived: Path) -> None:
    """A checkpoint of two processes is gone on from by one, with the optimiser's state as it was."""
    name = "zero3-starcoder2-all"
    assert losses(revived / name)[:3] == losses(trained / name)[:3]
    assert losses(revived / name) == pytest.approx(losses(trained / name), abs=2e-3)


def test_a_loss_that_is_no_number_stops_the_run(alone: Path) -> None:
    """The step and the last good checkpoint are named, and the checkpoint is there; nothing newer is."""
    message = (alone / "broken.txt").read_text(encoding="utf-8")
    assert message.startswith(
        "DivergedError: step 5: the loss or its gradient is no finite number any more; "
    )
    assert "checkpoint-3 is the last good checkpoint and is untouched" in message
    assert [folder.name for folder in kept.whole(alone / "broken")] == ["checkpoint-3"]
    assert not (alone / "broken" / "final").exists()


def test_a_signal_saves_the_step_at_hand(alone: Path) -> None:
    """SIGTERM in step 2: checkpoint-2 is whole, nothing more is trained."""
    assert [folder.name for folder in kept.whole(alone / "signalled")] == ["checkpoint-2"]
    assert [row["step"] for row in rows(alone / "signalled")] == [1, 2]
    assert not (alone / "signalled" / "final").exists()


def test_a_signal_to_one_process_stops_all(trained: Path) -> None:
    """They agree at the end of the step, and save together."""
    assert [folder.name for folder in kept.whole(trained / "signalled")] == ["checkpoint-2"]
    assert [row["step"] for row in rows(trained / "signalled") if "loss" in row] == [1, 2]


def test_a_kill_while_saving_loses_only_what_was_being_saved(alone: Path) -> None:
    """What kill -9 left of checkpoint-6 has no record and does not count; checkpoint-3 does."""
    assert (alone / "killed" / "checkpoint-6").is_dir()
    assert [folder.name for folder in kept.whole(alone / "killed")] == ["checkpoint-3"]


@pytest.mark.parametrize("name", ["signalled", "killed", "plain"])
def test_what_was_stopped_ends_like_what_was_not(alone: Path, revived: Path, name: str) -> None:
    """After SIGTERM, kill -9, or a kill behind the last step, it ends as one without a break."""
    assert rows(revived / name) == rows(alone / "plain")
    one, other = (run / "final" / "model.safetensors" for run in (revived / name, alone / "plain"))
    assert one.read_bytes() == other.read_bytes()
