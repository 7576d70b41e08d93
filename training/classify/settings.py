"""What a head is trained to say, on which labelled texts, and how.

    load(Path("configs/train/classify.yaml"), ["head.task=sequence"]).head.task -> "sequence"

Read by the same reader as all settings: unknown keys are refused. Reads the configuration only.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from curation.errors import BadConfigError
from curation.settings_file import load_settings
from training.model.settings import ModelSettings
from training.tokenizer.settings import TokenizerSettings
from training.train.settings import (
    CheckpointSettings,
    DeviceSettings,
    EvaluationSettings,
    LogSettings,
    OptimiserSettings,
)

FINE_TUNING = OptimiserSettings(
    learning_rate=2e-5,
    min_learning_rate=0.0,
    warmup_steps=100,
    epochs=3,
    batch=64,
    micro_batch=8,
    weight_decay=0.01,
    beta2=0.999,
)
"""Those of StarPII (bigcode-dataset pii/ner: 2e-5, cosine, 100 steps of warm-up, 64 windows, decay 0.01), but
for the number of epochs, which there was up to 100 with early stopping."""


class HeadSettings(BaseModel):
    """What the head says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: Literal["token", "sequence"] = "token"
    """token: which spans of a text have which tag. sequence: one answer about a whole text."""
    scheme: Literal["bio", "tag"] = "bio"
    """token only. bio: labels B-TAG for the first token of a span and I-TAG for the others. tag: one label
    for each tag; spans of one tag that touch become one."""
    tags: tuple[str, ...] = ()
    """token only: tags that are learnt, spans with others are passed over and counted; empty for all that
    occur. `pii.names: ner` of the curation package knows KEY, PASSWORD, EMAIL, IP_ADDRESS, NAME and
    USERNAME."""
    target: Literal["auto", "classes", "number"] = "auto"
    """sequence only. classes: one of the labels that occur. number: a quality score. auto: number if every
    label is one, else classes."""


class LabelledSettings(BaseModel):
    """Labelled texts, and how they are cut."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: tuple[Path, ...] = Field(min_length=1)
    """JSONL (plain or .gz) and parquet files, or folders of parquet shards, paths."""
    text: str = "text"
    """Column of the text; `content` in shards of a curation run."""
    spans: str = "spans"
    """Column of the spans, for token: a list of {start, end, tag}, counted in characters, as `curation pii
    plant` writes them."""
    label: str = "label"
    """Column of the label, for sequence: a number, or the name of a class."""
    held_out: float = Field(default=0.1, gt=0.0, lt=1.0)
    """Share of texts that are measured with and never trained on, 0 to 1, both excluded; drawn by seed."""
    held_out_by: str | None = None
    """Column whose equal values are held out together, such as repo_name or source; null for the text itself,
    so that only equal texts stay together."""
    sequence_length: int = Field(default=1024, ge=16, le=1 << 20)
    """Tokens of a window, special ones included; 1,024 in StarPII. Longer texts are cut into several."""
    overlap: int = Field(default=128, ge=0)
    """Tokens that neighbouring windows of a text share, at most a quarter of `sequence_length`; each token is
    learnt and answered in one of them only."""


class ClassifyConfig(BaseModel):
    """Training of a classification head and of the model under it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    output: Path
    """Folder of the run, a path; it must not exist, or hold the same run unfinished."""
    model: ModelSettings
    """The model under the head: StarCoder, StarCoder2, or any encoder of the hub."""
    tokenizer: TokenizerSettings = TokenizerSettings()
    """Which tokenizer; by default the model's, and with `model.shape` one that is trained from the texts."""
    head: HeadSettings = HeadSettings()
    """What the head says."""
    data: LabelledSettings
    """What it learns from."""
    optimiser: OptimiserSettings = FINE_TUNING
    """How the weights move; `batch` counts windows of texts."""
    devices: DeviceSettings = DeviceSettings()
    """Precision, and how state is spread."""
    checkpoints: CheckpointSettings = CheckpointSettings()
    """When checkpoints are written."""
    evaluation: EvaluationSettings = EvaluationSettings()
    """Loss on held-out windows while training; after it all held-out texts are answered and measured."""
    logs: LogSettings = LogSettings()
    """Where figures go."""
    seed: int = Field(default=1234, ge=0, lt=1 << 63)
    """Of every draw: held-out texts, order, the weights of the head."""

    @model_validator(mode="before")
    @classmethod
    def _fine_tuning(cls, values: object) -> object:
        """Settings of the optimiser that are not given are those of fine-tuning."""
        given = values.get("optimiser") if isinstance(values, dict) else None
        if not isinstance(values, dict) or not isinstance(given, dict):
            return values
        length = {"steps", "epochs"} if given.keys() & {"steps", "epochs"} else set()
        return {**values, "optimiser": FINE_TUNING.model_dump(exclude=length) | given}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """Check what no setting can tell alone.

        Raises:
            BadConfigError: If settings contradict each other.
        """
        if (self.model.name is None) == (self.model.shape is None):
            raise BadConfigError("model: expected either `name` or `shape`, saw both or neither")
        if (self.optimiser.steps is None) == (self.optimiser.epochs is None):
            raise BadConfigError("optimiser: expected either `steps` or `epochs`, saw both or neither")
        if self.optimiser.min_learning_rate > self.optimiser.learning_rate:
            raise BadConfigError(
                f"optimiser.min_learning_rate: {self.optimiser.min_learning_rate} is above learning_rate, "
                f"{self.optimiser.learning_rate}"
            )
        if self.data.overlap > self.data.sequence_length // 4:
            raise BadConfigError(
                f"data.overlap: {self.data.overlap} tokens is more than a quarter of sequence_length, "
                f"{self.data.sequence_length}; set it to {self.data.sequence_length // 8}"
            )
        if any(not tag or tag == "O" or tag != tag.strip() for tag in self.head.tags):
            raise BadConfigError(f"head.tags: {self.head.tags}; expected names of tags, and not O")
        return self


def load(path: Path, overrides: Sequence[str] = ()) -> ClassifyConfig:
    """Read, override and check a configuration.

    Args:
        path: A YAML file.
        overrides: Such as "optimiser.steps=10"; values are YAML.

    Raises:
        BadConfigError: If the file cannot be read or any setting is wrong, naming all that are.
    """
    return load_settings(ClassifyConfig, path, overrides)
