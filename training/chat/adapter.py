"""Low-rank adapters for chat: those of `training.model.lora`, and rows for marks that are new.

    attach(model, settings, marked, ...)     -> model with adapters; rows of <|user|>, ... are trained, too

Adapters alone would leave the rows of new marks as they were made, all alike, so that the model could not
tell them apart, nor write the end of its turn. Where no mark is new, nothing is trained beside the adapters.
"""

from typing import Any

from curation.errors import BadConfigError
from training.chat.vocabulary import Marked
from training.model import lora
from training.model.families import architecture, targets_of
from training.model.settings import LoraSettings


def check_support(settings: LoraSettings, marked: Marked, zero_stage: int) -> None:
    """Refuse what peft cannot train.

    Args:
        settings: Whether there are adapters.
        marked: The tokenizer.
        zero_stage: Stage of ZeRO, 0 without DeepSpeed.

    Raises:
        BadConfigError: If rows are to be trained that ZeRO-3 splits.
    """
    if settings.enabled and marked.added and zero_stage == 3:
        raise BadConfigError(
            f"lora.enabled: the model has no {', '.join(marked.added)}; rows for them cannot be trained "
            "beside adapters while ZeRO-3 splits them: take configs/deepspeed/zero2.json, train all weights, "
            "or take a template whose marks the model has"
        )


def attach(model: Any, settings: LoraSettings, marked: Marked, *, gradient_checkpointing: bool) -> Any:
    """Freeze a model and add adapters, with rows for new marks.

    Args:
        model: A causal language model of `transformers`.
        settings: Rank, scale and layers.
        marked: Its tokenizer.
        gradient_checkpointing: Whether activations are computed again in the backward pass.

    Raises:
        BadConfigError: If no layer has one of the names.
    """
    if not marked.added:
        return lora.attach(model, settings, gradient_checkpointing=gradient_checkpointing)
    from peft import LoraConfig, get_peft_model

    targets = settings.targets or targets_of(architecture(model.config.model_type))
    with_adapters = get_peft_model(
        model,
        LoraConfig(
            r=settings.rank,
            lora_alpha=settings.alpha,
            lora_dropout=settings.dropout,
            target_modules=list(targets),
            trainable_token_indices=_rows(model, [marked.marks[mark] for mark in marked.added]),
            bias="none",
            task_type="CAUSAL_LM",
        ),
    )
    if gradient_checkpointing:
        with_adapters.enable_input_require_grads()
    return with_adapters


def _rows(model: Any, ids: list[int]) -> dict[str, list[int]]:
    """Names of the embeddings whose rows are trained; the output's follows the input's where they are one."""
    layers = [model.get_input_embeddings()]
    if not model.config.tie_word_embeddings:
        layers.append(model.get_output_embeddings())
    names = {id(module): name.rpartition(".")[2] for name, module in model.named_modules()}
    return {names[id(layer)]: list(ids) for layer in layers}
