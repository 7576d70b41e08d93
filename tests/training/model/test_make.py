"""A model with random weights is written, and is the same for the same seed."""

from pathlib import Path

import pytest
from tiny import SHAPES

from training.model.make import make_model


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_a_made_model_can_be_loaded(tmp_path: Path, family: str) -> None:
    """In fp32, with as many rows as were asked for, and the end of a document where it is."""
    import torch
    from transformers import AutoModelForCausalLM

    make_model(SHAPES[family], 300, 1, tmp_path, end=7)
    model = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert model.dtype == torch.float32
    assert model.get_input_embeddings().weight.shape[0] == 300
    assert model.config.eos_token_id == 7


def test_the_seed_decides_the_weights(tmp_path: Path) -> None:
    """The same seed gives the same file, another one another; the random state outside is untouched."""
    import torch

    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        make_model(SHAPES["starcoder2"], 300, seed, tmp_path / name)
    one, same, other = (
        (tmp_path / name / "model.safetensors").read_bytes() for name in ("one", "same", "other")
    )
    assert one == same != other
    assert torch.equal(torch.random.get_rng_state(), before)
