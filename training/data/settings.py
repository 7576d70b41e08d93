"""How pieces of documents fill windows."""

from pydantic import BaseModel, ConfigDict, Field


class PackingSettings(BaseModel):
    """How pieces of documents fill windows of tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sequence_length: int = Field(default=8192, ge=32, le=1 << 20)
    """Tokens of a window; 8,192 in StarCoder, 4,096 and then 16,384 in StarCoder2."""
    isolate: bool = True
    """Whether a document sees only itself in its window; no as in the published loaders, where all that comes
    before is seen."""
    loader_workers: int = Field(default=1, ge=0)
    """Processes per rank that prepare windows; 0 for the training process itself. Does not change the
    samples."""
