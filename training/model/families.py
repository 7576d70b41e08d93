"""What differs between the two architectures, in one place.

targets_of("starcoder2")   -> ("q_proj", "k_proj", "v_proj", "o_proj", "c_fc", "c_proj")
architecture("gpt_bigcode") -> "starcoder"
"""

from typing import Literal

from curation.errors import BadInputError

Architecture = Literal["starcoder", "starcoder2"]

TARGETS: dict[Architecture, tuple[str, ...]] = {
    "starcoder": ("c_attn", "c_proj", "c_fc"),
    "starcoder2": ("q_proj", "k_proj", "v_proj", "o_proj", "c_fc", "c_proj"),
}
"""All linear layers of a block, by their names in transformers."""
MODEL_TYPES: dict[str, Architecture] = {"gpt_bigcode": "starcoder", "starcoder2": "starcoder2"}
"""`model_type` of a config.json -> architecture."""


def architecture(model_type: str) -> Architecture:
    """The architecture of a model.

    Args:
        model_type: As in its config.json.

    Raises:
        BadInputError: If it is neither StarCoder's nor StarCoder2's.
    """
    if model_type not in MODEL_TYPES:
        raise BadInputError(
            f"a model of type {model_type!r}: expected gpt_bigcode (StarCoder) or starcoder2; "
            "others have not been tested for document isolation and LoRA targets"
        )
    return MODEL_TYPES[model_type]


def targets_of(which: Architecture) -> tuple[str, ...]:
    """Names of the layers that get adapters."""
    return TARGETS[which]
