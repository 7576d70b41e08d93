"""A forward and a backward pass in sizes only: the most that is alive at once, and of what kind.

    found = rehearse(sizes, Step(length=8192, batch=1, weights=2, cuda=True))
    found.peak            -> bytes beside the states of model and optimiser
    found.parts           -> {"activations": ..., "logits": ..., "attention mask": ..., "gradients": ...}

Takes milliseconds, needs no torch and no device. What stays from step to step is in `training.plan.states`.
"""

from dataclasses import dataclass

from training.plan.models import Step, build, forward
from training.plan.operations import LOGITS, Math
from training.plan.sizes import Sizes
from training.plan.tape import Held, Tape, backward

IDS = 3 * 8
"""Bytes of a token in a batch: its id, position and label."""


@dataclass(frozen=True)
class Peaks:
    """The most that is alive at once."""

    peak: int
    """Bytes."""
    parts: dict[str, int]
    """Bytes by kind, at that moment."""
    forward: int
    """Bytes at most on the way forward."""


def rehearse(sizes: Sizes, step: Step, *, kept: bool = True, there: bool = False, buckets: int = 0) -> Peaks:
    """Do a forward and a backward pass.

    Args:
        sizes: Of the model.
        step: How it is done.
        kept: Whether gradients of weights stay until the end of the step, as without ZeRO.
        there: Whether they are there from the start, as from the second micro-batch of a step on.
        buckets: Bytes of buckets in which DeepSpeed reduces them.
    """
    tape = Tape()
    model = build(Math(tape, cuda=step.cuda, autocast=step.autocast), sizes, step)
    held = Held(tape, model.parameters(), kept=kept, there=there, buckets=buckets)
    batch = tape.tensor(model.rows, IDS, "batch")
    loss = forward(model)
    model.math.casts.clear()
    ahead = tape.peak
    backward(loss, tape.tensor(1, 4, LOGITS))
    found = Peaks(tape.peak, {kind: size for kind, size in tape.at_peak.items() if size}, ahead)
    del batch, held
    return found
