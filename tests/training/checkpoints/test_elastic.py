"""A checkpoint goes on with another number of processes as if that had been their number from the start."""

import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from curation.errors import BadInputError, BrokenRunError, ChangedRunError
from training.checkpoints import elastic, universal

pytestmark = pytest.mark.timeout(1200)
"""The first test that asks for trainings waits for all of them."""
KINDS = ("zero2-model", "zero3-model", "zero2-adapter", "zero3-adapter")
GROWN = ("zero2-adapter", "zero3-model")
ROUNDING = 5e-4
"""Losses of about 7, in bf16, differ by this much at most between numbers of processes; measured: 2.3e-4."""
SAVED_AT = 3


def losses(run: Path) -> list[float]:
    found: list[float] = json.loads((run / "losses.json").read_text(encoding="utf-8"))
    return found


def optimiser(**values: Any) -> Any:
    """What `mend` finds around torch's optimiser."""
    return SimpleNamespace(optimizer=SimpleNamespace(optimizer=SimpleNamespace(**values)))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_one_process_goes_on_from_two(by_one: Path, kind: str) -> None:
    """Steps 4 to 6 have the losses of a run that one process trained from the start, to rounding."""
    assert losses(by_one / f"{kind}-all") == pytest.approx(losses(by_one / f"{kind}-one")[3:], abs=ROUNDING)


@pytest.mark.slow
@pytest.mark.parametrize("kind", GROWN)
def test_two_processes_go_on_from_one(by_two: Path, grown: Path, kind: str) -> None:
    """Steps 4 to 6 have the losses of a run that two processes trained from the start, to rounding."""
    assert losses(grown / f"{kind}-all") == pytest.approx(losses(by_two / f"{kind}-two")[3:], abs=ROUNDING)


@pytest.mark.slow
@pytest.mark.parametrize("mended", ["steps", "groups", "nothing"])
def test_what_deepspeed_loads_is_wrong_without_mending(by_one: Path, mended: str) -> None:
    """With one or both of the step counter and the decay of biases left as loaded, losses soon differ."""
    expected = losses(by_one / "zero3-model-one")[3:]
    seen = losses(by_one / f"zero3-model-{mended}")
    assert seen[0] == pytest.approx(expected[0], abs=ROUNDING)
    assert abs(seen[-1] - expected[-1]) > 4 * ROUNDING


@pytest.mark.slow
def test_a_conversion_is_made_once(by_one: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time it is found; what names it to DeepSpeed is written again, if it is gone."""
    checkpoint = by_one / "zero3-model-source" / "checkpoint-3"
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    (checkpoint / elastic.LATEST).unlink()
    assert elastic.convert(checkpoint) == checkpoint / "global_step3_universal"
    assert (checkpoint / elastic.LATEST).read_text() == "global_step3_universal"
    assert not list(checkpoint.glob(".*"))


@pytest.mark.slow
def test_half_a_conversion_is_made_again(by_two: Path, by_one: Path, tmp_path: Path) -> None:
    """What a kill left, of ours or of DeepSpeed's own tool, is removed; the new one has every weight."""
    checkpoint = shutil.copytree(by_two / "zero3-model-two" / "checkpoint-3", tmp_path / "checkpoint-3")
    for name in ("global_step3_universal", ".global_step3_universal.7.tmp"):
        (checkpoint / name / "zero" / "half").mkdir(parents=True)
    made = elastic.convert(checkpoint)
    whole = by_one / "zero3-model-source" / "checkpoint-3" / made.name
    assert {path.relative_to(made) for path in made.rglob("*")} == {
        path.relative_to(whole) for path in whole.rglob("*")
    }
    assert not list(checkpoint.glob(".*"))


@pytest.mark.slow
def test_a_failed_conversion_leaves_nothing(
    by_two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What DeepSpeed said last is told, and what still works."""
    checkpoint = shutil.copytree(by_two / "zero2-model-two" / "checkpoint-3", tmp_path / "checkpoint-3")
    before = sorted(checkpoint.iterdir())
    monkeypatch.setattr(universal, "__name__", "this_module_is_not_there")
    with pytest.raises(BrokenRunError, match=r"\(exit code 1\); resume with the number of processes") as seen:
        elastic.convert(checkpoint)
    assert "No module named this_module_is_not_there" in str(seen.value)
    assert sorted(checkpoint.iterdir()) == before


@pytest.mark.slow
def test_too_little_room_is_told_before_it_begins(
    by_two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that runs full in the middle would cost an hour."""
    checkpoint = shutil.copytree(by_two / "zero2-model-two" / "checkpoint-3", tmp_path / "checkpoint-3")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10_000))
    with pytest.raises(BrokenRunError, match=r"that 0\.0 GB of disk; saw 0\.0 GB: make room"):
        elastic.convert(checkpoint)


def test_a_checkpoint_without_zero_is_refused(tmp_path: Path) -> None:
    """It needs no conversion."""
    with pytest.raises(BadInputError, match="expected the state of ZeRO, saw none; without DeepSpeed"):
        elastic.convert(tmp_path)


def test_steps_are_counted_apart_and_where_the_weights_are() -> None:
    """One tensor for all becomes one for each; a fused optimiser gets it on its device, another keeps it."""
    import torch

    for fused, device in ((True, "meta"), (False, "cpu")):
        step = torch.tensor(4.0)
        parts = [torch.zeros(2, device="meta"), torch.zeros(3, device="meta")]
        state = {part: {"step": step, "exp_avg": part} for part in parts}
        elastic.mend(optimiser(state=state, param_groups=[{"fused": fused, "params": []}]))
        steps = [state[part]["step"] for part in parts]
        assert steps[0] is not steps[1]
        assert {one.device.type for one in steps} == {device}
        if device == "cpu":
            steps[0] += 1
            assert (float(steps[1]), float(step)) == (4.0, 4.0)


def test_every_group_gets_its_own_settings_back() -> None:
    """Those it was saved with, rate and decay; what it holds stays; a second time changes nothing."""
    saved = [{"weight_decay": 0.1, "lr": 3e-4}, {"weight_decay": 0.0, "lr": 2e-4}]
    loaded = {"weight_decay": 0.1, "lr": 3e-4, universal.EACH_GROUP: saved}
    groups = [{**loaded, "params": ["a"]}, {**loaded, "params": ["b"]}]
    found = optimiser(state={}, param_groups=groups)
    elastic.mend(found)
    assert groups == [{**saved[0], "params": ["a"]}, {**saved[1], "params": ["b"]}]
    groups[1]["lr"] = 1e-4
    elastic.mend(found)
    assert groups[1]["lr"] == 1e-4


def test_other_groups_than_before_are_refused() -> None:
    """A run that trains other weights cannot take over the optimiser."""
    groups = [{universal.EACH_GROUP: [{"lr": 1.0}, {"lr": 1.0}]}]
    with pytest.raises(ChangedRunError, match="has 2 groups of parameters, this run 1: it trains other"):
        elastic.mend(optimiser(state={}, param_groups=groups))
