"""The process that turns a ZeRO checkpoint into DeepSpeed's universal format.

    python -m training.checkpoints.universal checkpoint-4/global_step4 folder

DeepSpeed's own converter does it; then the file that each process reads whole is made small and complete:
under ZeRO-3 it is left with a copy of one process's optimiser state, of which only the step is read, and
DeepSpeed takes from it the settings of the first group of parameters only. Those of every group are laid into
the first (EACH_GROUP), from where `training.checkpoints.elastic.mend` gives each its own. Started by
`training.checkpoints.elastic`, which checks the input: opens pickles.
"""

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

EACH_GROUP = "settings_of_each_group"
"""Key in the settings of a group of parameters."""
MADE = "made.json"
"""Written last into a universal checkpoint."""
WORKERS = 1
"""Processes that extract, and that put weights together. One: each that extracts would hold the file of
a whole process, and those that put together are forked after torch began threads, which was seen to hang."""


def main(folder: Path, out: Path) -> None:
    """Convert a checkpoint.

    Args:
        folder: Of DeepSpeed's files, global_stepN.
        out: An empty folder.
    """
    import deepspeed
    from deepspeed.checkpoint import ds_to_universal

    inner = out / "inner"
    ds_to_universal.main(
        Namespace(
            input_folder=str(folder),
            output_folder=str(inner),
            num_extract_workers=WORKERS,
            num_merge_workers=WORKERS,
            keep_temp_folder=False,
            strict=True,
            inject_missing_state=True,  # ZeRO-2 checkpoints of the Trainer lack a version number
        )
    )
    for path in inner.iterdir():
        path.rename(out / path.name)
    inner.rmdir()
    (out / "latest_universal").unlink()  # it names the folder above
    complete(out / "zero" / "optimizer_state.pt")
    made = {"made_of": folder.name, "deepspeed": deepspeed.__version__}
    (out / MADE).write_text(json.dumps(made) + "\n", encoding="utf-8")


def complete(path: Path) -> None:
    """Rewrite the file that holds what all processes share; that of ZeRO-1 and 2 is right as it is.

    Args:
        path: zero/optimizer_state.pt of a universal checkpoint.
    """
    import torch

    shared: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=False)
    inner = shared.get("optimizer_state_dict")
    if inner is None:
        return
    groups = [{key: group[key] for key in group if key != "params"} for group in inner["param_groups"]]
    first = {**groups[0], EACH_GROUP: groups}
    kept = {key: value for key, value in shared.items() if key != "fp32_flat_groups"}
    kept["param_groups"] = [first, *groups[1:]]
    kept["optimizer_state_dict"] = {
        "state": {0: {"step": inner["state"][0]["step"].clone()}},
        "param_groups": kept["param_groups"],
    }
    torch.save(kept, path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
