"""Which dialogues a model is fine-tuned on, and what it is asked afterwards."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class DialogueSettings(BaseModel):
    """Which dialogues there are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paths: tuple[str, ...] = Field(min_length=1)
    """Where dialogues are: parquet or JSONL files (.jsonl, .jsonl.gz), folders of such files, folders that
    `datasets` wrote (save_to_disk), or ids of data sets on the hub; at least one. Each row is one dialogue: a
    column `messages`, or `prompt` and `completion`."""
    split: str = "train"
    """Split that is trained on, of hub ids and of folders that hold several."""
    subset: str | None = None
    """Configuration of hub ids; null for the only one."""
    revision: str | None = None
    """Branch, tag or commit of hub ids; null for the default branch."""
    held_out_split: str | None = None
    """Split whose loss is measured, such as test; null to hold out `held_out` of `split`."""
    held_out: float = Field(default=0.0, ge=0.0, le=0.5)
    """Share of dialogues that are never trained on, 0 to 0.5, drawn by what they say and the seed: the same
    dialogue twice is never on both sides."""
    limit: int | None = Field(default=None, ge=1)
    """Rows that are read from each split, at most; null for all."""
    too_long: Literal["drop", "truncate"] = "drop"
    """What becomes of a dialogue with more than `sequence_length` tokens. drop: it is left out. truncate: its
    first turns are left out, whole, until it fits; the system turn stays, and it begins with a user's."""


class SampleSettings(BaseModel):
    """What the model is asked when it is trained; answers go to samples.md and samples.jsonl."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompts: tuple[str, ...] = (
        "Write a Python function that reverses the words of a sentence.",
        "What is the difference between a list and a tuple?",
        "This loop never ends: `while i < 10: print(i)`. Why?",
    )
    """What a user says, one dialogue each; empty for no samples."""
    max_new_tokens: int = Field(default=256, ge=1)
    """Tokens of an answer, at most."""
    temperature: float = Field(default=0.2, ge=0.0, le=2.0)
    """How freely tokens are drawn, 0 to 2; 0 for the likeliest always."""
    top_p: float = Field(default=0.95, gt=0.0, le=1.0)
    """Tokens are drawn from the likeliest that have this probability together."""
