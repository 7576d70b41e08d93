"""Which documents of a curation run are trained on."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class CorpusSettings(BaseModel):
    """Which documents of a curation run become tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: Path
    """Folder of a complete curation run, a path (with manifest.json)."""
    form: Literal["content", "text"] = "content"
    """content: column `content` of data/, nothing of which becomes a special token. text: column `text` of
    train/, rendered layouts, whose special tokens are the layout's (see `curation.render`)."""
    folders: tuple[str, ...] = ("python",)
    """Folders of data/ or train/ that are read, at least one, or "*" for all: languages as slugs, kinds
    (issues, jupyter-scripts, ...), and `repositories` of train/."""
    languages: tuple[str, ...] = ()
    """Names of languages as in the column `language`, such as Python; empty for every one in these
    folders."""
    tokens: Path | None = None
    """Folder of the token files, a path; null for `tokens` in the folder of the training run."""
    held_out: float = Field(default=0.01, ge=0.0, le=0.5)
    """Share of repositories that are never trained on but evaluated on, 0 to 0.5; drawn by name and seed, so
    that no repository is on both sides."""
    workers: int | None = Field(default=None, ge=1)
    """Processes that tokenise at the same time; null for one per core. Does not change the result."""
