"""Which tokenizer turns texts into ids."""

from pydantic import BaseModel, ConfigDict, Field

from curation.sentinels import Family


class TokenizerSettings(BaseModel):
    """Which tokenizer, and whether one is made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = None
    """Hub id such as bigcode/starcoder2-3b, or folder; null for the model's own. If neither this nor the
    model has one (`model.shape`), a tokenizer with the family's layout is trained from the corpus."""
    revision: str | None = None
    """Branch, tag or commit on the hub; null for the default branch."""
    vocabulary: int = Field(default=4096, ge=300, le=1 << 17)
    """Entries of a tokenizer that is trained here, special tokens included; StarCoder has 49,152."""
    family: Family | None = None
    """Whose special tokens are meant; null to tell by the vocabulary."""
    fast: bool = True
    """Whether texts are encoded by tiktoken with converted ranks where that is proven equal; no for Hugging
    Face's tokenizers only. Does not change the ids."""
