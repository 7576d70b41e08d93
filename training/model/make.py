"""A model with random weights, where none is continued: for tests, demos and measurements.

    make_model(Shape(layers=2), vocabulary=4096, seed=1, folder=Path("runs/train/smoke/base"))

Writes config.json and safetensors in fp32, as `from_pretrained` loads them. The tokenizer is written beside
it by `training.tokenizer.made`.
"""

from pathlib import Path

from training.model.settings import Shape
from training.model.shapes import config_of


def make_model(shape: Shape, vocabulary: int, seed: int, folder: Path, end: int = 0) -> None:
    """Write a model with random weights.

    Args:
        shape: Sizes.
        vocabulary: Rows of the embedding.
        seed: Of the weights.
        folder: Where it is written; made if needed.
        end: Id of the end of a document.
    """
    import torch
    from transformers import AutoModelForCausalLM

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(config_of(shape, vocabulary, end), dtype=torch.float32)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
