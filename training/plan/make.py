"""A configuration -> its whole plan, put together from memory, steps and advice.

    plan = make_plan(load(Path("configs/train/lora.yaml")), devices=1, memory=40_000_000_000)
    plan.fits      -> True

Uses no device, loads no weights and reads no document.
"""

from collections.abc import Sequence

from curation.errors import BadConfigError
from training.config import TrainConfig
from training.plan.advice import advice
from training.plan.memory import predict
from training.plan.setup import model_of, setup_of
from training.plan.steps import Speed, course_of, tokens_of
from training.plan.table import Plan, lengths_of, matrix
from training.train.arguments import accumulation

GPUS = 8
"""Devices that are taken where none are said: one machine of most clusters."""


def make_plan(
    config: TrainConfig,
    devices: int | None,
    memory: int,
    lengths: Sequence[int] = (),
    speed: Speed | None = None,
) -> Plan:
    """Plan a run.

    Args:
        config: Checked settings.
        devices: That train together; None for one on a CPU, 8 GPUs otherwise.
        memory: Bytes of one.
        lengths: Tokens of a window to compare; none for usual ones.
        speed: Of a device; None for no estimate of time. A run on CPU has none.

    Raises:
        BadConfigError: If windows are longer than the model takes, devices and micro-batch do not divide the
            batch, or DeepSpeed's configuration cannot be read.
        BadInputError: If the model or the corpus cannot be read as such.
    """
    if devices is None:
        devices = 1 if config.devices.device == "cpu" else GPUS
    model = model_of(config)
    setup = setup_of(config, model, devices)
    shown = lengths_of(setup, lengths)
    for length in (setup.length, *shown):
        if length > setup.sizes.positions:
            raise BadConfigError(
                f"packing.sequence_length: windows of {length:,} tokens, but the model takes at most "
                f"{setup.sizes.positions:,}"
            )
    accumulation(config.optimiser, devices)
    tokens = tokens_of(config)
    speed = speed if setup.cuda else None
    return Plan(
        setup=setup,
        memory=memory,
        found=predict(setup),
        lengths=shown,
        rows=tuple(matrix(setup, shown)),
        course=course_of(config, model, setup, tokens, speed),
        tokens=tokens,
        speed=speed,
        advice=advice(setup, memory),
    )
