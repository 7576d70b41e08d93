"""The universal form is whole, small where every process reads it, and knows every group's settings."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from training.checkpoints import universal
from training.checkpoints.zero import open_zero

pytestmark = pytest.mark.timeout(1200)
"""The first test that asks for trainings waits for all of them."""
KINDS = ("zero2-model", "zero3-model", "zero2-adapter", "zero3-adapter")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_weight_is_there_whole(by_one: Path, kind: str) -> None:
    """With both moments of the optimiser; the weights are those of the checkpoint, to the last bit."""
    checkpoint = by_one / f"{kind}-source" / "checkpoint-3"
    made = checkpoint / "global_step3_universal"
    assert json.loads((made / universal.MADE).read_text())["made_of"] == "global_step3"
    state = open_zero(checkpoint)
    for name, shape in state.shapes.items():
        parts = {}
        for part in ("fp32", "exp_avg", "exp_avg_sq"):
            value = torch.load(made / "zero" / name / f"{part}.pt", weights_only=True)
            parts[part] = value["param"] if isinstance(value, dict) else value
        assert torch.equal(parts["fp32"].reshape(shape), state.tensor(name)), name
        assert {value.numel() for value in parts.values()} == {state.tensor(name).numel()}
        assert (parts["exp_avg_sq"] >= 0).all()
    assert not (made / "tmp").exists()


def shared(folder: Path, values: dict[str, Any]) -> dict[str, Any]:
    """A shared file, completed."""
    torch.save(values, folder / "optimizer_state.pt")
    universal.complete(folder / "optimizer_state.pt")
    found: dict[str, Any] = torch.load(folder / "optimizer_state.pt", weights_only=True)
    return found


def test_what_no_process_reads_is_left_out(tmp_path: Path) -> None:
    """Of ZeRO-3's state the step stays, and the settings: of each group, and all of them in the first."""
    groups = [{"weight_decay": 0.1, "params": [0, 1]}, {"weight_decay": 0.0, "params": [2]}]
    many = torch.zeros(10_000)
    state = {number: {"step": torch.tensor(3.0), "exp_avg": many, "exp_avg_sq": many} for number in range(3)}
    found = shared(
        tmp_path,
        {
            "zero_stage": 3,
            "dynamic_loss_scale": False,
            "fp32_flat_groups": [many] * 3,
            "optimizer_state_dict": {"state": state, "param_groups": groups},
            "param_groups": groups,
        },
    )
    assert (tmp_path / "optimizer_state.pt").stat().st_size < 5_000
    assert found["optimizer_state_dict"]["state"] == {0: {"step": torch.tensor(3.0)}}
    own = [{"weight_decay": 0.1}, {"weight_decay": 0.0}]
    first, second = found["optimizer_state_dict"]["param_groups"]
    assert first == {"weight_decay": 0.1, universal.EACH_GROUP: own}
    assert second == {"weight_decay": 0.0}
    assert (found["zero_stage"], found["dynamic_loss_scale"]) == (3, False)


def test_the_file_of_stages_1_and_2_stays(tmp_path: Path) -> None:
    """It has each group's settings, and no state."""
    values = {"zero_stage": 2, "param_groups": [{"weight_decay": 0.1}, {"weight_decay": 0.0}]}
    assert shared(tmp_path, values) == values
