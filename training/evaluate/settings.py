"""What is measured, on how much, and what programs that a model wrote may use."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from curation.errors import BadConfigError
from training.generate.settings import Order

TaskName = Literal["loss", "infilling", "humaneval", "humaneval-infilling"]
GapKind = Literal["single-line", "multi-line", "random-span"]


class Limits(BaseModel):
    """What one program may use; past any of it, it is ended."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float = Field(default=10.0, gt=0)
    """Of wall-clock time and, rounded up, of processor time of each process; HumanEval's own harness gives
    3 s, which a loaded machine can exceed without fault of the program."""
    memory: int = Field(default=1 << 30, ge=1 << 26)
    """Bytes of address space of each process."""
    file_size: int = Field(default=16 << 20, ge=0)
    """Bytes of a file that it writes, and of all of them where it has a file system of its own."""
    processes: int = Field(default=8, ge=4)
    """Processes and threads at the same time, with up to three that watch it."""
    files: int = Field(default=64, ge=16)
    """Files that are open at the same time."""
    output: int = Field(default=64 << 10, ge=0)
    """Bytes of its output that are kept; the rest is read and thrown away."""


class EvaluateSettings(BaseModel):
    """What is measured, and on how much."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tasks: tuple[TaskName, ...] = ("loss", "infilling")
    """What is measured."""
    limit: int | None = Field(default=200, ge=1)
    """Held-out documents, or problems of a benchmark, at most; null for all. Documents are drawn by seed."""
    seed: int = Field(default=0, ge=0, lt=1 << 63)
    """Of the documents, the gaps, the intervals and the samples."""
    length: int | None = Field(default=None, ge=32)
    """Tokens that the model sees at once, of pieces of documents and of gaps with what is around them; null
    for what it can see, at most 4,096. Best what it was trained on."""
    gaps: tuple[GapKind, ...] = ("single-line", "random-span")
    """Kinds of gaps that the model is asked to fill, one of each in every document that has room for it."""
    order: Order = "psm"
    """Whether the prefix or the suffix comes first where the model fills gaps."""
    max_new_tokens: int = Field(default=128, ge=1)
    """Tokens of a filled gap at most."""
    benchmark_tokens: int = Field(default=512, ge=1)
    """Tokens of a benchmark's completion at most; 512 in StarCoder's evaluation."""
    samples: int = Field(default=1, ge=1)
    """Completions of each problem of a benchmark; 200 in StarCoder's evaluation, 20 on its leaderboard."""
    temperature: float = Field(default=0.0, ge=0)
    """For benchmarks; 0 for the likeliest token, as always for gaps of held-out documents; 0.2 in StarCoder's
    evaluation."""
    top_p: float = Field(default=0.95, gt=0, le=1)
    """For benchmarks with temperature; 0.95 in StarCoder's evaluation."""
    batch: int = Field(default=8, ge=1)
    """Completions that are made at the same time."""
    batch_tokens: int = Field(default=4096, ge=32)
    """Tokens whose loss is computed at the same time, at least one piece."""
    execute: bool = False
    """Whether programs that the model wrote are run, in a sandbox."""
    workers: int = Field(default=2, ge=1)
    """Programs that run at the same time."""
    limits: Limits = Limits()
    """Of each program."""

    @model_validator(mode="after")
    def _samples_differ(self) -> Self:
        """Check that several samples are not one and the same.

        Raises:
            BadConfigError: If they would be.
        """
        if self.samples > 1 and self.temperature == 0:
            raise BadConfigError(
                f"samples: {self.samples} with temperature 0 would be equal; set temperature, such as 0.2"
            )
        return self
