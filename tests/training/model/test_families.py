"""The two architectures are told apart, and all others refused."""

import pytest
from tiny import SHAPES

from curation.errors import BadInputError
from training.model.families import Architecture, architecture, targets_of
from training.model.shapes import config_of


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_a_family_is_told_by_its_configuration(family: Architecture) -> None:
    """By `model_type`, as transformers writes it."""
    assert architecture(config_of(SHAPES[family], 2048).model_type) == family


@pytest.mark.parametrize("model_type", ["llama", "gpt2", ""])
def test_other_families_are_refused(model_type: str) -> None:
    """Their attention and layers have not been looked at."""
    with pytest.raises(BadInputError, match=f"a model of type '{model_type}': expected gpt_bigcode"):
        architecture(model_type)


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
def test_targets_are_all_linear_layers_of_a_block(family: Architecture) -> None:
    """None is missing and none is named that does not exist, as q_attn in the published script."""
    import torch
    from transformers import AutoModelForCausalLM

    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config_of(SHAPES[family], 2048))
    linear = {
        name.rpartition(".")[2]
        for name, module in model.named_modules()
        if type(module).__name__ in {"Linear", "Conv1D"}
    }
    assert set(targets_of(family)) == linear - {"lm_head"}
