"""Floating-point operations of a training step by the model's sizes, and what devices can do at most.

    flops_per_token(config, length=4096)       -> 2.1e10 for StarCoder2-3B
    peak("NVIDIA H100 80GB HBM3", "bf16")      -> 9.89e14

Counts what the model needs, not what is computed again for gradient checkpointing: model FLOPs utilisation
(MFU), as in Chowdhery et al. 2022 (PaLM), appendix B, with two differences that make it smaller: half of the
attention matrix is not counted, because no token sees what follows it, and embeddings that are only looked
up are not counted.
"""

from typing import Any, NamedTuple

PEAKS: dict[str, float] = {
    "H200": 989e12,
    "H100 PCIe": 756e12,
    "H100 NVL": 835e12,
    "H100": 989e12,
    "GH200": 989e12,
    "B200": 2250e12,
    "A100": 312e12,
    "A10G": 70e12,
    "A10": 125e12,
    "A30": 165e12,
    "L40S": 362e12,
    "L40": 181e12,
    "L4": 121e12,
    "RTX 4090": 165e12,
    "RTX 3090": 71e12,
    "V100": 125e12,
}
"""Part of a GPU's name -> operations per second of its matrix units in bf16 or fp16 without sparsity, from
the makers' data sheets; the first that fits counts. V100 has no bf16: fp16."""


class Sizes(NamedTuple):
    """What of a model's configuration decides the work for a token."""

    linear: int
    """Weights of the linear layers of all blocks."""
    head: int
    """Weights of the output layer."""
    attention: int
    """Layers times width of the attention."""
    window: int | None
    """Tokens that attention looks back; None for all."""


def sizes(config: Any) -> Sizes | None:
    """Sizes of a model of one of the families; None for any other.

    Args:
        config: The `transformers` configuration of a model.
    """
    if config.model_type == "gpt_bigcode":
        kv_heads = 1 if config.multi_query else config.n_head
        feed_forward = config.n_inner or 4 * config.n_embd
        layers, hidden, heads, window = config.n_layer, config.n_embd, config.n_head, None
    elif config.model_type == "starcoder2":
        kv_heads, feed_forward = config.num_key_value_heads, config.intermediate_size
        layers, hidden, heads = config.num_hidden_layers, config.hidden_size, config.num_attention_heads
        window = config.sliding_window
    else:
        return None
    key_value = 2 * kv_heads * (hidden // heads)
    block = hidden * (hidden + key_value) + hidden * hidden + 2 * hidden * feed_forward
    return Sizes(layers * block, hidden * config.vocab_size, layers * hidden, window)


def flops_per_token(config: Any, length: int, *, frozen: bool = False) -> float | None:
    """Operations of a forward and a backward pass for one token.

    Args:
        config: The `transformers` configuration of a model.
        length: Tokens of a window.
        frozen: Whether only adapters are trained: then no gradient of the weights is computed. The adapters'
            own work is not counted, being under one per cent.

    Returns:
        None if the model is of no family that is known here.
    """
    known = sizes(config)
    if known is None:
        return None
    per_weight = 4 if frozen else 6
    seen = _mean_seen(length, known.window)
    return per_weight * (known.linear + known.head) + 12 * known.attention * seen


def peak(name: str, precision: str) -> float | None:
    """Operations per second that a device can do at most; None if it is not known.

    Args:
        name: As `torch.cuda.get_device_name` gives it; "cpu" for none.
        precision: bf16, fp16 or fp32.
    """
    if precision == "fp32":
        return None
    return next((value for part, value in PEAKS.items() if part.lower() in name.lower()), None)


def _mean_seen(length: int, window: int | None) -> float:
    """Tokens that a token of a window sees on average, itself included."""
    if window is None or window >= length:
        return (length + 1) / 2
    return (window * (window + 1) / 2 + (length - window) * window) / length
