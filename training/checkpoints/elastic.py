"""A ZeRO checkpoint -> training that goes on with another number of processes.

    convert(Path("runs/train/smoke/checkpoint-4"))   -> checkpoint-4/global_step4_universal
    ... engine with {"checkpoint": {"load_universal": true}}, engine.load_checkpoint(checkpoint-4) ...
    mend(engine)                                     -> the optimiser is what it was when it was saved

DeepSpeed refuses to load optimiser state that was split over another number of processes. Its universal
format has every weight whole; `convert` makes it, once. What DeepSpeed 0.19 then loads is wrong without a
word, so `mend` must be called before the first step:

- ZeRO-3 gives all parts of the optimiser one and the same step counter, which counts once for each part: the
  bias correction of AdamW is that of a far later step;
- ZeRO-3 gives all groups of parameters the settings of the first, so that biases and norms decay, too;
- a fused optimiser on a GPU is given a step counter on the CPU.

With transformers: convert on rank 0 while the others wait, set `load_universal` in
`trainer.args.hf_deepspeed_config.config["checkpoint"]` before `trainer.train(resume_from_checkpoint=...)`,
and mend after `Trainer._prepare_for_training`, or in a callback's `on_train_begin`: both come after loading
and before the first step. The global batch must stay what it was. Losses then follow those of a run with the
new number of processes to rounding (`tests/training/checkpoints/test_elastic.py`), but where there is
dropout: its random numbers belong to processes.

Works for ZeRO-1, 2 and 3, all weights or adapters. Refused: tensor and expert parallelism, state on NVMe.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from curation.errors import BadInputError, BrokenRunError, ChangedRunError
from curation.shards import write_atomically
from training.checkpoints import universal
from training.checkpoints.folder import fresh
from training.checkpoints.zero import OPTIMISER_FILES, open_zero, state_folder

LATEST = "latest_universal"
"""File that names the universal checkpoint to DeepSpeed."""
ROOM = 2.2
"""Bytes on disk that a conversion needs, for one byte of optimiser state: pieces, then whole weights."""
TOLD = 12
"""Last lines of DeepSpeed that an error message repeats."""


def convert(checkpoint: Path) -> Path:
    """Make the universal form of a ZeRO checkpoint, inside it; returns at once if it is there.

    It is there whole or not at all. Memory is that of the largest file of one process; disk is ROOM times
    the optimiser's state while it is made, half of it afterwards. DeepSpeed does the work, in a process of
    its own.

    Args:
        checkpoint: A folder checkpoint-N of a run.

    Returns:
        The folder global_stepN_universal inside it.

    Raises:
        BadInputError: If it was not written under ZeRO, is incomplete, or cannot be opened without running
            code.
        BrokenRunError: If there is too little room on the disk, or DeepSpeed fails.
    """
    folder = state_folder(checkpoint)
    if folder is None:
        raise BadInputError(
            f"{checkpoint}: expected the state of ZeRO, saw none; without DeepSpeed, or with ZeRO-0, a "
            "checkpoint needs no conversion"
        )
    target = checkpoint / f"{folder.name}_universal"
    if not (target / universal.MADE).is_file():
        open_zero(checkpoint)
        _check_room(folder)
        shutil.rmtree(target, ignore_errors=True)
        with fresh(target) as partial:
            _run(folder, partial)
    write_atomically(checkpoint / LATEST, target.name.encode())
    return target


def mend(engine: Any) -> None:
    """Put right what DeepSpeed loads wrong from a universal checkpoint; without effect a second time.

    Args:
        engine: DeepSpeed's engine, or any optimiser around torch's.

    Raises:
        ChangedRunError: If the optimiser has other groups of parameters than the checkpoint.
    """
    import torch

    optimiser = engine
    while getattr(optimiser, "optimizer", None) is not None:
        optimiser = optimiser.optimizer
    groups = optimiser.param_groups
    on_device = any(group.get("fused") or group.get("capturable") for group in groups)
    for parameter, state in optimiser.state.items():
        if torch.is_tensor(state.get("step")):
            step = state["step"].clone()
            state["step"] = step.to(parameter.device) if on_device else step
    saved = [group.pop(universal.EACH_GROUP, None) for group in groups]
    if not groups or saved[0] is None:
        return
    if len(saved[0]) != len(groups):
        raise ChangedRunError(
            f"the checkpoint has {len(saved[0])} groups of parameters, this run {len(groups)}: it trains "
            "other weights, or with other weight decay; resume with the settings of the checkpoint"
        )
    for group, values in zip(groups, saved[0], strict=True):
        group.update(values)


def _check_room(folder: Path) -> None:
    """Refuse to begin what the disk cannot hold.

    Raises:
        BrokenRunError: If there is too little room.
    """
    needed = ROOM * sum(path.stat().st_size for path in folder.glob(OPTIMISER_FILES))
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise BrokenRunError(
            f"{folder.parent}: another number of processes needs the checkpoint converted, and that "
            f"{needed / 1e9:.1f} GB of disk; saw {free / 1e9:.1f} GB: make room, or resume with the number "
            "it was written by"
        )


def _run(folder: Path, out: Path) -> None:
    """Let DeepSpeed convert, in a process of its own.

    Raises:
        BrokenRunError: If it fails.
    """
    ended = subprocess.run(  # noqa: S603  # our own module, with paths as arguments
        [sys.executable, "-m", universal.__name__, str(folder), str(out)],
        env={**os.environ, "DS_ACCELERATOR": "cpu"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ended.returncode:
        last = "\n".join(ended.stdout.strip().splitlines()[-TOLD:])
        raise BrokenRunError(
            f"{folder}: DeepSpeed could not convert it (exit code {ended.returncode}); resume with the "
            f"number of processes it was written by. Its last words:\n{last}"
        )
