"""What a DeepSpeed configuration says about memory, with DeepSpeed's defaults where it is silent.

    zero_of(Path("configs/deepspeed/zero2.json"), hidden=3072).stage    -> 2
    zero_default(3, hidden=3072).bucket                                 -> 9_437_184

"auto" is what transformers puts there (integrations/deepspeed.py): the square of the hidden size for buckets.
Defaults are those of DeepSpeed 0.19 (runtime/zero/config.py). Reads a file, needs no DeepSpeed.
"""

from pathlib import Path
from typing import Any, NamedTuple

from training.train.arguments import deepspeed_settings

BUCKET = 500_000_000
"""Elements reduced at a time by default."""
LIVE = 1_000_000_000
"""Elements that ZeRO-3 leaves together after use by default (stage3_max_live_parameters)."""
SUB_GROUP = 1_000_000_000
"""Elements that ZeRO-3 updates at a time by default (sub_group_size)."""


class Zero(NamedTuple):
    """How DeepSpeed spreads state over devices."""

    stage: int
    """What is split: 0 nothing, 1 the optimiser's states, 2 gradients too, 3 weights too."""
    bucket: int
    """Elements of a buffer in which gradients are reduced."""
    buckets: int
    """Such buffers: two if one is filled while the other is sent."""
    sums: int
    """Bytes of an element of added-up gradients."""
    live: int
    """Elements of whole weights that ZeRO-3 holds at a time."""
    sub_group: int
    """Elements that ZeRO-3 updates at a time."""
    optimiser_on_host: bool
    weights_on_host: bool


def zero_of(path: Path, hidden: int) -> Zero:
    """Read a DeepSpeed configuration.

    Args:
        path: A JSON file.
        hidden: Width of the model, for values that are "auto".

    Raises:
        BadConfigError: If it is no such configuration.
    """
    values = deepspeed_settings(path)
    return _zero(values, hidden)


def zero_default(stage: int, hidden: int, *, on_host: bool = False) -> Zero:
    """As configs/deepspeed has it for a stage.

    Args:
        stage: 1 to 3.
        hidden: Width of the model.
        on_host: Whether the optimiser's states, and in stage 3 the weights, are in the host's memory.
    """
    place = {"device": "cpu"} if on_host else {}
    zero = {
        "stage": stage,
        "overlap_comm": True,
        "reduce_bucket_size": 50_000_000 if stage < 3 else "auto",
        "offload_optimizer": place,
        "offload_param": place if stage == 3 else {},
    }
    return _zero({"zero_optimization": zero, "data_types": {"grad_accum_dtype": "fp32"}}, hidden)


def _zero(values: dict[str, Any], hidden: int) -> Zero:
    zero = values["zero_optimization"]
    stage = int(zero.get("stage", 0))
    bucket = zero.get("reduce_bucket_size", BUCKET)
    prefetch = zero.get("stage3_prefetch_bucket_size", "auto")
    whole = int(0.9 * hidden * hidden) if prefetch == "auto" else int(prefetch)
    return Zero(
        stage=stage,
        bucket=hidden * hidden if bucket == "auto" else int(bucket),
        buckets=2 if stage < 3 and zero.get("overlap_comm") else 1,
        sums=4 if values.get("data_types", {}).get("grad_accum_dtype") == "fp32" else 2,
        live=int(zero.get("stage3_max_live_parameters", LIVE)) + whole,
        sub_group=int(zero.get("sub_group_size", SUB_GROUP)),
        optimiser_on_host=_on_host(zero, "offload_optimizer"),
        weights_on_host=_on_host(zero, "offload_param"),
    )


def _on_host(zero: dict[str, Any], name: str) -> bool:
    place = (zero.get(name) or {}).get("device", "none")
    return bool(place != "none")
