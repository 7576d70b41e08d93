"""What DeepSpeed's ZeRO wrote -> whole fp32 weights, one at a time.

    state = open_zero(Path("runs/train/smoke/checkpoint-4"))
    state.stage, state.world_size                    -> 3, 2
    state.tensor("model.embed_tokens.weight")        -> fp32, of its whole shape

Under ZeRO each process holds a part of the fp32 weights, flattened; here the parts of one weight are found in
the files of all processes and put together. Files are mapped, not read: memory is that of the weights that
are asked for. Files are pickles, and a pickle can run code: they are opened with torch's restricted reader,
which knows plain values, tensors and the three small classes that DeepSpeed puts in, and refuses all else.
DeepSpeed need not be installed. Stages 1, 2 and 3 with data parallelism; not tensor or expert parallelism,
nor optimiser state on NVMe.
"""

import math
import pickle
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from curation.errors import BadInputError

OPTIMISER_FILES = "*_optim_states.pt"
"""One of each process."""
_RANK = re.compile(r"zero_pp_rank_(\d+)_mp_rank_(\d+)_")
_FLAT_STAGES = (1, 2)
"""Stages whose processes hold stretches of all weights laid end to end; stage 3 cuts every weight."""


class Fragment(NamedTuple):
    """Where a part of a weight is."""

    rank: int
    """Process."""
    group: int
    """Number of the flat tensor in its file."""
    start: int
    """First element."""
    elements: int
    """Number of elements."""


@dataclass(frozen=True, slots=True)
class ZeroState:
    """The weights in a ZeRO checkpoint."""

    folder: Path
    """Where the files are: checkpoint-N/global_stepN."""
    stage: int
    """Of ZeRO: 1, 2 or 3."""
    world_size: int
    """Processes that wrote it."""
    shapes: dict[str, tuple[int, ...]]
    """Name of a weight -> its whole shape; tied ones once; frozen ones only if they were saved."""
    fragments: dict[str, list[Fragment]]
    """Name of a weight -> its parts, in order."""
    flat: list[list[Any]]
    """Flat fp32 tensors of each process."""
    unflattened: dict[str, list[Any]]
    """Weights without an fp32 copy (frozen, or without a gradient) and buffers: their parts, in order."""

    def tensor(self, name: str) -> Any:
        """A whole weight in fp32; buffers that are no floating point numbers stay as they are.

        Args:
            name: A key of `shapes`.

        Raises:
            BadInputError: If its parts do not make up its shape.
        """
        import torch

        if name in self.unflattened:
            parts = [part.flatten() for part in self.unflattened[name]]
        else:
            parts = [self._stretch(part) for part in self.fragments[name]]
        joined = torch.cat(parts)
        shape = self.shapes[name]
        elements = math.prod(shape)
        if joined.numel() < elements:
            raise BadInputError(
                f"{self.folder}: {name} has {elements} elements, its parts only {joined.numel()}; "
                "the checkpoint is damaged: take another"
            )
        whole = joined.narrow(0, 0, elements).view(shape)
        return whole.float() if whole.is_floating_point() else whole

    def _stretch(self, part: Fragment) -> Any:
        """A part of a weight; fewer elements than it should have, if the file does not hold them."""
        return self.flat[part.rank][part.group][part.start : part.start + part.elements]


def state_folder(checkpoint: Path) -> Path | None:
    """Where DeepSpeed's files are; None if the checkpoint was not written under ZeRO.

    Args:
        checkpoint: A folder checkpoint-N of a run.

    Raises:
        BadInputError: If there is no such folder, or it does not hold what it names.
    """
    if not checkpoint.is_dir():
        raise BadInputError(f"{checkpoint}: expected the folder of a checkpoint, saw none; check the path")
    latest = checkpoint / "latest"
    if not latest.is_file():
        return None
    tag = latest.read_text(encoding="utf-8").strip()
    folder = checkpoint / tag
    if not tag or Path(tag).name != tag or not folder.is_dir():
        raise BadInputError(f"{latest}: names {tag!r}, which is not beside it; the checkpoint is incomplete")
    return folder if any(folder.glob(OPTIMISER_FILES)) else None


def load_plain(path: Path) -> Any:
    """Open a file of DeepSpeed without running code from it; tensors are mapped, not read.

    Args:
        path: A file *_optim_states.pt or *_model_states.pt.

    Raises:
        BadInputError: If it is damaged, or holds anything but values, tensors and DeepSpeed's small classes.
    """
    import torch

    known: list[Any] = [
        (_Plain, "deepspeed.utils.tensor_fragment.fragment_address"),
        (_Plain, "deepspeed.runtime.fp16.loss_scaler.LossScaler"),
        (_Plain, "deepspeed.runtime.fp16.loss_scaler.DynamicLossScaler"),
        (int, "deepspeed.runtime.zero.config.ZeroStageEnum"),
    ]
    try:
        with torch.serialization.safe_globals(known):
            return torch.load(path, map_location="cpu", mmap=True, weights_only=True)
    except pickle.UnpicklingError as error:
        raise BadInputError(
            f"{path}: expected values and tensors, saw something that would run code when opened, or a "
            f"damaged file; open checkpoints of your own runs only ({_first_line(error)})"
        ) from error
    except (RuntimeError, EOFError, OSError, KeyError, ValueError) as error:
        raise BadInputError(
            f"{path}: expected a file that torch wrote, saw a damaged one; take another checkpoint "
            f"({_first_line(error)})"
        ) from error


def open_zero(checkpoint: Path) -> ZeroState:
    """Open a checkpoint that was written under ZeRO.

    Args:
        checkpoint: A folder checkpoint-N of a run.

    Raises:
        BadInputError: If it was not written under ZeRO, is incomplete, or of a kind that is not supported.
    """
    folder = state_folder(checkpoint)
    if folder is None:
        raise BadInputError(f"{checkpoint}: expected the state of ZeRO (latest, global_stepN), saw none")
    try:
        return _open(folder)
    except KeyError as error:
        raise BadInputError(
            f"{folder}: its files lack {error}; expected what DeepSpeed 0.19 writes for ZeRO-1, 2 or 3"
        ) from error


def _open(folder: Path) -> ZeroState:
    """Open the files of all processes.

    Raises:
        BadInputError: If files are missing.
    """
    paths = _by_rank(folder)
    states = [load_plain(path)["optimizer_state_dict"] for path in paths]
    stage = int(states[0]["zero_stage"])
    count = states[0]["partition_count"]
    count = max(count) if isinstance(count, list) else count
    if count != len(paths):
        raise BadInputError(
            f"{folder}: {count} processes wrote it, but it has files of {len(paths)}; "
            "if nodes wrote to disks of their own, copy all into one folder"
        )
    models = [load_plain(path) for path in _model_files(folder, stage, count)]
    if stage in _FLAT_STAGES:
        flat = [state["single_partition_of_fp32_groups"] for state in states]
        return _assembled(folder, stage, flat, _of_mappings(states), models)
    flat = [state["fp32_flat_groups"] for state in states]
    return _assembled(folder, stage, flat, _of_shapes(models[0], count), models)


class _Plain:
    """Stands in for DeepSpeed's small classes: keeps their values, has no behaviour."""

    def __setstate__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).strip().splitlines()[0]


def _by_rank(folder: Path) -> list[Path]:
    """Files of the optimiser's state in order of rank.

    Raises:
        BadInputError: If the checkpoint is of a kind that is not supported.
    """
    paths = {}
    for path in folder.glob(OPTIMISER_FILES):
        found = _RANK.search(path.name)
        if found is None or int(found[2]) or "expert" in path.name:
            raise BadInputError(
                f"{path}: expected data parallelism only, saw a file of tensor or expert parallelism; "
                "DeepSpeed's own zero_to_fp32.py may know it"
            )
        paths[int(found[1])] = path
    if (folder / "offloaded_tensors").exists():
        raise BadInputError(f"{folder}: the optimiser's state was on NVMe, which is not supported")
    return [paths[rank] for rank in sorted(paths)]


def _model_files(folder: Path, stage: int, count: int) -> list[Path]:
    if stage in _FLAT_STAGES:
        return [folder / "mp_rank_00_model_states.pt"]
    return [folder / f"zero_pp_rank_{rank}_mp_rank_00_model_states.pt" for rank in range(count)]


def _of_mappings(states: list[Any]) -> dict[str, list[Fragment]]:
    """Stages 1 and 2: each process says which stretch of which weight its flat tensors hold."""
    fragments: dict[str, list[Fragment]] = {}
    for rank, state in enumerate(states):
        for group, mapping in enumerate(state["param_slice_mappings"]):
            for name, where in mapping.items():
                fragments.setdefault(name, []).append(Fragment(rank, group, where.start, where.numel))
    return fragments


def _of_shapes(model: Any, count: int) -> dict[str, list[Fragment]]:
    """Stage 3: every weight is cut into equal parts, one for each process, the last ones padded."""
    fragments = {}
    for group, shapes in enumerate(model["param_shapes"]):
        start = 0
        for name, shape in shapes.items():
            elements = -(-math.prod(shape) // count)
            fragments[name] = [Fragment(rank, group, start, elements) for rank in range(count)]
            start += elements
    return fragments


def _assembled(
    folder: Path,
    stage: int,
    flat: list[list[Any]],
    fragments: dict[str, list[Fragment]],
    models: list[Any],
) -> ZeroState:
    model = models[0]
    trained = {name: tuple(shape) for group in model["param_shapes"] for name, shape in group.items()}
    frozen = {name: tuple(shape) for name, shape in (model.get("frozen_param_shapes") or {}).items()}
    buffers = {name: model["module"][name] for name in model["buffer_names"] if name in model["module"]}
    parts = {name: [value] for name, value in buffers.items()}
    parts |= {name: [each["frozen_param_fragments"][name] for each in models] for name in frozen}
    parts |= {name: [model["module"][name]] for name in trained if name not in fragments}
    shapes = trained | frozen | {name: tuple(value.shape) for name, value in buffers.items()}
    return ZeroState(folder, stage, len(flat), shapes, fragments, flat, parts)
