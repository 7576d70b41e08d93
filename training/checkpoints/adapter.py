"""A LoRA adapter in a folder: read, checked, and turned into what it adds to each weight.

    adapter = read_adapter(Path("runs/train/lora/final"))
    adapter.base                                                     -> bigcode/starcoder2-3b
    adapter.applied("model.layers.0.mlp.c_fc.weight", weight)        -> weight + alpha / rank * B @ A, in fp32
    adapter.applied("model.embed_tokens.weight", weight)             -> with the rows that were trained

Plain LoRA on linear layers is read, with rows of embeddings (trainable_token_indices) and whole layers
(modules_to_save) that were trained beside it: what this package trains. Variants whose arithmetic differs
(DoRA, PiSSA, trained biases, ...) are refused by name. Reads only; knows nothing of the base.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.errors import BadInputError
from training.checkpoints.layout import read_config
from training.checkpoints.weights import Weights, all_finite, open_weights

CONFIG = "adapter_config.json"
"""Says that a folder is an adapter, and of what kind."""
STEM = "adapter_model"
"""Name of the file of weights, without its end."""
PREFIX = "base_model.model."
"""What peft puts before the names of a model's weights."""
ROWS = ".token_adapter.trainable_tokens_delta"
"""What peft puts after the name of a layer of which rows were trained: their values, no differences."""
OTHER_ARITHMETIC = (
    "use_dora",
    "use_qalora",
    "use_bdlora",
    "lora_bias",
    "fan_in_fan_out",
    "layer_replication",
    "target_parameters",
    "alora_invocation_tokens",
    "monteclora_config",
    "velora_config",
    "kasa_config",
    "arrow_config",
)
"""Settings of peft that change what an adapter computes; all of them off in plain LoRA."""
PLAIN_STARTS = (True, False, None, "gaussian", "orthogonal")
"""Ways to start the weights that leave the base as it was; others (pissa, olora, ...) change it, too."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter."""

    folder: Path
    """Where it is."""
    config: dict[str, Any]
    """Values of its adapter_config.json."""
    weights: Weights
    """Its weights."""
    targets: dict[str, str]
    """Name of a weight of the base -> name of its adapter, without .lora_A.weight."""
    replaced: dict[str, str]
    """Name of a weight of the base that the adapter brings whole -> its name in the adapter."""
    rows: dict[str, str]
    """Name of a weight of the base of which the adapter brings rows -> their name in the adapter."""

    @property
    def base(self) -> str | None:
        """Hub id or folder of the model it was trained on; None if it does not say."""
        named = self.config.get("base_model_name_or_path")
        return str(named) if named else None

    @property
    def touched(self) -> set[str]:
        """Names of all weights of the base that it changes."""
        return {*self.targets, *self.replaced, *self.rows}

    def sizes(self, name: str) -> tuple[int, int]:
        """Rows and columns of what is added to a weight.

        Args:
            name: A key of `targets`.

        Raises:
            BadInputError: If the two halves do not fit each other.
        """
        stem = self.targets[name]
        down = self.weights.shape(f"{stem}.lora_A.weight")
        up = self.weights.shape(f"{stem}.lora_B.weight")
        if len(down) != 2 or len(up) != 2 or down[0] != up[1]:
            raise BadInputError(
                f"{self.folder}: {stem} is {up} times {down}, whose ranks differ; the adapter is damaged"
            )
        return up[0], down[1]

    def applied(self, name: str, weight: Any) -> Any:
        """A weight of the base with what was trained, in fp32.

        Args:
            name: Of the weight.
            weight: As the base has it; None if it lacks it and the adapter brings it whole.

        Raises:
            BadInputError: If the adapter holds NaN or infinite values.
        """
        if name in self.replaced:
            weight = self.finite(self.replaced[name])
        whole = weight.float()
        if name in self.targets:
            whole = whole.addmm(*self._factors(name))
        if name in self.rows:
            values = self.finite(self.rows[name]).float()
            whole = whole.clone()
            whole[self.row_numbers(name)] = values
        return whole

    def row_numbers(self, name: str) -> list[int]:
        """Which rows of a weight it brings.

        Args:
            name: A key of `rows`.

        Raises:
            BadInputError: If its configuration does not say.
        """
        named = self.config.get("trainable_token_indices")
        layer = name.removesuffix(".weight")
        numbers = named
        if isinstance(named, dict):
            fitting = [key for key in named if layer == key or layer.endswith(f".{key}")]
            numbers = named[fitting[0]] if fitting else None
        if not isinstance(numbers, list) or len(numbers) != self.weights.shape(self.rows[name])[0]:
            raise BadInputError(
                f"{self.folder}: {self.rows[name]} holds {self.weights.shape(self.rows[name])[0]} rows, "
                f"trainable_token_indices names {numbers}; the adapter is damaged"
            )
        return [int(number) for number in numbers]

    def _factors(self, name: str) -> tuple[Any, Any]:
        """Two matrices whose product is added to a weight, in fp32."""
        stem = self.targets[name]
        down = self.finite(f"{stem}.lora_A.weight").float()
        up = self.finite(f"{stem}.lora_B.weight").float()
        return up * self._scale(name.removesuffix(".weight"), down.shape[0]), down

    def finite(self, key: str) -> Any:
        """A weight of the adapter, as stored.

        Args:
            key: Its name in the adapter.

        Raises:
            BadInputError: If it holds NaN or infinite values.
        """
        value = self.weights.tensor(key)
        if not all_finite(value):
            raise BadInputError(
                f"{self.folder}: {key} holds NaN or infinite values; the training diverged: take an earlier "
                "checkpoint"
            )
        return value

    def _scale(self, module: str, rank: int) -> float:
        """What the product is multiplied by: alpha / rank, or alpha / sqrt(rank) for rank-stabilised LoRA."""
        patterns: Mapping[str, float] = self.config.get("alpha_pattern") or {}
        fitting = [key for key in patterns if re.match(rf"(.*\.)?({key})$", module)]
        alpha = float(patterns[fitting[0]] if fitting else self.config["lora_alpha"])
        return alpha / (math.sqrt(rank) if self.config.get("use_rslora") else rank)


def read_adapter(folder: Path) -> Adapter:
    """Read an adapter's configuration and the names of its weights.

    Args:
        folder: With adapter_config.json and adapter_model.safetensors.

    Raises:
        BadInputError: If it is no adapter, or none of plain LoRA.
    """
    if not (folder / CONFIG).is_file():
        inside = sorted(path.parent for path in folder.glob(f"*/{CONFIG}"))
        advice = f"name one in it, such as {inside[-1]}" if inside else "a whole model needs no merging"
        raise BadInputError(
            f"{folder}: expected an adapter ({CONFIG}, {STEM}.safetensors), saw no {CONFIG}; {advice}"
        )
    config = read_config(folder, CONFIG)
    _check_kind(folder, config)
    weights = open_weights(folder, STEM)
    targets, replaced, rows = {}, {}, {}
    for key in weights.names:
        name = key.removeprefix(PREFIX)
        stem, found, half = key.partition(".lora_")
        if name.endswith(ROWS):
            rows[name.removesuffix(ROWS) + ".weight"] = key
        elif not found:
            replaced[name.replace(".base_layer.", ".")] = key
        elif half in {"A.weight", "B.weight"}:
            targets[f"{stem.removeprefix(PREFIX)}.weight"] = stem
        else:
            raise BadInputError(f"{folder}: {key}: expected LoRA on linear layers (lora_A, lora_B)")
    for stem in targets.values():
        lacking = [half for half in "AB" if f"{stem}.lora_{half}.weight" not in weights.files]
        if lacking:
            raise BadInputError(f"{folder}: lacks {stem}.lora_{lacking[0]}.weight; the adapter is damaged")
    if not weights.names:
        raise BadInputError(f"{folder}: the adapter holds no weights")
    return Adapter(folder, config, weights, targets, replaced, rows)


def _check_kind(folder: Path, config: Mapping[str, Any]) -> None:
    """Refuse what is computed in another way.

    Raises:
        BadInputError: If it is no plain LoRA.
    """
    kind = str(config.get("peft_type"))
    if kind != "LORA" or "lora_alpha" not in config:
        raise BadInputError(f"{folder}: expected an adapter of LoRA, saw {kind}")
    seen = [name for name in OTHER_ARITHMETIC if config.get(name)]
    if config.get("bias", "none") != "none":
        seen.append(f"bias={config['bias']}")
    start = config.get("init_lora_weights", True)
    if start not in PLAIN_STARTS:
        seen.append(f"init_lora_weights={start}")
    if seen:
        raise BadInputError(
            f"{folder}: expected plain LoRA, saw {', '.join(seen)}; merge it with peft's merge_and_unload"
        )
