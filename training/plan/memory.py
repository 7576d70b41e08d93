"""The memory that training takes on each device, predicted from sizes and settings alone.

    found = predict(Setup(sizes=sizes_of(config), devices=8, zero=zero_default(3, 3072), length=8192))
    found.peak                 -> bytes that torch has allocated at most, on each device
    found.parts["optimiser"]   -> of them, the optimiser's states
    found.needed               -> bytes of a device that it fits into

The sum of what stays from step to step, computed here from how DeepSpeed, torch, peft and bitsandbytes hold
it, and of what comes and goes in a step, which is rehearsed (`training.plan.rehearsal`). Checked against
measured steps in the tests and by tests/benchmarks/plan_accuracy.py. Allocates nothing.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from training.model.families import targets_of
from training.model.settings import Attention
from training.plan.models import Step
from training.plan.rehearsal import Peaks, rehearse
from training.plan.sizes import Sizes
from training.plan.tape import BUCKETS, GRADIENTS
from training.plan.zero import Zero

Method = Literal["full", "lora", "8bit", "qlora"]

CONTEXT = 1_000_000_000
"""Bytes of a GPU that torch's allocator does not see: CUDA's context, kernels and cuBLAS' workspace (about
half a gigabyte on an A100 or H100 with torch 2), and as much again in reserve."""
NCCL = 1_000_000_000
"""Bytes beside that for NCCL's channels where there are several GPUs; it takes 0.3 to 1 GB."""
FRAGMENTATION = 1.05
"""What torch's allocator reserves for each byte that is in use; 2 to 10 % are usual."""
MOMENTS = 8
"""Bytes of AdamW's two moments for each parameter, in fp32."""
MASTER = 4
"""Bytes of DeepSpeed's fp32 copy of a parameter."""
NF4 = 0.5 + 1 / 64 + 4 / (64 * 256)
"""Bytes of a weight in nf4 with double quantization: half a byte, a byte for 64 of them, and 4 for 256 of
these (Dettmers et al. 2023, section 3)."""


@dataclass(frozen=True)
class Setup:
    """A way to train a model."""

    sizes: Sizes
    length: int
    """Tokens of a window."""
    method: Method = "full"
    """All weights; adapters; adapters on weights in 8 or 4 bits."""
    precision: Literal["bf16", "fp16", "fp32"] = "bf16"
    zero: Zero | None = None
    """DeepSpeed; None for none: then every device has everything."""
    devices: int = 1
    micro_batch: int = 1
    """Windows at once on a device."""
    accumulation: int = 2
    """Micro-batches of a step."""
    checkpointing: bool = True
    attention: Attention = "sdpa"
    isolate: bool = True
    rank: int = 16
    targets: tuple[str, ...] = ()
    """Layers with adapters; empty for all linear ones of a block."""
    adapter_dropout: float = 0.05
    cuda: bool = True

    @property
    def trained(self) -> int:
        """Parameters that are trained."""
        if self.method == "full":
            return self.sizes.parameters
        return self.sizes.adapters(self.rank, self.targets or targets_of(self.sizes.family))

    @property
    def width(self) -> int:
        """Bytes of a weight that is trained: those of the run's precision if DeepSpeed keeps an fp32 copy."""
        return 2 if self.zero is not None and self.precision != "fp32" else 4

    @property
    def frozen(self) -> int:
        """Bytes of weights that are not trained."""
        if self.method == "full":
            return 0
        width = 4 if self.precision == "fp32" else 2
        sizes = self.sizes
        if self.method == "lora":
            return width * sizes.parameters
        rest = width * (sizes.parameters - sizes.matrices)
        if self.method == "qlora":
            return rest + int(NF4 * sizes.matrices)
        rows = sizes.layers * sum(layer.outputs for layer in sizes.linear)
        return rest + sizes.matrices + 4 * rows


@dataclass(frozen=True)
class Memory:
    """Memory of one device, in bytes."""

    peak: int
    """What torch has allocated at most."""
    parts: dict[str, int]
    """Of what it is made, largest first."""
    moment: str
    """When it is reached."""
    needed: int
    """Of a device that it fits into: with what the allocator does not see, and what it wastes."""
    host: int
    """In the host's memory, for each device."""


@dataclass
class _States:
    """What stays from step to step."""

    parts: Counter[str] = field(default_factory=Counter)
    buckets: int = 0
    """Where gradients are copied to, from the first of them to the last."""
    gathered: int = 0
    """Weights that are whole for their turn."""
    sending: int = 0
    """Copies of gradients when they are sent: again and again if they fill a bucket, else at the end."""
    sent_at_end: bool = False
    update: int = 0
    """What comes and goes while the weights are updated."""
    kept: bool = True
    """Whether gradients stay where the backward pass leaves them."""
    host: int = 0


def predict(setup: Setup) -> Memory:
    """The memory of a way to train.

    Args:
        setup: The way.
    """
    states = _states(setup)
    buckets = states.buckets + (0 if states.sent_at_end else states.sending)
    there = states.kept and setup.accumulation > 1
    seen = _rehearsed(setup.sizes, step_of(setup), states.kept, there, buckets)
    held = sum(states.parts.values())
    gradients = setup.trained * setup.width if states.kept else 0
    gathered = Counter({"weights made whole": states.gathered})
    moments = {
        "forward and backward pass": Counter(seen.parts) + gathered,
        "reduction of gradients": Counter({BUCKETS: states.buckets + states.sending}) + gathered,
        "update of weights": Counter({GRADIENTS: gradients + states.update}),
    }
    moment, extra = max(moments.items(), key=lambda one: sum(one[1].values()))
    parts = states.parts + extra
    peak = held + sum(extra.values())
    outside = (CONTEXT + (NCCL if setup.devices > 1 else 0)) if setup.cuda else 0
    needed = int(peak * FRAGMENTATION) + outside
    return Memory(peak, dict(parts.most_common()), moment, needed, states.host)


def step_of(setup: Setup) -> Step:
    """How a step of this way is done on one device."""
    half = setup.precision != "fp32"
    adapted = setup.method != "full"
    return Step(
        length=setup.length,
        batch=setup.micro_batch,
        weights=setup.width if not adapted else (2 if half else 4),
        cuda=setup.cuda,
        autocast=2 if half and setup.zero is None else 0,
        adapters=setup.width if adapted else 0,
        rank=setup.rank if adapted else 0,
        targets=(setup.targets or targets_of(setup.sizes.family)) if adapted else (),
        adapter_dropout=setup.adapter_dropout if adapted else 0.0,
        held="nf4" if setup.method == "qlora" else "8bit" if setup.method == "8bit" else "whole",
        checkpointing=setup.checkpointing,
        attention=setup.attention,
        isolate=setup.isolate,
    )


@lru_cache(maxsize=1024)
def _rehearsed(sizes: Sizes, step: Step, kept: bool, there: bool, buckets: int) -> Peaks:
    return rehearse(sizes, step, kept=kept, there=there, buckets=buckets)


def _states(setup: Setup) -> _States:
    zero = setup.zero
    if zero is None:
        return _without_deepspeed(setup)
    return _stage3(setup, zero) if zero.stage == 3 else _stages(setup, zero)


def _without_deepspeed(setup: Setup) -> _States:
    """fp32 weights and gradients, AdamW in place; DDP holds a second copy of gradients to send them."""
    trained = setup.trained
    found = _States()
    found.parts["weights"] = trained * setup.width + setup.frozen
    found.parts["optimiser"] = trained * MOMENTS
    found.parts["buffers"] = setup.sizes.buffers
    if setup.devices > 1:
        found.parts[BUCKETS] = trained * setup.width
    return found


def _stages(setup: Setup, zero: Zero) -> _States:
    """Stages 0 to 2 (runtime/zero/stage_1_and_2.py, runtime/bf16_optimizer.py)."""
    trained, share = setup.trained, -(-setup.trained // setup.devices)
    owned = share if zero.stage else trained
    found = _States(kept=zero.stage < 2)
    found.parts["weights"] = trained * setup.width + setup.frozen
    found.parts["buffers"] = setup.sizes.buffers
    states = owned * (MASTER + MOMENTS)
    sums = zero.sums * (owned if zero.stage == 2 else trained)
    if zero.optimiser_on_host:
        found.host = states + owned * (MASTER + setup.width)  # gradients, and weights on their way back
    else:
        found.parts["optimiser"] = states
        found.parts["sums of gradients"] = sums
    if zero.stage:
        found.buckets = zero.bucket * zero.buckets * setup.width
        largest = setup.sizes.vocabulary * setup.sizes.hidden if setup.method == "full" else 0
        found.sending = min(trained, zero.bucket) * setup.width + zero.sums * min(largest, share)
        found.sent_at_end = trained <= zero.bucket
    return found


def _stage3(setup: Setup, zero: Zero) -> _States:
    """Stage 3 (runtime/zero/stage3.py): everything is split, and weights come together for their turn."""
    share = -(-setup.trained // setup.devices)
    weights = share * setup.width + setup.frozen // setup.devices
    found = _States(kept=False)
    states = share * (MASTER + MOMENTS + zero.sums)
    if zero.optimiser_on_host:
        found.host += states + share * MASTER
    else:
        found.parts["optimiser"] = share * (MASTER + MOMENTS)
        found.parts["sums of gradients"] = share * zero.sums
        found.update = MASTER * min(share, zero.sub_group)
    if zero.weights_on_host:
        found.host += weights
    else:
        found.parts["weights"] = weights
    whole = setup.trained * setup.width + setup.frozen
    found.parts["buffers"] = setup.sizes.buffers + zero.bucket * setup.width
    found.gathered = min(whole, zero.live * setup.width)
    return found
