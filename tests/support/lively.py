"""Small models whose random weights are large enough to say something: each prompt gets its own completion.

lively_model("starcoder2", folder) -> folder that `from_pretrained` loads; with the weights of `tiny` nearly
every prompt would be continued by its last token again and again
"""

from pathlib import Path

from tiny import tiny_tokenizer

from curation.sentinels import Family
from training.model.make import make_model
from training.model.settings import Shape
from training.tokenizer.load import load_coder

SHAPES = {
    "starcoder": Shape(family="starcoder", kv_heads=1, positions=256, init_std=0.3),
    "starcoder2": Shape(family="starcoder2", positions=256, sliding_window=48, tied=False, init_std=0.3),
}


def lively_model(family: Family, folder: Path, vocabulary: int = 1024) -> Path:
    """A folder with a tokenizer and a model; made unless it is there."""
    tiny_tokenizer(family, folder, vocabulary)
    if not (folder / "config.json").exists():
        coder = load_coder(folder)
        make_model(SHAPES[family], coder.size, 3, folder, coder.specials.end)
    return folder
