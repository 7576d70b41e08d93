"""YAML -> settings of a chat fine-tuning, checked whole before any data is read.

    load(Path("configs/train/chat.yaml"), ["optimiser.epochs=1"]).optimiser.epochs  -> 1

Most settings are those of continued training (`training.config`); what differs are dialogues in place of a
corpus, a template, samples, and the defaults of the optimiser. Reads the configuration only.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from curation.errors import BadConfigError
from curation.settings_file import load_settings
from training.chat.dialogue import DialogueTemplate, named
from training.chat.settings import DialogueSettings, SampleSettings
from training.model.settings import LoraSettings, ModelSettings
from training.train.settings import (
    CheckpointSettings,
    DeviceSettings,
    EvaluationSettings,
    LogSettings,
    OptimiserSettings,
)

OPTIMISER: dict[str, Any] = {
    "learning_rate": 2e-5,
    "min_learning_rate": 0.0,
    "epochs": 3.0,
    "batch": 32,
    "weight_decay": 0.0,
    "beta2": 0.999,
}
"""What a chat fine-tuning has unless it is said: rate, epochs, no decay and AdamW's own beta2 as in
bigcode-project/starcoder, chat/config.yaml; its batch is 32 on each of 8 GPUs. Where no `warmup_steps` are
set, they are 3 % of the steps, as there."""


class ChatConfig(BaseModel):
    """A chat fine-tuning."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    output: Path
    """Folder of the run, a path; it must not exist, or hold the same run unfinished."""
    model: ModelSettings
    """Which model is fine-tuned; `name` is needed."""
    data: DialogueSettings
    """Which dialogues it learns from."""
    template: DialogueTemplate = named("default")
    """How turns are marked: the name of a template (default, no-system, alpaca), or the tokens of one."""
    sequence_length: int = Field(default=1024, ge=32, le=1 << 20)
    """Tokens of a window, and of the longest dialogue; 1,024 in bigcode-project/starcoder, chat/config.yaml.
    Short dialogues share a window, and see only themselves."""
    multiple_of: int | None = Field(default=None, ge=1)
    """Rows of the embedding are made a multiple of this where tokens are added, such as 64, which suits GPUs;
    null for as many as there are tokens."""
    lora: LoraSettings = LoraSettings()
    """Adapters in place of all weights."""
    optimiser: OptimiserSettings = OptimiserSettings.model_validate(OPTIMISER)
    """How the weights move; see OPTIMISER for what holds where nothing is said."""
    devices: DeviceSettings = DeviceSettings()
    """Precision, and how state is spread."""
    checkpoints: CheckpointSettings = CheckpointSettings()
    """When checkpoints are written."""
    evaluation: EvaluationSettings = EvaluationSettings()
    """Loss on held-out dialogues."""
    logs: LogSettings = LogSettings()
    """Where figures go."""
    samples: SampleSettings = SampleSettings()
    """What the model is asked when it is trained."""
    push_to_hub: str | None = None
    """Hub repository that the final model is pushed to, owner/name; null to push nothing."""
    seed: int = Field(default=1234, ge=0, lt=1 << 63)
    """Of every draw: held-out dialogues, order of windows, samples."""

    @field_validator("template", mode="before")
    @classmethod
    def _named_template(cls, value: Any) -> Any:
        return named(value) if isinstance(value, str) else value

    @field_validator("optimiser", mode="before")
    @classmethod
    def _chat_defaults(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        defaults = {
            k: v for k, v in OPTIMISER.items() if not (k == "epochs" and value.get("steps") is not None)
        }
        return {**defaults, **value}

    @model_validator(mode="after")
    def _settings_fit_together(self) -> Self:
        """Check what no setting says alone.

        Raises:
            BadConfigError: If there is no model, no length of training or two, or no dialogues to evaluate.
        """
        if self.model.name is None or self.model.shape is not None:
            raise BadConfigError("model.name: expected a model to fine-tune; random weights cannot chat")
        if (self.optimiser.steps is None) == (self.optimiser.epochs is None):
            raise BadConfigError("optimiser: expected either `steps` or `epochs`, saw both or neither")
        if self.optimiser.min_learning_rate > self.optimiser.learning_rate:
            raise BadConfigError(
                f"optimiser.min_learning_rate: {self.optimiser.min_learning_rate} is above learning_rate, "
                f"{self.optimiser.learning_rate}"
            )
        if self.lora.quantize != "none" and not self.lora.enabled:
            raise BadConfigError("lora.quantize: quantized weights cannot be trained; set lora.enabled too")
        if self.data.held_out_split and self.data.held_out:
            raise BadConfigError("data: expected either `held_out` or `held_out_split`, saw both")
        if self.evaluation.every is not None and not (self.data.held_out_split or self.data.held_out):
            raise BadConfigError(
                "evaluation.every: nothing is held out; set data.held_out, such as 0.02, or "
                "data.held_out_split"
            )
        return self

    @property
    def dialogues(self) -> Path:
        """Folder of the dialogues as tokens."""
        return self.output / "dialogues"

    @property
    def base(self) -> Path:
        """Folder of the model with rows for the marks, where the model lacks them."""
        return self.output / "base"


def load(path: Path, overrides: Sequence[str] = ()) -> ChatConfig:
    """Read, override and check a configuration.

    Args:
        path: A YAML file.
        overrides: Such as "optimiser.epochs=1"; values are YAML.

    Raises:
        BadConfigError: If the file cannot be read or any setting is wrong, naming all that are.
    """
    return load_settings(ChatConfig, path, overrides)
