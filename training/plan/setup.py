"""A training configuration -> what decides memory: sizes of the model, and the way it is trained.

    setup = setup_of(load(Path("configs/train/lora.yaml")), model, devices=8)
    setup.method, setup.zero.stage      -> "lora", 2

The model's configuration is that of a folder or of the hub; the published models are known without it. Loads
no weights.
"""

from typing import Any

from curation.errors import BadInputError
from training.config import TrainConfig
from training.model.settings import LoraSettings, Shape
from training.model.shapes import SHAPES, VOCABULARY, shape_named
from training.plan.memory import Method, Setup
from training.plan.sizes import plain_config, sizes_of
from training.plan.zero import zero_of

OWNER = "bigcode/"
SAME = {"starcoder": "starcoderbase", "starcoderplus": "starcoderbase"}
"""Published models with the sizes of another."""


def model_of(config: TrainConfig) -> Any:
    """The configuration of the model of a run: of `transformers`, or what of it decides memory and work.

    Args:
        config: Checked settings.

    Raises:
        BadConfigError: If there is no such published shape.
        BadInputError: If there is no such model, or it is of another family.
    """
    shape, name = config.model.shape, config.model.name
    if isinstance(shape, Shape):
        return plain_config(shape, config.tokenizer.vocabulary)
    if shape is not None:
        return plain_config(shape_named(shape), VOCABULARY)
    assert name is not None, "a checked configuration names a model or a shape"
    known = name.removeprefix(OWNER)
    known = SAME.get(known, known)
    if name.startswith(OWNER) and known in SHAPES:
        return plain_config(SHAPES[known], VOCABULARY)
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(name, revision=config.model.revision or "main")
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"{name}: expected a model on the hub or a folder with config.json, saw: {error}; for the memory "
            "of a published model set model.shape to its name, see `training plan --list`"
        ) from error


def setup_of(config: TrainConfig, model: Any, devices: int) -> Setup:
    """The way that a configuration trains.

    Args:
        config: Checked settings.
        model: The `transformers` configuration of its model.
        devices: How many.

    Raises:
        BadInputError: If the model is of another family.
        BadConfigError: If DeepSpeed's configuration cannot be read.
    """
    sizes = sizes_of(model)
    path, optimiser = config.devices.deepspeed, config.optimiser
    return Setup(
        sizes=sizes,
        length=config.packing.sequence_length,
        method=method_of(config.lora),
        precision=config.devices.precision,
        zero=None if path is None else zero_of(path, sizes.hidden),
        devices=devices,
        micro_batch=optimiser.micro_batch,
        accumulation=max(optimiser.batch // (devices * optimiser.micro_batch), 1),
        checkpointing=config.model.gradient_checkpointing,
        attention=config.model.attention,
        isolate=config.packing.isolate,
        rank=config.lora.rank,
        targets=config.lora.targets,
        adapter_dropout=config.lora.dropout,
        cuda=config.devices.device != "cpu",
    )


def method_of(lora: LoraSettings) -> Method:
    """What is trained, and how the rest is held."""
    if not lora.enabled:
        return "full"
    return {"none": "lora", "8bit": "8bit", "nf4": "qlora"}[lora.quantize]  # type: ignore[return-value]
