"""What to change when a step does not fit, the cheapest change first, each with the memory it leads to.

    found = advice(setup, memory=24_000_000_000)
    found.changes     -> (Change("set optimiser.micro_batch to 1: ...", needed=61_200_000_000, fits=False),)
    found.choices     -> (Change("take 16 devices with ZeRO-3", ...), Change("train adapters ...", ...))
    advise(config, model, devices=8, memory=24_000_000_000)      -> the same as one sentence

First what changes nothing in the result, each on top of those before it, until it fits; then, if it does
not, what costs devices, time, context or the model itself, each for itself, of which one is taken. Works
without a device.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from training.config import TrainConfig
from training.plan.memory import Memory, Setup, predict
from training.plan.setup import setup_of
from training.plan.zero import zero_default

WORTH = 0.97
"""A change is named if it leaves less than this share of what was needed."""
SHORTEST = 1024
"""Tokens below which windows are not advised to be: most files would be cut to pieces."""
MORE_DEVICES = 128
"""Times as many devices as there are, at most, that are advised."""
FITS_ANYWAY = "it should fit; is something else on the device, or is memory kept by another process?"


class Change(NamedTuple):
    """One change."""

    text: str
    """What to set, and what it costs."""
    needed: int
    """Bytes of a device that it then fits into."""
    fits: bool


class Advice(NamedTuple):
    """What to change."""

    changes: tuple[Change, ...]
    """Each on top of those before."""
    choices: tuple[Change, ...]
    """One of these on top of them; none if it fits already, or nothing that is known here is enough."""

    @property
    def fits(self) -> bool:
        """Whether there is a way."""
        return bool(self.choices) or (bool(self.changes) and self.changes[-1].fits)


Way = tuple[str, Setup]


def advice(setup: Setup, memory: int) -> Advice:
    """What to change; nothing if it fits.

    Args:
        setup: The way to train.
        memory: Bytes of a device.
    """
    changes: list[Change] = []
    needed = predict(setup).needed
    for text, change in _free():
        if needed <= memory:
            break
        other = change(setup)
        less = predict(other).needed
        if less < WORTH * needed:
            setup, needed = other, less
            changes.append(Change(text, needed, needed <= memory))
    choices = [] if needed <= memory else [_choice(way, memory) for way in _choices(setup, memory)]
    return Advice(tuple(changes), tuple(choice for choice in choices if choice.fits))


def _choice(way: Way, memory: int) -> Change:
    needed = predict(way[1]).needed
    return Change(way[0], needed, needed <= memory)


def _free() -> list[tuple[str, Callable[[Setup], Setup]]]:
    """Changes that leave the result as it is, in the order of what they cost."""
    return [
        (
            "set optimiser.micro_batch to 1: the batch stays the same",
            lambda one: replace(one, micro_batch=1, accumulation=one.accumulation * one.micro_batch),
        ),
        ("set model.attention to sdpa", _fused),
        ("set devices.deepspeed to configs/deepspeed/zero2.json", lambda one: _staged(one, 2)),
        (
            "set model.gradient_checkpointing to true: a third more computing",
            lambda one: replace(one, checkpointing=True),
        ),
        (
            "set devices.deepspeed to configs/deepspeed/zero3.json: weights are sent for each block",
            lambda one: _staged(one, 3),
        ),
    ]


def _fused(setup: Setup) -> Setup:
    return replace(setup, attention="sdpa") if setup.attention == "eager" else setup


def _staged(setup: Setup, stage: int) -> Setup:
    """With more of the state split, where there is something to split it over."""
    split = 0 if setup.zero is None else setup.zero.stage
    if setup.devices == 1 or split >= stage or setup.method in {"8bit", "qlora"}:
        return setup
    return replace(setup, zero=zero_default(stage, setup.sizes.hidden))


def _choices(setup: Setup, memory: int) -> list[Way]:
    """Changes that cost something else than time, each for itself."""
    found = [*_more_devices(setup, memory), *_shorter(setup, memory)]
    hidden = setup.sizes.hidden
    if setup.method == "full":
        for stage in (2, 3):
            name = f"configs/deepspeed/zero{stage}-offload.json"
            host = zero_default(stage, hidden, on_host=True)
            text = f"set devices.deepspeed to {name}: updates on the CPU, much slower"
            found.append((text, replace(setup, zero=host)))
        found.append(("train adapters (lora.enabled): another result", replace(setup, method="lora")))
    if setup.method != "qlora":
        text = "train adapters on 4 bits (lora.enabled, lora.quantize: nf4, devices.deepspeed: null)"
        found.append((text, replace(setup, method="qlora", zero=None)))
    return found


def _more_devices(setup: Setup, memory: int) -> list[Way]:
    """The fewest devices that are enough, if more of them help."""
    if setup.method != "full":
        return []
    for times in range(1, MORE_DEVICES.bit_length()):
        devices = setup.devices << times
        way = replace(setup, devices=devices, zero=zero_default(3, setup.sizes.hidden))
        if predict(way).needed <= memory:
            return [(f"take {devices} devices with configs/deepspeed/zero3.json", way)]
    return []


def _shorter(setup: Setup, memory: int) -> list[Way]:
    """The longest windows that fit, by halves."""
    length = setup.length // 2
    while length >= SHORTEST:
        way = replace(setup, length=length)
        if predict(way).needed <= memory:
            return [(f"set packing.sequence_length to {length}, and more windows in a batch", way)]
        length //= 2
    return []


def advise(config: TrainConfig, model: Any, devices: int, memory: int) -> str:
    """What to say when memory has run out, or will.

    Args:
        config: Checked settings.
        model: The `transformers` configuration of its model.
        devices: How many.
        memory: Bytes of one.

    Raises:
        BadInputError: If the model is of another family.
        BadConfigError: If DeepSpeed's configuration cannot be read.
    """
    setup = setup_of(config, model, devices)
    found = predict(setup)
    said = f"a step needs about {gigabytes(found.needed)} GB of {gigabytes(memory)} ({largest(found)})"
    if found.needed <= memory:
        return f"{said}: {FITS_ANYWAY}"
    return f"{said}; {as_sentence(advice(setup, memory))}"


def as_sentence(found: Advice) -> str:
    """Advice as one sentence."""
    steps = [_said(change) for change in found.changes]
    if found.choices:
        steps.append(("one of: " if steps else "") + ", or ".join(map(_said, found.choices)))
    if not found.fits:
        steps.append("take devices with more memory: nothing that is known here makes it fit")
    return "; then ".join(steps)


def _said(change: Change) -> str:
    return f"{change.text} ({gigabytes(change.needed)} GB{', fits' if change.fits else ''})"


def largest(found: Memory) -> str:
    """The three largest parts."""
    return ", ".join(f"{name} {gigabytes(size)}" for name, size in list(found.parts.items())[:3])


def gigabytes(size: float) -> str:
    """Bytes as GB of 1,000,000,000 bytes."""
    return f"{size / 1e9:.1f}" if size >= 1e9 else f"{size / 1e9:.3f}"
