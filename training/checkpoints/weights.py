"""Weights in files, in and out, one at a time.

    weights = open_weights(Path("runs/train/smoke/base"))
    weights.tensor("model.embed_tokens.weight")          -> as stored, read from the file now
    write_weights(folder, ((name, weights.tensor(name)) for name in weights.names), "bf16")
    -> model.safetensors, or model-00001-of-00003.safetensors, ... and model.safetensors.index.json

Reads safetensors, and torch's own files where a folder has only these: through its restricted reader, which
runs no code. Memory is one shard at most (`SHARD_BYTES`) beside the weight in hand. The same weights give the
same bytes.
"""

import json
import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from curation.errors import BadInputError

Dtype = Literal["auto", "fp32", "bf16", "fp16"]
"""What weights are written as; auto: as the model's configuration says."""
TORCH_NAMES = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
"""Our names -> torch's, which are also those of config.json."""
SHARD_BYTES = 5 * 10**9
"""Largest file of weights, in bytes; 5 GB is what the hub's tools write."""
_PATTERNS = ("{}.safetensors", "pytorch_{}.bin", "{}.bin")


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of a folder."""

    folder: Path
    """Where they are."""
    files: dict[str, Path]
    """Name of a weight -> its file."""
    _open: dict[Path, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def names(self) -> list[str]:
        """Names of all weights, sorted."""
        return sorted(self.files)

    def shape(self, name: str) -> tuple[int, ...]:
        """Sizes of a weight, without reading it.

        Args:
            name: One of `names`.
        """
        opened = self._file(self.files[name])
        return tuple(opened[name].shape if isinstance(opened, dict) else opened.get_slice(name).get_shape())

    def tensor(self, name: str) -> Any:
        """A weight as it is stored, on the CPU.

        Args:
            name: One of `names`.
        """
        opened = self._file(self.files[name])
        return opened[name] if isinstance(opened, dict) else opened.get_tensor(name)

    def _file(self, path: Path) -> Any:
        if path not in self._open:
            self._open[path] = _open_file(path)
        return self._open[path]


def open_weights(folder: Path, stem: str = "model") -> Weights:
    """Find the weights of a folder; reads the names only.

    Args:
        folder: Of a model or adapter.
        stem: "model" or "adapter_model".

    Raises:
        BadInputError: If there are none, or files that the index names are missing or damaged.
    """
    files = find_files(folder, stem)
    if files is None:
        raise BadInputError(
            f"{folder}: expected weights ({stem}.safetensors), saw none; "
            "under ZeRO-3 they are in the state of DeepSpeed: `training export` brings them out"
        )
    return Weights(folder, files)


def find_files(folder: Path, stem: str = "model") -> dict[str, Path] | None:
    """Name of a weight -> its file; None if the folder has no weights.

    Args:
        folder: Of a model or adapter.
        stem: "model" or "adapter_model".
    """
    for pattern in _PATTERNS:
        path = folder / pattern.format(stem)
        if path.is_file():
            opened = _open_file(path)
            return dict.fromkeys(opened.keys(), path)
        index = path.with_name(path.name + ".index.json")
        if index.is_file():
            return _indexed(index)
    return None


def resolve_dtype(dtype: str, config: dict[str, Any]) -> str:
    """What weights are written as.

    Args:
        dtype: One of `Dtype`.
        config: The model's configuration; one that names no dtype has fp32.

    Returns:
        "fp32", "bf16" or "fp16".

    Raises:
        BadInputError: If the configuration names a dtype that is none of these.
    """
    assert dtype in get_args(Dtype), dtype
    if dtype != "auto":
        return dtype
    named = str(config.get("dtype") or config.get("torch_dtype") or "float32")
    for ours, torchs in TORCH_NAMES.items():
        if named == torchs:
            return ours
    raise BadInputError(f"config.json: dtype {named!r}, expected one of {', '.join(TORCH_NAMES.values())}")


def all_finite(tensor: Any) -> bool:
    """Whether no value of a tensor is NaN or infinite; a ninth of the time of torch.isfinite(...).all().

    Args:
        tensor: Of floating point numbers.
    """
    import torch

    if tensor.numel() == 0:
        return True
    ends = torch.stack(torch.aminmax(tensor))  # NaN, if there is any
    return bool(torch.isfinite(ends).all())


def write_weights(
    folder: Path,
    tensors: Iterable[tuple[str, Any]],
    dtype: str,
    *,
    stem: str = "model",
    shard_bytes: int = SHARD_BYTES,
) -> int:
    """Write weights as safetensors.

    Args:
        folder: An existing folder.
        tensors: Name and value; taken one at a time. Values that are no floating point numbers keep their
            type.
        dtype: "fp32", "bf16" or "fp16".
        stem: "model" or "adapter_model".
        shard_bytes: Largest file; a single weight may be larger.

    Returns:
        Bytes of all weights.

    Raises:
        BadInputError: If a weight is NaN or infinite, or becomes so in this dtype.
    """
    from safetensors.torch import save_file

    parts: list[tuple[Path, list[str]]] = []
    total = 0
    for number, shard in enumerate(_shards(tensors, dtype, shard_bytes)):
        path = folder / f".{stem}-{number}"
        save_file(shard, path, metadata={"format": "pt"})
        parts.append((path, list(shard)))
        total += sum(value.numel() * value.element_size() for value in shard.values())
    where = {}
    for number, (path, names) in enumerate(parts, start=1):
        final = f"{stem}-{number:05}-of-{len(parts):05}" if len(parts) > 1 else stem
        path.rename(folder / f"{final}.safetensors")
        where.update(dict.fromkeys(names, f"{final}.safetensors"))
    if len(parts) > 1:
        index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(where.items()))}
        (folder / f"{stem}.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")
    return total


def _shards(tensors: Iterable[tuple[str, Any]], dtype: str, shard_bytes: int) -> Iterator[dict[str, Any]]:
    shard: dict[str, Any] = {}
    size = 0
    for name, tensor in tensors:
        value = _cast(name, tensor, dtype)
        bytes_ = value.numel() * value.element_size()
        if shard and size + bytes_ > shard_bytes:
            yield shard
            shard, size = {}, 0
        shard[name] = value
        size += bytes_
    if shard:
        yield shard


def _cast(name: str, tensor: Any, dtype: str) -> Any:
    """A weight in the dtype it is written as.

    Raises:
        BadInputError: If it is NaN or infinite, or becomes so.
    """
    import torch

    if not tensor.is_floating_point():
        return tensor.contiguous()
    value = tensor.to(getattr(torch, TORCH_NAMES[dtype])).contiguous()
    if all_finite(value):
        return value
    if all_finite(tensor):
        raise BadInputError(
            f"{name}: values up to {tensor.abs().max():.3g} are beyond what {dtype} holds; take bf16 or fp32"
        )
    raise BadInputError(f"{name}: NaN or infinite values; the training diverged: take an earlier checkpoint")


def _open_file(path: Path) -> Any:
    """An open file of weights: safetensors' handle, or a dictionary.

    Raises:
        BadInputError: If it is damaged, or holds more than weights.
    """
    from safetensors import SafetensorError, safe_open

    try:
        if path.suffix == ".safetensors":
            return safe_open(path, framework="pt")
        import torch

        return torch.load(path, map_location="cpu", mmap=True, weights_only=True)
    except (SafetensorError, OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        first = (str(error) or type(error).__name__).strip().splitlines()[0]
        raise BadInputError(f"{path}: expected a file of weights, saw: {first}; fetch it again") from error


def _indexed(index: Path) -> dict[str, Path]:
    """Name of a weight -> its file, as an index says.

    Raises:
        BadInputError: If the index is damaged, or a file is missing.
    """
    try:
        where: dict[str, str] = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        files = {name: index.with_name(Path(file).name) for name, file in where.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInputError(
            f"{index}: expected a weight_map in JSON, saw: {error}; fetch it again"
        ) from error
    missing = sorted({path.name for path in files.values() if not path.is_file()})
    if missing:
        raise BadInputError(f"{index}: lacks {', '.join(missing)}, which it names; fetch them again")
    return files
