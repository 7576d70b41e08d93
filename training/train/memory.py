"""What is said when a device has too little memory.

    with enough_memory(advice): ...
    -> OutOfDeviceMemoryError: a step does not fit into the device's memory (...): set micro_batch to 1

torch says how many bytes could not be had; what to do about it follows from the settings, which `advice`
knows: `training.plan.advise`, or `GENERAL`. Frees nothing, and does not try again.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from training.errors import OutOfDeviceMemoryError
from training.train.session import Session

GENERAL = (
    "lower optimiser.micro_batch (the batch stays the same), set model.gradient_checkpointing, shorten "
    "windows, use devices.deepspeed with ZeRO-3, or train adapters (lora.enabled)"
)
"""Advice where no plan can be made."""


@contextmanager
def enough_memory(advice: Callable[[], str] | None = None) -> Iterator[None]:
    """Say what to do when memory runs out.

    Args:
        advice: What to do; asked only then.

    Raises:
        OutOfDeviceMemoryError: If memory runs out, on a GPU or on the CPU.
        RuntimeError: Whatever else was raised.
    """
    import torch

    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OutOfDeviceMemoryError(_message(error, advice)) from error
    except RuntimeError as error:  # torch has no kind of its own for the CPU's
        if "can't allocate memory" not in str(error):
            raise
        raise OutOfDeviceMemoryError(_message(error, advice)) from error


def device_memory(session: Session) -> int:
    """Bytes of the device of a process; of this machine's memory, its part."""
    if session.device_kind == "cuda":
        import torch

        return int(torch.cuda.get_device_properties(session.local_rank).total_memory)
    here = int(os.environ.get("LOCAL_WORLD_SIZE", session.world_size))
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // here


def _message(error: BaseException, advice: Callable[[], str] | None) -> str:
    first = str(error).partition("\n")[0]
    return f"a step does not fit into the device's memory ({first}): {advice() if advice else GENERAL}"
