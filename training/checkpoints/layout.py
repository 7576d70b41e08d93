"""Which weights a model has, told by its class without any memory for them.

    layout = layout_of({"architectures": ["Starcoder2ForCausalLM"], ...})
    layout.shapes["model.embed_tokens.weight"]        -> (49152, 3072)
    layout.tied                                       -> {"lm_head.weight": "model.embed_tokens.weight"}
    check_names(layout, {name: shape, ...}, "runs/train/smoke/checkpoint-4")

What is written for a model is compared with this, so that it loads whole: nothing missing, nothing unknown,
nothing of another size, tied weights once. Reads config.json, never weights; runs no code from a model's
repository.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.errors import BadInputError

Sizes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The weights of a model."""

    shapes: dict[str, Sizes]
    """Name of a weight that is stored -> its sizes."""
    tied: dict[str, str]
    """Name of a weight that is not stored -> the name of the one it shares."""
    ignored: tuple[str, ...]
    """Patterns of names that old files have and the class does not want."""

    def unwanted(self, name: str) -> bool:
        """Whether a stored weight is to be left out: tied to another, or known to be obsolete.

        Args:
            name: Of a weight in a file.
        """
        return name in self.tied or any(re.search(pattern, name) for pattern in self.ignored)


def read_config(folder: Path, name: str = "config.json") -> dict[str, Any]:
    """A JSON file of a model or adapter.

    Args:
        folder: Where it is.
        name: Of the file.

    Raises:
        BadInputError: If there is none, or it is no JSON object.
    """
    path = folder / name
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"{path}: expected a JSON file, saw: {error}; is this the right folder?"
        ) from error
    if not isinstance(values, dict):
        raise BadInputError(f"{path}: expected a JSON object, saw {type(values).__name__}")
    return values


def layout_of(config: Mapping[str, Any]) -> Layout:
    """The weights of a model with this configuration.

    Args:
        config: The values of its config.json.

    Raises:
        BadInputError: If `transformers` has no such class, or the values make no model.
    """
    import torch
    import transformers

    named = config.get("architectures") or ["nothing"]
    kind = getattr(transformers, str(named[0]), None)
    if kind is None:
        raise BadInputError(
            f"config.json: architectures names {named[0]}, which transformers {transformers.__version__} "
            "lacks; expected one such as Starcoder2ForCausalLM"
        )
    try:
        values = transformers.AutoConfig.for_model(**config)
        with torch.device("meta"):
            model = kind(values)
    except (ValueError, TypeError, KeyError, RuntimeError) as error:
        raise BadInputError(f"config.json: no {named[0]} can be made from it: {error}") from error
    shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    first: dict[int, str] = {}  # a parameter -> the first of its names
    every = {
        name: first.setdefault(id(value), name)
        for name, value in model.named_parameters(remove_duplicate=False)
    }
    tied = {name: source for name, source in every.items() if source != name}
    patterns = tuple(getattr(model, "_keys_to_ignore_on_load_unexpected", None) or ())
    return Layout({name: sizes for name, sizes in shapes.items() if name not in tied}, tied, patterns)


def check_names(layout: Layout, seen: Mapping[str, Sizes], where: object) -> None:
    """Compare weights with what the model's class expects.

    Args:
        layout: What it expects.
        seen: Name -> sizes of what would be written.
        where: What they come from, for the message.

    Raises:
        BadInputError: If weights are missing, unknown or of other sizes.
    """
    missing, unknown = layout.shapes.keys() - seen.keys(), seen.keys() - layout.shapes.keys()
    if missing or unknown:
        raise BadInputError(
            f"{where}: expected the {len(layout.shapes)} weights that config.json describes; missing "
            f"{_some(missing)}, unknown {_some(unknown)}: weights and config.json are of different models"
        )
    for name, sizes in layout.shapes.items():
        if seen[name] != sizes:
            raise BadInputError(
                f"{where}: {name} is {seen[name]}, config.json says {sizes}: of different models"
            )


def _some(names: Iterable[str]) -> str:
    """The first of some names, and how many there are."""
    ordered = sorted(names)
    return f"{len(ordered)} ({ordered[0]}{', ...' if len(ordered) > 1 else ''})" if ordered else "none"
