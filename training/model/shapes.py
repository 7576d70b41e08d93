"""The published sizes of StarCoder and StarCoder2, and a model configuration for any sizes.

    shape_named("starcoder2-3b").hidden            -> 3072
    config_of(Shape(layers=2), vocabulary=49152)   -> transformers.Starcoder2Config

For random weights and for `training plan`; a model that is loaded by name brings its own configuration.
Sources: bigcode Megatron-LM examples/*.slurm (StarCoder), config.json on the hub (StarCoder2).
"""

import difflib
from typing import Any

from curation.errors import BadConfigError
from training.model.settings import Shape

VOCABULARY = 49152
"""Entries of the published tokenizers of both families."""


def _one(layers: int, hidden: int, heads: int, positions: int, init_std: float) -> Shape:
    return Shape(
        family="starcoder",
        layers=layers,
        hidden=hidden,
        heads=heads,
        kv_heads=1,
        feed_forward=4 * hidden,
        positions=positions,
        dropout=0.1,
        init_std=init_std,
    )


def _two(layers: int, hidden: int, heads: int, kv_heads: int, rope_theta: float, init_std: float) -> Shape:
    return Shape(
        family="starcoder2",
        layers=layers,
        hidden=hidden,
        heads=heads,
        kv_heads=kv_heads,
        feed_forward=4 * hidden,
        positions=16384,
        sliding_window=4096,
        tied=hidden != 6144,
        rope_theta=rope_theta,
        init_std=init_std,
    )


SHAPES: dict[str, Shape] = {
    "starcoderbase": _one(40, 6144, 48, 8192, 0.01275),
    "starcoderbase-7b": _one(42, 4096, 32, 8192, 0.015625),
    "starcoderbase-3b": _one(36, 2816, 22, 8192, 0.01884),
    "starcoderbase-1b": _one(24, 2048, 16, 8192, 0.02209),
    "starcoder2-3b": _two(30, 3072, 24, 2, 999_999.4420358813, 0.018042),
    "starcoder2-7b": _two(32, 4608, 36, 4, 1_000_000.0, 0.018042),
    "starcoder2-15b": _two(40, 6144, 48, 4, 100_000.0, 0.01275),
}
"""Name of the model on the hub, without its owner -> sizes."""


def shape_named(name: str) -> Shape:
    """The sizes of a published model.

    Raises:
        BadConfigError: If there is none of this name.
    """
    if name not in SHAPES:
        near = difflib.get_close_matches(name, SHAPES, n=1, cutoff=0.0)
        raise BadConfigError(f"model.shape: {name!r} is no published shape; nearest is {near[0]!r}")
    return SHAPES[name]


def config_of(shape: Shape, vocabulary: int, end: int = 0) -> Any:
    """A `transformers` configuration.

    Args:
        shape: Sizes.
        vocabulary: Rows of the embedding.
        end: Id of the end of a document.
    """
    from transformers import GPTBigCodeConfig, Starcoder2Config

    if shape.family == "starcoder":
        return GPTBigCodeConfig(
            vocab_size=vocabulary,
            n_positions=shape.positions,
            n_embd=shape.hidden,
            n_layer=shape.layers,
            n_head=shape.heads,
            n_inner=shape.feed_forward,
            multi_query=shape.kv_heads == 1,
            resid_pdrop=shape.dropout,
            embd_pdrop=shape.dropout,
            attn_pdrop=shape.dropout,
            initializer_range=shape.init_std,
            bos_token_id=end,
            eos_token_id=end,
        )
    return Starcoder2Config(
        vocab_size=vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.feed_forward,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        max_position_embeddings=shape.positions,
        sliding_window=shape.sliding_window,
        residual_dropout=shape.dropout,
        embedding_dropout=shape.dropout,
        attention_dropout=shape.dropout,
        initializer_range=shape.init_std,
        rope_parameters={"rope_type": "default", "rope_theta": shape.rope_theta},
        tie_word_embeddings=shape.tied,
        bos_token_id=end,
        eos_token_id=end,
    )
