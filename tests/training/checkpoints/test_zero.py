"""Weights that ZeRO spread over processes are found again, to the last bit, without running code."""

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from curation.errors import BadInputError
from training.checkpoints.zero import load_plain, open_zero, state_folder

pytestmark = pytest.mark.timeout(1200)
"""The first test that asks for trainings waits for all of them."""
KINDS = ("zero2-model", "zero3-model", "zero2-adapter", "zero3-adapter")
PEER = """
import sys
from pathlib import Path
from deepspeed.utils.zero_to_fp32 import get_fp32_state_dict_from_zero_checkpoint as whole
from safetensors.torch import save_file
for folder, out in zip(sys.argv[1::2], sys.argv[2::2]):
    state = whole(folder, lazy_mode=False)
    save_file({name: value.clone() for name, value in state.items()}, out)
"""
"""DeepSpeed's own way, which reads everything, and code with it."""


@pytest.fixture(scope="module")
def peers(by_two: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What DeepSpeed makes of the checkpoints: KIND.safetensors."""
    folder = tmp_path_factory.mktemp("peers")
    pairs = [(by_two / f"{kind}-two" / "checkpoint-3", folder / f"{kind}.safetensors") for kind in KINDS]
    command = [sys.executable, "-c", PEER, *(str(path) for pair in pairs for path in pair)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return folder


class Evil:
    """A pickle that makes a folder when it is opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.folder),)


def write_stage_3(
    checkpoint: Path, groups: list[dict[str, tuple[int, ...]]], processes: int, **more: Any
) -> dict[str, torch.Tensor]:
    """Write what ZeRO-3 writes, by its description: every weight cut in equal parts, the last ones padded."""
    folder = checkpoint / "global_step1"
    folder.mkdir(parents=True)
    (checkpoint / "latest").write_text("global_step1")
    weights = {name: torch.randn(shape) for group in groups for name, shape in group.items()}
    for rank in range(processes):
        flat = []
        for group in groups:
            parts = [torch.zeros(0)]
            for name in group:
                size = ceil(weights[name].numel() / processes)
                padded = torch.zeros(size * processes)
                padded[: weights[name].numel()] = weights[name].flatten()
                parts.append(padded[rank * size : (rank + 1) * size])
            flat.append(torch.cat(parts))
        state = {"zero_stage": 3, "partition_count": processes, "fp32_flat_groups": flat}
        name = f"zero_pp_rank_{rank}_mp_rank_00"
        torch.save({"optimizer_state_dict": state}, folder / f"{name}_optim_states.pt")
        model = {
            "module": {},
            "buffer_names": [],
            "param_shapes": [{name: torch.Size(shape) for name, shape in group.items()} for group in groups],
            **{key: value[rank] for key, value in more.items()},
        }
        torch.save(model, folder / f"{name}_model_states.pt")
    return weights


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_those_that_deepspeed_finds(by_two: Path, peers: Path, kind: str) -> None:
    """Both stages, a model and an adapter: same names, same bits; tied weights have one value."""
    state = open_zero(by_two / f"{kind}-two" / "checkpoint-3")
    assert (state.stage, state.world_size) == (int(kind[4]), 2)
    theirs = load_file(peers / f"{kind}.safetensors")
    if kind.endswith("adapter"):
        theirs = {name: value for name, value in theirs.items() if "lora_" in name}
    assert state.shapes.keys() == {name for name in theirs if not name.endswith("lm_head.weight")}
    for name, shape in state.shapes.items():
        assert state.tensor(name).dtype == torch.float32
        assert torch.equal(state.tensor(name), theirs[name]), name
        assert shape == tuple(theirs[name].shape)


@given(
    sizes=st.lists(st.lists(st.lists(st.integers(1, 5), max_size=3), max_size=4), min_size=1, max_size=3),
    processes=st.integers(1, 5),
)
def test_any_weights_come_back_from_any_number_of_processes(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[list[list[int]]], processes: int
) -> None:
    """Weights smaller than the number of processes, sub-groups without weights, scalars."""
    names = iter(range(99))
    groups = [{f"w{next(names)}": tuple(shape) for shape in group} for group in sizes]
    checkpoint = tmp_path_factory.mktemp("stage3")
    weights = write_stage_3(checkpoint, groups, processes)
    state = open_zero(checkpoint)
    assert state.shapes == {name: tuple(value.shape) for name, value in weights.items()}
    assert all(torch.equal(state.tensor(name), value) for name, value in weights.items())


def test_frozen_weights_and_buffers_come_back(tmp_path: Path) -> None:
    """Frozen ones are in parts, too, and in bf16; buffers are whole and may be integers."""
    frozen = torch.randn(5).bfloat16()
    padded = torch.cat([frozen, torch.zeros(1).bfloat16()])
    write_stage_3(
        tmp_path,
        [{"w0": (2, 2)}],
        2,
        frozen_param_shapes=[{"f": torch.Size([5])}] * 2,
        frozen_param_fragments=[{"f": padded[:3]}, {"f": padded[3:]}],
        buffer_names=[["b"]] * 2,
        module=[{"b": torch.arange(3), "w0": torch.zeros(0)}] * 2,
    )
    state = open_zero(tmp_path)
    assert state.shapes == {"w0": (2, 2), "f": (5,), "b": (3,)}
    assert torch.equal(state.tensor("f"), frozen.float())
    assert torch.equal(state.tensor("b"), torch.arange(3))


def test_a_checkpoint_without_deepspeed_has_no_state(tmp_path: Path) -> None:
    """That is no error: its weights are elsewhere."""
    assert state_folder(tmp_path) is None
    with pytest.raises(BadInputError, match=r"expected the state of ZeRO \(latest, global_stepN\), saw none"):
        open_zero(tmp_path)


def test_a_path_that_is_none_is_refused(tmp_path: Path) -> None:
    """A checkpoint is a folder."""
    with pytest.raises(BadInputError, match="expected the folder of a checkpoint, saw none; check the path"):
        state_folder(tmp_path / "nothing")


@pytest.mark.parametrize("tag", ["global_step9", "../elsewhere", ""])
def test_a_checkpoint_that_names_what_is_not_there_is_refused(tmp_path: Path, tag: str) -> None:
    """And one that names what is outside."""
    (tmp_path / "in").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "in" / "latest").write_text(tag)
    with pytest.raises(BadInputError, match="which is not beside it; the checkpoint is incomplete"):
        state_folder(tmp_path / "in")


def lose_a_process(folder: Path) -> None:
    (folder / "zero_pp_rank_1_mp_rank_00_optim_states.pt").unlink()


def lose_a_model(folder: Path) -> None:
    (folder / "zero_pp_rank_1_mp_rank_00_model_states.pt").unlink()


def cut(folder: Path) -> None:
    path = folder / "zero_pp_rank_0_mp_rank_00_optim_states.pt"
    path.write_bytes(path.read_bytes()[:-200])


def spread_tensors(folder: Path) -> None:
    path = folder / "zero_pp_rank_0_mp_rank_00_optim_states.pt"
    path.rename(path.with_name("zero_pp_rank_0_mp_rank_01_optim_states.pt"))


def offload(folder: Path) -> None:
    (folder / "offloaded_tensors").mkdir()


def another_tool(folder: Path) -> None:
    torch.save({"optimizer_state_dict": {}}, folder / "zero_pp_rank_0_mp_rank_00_optim_states.pt")


def too_short(folder: Path) -> None:
    path = folder / "zero_pp_rank_0_mp_rank_00_model_states.pt"
    model = torch.load(path, weights_only=True)
    model["param_shapes"] = [{"w0": torch.Size([9, 9])}]
    torch.save(model, path)


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lose_a_process, "2 processes wrote it, but it has files of 1; if nodes wrote to disks of their own"),
        (lose_a_model, "expected a file that torch wrote, saw a damaged one; take another checkpoint"),
        (cut, "expected a file that torch wrote, saw a damaged one; take another checkpoint"),
        (spread_tensors, "expected data parallelism only, saw a file of tensor or expert parallelism"),
        (offload, "the optimiser's state was on NVMe, which is not supported"),
        (another_tool, "its files lack 'zero_stage'; expected what DeepSpeed 0.19 writes"),
        (too_short, "w0 has 81 elements, its parts only 6; the checkpoint is damaged"),
    ],
)
def test_what_is_incomplete_or_not_supported_is_refused(
    tmp_path: Path, harm: Callable[[Path], None], message: str
) -> None:
    """With what was seen in which file."""
    write_stage_3(tmp_path, [{"w0": (3, 2)}], 2)
    harm(tmp_path / "global_step1")
    with pytest.raises(BadInputError, match=message):
        open_zero(tmp_path).tensor("w0")


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    """Wherever in it the code is; it does not run."""
    write_stage_3(tmp_path, [{"w0": (3, 2)}], 2)
    path = tmp_path / "global_step1" / "zero_pp_rank_1_mp_rank_00_model_states.pt"
    torch.save({"param_shapes": [], "x": Evil(tmp_path / "run")}, path)
    with pytest.raises(BadInputError, match=r"would run code when opened, .* open checkpoints of your own"):
        open_zero(tmp_path)
    assert not (tmp_path / "run").exists()


def test_a_bare_pickle_is_refused(tmp_path: Path) -> None:
    """It is no file of torch."""
    with (tmp_path / "x.pt").open("wb") as stream:
        pickle.dump(Evil(tmp_path / "run"), stream)
    with pytest.raises(BadInputError, match=r"x\.pt: expected"):
        load_plain(tmp_path / "x.pt")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_the_small_classes_of_deepspeed_are_read_without_it(by_two: Path, tmp_path: Path) -> None:
    """A machine without DeepSpeed reads the checkpoint, too."""
    shutil.copytree(by_two / "zero2-model-two" / "checkpoint-3", tmp_path / "checkpoint-3")
    code = (
        "import sys\n"
        "sys.modules['deepspeed'] = None\n"
        "from pathlib import Path\n"
        "from training.checkpoints.zero import open_zero\n"
        f"state = open_zero(Path({str(tmp_path / 'checkpoint-3')!r}))\n"
        "print(sum(state.tensor(name).numel() for name in state.shapes))\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    whole = load_file(tmp_path / "checkpoint-3" / "model.safetensors")
    assert int(ended.stdout) == sum(
        value.numel() for name, value in whole.items() if name != "lm_head.weight"
    )
