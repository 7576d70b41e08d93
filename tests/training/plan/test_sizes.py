"""Parameters counted by formula are those of the model."""

import pytest

from curation.errors import BadInputError
from training.model.families import targets_of
from training.model.settings import LoraSettings, Shape
from training.model.shapes import SHAPES, VOCABULARY, config_of
from training.plan.sizes import plain_config, sizes_of
from training.train.flops import flops_per_token

SMALL = {
    "starcoder": Shape(family="starcoder", kv_heads=1, positions=64),
    "starcoder, a head each": Shape(family="starcoder", kv_heads=4, positions=64),
    "starcoder2": Shape(family="starcoder2", kv_heads=2, feed_forward=96, positions=64),
}


@pytest.mark.parametrize("name", [*SHAPES, *SMALL])
@pytest.mark.parametrize("tied", [True, False])
def test_counted_parameters_are_those_of_the_model(name: str, tied: bool) -> None:
    """For every published shape and some others, with one table of embeddings and with two."""
    import torch
    from transformers import AutoModelForCausalLM

    shape = {**SHAPES, **SMALL}[name]
    vocabulary = VOCABULARY if name in SHAPES else 100
    config = config_of(shape, vocabulary)
    config.tie_word_embeddings = tied
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    found = sizes_of(config)
    assert found.parameters == sum(one.numel() for one in model.parameters())
    assert found.tied == tied
    blocks = model.transformer.h if found.family == "starcoder" else model.model.layers
    assert found.block == sum(one.numel() for one in blocks[0].parameters())
    matrices = [
        one.numel() for name, one in blocks.named_parameters() if one.dim() == 2 and name.endswith("weight")
    ]
    assert found.matrices == sum(matrices)
    assert found.buffers // 1024 == sum(one.numel() for one in model.buffers() if one.dim() == 2) // 1024


@pytest.mark.parametrize("name", [*SHAPES, *SMALL])
def test_sizes_are_known_without_transformers(name: str) -> None:
    """The same as from its configuration, and so is the work for a token."""
    shape = {**SHAPES, **SMALL}[name]
    plain, whole = plain_config(shape, 777), config_of(shape, 777)
    assert sizes_of(plain) == sizes_of(whole)
    assert flops_per_token(plain, 64) == flops_per_token(whole, 64)


@pytest.mark.parametrize("name", [name for name in SMALL if "," not in name])
def test_counted_adapters_are_those_that_peft_makes(name: str) -> None:
    """On all linear layers, and on some."""
    import torch
    from transformers import AutoModelForCausalLM

    from training.model.lora import attach, counts

    config = config_of(SMALL[name], 100)
    found = sizes_of(config)
    for targets in (targets_of(found.family), ("c_proj",)):
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config)
            model = attach(model, LoraSettings(enabled=True, rank=3, targets=targets))
        assert found.adapters(3, targets) == counts(model)[0]


def test_another_family_is_refused() -> None:
    """Its sizes would be guessed."""
    from transformers import GPT2Config

    with pytest.raises(BadInputError, match="'gpt2': expected gpt_bigcode"):
        sizes_of(GPT2Config())
