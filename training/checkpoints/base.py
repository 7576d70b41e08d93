"""The model that an adapter was trained on, found on disk or fetched.

find_base("bigcode/starcoder2-3b", None)   -> Base(name=..., folder=..., revision="733247c5...")
find_base("runs/train/smoke/base", None)   -> Base(name=..., folder=Path("runs/..."), revision=None)

From the hub only configuration, tokenizer and weights are fetched, safetensors where there are any. A base
whose own weights are held in 8 or 4 bits is refused: merging into rounded weights would round twice.
"""

from pathlib import Path
from typing import NamedTuple

from curation.errors import BadInputError
from training.checkpoints.layout import read_config
from training.checkpoints.weights import find_files

SMALL = ("*.json", "*.jinja", "*.txt", "*.model", "README.md")
"""Files of a model beside its weights."""


class Base(NamedTuple):
    """A model on disk."""

    name: str
    """As it was named: hub id or folder."""
    folder: Path
    """Where it is."""
    revision: str | None
    """Commit on the hub; None for a folder."""


def find_base(name: str, revision: str | None) -> Base:
    """Find a model, or fetch it.

    Args:
        name: Hub id, or folder.
        revision: Branch, tag or commit on the hub; None for the default branch.

    Raises:
        BadInputError: If there is none, or its weights are quantized.
    """
    folder = Path(name)
    base = Base(name, folder, None) if folder.is_dir() else _fetched(name, revision)
    config = read_config(base.folder)
    if config.get("quantization_config"):
        raise BadInputError(
            f"{name}: its weights are held in 8 or 4 bits; name the full-precision model by --base"
        )
    return base


def _fetched(name: str, revision: str | None) -> Base:
    """A model from the hub, or from the cache of what was fetched before.

    Raises:
        BadInputError: If it cannot be had.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        folder = Path(snapshot_download(name, revision=revision, allow_patterns=[*SMALL, "*.safetensors"]))
        if find_files(folder) is None:
            folder = Path(snapshot_download(name, revision=revision, allow_patterns=[*SMALL, "*.bin"]))
    except (OSError, ValueError, HfHubHTTPError) as error:
        first = str(error).strip().splitlines()[0]
        raise BadInputError(
            f"{name}: expected a folder or a model on the hub, saw neither ({first}); name the model that "
            "the adapter was trained on by --base"
        ) from error
    return Base(name, folder, folder.name)
