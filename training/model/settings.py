"""Which model is continued, and in which form."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Attention = Literal["sdpa", "flash_attention_2", "eager"]


class Shape(BaseModel):
    """Sizes of a model with random weights."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    family: Literal["starcoder", "starcoder2"] = "starcoder2"
    """Architecture: GPTBigCode or Starcoder2."""
    layers: int = Field(default=2, ge=1)
    """Transformer blocks."""
    hidden: int = Field(default=64, ge=8)
    """Width of the residual stream; a multiple of `heads`."""
    heads: int = Field(default=4, ge=1)
    """Attention heads."""
    kv_heads: int = Field(default=2, ge=1)
    """Heads of keys and values; StarCoder has 1."""
    feed_forward: int = Field(default=256, ge=8)
    """Width of the feed-forward block; four times `hidden` in both families."""
    positions: int = Field(default=2048, ge=32)
    """Longest sequence, in tokens."""
    sliding_window: int | None = Field(default=None, ge=1)
    """Tokens that attention looks back, StarCoder2 only; null for all. 4,096 in StarCoder2."""
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Share of activations dropped in training; 0.1 in StarCoder, 0 in StarCoder2."""
    tied: bool = True
    """Whether input and output embeddings are one; not in StarCoder2-15B."""
    rope_theta: float = Field(default=100_000.0, gt=0)
    """Base of rotary positions, StarCoder2 only: 999,999.44 (3B), 1,000,000 (7B), 100,000 (15B)."""
    init_std: float = Field(default=0.02, gt=0)
    """Standard deviation of the random weights."""


class ModelSettings(BaseModel):
    """Which model is continued."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = None
    """Hub id such as bigcode/starcoderbase or bigcode/starcoder2-3b, or folder of a checkpoint; null to
    start from random weights of `shape`."""
    revision: str | None = None
    """Branch, tag or commit on the hub; null for the default branch."""
    shape: Shape | str | None = None
    """With random weights: sizes, or the name of a published shape (starcoder2-3b, ...: `training plan
    --list`)."""
    attention: Attention = "sdpa"
    """Kernel of the attention; flash_attention_2 needs a GPU and the flash-attn package."""
    gradient_checkpointing: bool = True
    """Whether activations are computed again in the backward pass instead of kept."""


class LoraSettings(BaseModel):
    """Low-rank adapters (Hu et al. 2021) in place of training all weights."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = False
    """Whether only adapters are trained."""
    rank: int = Field(default=16, ge=1)
    """Rank r of an adapter; 16 in bigcode-project/starcoder."""
    alpha: float = Field(default=32.0, gt=0)
    """Adapters are scaled by alpha / rank; 32 in bigcode-project/starcoder."""
    dropout: float = Field(default=0.05, ge=0.0, lt=1.0)
    """Share of an adapter's inputs dropped; 0.05 in bigcode-project/starcoder."""
    targets: tuple[str, ...] = ()
    """Names of the layers with adapters; empty for all linear layers of the family's blocks."""
    quantize: Literal["none", "8bit", "nf4"] = "none"
    """How the frozen weights are held (bitsandbytes): as they are, LLM.int8, or 4-bit NormalFloat with double
    quantization (QLoRA)."""
