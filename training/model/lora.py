"""Low-rank adapters on the linear layers of a model's blocks.

    attach(model, LoraSettings(enabled=True, rank=16))   -> model with adapters, all else frozen

The layers are those of the model's family (see `training.model.families`). Uses peft, which is imported only
here and where adapters are merged.
"""

import warnings
from typing import Any

from curation.errors import BadConfigError
from training.model.families import architecture, targets_of
from training.model.settings import LoraSettings


def attach(model: Any, settings: LoraSettings, *, gradient_checkpointing: bool = False) -> Any:
    """Freeze a model and add adapters.

    Args:
        model: A causal language model of `transformers`.
        settings: Rank, scale and layers.
        gradient_checkpointing: Whether activations are computed again: the first block's input then carries
            a gradient, without which re-entrant checkpointing would train nothing.

    Raises:
        BadConfigError: If no layer has one of the names.
    """
    from peft import LoraConfig, get_peft_model

    targets = settings.targets or targets_of(architecture(model.config.model_type))
    names = {name.rpartition(".")[2] for name, _ in model.named_modules()}
    missing = [target for target in targets if target not in names]
    if missing:
        raise BadConfigError(
            f"lora.targets: the model has no layers named {', '.join(missing)}; leave it empty for "
            f"{', '.join(targets_of(architecture(model.config.model_type)))}"
        )
    adapters = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=list(targets),
        bias="none",
        task_type="CAUSAL_LM",
    )
    with warnings.catch_warnings():
        # peft asks for what transformers has renamed; each time, a model says so
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        with_adapters = get_peft_model(model, adapters)
    if gradient_checkpointing:
        with_adapters.enable_input_require_grads()
    return with_adapters


def counts(model: Any) -> tuple[int, int]:
    """Numbers of parameters that are trained, and of all.

    Whole ones are counted, also where ZeRO-3 has split them, or where two of four bits share a byte.
    """
    trained = total = 0
    for parameter in model.parameters():
        packed = getattr(parameter, "quant_state", None)
        number = packed.shape.numel() if packed else getattr(parameter, "ds_numel", parameter.numel())
        total += number
        trained += number if parameter.requires_grad else 0
    return trained, total
