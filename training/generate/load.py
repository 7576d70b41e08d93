"""A model to generate with or to measure, whole or as adapter on its base, in the precision asked for.

    load_for_generation("bigcode/starcoder2-3b", quantize="nf4")     -> model, frozen, in eval mode
    load_for_generation("runs/train/lora/final")                     -> its base with the adapter on it
    footprint(model)                                                 -> bytes of its weights

A folder that holds an adapter is known by its adapter_config.json, so that it is never taken for a whole
model; weights that are missing, or that the model has no place for, are an error, never random numbers.
Merges nothing and writes nothing. Heavy imports are inside: peft and bitsandbytes only where they are used.
"""

import importlib.util
import logging
import warnings
from pathlib import Path
from typing import Any, Literal, NamedTuple

from curation.errors import BadConfigError, BadInputError
from training.errors import BadTokenizerError, OutOfDeviceMemoryError
from training.tokenizer.coder import Coder
from training.tokenizer.load import load_coder

Dtype = Literal["auto", "bf16", "fp16", "fp32"]
Quantize = Literal["none", "8bit", "nf4"]

MAPS = ("auto", "balanced", "balanced_low_0", "sequential")
"""Ways of accelerate to spread a model over devices; anything else names one device."""
HARMLESS = (".attn.bias", ".attn.masked_bias", ".rotary_emb.inv_freq")
"""Ends of names of constants that older checkpoints hold and newer code computes."""
NAMED = 5
"""Weights that a message names at most."""


class Place(NamedTuple):
    """Where the parts of a model are."""

    base: str
    """Hub id or folder of the whole model."""
    adapter: str | None
    """Hub id or folder of the adapter, if there is one."""
    revision: str | None
    """Branch, tag or commit of what was named."""


def locate(name: str | Path, *, revision: str | None = None, adapter: str | Path | None = None) -> Place:
    """Find out whether a name is a model, an adapter, or the folder of a finished training run.

    Args:
        name: Hub id, folder of a model or adapter, or folder of a run (its `final` is meant).
        revision: Branch, tag or commit of `name` on the hub.
        adapter: Hub id or folder of an adapter for `name`.

    Raises:
        BadConfigError: If both are adapters.
        BadInputError: If an adapter's base is unknown or gone.
    """
    found = _final(name)
    base = _base_of_adapter(found, revision)
    if base is None:
        return Place(found, None if adapter is None else _final(adapter), revision)
    if adapter is not None:
        raise BadConfigError(
            f"{found} is an adapter itself; name its base, {base}, beside --adapter {adapter}"
        )
    return Place(base, found, revision)


def coder_for(place: Place) -> Coder:
    """The tokenizer of a model: the adapter's if one was saved with it, else the base's.

    Args:
        place: As `locate` says.

    Raises:
        BadTokenizerError: If neither has one.
    """
    if place.adapter is not None and (Path(place.adapter) / "tokenizer.json").is_file():
        return load_coder(place.adapter)
    return load_coder(place.base, revision=place.revision if place.adapter is None else None)


def load_for_generation(
    name: str | Path,
    *,
    revision: str | None = None,
    dtype: Dtype = "auto",
    quantize: Quantize = "none",
    device_map: str = "auto",
    adapter: str | Path | None = None,
) -> Any:
    """Load a model for inference.

    Args:
        name: Hub id, folder of a model or adapter, or folder of a run (its `final` is meant).
        revision: Branch, tag or commit of `name` on the hub.
        dtype: Precision of the weights; auto for that of the checkpoint.
        quantize: How the large weights are held (bitsandbytes).
        device_map: auto for all devices there are, or one device, such as cpu or cuda:1.
        adapter: Hub id or folder of an adapter for `name`.

    Raises:
        BadConfigError: If a device or package that is asked for is not there.
        BadInputError: If there is no such model, or its weights are not whole.
        OutOfDeviceMemoryError: If it does not fit.
    """
    import torch

    check_support(dtype, quantize, device_map)
    place = locate(name, revision=revision, adapter=adapter)
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # else a line for each matrix, once per call
    try:
        model = _whole(place, dtype, quantize, device_map)
        if place.adapter is not None:
            model = _with_adapter(model, place.adapter, place.base)
    except torch.OutOfMemoryError as error:
        raise OutOfDeviceMemoryError(
            f"{place.base} does not fit on the device: {error}; hold it in fewer bits (--quantize nf4), take "
            "--dtype bf16 or spread it (--device-map auto)"
        ) from error
    model.requires_grad_(requires_grad=False)
    return model.eval()


def check_vocabulary(model: Any, coder: Coder, name: str | Path) -> None:
    """Refuse a tokenizer whose ids the model has no rows for.

    Args:
        model: As loaded.
        coder: Its tokenizer.
        name: What to call it in an error.

    Raises:
        BadTokenizerError: If the tokenizer has more entries than the model.
    """
    rows = model.get_input_embeddings().weight.shape[0]
    if coder.size > rows:
        raise BadTokenizerError(
            f"{name}: the tokenizer has {coder.size} entries, the model {rows} rows: expected the tokenizer "
            "that the model was trained with"
        )


def positions(model: Any) -> int:
    """Tokens that a model can see at once."""
    return int(model.config.max_position_embeddings)


def footprint(model: Any) -> int:
    """Bytes that the weights of a model take, those of adapters included."""
    return int(model.get_memory_footprint())


def check_support(dtype: Dtype, quantize: Quantize, device_map: str) -> None:
    """Refuse what needs a device or a package that is not there.

    Args:
        dtype: Precision of the weights.
        quantize: How the large weights are held.
        device_map: Where they are held.

    Raises:
        BadConfigError: If it cannot be had here.
    """
    import torch

    if quantize != "none" and importlib.util.find_spec("bitsandbytes") is None:
        raise BadConfigError(
            f"--quantize {quantize} needs bitsandbytes, which is not installed: "
            'pip install "starcoder-curation[quant]"'
        )
    on_gpu = torch.cuda.is_available() and device_map != "cpu"
    if device_map.startswith("cuda") and not on_gpu:
        raise BadConfigError(f"--device-map {device_map}: torch sees no GPU here; take cpu or auto")
    if dtype == "fp16" and not on_gpu:
        raise BadConfigError("--dtype fp16 needs a GPU; take bf16 or fp32 on CPU")
    if dtype == "bf16" and on_gpu and not torch.cuda.is_bf16_supported(including_emulation=False):
        raise BadConfigError(f"--dtype bf16: {torch.cuda.get_device_name()} has no bf16; take fp16 or fp32")


def _final(name: str | Path) -> str:
    """The model of a training run where a run's folder was named."""
    folder = Path(name) / "final"
    if (Path(name) / "record.json").is_file() and folder.is_dir():
        return str(folder)
    return str(name)


def _base_of_adapter(name: str, revision: str | None) -> str | None:
    """What an adapter was trained on, or None for a whole model.

    Raises:
        BadInputError: If it is an adapter whose base is unknown or gone.
    """
    from transformers.utils.peft_utils import find_adapter_config_file

    try:
        found = find_adapter_config_file(name, revision=revision or "main")
    except (OSError, ValueError) as error:
        raise BadInputError(_expected_model(name, error)) from error
    if found is None:
        return None
    from peft import PeftConfig

    base = PeftConfig.from_pretrained(str(Path(found).parent)).base_model_name_or_path
    local = Path(base) if base else None
    if local is None or (local.is_absolute() and not local.exists()):
        raise BadInputError(
            f"{name}: an adapter on {base or 'an unknown base'}, which is not there: name the base, and this "
            "as --adapter"
        )
    return str(base)


def _whole(place: Place, dtype: Dtype, quantize: Quantize, device_map: str) -> Any:
    """A whole model, checked to have all its weights from the checkpoint.

    Raises:
        BadInputError: If it cannot be loaded or not all weights are there.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    if not torch.cuda.is_available() and device_map in MAPS:
        device_map = "cpu"
    try:
        model, info = AutoModelForCausalLM.from_pretrained(
            place.base,
            revision=(None if place.adapter else place.revision) or "main",
            dtype=_dtype(dtype),
            device_map=device_map if device_map in MAPS else {"": device_map},
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # refused below, with their names
            **_quantized(dtype, quantize),
        )
    except (OSError, ValueError, SafetensorError) as error:
        raise BadInputError(_expected_model(place.base, error)) from error
    _refuse_holes(
        place.base,
        {
            "missing": sorted(info["missing_keys"]),
            "that the model has no place for": sorted(
                key for key in info["unexpected_keys"] if not key.endswith(HARMLESS)
            ),
            "of another shape": sorted(str(key[0]) for key in info["mismatched_keys"]),
        },
        "export the checkpoint (training export) or take the model's own folder",
    )
    return model


def _with_adapter(model: Any, adapter: str, base: str) -> Any:
    """A model with an adapter on it, checked to have all the adapter's weights.

    Raises:
        BadInputError: If it cannot be loaded or does not fit the model.
    """
    from peft import PeftModel, get_peft_model_state_dict
    from peft.utils import load_peft_weights
    from safetensors import SafetensorError

    try:
        weights = load_peft_weights(adapter, device="cpu")
        _make_room(model, weights)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of missing weights: refused below, with their names
            combined = PeftModel.from_pretrained(model, adapter)
    except (OSError, ValueError, SafetensorError, RuntimeError) as error:
        raise BadInputError(f"{adapter}: expected an adapter of peft for {base}, saw: {error}") from error
    wanted = get_peft_model_state_dict(combined, save_embedding_layers=False).keys()
    spare = weights.keys() - wanted - combined.state_dict().keys()
    _refuse_holes(
        adapter,
        {"missing": sorted(wanted - weights.keys()), "that the model has no place for": sorted(spare)},
        f"is it an adapter for {base}?",
    )
    return combined


def _make_room(model: Any, weights: dict[str, Any]) -> None:
    """Give the model as many rows as the embedding that an adapter brings with it, if it brings one."""
    rows = [
        weight.shape[0]
        for key, weight in weights.items()
        if key.endswith(("embed_tokens.weight", "wte.weight", "lm_head.weight"))
    ]
    if rows and rows[0] != model.get_input_embeddings().weight.shape[0]:
        model.resize_token_embeddings(rows[0], mean_resizing=False)


def _refuse_holes(name: str, holes: dict[str, list[str]], advice: str) -> None:
    """Refuse a checkpoint that would leave random weights in the model, or that is of another model.

    Raises:
        BadInputError: If any weight is missing, has no place or another shape.
    """
    found = [
        f"{len(keys)} {what}: {', '.join(keys[:NAMED])}{', ...' if len(keys) > NAMED else ''}"
        for what, keys in holes.items()
        if keys
    ]
    if found:
        raise BadInputError(f"{name}: expected exactly the model's weights, saw {'; '.join(found)}; {advice}")


def _expected_model(name: str, error: Exception) -> str:
    return (
        f"{name}: expected a model or adapter on the hub, or a folder with config.json and weights, "
        f"saw: {error}"
    )


def _dtype(dtype: Dtype) -> Any:
    import torch

    named = {"auto": "auto", "bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
    return named[dtype]


def _quantized(dtype: Dtype, quantize: Quantize) -> dict[str, Any]:
    """Arguments of `from_pretrained` for weights that are held in 8 or 4 bits."""
    if quantize == "none":
        return {}
    import torch
    from transformers import BitsAndBytesConfig

    if quantize == "8bit":
        return {"quantization_config": BitsAndBytesConfig(load_in_8bit=True)}
    return {
        "quantization_config": BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16 if dtype == "auto" else _dtype(dtype),
        )
    }
