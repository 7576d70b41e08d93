"""An adapter and the model it was trained on -> one model without adapters, in safetensors.

    merge(Path("runs/train/lora/final"), Path("models/merged"))
    -> models/merged: config.json, model.safetensors, tokenizer, record.json, README.md

Every weight is added up in fp32, whatever the base is stored in, and rounded once, when it is written. One
weight at a time is in memory, with the shard that is being written: 15 billion weights need no 62 GB. An
adapter that was trained on a base held in 8 or 4 bits is merged into the full-precision base. The output is
there whole or not at all, and loads whole: nothing missing, nothing unknown, tied weights once. Nothing is
sent anywhere.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.errors import BadInputError
from curation.shards import sha256_of
from training.checkpoints import beside
from training.checkpoints.adapter import Adapter, read_adapter
from training.checkpoints.base import Base, find_base
from training.checkpoints.folder import check_free, fresh
from training.checkpoints.layout import Layout, check_names, layout_of, read_config
from training.checkpoints.weights import TORCH_NAMES, Weights, open_weights, resolve_dtype, write_weights


@dataclass(frozen=True, slots=True)
class Merged:
    """What was written."""

    out: Path
    """Folder of the model."""
    base: str
    """Hub id or folder of the base."""
    dtype: str
    """What weights are written as: fp32, bf16 or fp16."""
    changed: int
    """Weights that the adapter changed."""
    bytes: int
    """Of all weights."""


def merge(
    adapter: Path, out: Path, *, base: str | None = None, dtype: str = "auto", revision: str | None = None
) -> Merged:
    """Merge an adapter into its base.

    Args:
        adapter: Folder of the adapter.
        out: Folder that is written; must not exist, or be empty.
        base: Hub id or folder of the base; None for the one that the adapter names.
        dtype: "auto" for that of the base, "fp32", "bf16" or "fp16".
        revision: Branch, tag or commit of the base on the hub; None for the one that the adapter names.

    Raises:
        BadConfigError: If the output folder holds anything.
        BadInputError: If the adapter is damaged, of another model or none of plain LoRA, or there is no base.
    """
    check_free(out)
    read = read_adapter(adapter)
    found = _base_of(read, base, revision)
    config = read_config(found.folder)
    dtype = resolve_dtype(dtype, config)
    stored = _Stored(open_weights(found.folder), layout_of(config).tied)
    _check_fits(read, stored, found, str(config.get("model_type")))
    config = _merged_config(config, read, stored, dtype)
    layout = layout_of(config)
    check_names(layout, _shapes(read, stored, layout), found.name)
    beside.check_tokenizer(config, adapter, found.folder)
    with fresh(out) as folder:
        tensors = ((name, _value(read, stored, name)) for name in sorted(layout.shapes))
        size = write_weights(folder, tensors, dtype)
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        _beside(folder, out.name, read, found, dtype)
    return Merged(out, found.name, dtype, len(read.touched), size)


class _Stored:
    """The weights of the base, tied ones under all their names."""

    def __init__(self, weights: Weights, tied: dict[str, str]) -> None:
        self.weights = weights
        self.tied = tied
        self.origin = {name: source for name, source in tied.items() if source in weights.files}
        self.origin |= {name: name for name in weights.names}

    def shape(self, name: str) -> tuple[int, ...]:
        """Sizes of a weight."""
        return self.weights.shape(self.origin[name])

    def tensor(self, name: str) -> Any:
        """A weight as the base has it."""
        return self.weights.tensor(self.origin[name])


def _base_of(adapter: Adapter, base: str | None, revision: str | None) -> Base:
    """The base that is named, or that the adapter names.

    Raises:
        BadInputError: If neither is.
    """
    if base is not None:
        return find_base(base, revision)
    if adapter.base is None:
        raise BadInputError(f"{adapter.folder}: the adapter names no base; name it by --base")
    return find_base(adapter.base, revision or adapter.config.get("revision"))


def _check_fits(adapter: Adapter, stored: _Stored, base: Base, kind: str) -> None:
    """Refuse an adapter of another model.

    Raises:
        BadInputError: If it changes weights that the base lacks, or that have other sizes.
    """
    lacking = sorted((adapter.targets.keys() | adapter.rows.keys()) - stored.origin.keys())
    if lacking:
        raise BadInputError(
            f"{adapter.folder}: changes {lacking[0]} ({len(lacking)} such), which {base.name} ({kind}) "
            "lacks; it was trained on another model: name that by --base"
        )
    for name in adapter.targets:
        seen, expected = stored.shape(name), adapter.sizes(name)
        if seen != expected:
            raise BadInputError(
                f"{adapter.folder}: {name} is {expected} in the adapter, {seen} in {base.name}; it was "
                "trained on a model of another size: name that by --base"
            )
    for name in adapter.rows:
        last, rows = max(adapter.row_numbers(name)), stored.shape(name)[0]
        if last >= rows:
            raise BadInputError(
                f"{adapter.folder}: changes row {last} of {name}, {base.name} has {rows}; name the base that "
                "has rows for added tokens by --base"
            )


def _merged_config(config: dict[str, Any], adapter: Adapter, stored: _Stored, dtype: str) -> dict[str, Any]:
    """The base's configuration with what the adapter changes of it."""
    dtype_key = "torch_dtype" if "torch_dtype" in config and "dtype" not in config else "dtype"
    changed = {**config, dtype_key: TORCH_NAMES[dtype]}
    if not all(_stay_tied(adapter, stored, name, source) for name, source in stored.tied.items()):
        changed["tie_word_embeddings"] = False
    embeddings = {*stored.tied, *stored.tied.values()}
    rows = {adapter.weights.shape(key)[0] for name, key in adapter.replaced.items() if name in embeddings}
    if len(rows) == 1:
        changed["vocab_size"] = rows.pop()
    return changed


def _stay_tied(adapter: Adapter, stored: _Stored, name: str, source: str) -> bool:
    """Whether two tied weights are still one: peft sets the head free where only one of them was trained."""
    import torch

    head, embedding = adapter.replaced.get(name), adapter.replaced.get(source)
    if name in adapter.targets:
        return False
    if embedding is None:
        return head is None
    if head is not None:
        return bool(torch.equal(adapter.weights.tensor(head), adapter.weights.tensor(embedding)))
    grown = adapter.weights.shape(embedding) != stored.shape(source)  # then the head was resized with it
    return grown or bool(adapter.config.get("ensure_weight_tying"))


def _shapes(adapter: Adapter, stored: _Stored, layout: Layout) -> dict[str, tuple[int, ...]]:
    """Sizes of what will be written, by the names in the files."""
    seen = {name: stored.shape(name) for name in stored.origin}
    seen |= {name: adapter.weights.shape(key) for name, key in adapter.replaced.items()}
    return {name: sizes for name, sizes in seen.items() if not layout.unwanted(name)}


def _value(adapter: Adapter, stored: _Stored, name: str) -> Any:
    """A weight of the merged model."""
    if name in adapter.replaced:
        return adapter.applied(name, None)
    value = stored.tensor(name)
    return adapter.applied(name, value) if name in adapter.touched else value


def _beside(folder: Path, name: str, adapter: Adapter, base: Base, dtype: str) -> None:
    """Write what stands beside the weights: tokenizer, record, README."""
    beside.copy_tokenizer(folder, adapter.folder, base.folder)
    beside.copy_settings(folder, adapter.folder, base.folder)
    of_adapter = {path: sha256_of(path) for path in set(adapter.weights.files.values())}
    weights = open_weights(base.folder)
    of_base = {path: sha256_of(path) for path in set(weights.files.values())}
    data = {
        "adapter": beside.digest(of_adapter),
        "base": base.name if base.revision is None else f"{base.name}@{base.revision}",
        "base weights": beside.digest(of_base),
    }
    beside.write_record(folder, adapter.folder, data)
    beside.write_card(
        folder,
        name,
        _text(adapter, base, dtype, data),
        base=base.name if base.revision else None,
        licence=beside.licence_of(base.folder),
    )


def _text(adapter: Adapter, base: Base, dtype: str, data: dict[str, str]) -> str:
    rank, alpha = adapter.config.get("r"), adapter.config.get("lora_alpha")
    name = base.name if base.revision else base.folder.name  # paths of a machine tell others nothing
    return (
        f"{name} with a LoRA adapter (rank {rank}, alpha {alpha}) merged into "
        f"{len(adapter.touched)} of its weights: added up in fp32, written as {dtype}.\n\n"
        f"- SHA-256 of the base's weights: {data['base weights']}\n"
        f"- SHA-256 of the adapter: {data['adapter']}\n"
    )
