"""What a checkpoint knows of how it came to be: its data, tokenizer, settings, versions and place.

    write(folder, record)                   -> record.json
    differences(read(folder), record_now)   -> ["optimiser.learning_rate: was 0.0001, is 0.0002"]

A run goes on only if nothing differs that decides what is trained on what. What merely decides where, how
fast or how talkatively may change: `FREE` names it. The record of a finished model is the same file, so that
a model can be traced to its shards. Compares and stores; reads no data.
"""

import json
import platform
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from curation.errors import BrokenRunError
from curation.shards import write_atomically

NAME = "record.json"
FREE = (
    "output",
    "push_to_hub",
    "corpus.run",
    "corpus.tokens",
    "corpus.workers",
    "tokenizer.fast",
    "model.attention",
    "model.gradient_checkpointing",
    "packing.loader_workers",
    "optimiser.micro_batch",
    "devices.deepspeed",
    "devices.device",
    "checkpoints",
    "evaluation",
    "logs",
)
"""Settings that may change when a run goes on, with all below them. The corpus and the tokenizer are compared
by what they hold, not by where they lie; the ZeRO stage is compared by itself."""
LONGER = ("optimiser.steps", "optimiser.epochs")
"""Settings that may change if the schedule is constant: a cosine to another end is another schedule."""
LIBRARIES = ("torch", "transformers", "deepspeed", "accelerate", "peft", "tokenizers", "numpy")


@dataclass(frozen=True, slots=True)
class Record:
    """How a checkpoint came to be."""

    data: dict[str, str]
    """Fingerprints: of the manifest of the corpus, the tokens, the tokenizer, the packing plan, the model
    that training started from."""
    config: dict[str, Any]
    """Resolved settings."""
    seed: int
    zero_stage: int
    """Stage of ZeRO, 0 without DeepSpeed."""
    world_size: int
    """Processes that wrote it."""
    versions: dict[str, str] = field(default_factory=dict)
    """Python and libraries."""
    corpus: str = ""
    """Folder of the curation run, for people; it is compared by its fingerprint."""
    step: int = 0
    """Optimiser steps behind it."""
    windows: int = 0
    """Windows behind it: the place in the data."""
    created: str = ""
    """When it was written, ISO 8601."""

    def as_json(self) -> dict[str, Any]:
        """The record as JSON values."""
        return asdict(self)


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that decide what comes out."""
    found = {"python": platform.python_version()}
    for name in (*LIBRARIES, "starcoder-curation"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def write(folder: Path, record: Record) -> None:
    """Write a record into a folder, atomically."""
    write_atomically(folder / NAME, (json.dumps(record.as_json(), indent=2) + "\n").encode())


def read(folder: Path) -> Record:
    """Read the record of a checkpoint, a finished model or a run.

    Raises:
        BrokenRunError: If there is none, or it cannot be read.
    """
    path = folder / NAME
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Record(**values)
    except (OSError, ValueError, TypeError) as error:
        raise BrokenRunError(f"{path}: expected a record of a training run, saw: {error}") from error


def differences(before: Record, now: Record) -> list[str]:
    """What of two records forbids to go on from the one with the other.

    Args:
        before: Of the checkpoint.
        now: Of what would go on.

    Returns:
        A line for each difference; the number of processes is none.
    """
    was, is_now = _flat(before.config), _flat(now.config)
    may_last = was.get("optimiser.schedule") == is_now.get("optimiser.schedule") == "constant"
    free = (*FREE, *(LONGER if may_last else ()))
    pairs: list[tuple[str, Any, Any]] = [
        (name, was.get(name), is_now.get(name))
        for name in sorted(was.keys() | is_now.keys())
        if not any(name == one or name.startswith(f"{one}.") for one in free)
    ]
    pairs += [
        (name, before.data.get(name), now.data.get(name))
        for name in sorted(before.data.keys() | now.data.keys())
    ]
    pairs.append(("ZeRO stage of devices.deepspeed", before.zero_stage, now.zero_stage))
    return [f"{name}: was {_short(old)}, is {_short(new)}" for name, old, new in pairs if old != new]


def _flat(values: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Nested settings as one level: {"a": {"b": 1}} -> {"a.b": 1}."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{above}{name}.")
        else:
            found[f"{above}{name}"] = value
    return found


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
