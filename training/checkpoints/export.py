"""A checkpoint of a run -> a folder that any tool loads: safetensors, tokenizer, record.

    export(Path("runs/train/smoke/checkpoint-500"), Path("models/at-500"))
    -> models/at-500: config.json, model.safetensors, tokenizer, record.json, README.md

Under ZeRO the exact weights are the fp32 copies that DeepSpeed keeps in parts, in files of its own; without,
they are in the checkpoint as the model has them. Either way tied weights are written once, and a LoRA
checkpoint becomes an adapter. Memory is one shard of weights (see `training.checkpoints.weights`): files are
mapped, not read, and no process group is needed. Opens DeepSpeed's files without running code from them.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from curation.errors import BadInputError
from training.checkpoints import adapter, beside
from training.checkpoints.folder import check_free, fresh
from training.checkpoints.layout import check_names, layout_of, read_config
from training.checkpoints.weights import (
    TORCH_NAMES,
    find_files,
    open_weights,
    resolve_dtype,
    write_weights,
)
from training.checkpoints.zero import open_zero, state_folder


class _Source(Protocol):
    """Where weights come from."""

    def tensor(self, name: str) -> Any:
        """A weight."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    out: Path
    """Folder of the model or adapter."""
    kind: Literal["model", "adapter"]
    """Whether it stands alone."""
    stage: int
    """Of ZeRO; 0 if the weights were in the checkpoint as they are."""
    dtype: str
    """What weights are written as: fp32, bf16 or fp16."""
    weights: int
    """How many weights."""
    bytes: int
    """Of all weights."""


def export(checkpoint: Path, out: Path, dtype: str = "auto") -> Exported:
    """Write a checkpoint as safetensors.

    Args:
        checkpoint: A folder checkpoint-N of a run, under ZeRO or not, of a model or of an adapter.
        out: Folder that is written; must not exist, or be empty.
        dtype: "auto" for that of the model's configuration (adapters: fp32), "fp32", "bf16" or "fp16".

    Raises:
        BadConfigError: If the output folder holds anything.
        BadInputError: If it is no checkpoint, is damaged or incomplete, or cannot be opened without running
            code.
    """
    check_free(out)
    _check_checkpoint(checkpoint)
    if (checkpoint / adapter.CONFIG).is_file():
        return _adapter(checkpoint, out, dtype)
    return _model(checkpoint, out, dtype)


def _check_checkpoint(checkpoint: Path) -> None:
    """Refuse the folder of a run, naming the checkpoints in it.

    Raises:
        BadInputError: If it is no checkpoint.
    """
    if state_folder(checkpoint) is not None or (checkpoint / "config.json").is_file():
        return
    if (checkpoint / adapter.CONFIG).is_file():
        return
    inside = sorted(checkpoint.glob("checkpoint-*"), key=lambda path: (len(path.name), path.name))
    advice = f"; name one in it, such as {inside[-1]}" if inside else ""
    raise BadInputError(f"{checkpoint}: expected a checkpoint (config.json, weights), saw none{advice}")


def _model(checkpoint: Path, out: Path, dtype: str) -> Exported:
    config = read_config(checkpoint)
    dtype = resolve_dtype(dtype, config)
    config |= {"dtype": TORCH_NAMES[dtype], "use_cache": True}  # training turned the cache off
    config.pop("torch_dtype", None)
    layout = layout_of(config)
    source, shapes, stage = _source(checkpoint)
    wanted = {name: sizes for name, sizes in shapes.items() if not layout.unwanted(name)}
    check_names(layout, wanted, checkpoint)
    beside.check_tokenizer(config, checkpoint)
    with fresh(out) as folder:
        size = write_weights(folder, ((name, source.tensor(name)) for name in sorted(wanted)), dtype)
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        beside.copy_settings(folder, checkpoint)
        _rest(folder, checkpoint, out.name, dtype, "transformers")
    return Exported(out, "model", stage, dtype, len(wanted), size)


def _adapter(checkpoint: Path, out: Path, dtype: str) -> Exported:
    """Write an adapter's weights, under the names that peft gives them in files.

    Raises:
        BadInputError: If the state of DeepSpeed holds other weights than the adapter's own file.
    """
    config = read_config(checkpoint, adapter.CONFIG)
    dtype = "fp32" if dtype == "auto" else dtype
    source, shapes, stage = _source(checkpoint, adapter.STEM)
    names = {saved_name(name): name for name in shapes} if stage else {name: name for name in shapes}
    if stage:
        stored = find_files(checkpoint, adapter.STEM)
        if stored is not None and stored.keys() != names.keys():
            odd = sorted(stored.keys() ^ names.keys())
            raise BadInputError(
                f"{checkpoint}: DeepSpeed's state and {adapter.STEM}.safetensors hold other weights "
                f"({odd[0]}, {len(odd)} such); the checkpoint is of two runs: take another"
            )
    with fresh(out) as folder:
        tensors = ((name, source.tensor(names[name])) for name in sorted(names))
        size = write_weights(folder, tensors, dtype, stem=adapter.STEM)
        (folder / adapter.CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        _rest(folder, checkpoint, out.name, dtype, "peft")
    return Exported(out, "adapter", stage, dtype, len(names), size)


def saved_name(name: str) -> str:
    """The name in an adapter's file of a weight in a model with adapters.

    Args:
        name: Such as base_model.model.model.layers.0.mlp.c_fc.lora_A.default.weight.

    Returns:
        The name without that of the adapter.
    """
    return name.replace(".modules_to_save.default.", ".").replace(".default.", ".").removesuffix(".default")


def _source(checkpoint: Path, stem: str = "model") -> tuple[_Source, dict[str, tuple[int, ...]], int]:
    """Where the most exact weights of a checkpoint are, their sizes, and the stage of ZeRO."""
    if state_folder(checkpoint) is not None:
        state = open_zero(checkpoint)
        return state, dict(state.shapes), state.stage
    weights = open_weights(checkpoint, stem)
    return weights, {name: weights.shape(name) for name in weights.names}, 0


def _rest(folder: Path, checkpoint: Path, name: str, dtype: str, library: str) -> None:
    """Write what stands beside the weights of a model or adapter."""
    beside.copy_tokenizer(folder, checkpoint)
    if (checkpoint / beside.RECORD).is_file():
        beside.write_record(folder, checkpoint, {})
    what = "A LoRA adapter, exported" if library == "peft" else "Exported"
    text = f"{what} from {checkpoint.name}, written as {dtype}."
    beside.write_card(folder, name, text, library=library)
