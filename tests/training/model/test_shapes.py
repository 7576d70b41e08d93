"""Published sizes give models of the published size."""

import pytest

from curation.errors import BadConfigError
from training.model.settings import Shape
from training.model.shapes import SHAPES, VOCABULARY, config_of, shape_named

PARAMETERS = {
    "starcoderbase": 15.52e9,
    "starcoderbase-7b": 7.3e9,
    "starcoderbase-3b": 3.04e9,
    "starcoderbase-1b": 1.14e9,
    "starcoder2-3b": 3.03e9,
    "starcoder2-7b": 7.17e9,
    "starcoder2-15b": 15.96e9,
}
"""Of the model cards and of feasibility measurements with the real configurations."""


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_published_shape_has_the_published_number_of_parameters(name: str) -> None:
    """Counted on a model without memory."""
    import torch
    from transformers import AutoModelForCausalLM

    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config_of(shape_named(name), VOCABULARY))
    assert model.num_parameters() == pytest.approx(PARAMETERS[name], rel=0.01)


def test_an_unknown_shape_is_refused_with_the_nearest() -> None:
    """A slip of the pen is understood."""
    with pytest.raises(
        BadConfigError, match="'starcoder2_3b' is no published shape; nearest is 'starcoder2-3b'"
    ):
        shape_named("starcoder2_3b")


def test_the_two_families_take_their_own_sizes() -> None:
    """Multi-query attention and learned positions there, grouped keys and a sliding window here."""
    one = config_of(Shape(family="starcoder", kv_heads=1, positions=128, dropout=0.1), 1000, end=3)
    assert (one.multi_query, one.n_positions, one.attn_pdrop, one.eos_token_id) == (True, 128, 0.1, 3)
    two = config_of(Shape(kv_heads=2, sliding_window=64, tied=False, rope_theta=7.0), 1000)
    assert (two.num_key_value_heads, two.sliding_window, two.tie_word_embeddings) == (2, 64, False)
    assert two.rope_parameters["rope_theta"] == 7.0
