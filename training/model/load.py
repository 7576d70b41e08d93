"""The model that training starts from, in the form that the run needs it.

    load_model(ModelSettings(name="bigcode/starcoder2-3b"), LoraSettings(), devices, positions=4096)

Weights are loaded in fp32 where the optimiser works on them itself, in the precision of the run where
DeepSpeed keeps the fp32 copy or where they are frozen. Under ZeRO-3 each process gets its part while loading:
`session.begin` and `arguments` must have come before. Adapters are added by `training.model.lora`.
"""

import importlib.util
from pathlib import Path
from typing import Any

from curation.errors import BadConfigError, BadInputError
from training.model.families import architecture
from training.model.settings import LoraSettings, ModelSettings
from training.train.session import device_kind
from training.train.settings import DeviceSettings


def model_config(settings: ModelSettings, *, base: Path | None, positions: int) -> Any:
    """The configuration of the model, checked against what the run needs.

    Args:
        settings: Which model.
        base: Folder of the model that was made for this run, if one was.
        positions: Tokens of a window.

    Raises:
        BadInputError: If there is no such model, or it is of another family.
        BadConfigError: If windows are longer than it takes.
    """
    from transformers import AutoConfig

    name = str(base or settings.name)
    try:
        config = AutoConfig.from_pretrained(name, revision=settings.revision or "main")
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"{name}: expected a model on the hub or a folder with config.json, saw: {error}"
        ) from error
    architecture(config.model_type)
    longest = config.max_position_embeddings
    if positions > longest:
        raise BadConfigError(
            f"packing.sequence_length: windows of {positions} tokens, but {name} takes at most {longest}"
        )
    return config


def load_model(
    settings: ModelSettings, lora: LoraSettings, devices: DeviceSettings, *, base: Path | None, positions: int
) -> Any:
    """Load a model for training.

    Args:
        settings: Which model, and which attention.
        lora: Whether its weights are frozen, and how they are held.
        devices: Precision, and how state is spread.
        base: Folder of the model that was made for this run, if one was.
        positions: Tokens of a window.

    Raises:
        BadInputError: If there is no such model, or it is of another family.
        BadConfigError: If it cannot be used as the settings want.
    """
    from transformers import AutoModelForCausalLM

    check_support(settings, lora, devices)
    config = model_config(settings, base=base, positions=positions)
    model = AutoModelForCausalLM.from_pretrained(
        str(base or settings.name),
        revision=settings.revision or "main",
        config=config,
        dtype=_dtype(lora, devices),
        attn_implementation=settings.attention,
        **_quantized(lora, devices),
    )
    model.config.use_cache = False
    return model


def check_support(settings: ModelSettings, lora: LoraSettings, devices: DeviceSettings) -> None:
    """Refuse what needs a device or a package that is not there.

    Raises:
        BadConfigError: If flash attention or quantized weights are asked for and cannot be had.
    """
    kind = device_kind(devices)
    if settings.attention == "flash_attention_2":
        if kind == "cpu":
            raise BadConfigError("model.attention: flash_attention_2 needs a GPU; take sdpa")
        if importlib.util.find_spec("flash_attn") is None:
            raise BadConfigError(
                "model.attention: flash_attention_2 needs flash-attn: install the extra `gpu`"
            )
        if devices.precision == "fp32":
            raise BadConfigError("model.attention: flash_attention_2 computes in bf16 or fp16, not in fp32")
    if lora.quantize == "none":
        return
    if importlib.util.find_spec("bitsandbytes") is None:
        raise BadConfigError(
            f"lora.quantize: {lora.quantize} needs bitsandbytes: install the extra `quant`, or set it to none"
        )
    if devices.deepspeed is not None:
        raise BadConfigError(
            "lora.quantize: quantized weights cannot be split or cast by DeepSpeed; set devices.deepspeed to "
            "null (several processes then work side by side) or lora.quantize to none"
        )


def _dtype(lora: LoraSettings, devices: DeviceSettings) -> Any:
    import torch

    if devices.precision == "fp32" or not (lora.enabled or devices.deepspeed is not None):
        return torch.float32
    return torch.bfloat16 if devices.precision == "bf16" else torch.float16


def _quantized(lora: LoraSettings, devices: DeviceSettings) -> dict[str, Any]:
    """Arguments of `from_pretrained` for weights that are held in 8 or 4 bits."""
    if lora.quantize == "none":
        return {}
    import os

    import torch
    from transformers import BitsAndBytesConfig

    place = int(os.environ.get("LOCAL_RANK", "0")) if device_kind(devices) == "cuda" else "cpu"
    if lora.quantize == "8bit":
        config = BitsAndBytesConfig(load_in_8bit=True)
    else:
        config = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.float32 if devices.precision == "fp32" else _dtype(lora, devices),
        )
    return {"quantization_config": config, "device_map": {"": place}}
