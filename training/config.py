"""YAML -> settings of a training run, checked whole before any device is used.

    load(Path("configs/train/smoke.yaml"), ["optimiser.steps=10"]).optimiser.steps -> 10

Settings live beside the code that uses them; here they are put together, by the same reader as those of
curation: unknown keys, duplicate keys and aliases are refused. Reads the configuration only.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from curation.errors import BadConfigError
from curation.settings_file import check_settings, load_settings
from training.data.settings import PackingSettings
from training.fim.settings import FimSettings
from training.model.settings import LoraSettings, ModelSettings
from training.tokenise.settings import CorpusSettings
from training.tokenizer.settings import TokenizerSettings
from training.train.settings import (
    CheckpointSettings,
    DeviceSettings,
    EvaluationSettings,
    LogSettings,
    OptimiserSettings,
)


class TrainConfig(BaseModel):
    """A whole training run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    output: Path
    """Folder of the run, a path; it must not exist, or hold the same run unfinished."""
    model: ModelSettings
    """Which model is continued."""
    corpus: CorpusSettings
    """Which documents it is trained on."""
    tokenizer: TokenizerSettings = TokenizerSettings()
    """Which tokenizer; by default the model's."""
    fim: FimSettings = FimSettings()
    """How often, where and in which order gaps are cut."""
    packing: PackingSettings = PackingSettings()
    """How documents fill windows."""
    lora: LoraSettings = LoraSettings()
    """Adapters in place of all weights."""
    optimiser: OptimiserSettings = OptimiserSettings(steps=8500)
    """How the weights move."""
    devices: DeviceSettings = DeviceSettings()
    """Precision, and how state is spread."""
    checkpoints: CheckpointSettings = CheckpointSettings()
    """When checkpoints are written."""
    evaluation: EvaluationSettings = EvaluationSettings()
    """Loss on held-out documents."""
    logs: LogSettings = LogSettings()
    """Where figures go."""
    push_to_hub: str | None = None
    """Hub repository that the final model is pushed to, owner/name; null to push nothing."""
    seed: int = Field(default=1234, ge=0, lt=1 << 63)
    """Of every draw: held-out repositories, order of windows, gaps, new weights. 1234 is Megatron's
    default."""

    @model_validator(mode="after")
    def _model_is_named_once(self) -> Self:
        """Check that there is a model, and one length of training.

        Raises:
            BadConfigError: If there is none, or two.
        """
        if (self.model.name is None) == (self.model.shape is None):
            raise BadConfigError("model: expected either `name` or `shape`, saw both or neither")
        if (self.optimiser.steps is None) == (self.optimiser.epochs is None):
            raise BadConfigError("optimiser: expected either `steps` or `epochs`, saw both or neither")
        if self.lora.quantize != "none" and not self.lora.enabled:
            raise BadConfigError("lora.quantize: quantized weights cannot be trained; set lora.enabled too")
        if self.optimiser.min_learning_rate > self.optimiser.learning_rate:
            raise BadConfigError(
                f"optimiser.min_learning_rate: {self.optimiser.min_learning_rate} is above learning_rate, "
                f"{self.optimiser.learning_rate}"
            )
        return self

    @property
    def tokens(self) -> Path:
        """Folder of the token files."""
        return self.corpus.tokens or self.output / "tokens"


def load(path: Path, overrides: Sequence[str] = ()) -> TrainConfig:
    """Read, override and check a configuration.

    Args:
        path: A YAML file.
        overrides: Such as "optimiser.steps=10"; values are YAML.

    Raises:
        BadConfigError: If the file cannot be read or any setting is wrong, naming all that are.
    """
    return load_settings(TrainConfig, path, overrides)


def check(values: dict[str, Any], name: str) -> TrainConfig:
    """Plain values as a checked configuration.

    Raises:
        BadConfigError: If any setting is wrong, naming all that are.
    """
    return check_settings(TrainConfig, values, name)
