"""Small tokenizers and models with StarCoder's layouts, made once in a test session from real files.

tiny_model("starcoder2", tmp) -> folder that `from_pretrained` loads: 2 layers, about 0.2 million weights
"""

from collections.abc import Iterator
from pathlib import Path

from support import SITE

from curation.sentinels import Family
from training.model.make import make_model
from training.model.settings import Shape
from training.tokenizer.load import load_coder
from training.tokenizer.made import make_tokenizer

PACKAGES = ("rich", "typer", "yaml", "click")
"""Installed packages whose Python files are the texts."""
SHAPES = {
    "starcoder": Shape(family="starcoder", kv_heads=1, positions=512),
    "starcoder2": Shape(family="starcoder2", kv_heads=2, positions=512, sliding_window=64),
}


def texts(limit: int = 120) -> Iterator[str]:
    """Real Python files, in order of path."""
    paths = [path for package in PACKAGES for path in sorted((SITE / package).rglob("*.py"))]
    for path in paths[:limit]:
        yield path.read_text(encoding="utf-8")


def tiny_tokenizer(family: Family, folder: Path, vocabulary: int = 2048) -> Path:
    """A folder with a tokenizer; made unless it is there."""
    if not (folder / "tokenizer.json").exists():
        make_tokenizer(texts(), vocabulary, family, folder)
    return folder


def tiny_model(family: Family, folder: Path, vocabulary: int = 2048) -> Path:
    """A folder with a tokenizer and a model with random weights; made unless it is there."""
    tiny_tokenizer(family, folder, vocabulary)
    if not (folder / "config.json").exists():
        coder = load_coder(folder)
        make_model(SHAPES[family], coder.size, 1, folder, coder.specials.end)
    return folder
