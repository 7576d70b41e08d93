"""How often, where and in which order gaps are cut."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class FimSettings(BaseModel):
    """Fill-in-the-middle (Bavarian et al. 2022): how often, where and in which order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: float = Field(default=0.5, ge=0.0, le=1.0)
    """Share of pieces (or documents, or repositories) that get a gap, 0 to 1; 0.5 in StarCoder and StarCoder2
    (Megatron scripts, fim-rate)."""
    spm_rate: float = Field(default=0.5, ge=0.0, le=1.0)
    """Share of these with the suffix first (SPM, variant 2), 0 to 1; 0.5 in both (fim-spm-rate)."""
    level: Literal["context", "document"] = "context"
    """context: drawn anew for each piece of a document in a window. document: drawn once for each document,
    and one piece of a long one gets the gap; of a repository, all pieces do."""
    cut: Literal["character", "line"] = "character"
    """Where gaps begin and end: between any two characters (the paper), or at the beginnings of lines, which
    newlines and special tokens end; the end of the text is a place in both."""
    joint: bool = False
    """Whether prefix and middle are encoded as one text where the suffix comes first, as CodeLlama does. No
    is what StarCoder was trained with (Megatron, gpt_dataset.py) and what a prompt looks like whose prefix
    ends inside a word: a boundary of tokens at the cut (see `training.fim.orders`)."""
    fragment_rate: float = Field(default=0.5, ge=0.0, le=1.0)
    """In repositories (texts with <file_sep>): share of files that get a gap where the repository, or the
    piece of it in a window, was drawn by `rate`, 0 to 1; 0.5 in StarCoder2 (section 5.1, fragment-fim-rate).
    The name of the repository never gets one."""
    keep_head: bool = True
    """Whether metadata at the beginning (names of repository, file, stars) stay in the prefix, as in
    StarCoder2 (section 5); StarCoder's own loader cuts them like the rest."""
    min_characters: int = Field(default=10, ge=1)
    """Characters, beside metadata that stay in the prefix, below which a piece or file gets no gap; 10 as
    dolma's tool, none in Megatron."""
    megatron: bool = False
    """Whether to do as the published loader: windows are cut from the stream of all documents, each segment
    is permuted, and the end is truncated or padded to the length of the window, losing middles. For
    comparison; `level`, `joint`, `keep_head` and `min_characters` are then context, no, no and 1."""
