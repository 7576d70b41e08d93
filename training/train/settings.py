"""How the weights move, what is kept, and what is told."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class OptimiserSettings(BaseModel):
    """AdamW and its schedule; defaults are those of StarCoder's Python stage (Megatron examples, *.slurm)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    learning_rate: float = Field(default=5e-5, gt=0)
    """Highest learning rate; 5e-5 for the Python stage, 3e-4 for StarCoderBase and StarCoder2."""
    min_learning_rate: float = Field(default=5e-6, ge=0)
    """Learning rate at the end of the cosine; a tenth of the highest in all published runs."""
    schedule: Literal["cosine", "constant", "linear"] = "cosine"
    """Course after the warm-up; only cosine knows a minimum."""
    warmup_steps: int = Field(default=500, ge=0)
    """Steps from 0 to the highest rate; 500 in the script of the Python stage, 1,000 in its description."""
    steps: int | None = Field(default=None, ge=1)
    """Optimiser steps in all; null to follow `epochs`. 8,500 in the Python stage."""
    epochs: float | None = Field(default=None, gt=0)
    """Times that the corpus is seen; null to follow `steps`. Exactly one of the two is set."""
    batch: int = Field(default=512, ge=1)
    """Windows of one optimiser step over all devices; 512 in StarCoder (4.2 million tokens). Devices and
    `micro_batch` must divide it: the rest is gradient accumulation."""
    micro_batch: int = Field(default=1, ge=1)
    """Windows that a device handles at once."""
    weight_decay: float = Field(default=0.1, ge=0)
    """Decoupled weight decay; not on biases and norms."""
    beta1: float = Field(default=0.9, ge=0, lt=1)
    """Decay of the first moment."""
    beta2: float = Field(default=0.95, ge=0, lt=1)
    """Decay of the second moment."""
    epsilon: float = Field(default=1e-8, gt=0)
    """Added to the denominator."""
    clip: float = Field(default=1.0, gt=0)
    """Largest norm of the gradient."""


class CheckpointSettings(BaseModel):
    """When checkpoints are written, and how many stay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every: int = Field(default=500, ge=1)
    """Optimiser steps between two checkpoints; there is always one at the end."""
    keep: int = Field(default=2, ge=1)
    """Newest checkpoints that stay; older ones are deleted."""


class LogSettings(BaseModel):
    """Where figures go; to a file in the run's folder always."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every: int = Field(default=10, ge=1)
    """Optimiser steps between two lines."""
    tensorboard: bool = False
    """Whether figures are also written for TensorBoard, under the run's folder."""
    wandb: str | None = None
    """Project at Weights & Biases; null to send nothing anywhere."""


class EvaluationSettings(BaseModel):
    """Loss on held-out documents while training."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every: int | None = Field(default=None, ge=1)
    """Optimiser steps between two evaluations; null for none."""
    windows: int = Field(default=64, ge=1)
    """Windows of held-out documents that are evaluated, at most."""


class DeviceSettings(BaseModel):
    """Numbers, precision and how state is spread over devices."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    deepspeed: Path | None = None
    """JSON of DeepSpeed, a path such as configs/deepspeed/zero2.json; null for none. Without optimizer and
    scheduler blocks: these would silently override the schedule."""
    precision: Literal["bf16", "fp32", "fp16"] = "bf16"
    """Of the forward and backward pass; the optimiser's copy of the weights is fp32."""
    device: Literal["auto", "cpu"] = "auto"
    """auto: GPUs if there are any. cpu: never."""
