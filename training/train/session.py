"""The processes of a run and the device each has, set up in the one order that works.

    session = begin(DeviceSettings(deepspeed=Path("configs/deepspeed/zero3.json"), device="cpu"))
    session.world_size, session.main                        -> 2, True on rank 0
    session.first(lambda: tokenise(config))                 -> on rank 0, while the others wait

Order matters: the process group, then `TrainingArguments`, then `from_pretrained`. Otherwise ZeRO-3 on CPU
sees a world of one process and refuses the batch (DeepSpeed's assertion says 8 != 2 * 2 * 1). On CPU
DeepSpeed's shared-memory operation is turned off: it would be compiled for about 100 s, fails without a
compiler, and gloo gives the same losses. A single process needs no launcher. Reads the environment that
torchrun and deepspeed set (RANK, WORLD_SIZE, LOCAL_RANK); starts no processes itself.
"""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, TypeVar, cast

from curation.errors import BadConfigError
from training.train import noise
from training.train.settings import DeviceSettings

DeviceKind = Literal["cpu", "cuda"]
PATIENCE = timedelta(days=2)
"""How long other ranks wait for what the first does alone, such as tokenising; collectives of a step keep
torch's own, far shorter limit."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Session:
    """This process among those of the run."""

    rank: int
    """Number of this process, 0 to world_size - 1."""
    world_size: int
    """Processes of the run, over all machines."""
    local_rank: int
    """Number of this process on its machine, which is also the number of its GPU."""
    device_kind: DeviceKind
    """Where the model is."""
    waiting: Any = field(default=None, repr=False, compare=False)
    """Process group for what takes longer than a step; None in a single process."""

    @property
    def main(self) -> bool:
        """Whether this process writes and prints for all."""
        return self.rank == 0

    def barrier(self) -> None:
        """Wait until every process is here."""
        if self.world_size > 1:
            import torch.distributed as dist

            dist.barrier(group=self.waiting)

    def first(self, action: Callable[[], Result]) -> Result:
        """Do something on rank 0 while the others wait, and give its result to all.

        If rank 0 refuses, the others leave without a word and as if all were well, so that the message is
        read once and a launcher reports the process that has something to say.

        Args:
            action: Such as tokenising. What it gives must be possible to send to other processes.

        Raises:
            SystemExit: On the other ranks, if the action failed on rank 0.
        """
        if self.world_size == 1:
            return action()
        import torch.distributed as dist

        sent: list[Any] = [False, None]  # whether it was done, and what it gave
        if self.main:
            try:
                sent = [True, action()]
            finally:
                dist.broadcast_object_list(sent, src=0, group=self.waiting)
        else:
            dist.broadcast_object_list(sent, src=0, group=self.waiting)
        done, result = sent
        if not done:
            raise SystemExit(0)
        return cast("Result", result)


def begin(devices: DeviceSettings) -> Session:
    """Join the other processes of the run.

    Args:
        devices: Precision, DeepSpeed and whether GPUs are used.

    Raises:
        BadConfigError: If the device lacks the precision.
    """
    kind = device_kind(devices)
    check_precision(devices, kind)
    noise.hush()
    if kind == "cpu":
        os.environ["DS_ACCELERATOR"] = "cpu"
    rank, world_size, local_rank = _place()
    if kind == "cuda":
        import torch

        torch.cuda.set_device(local_rank)
    if devices.deepspeed is not None:
        _begin_deepspeed(kind)
    elif world_size > 1:
        import torch.distributed as dist

        if not dist.is_initialized():
            dist.init_process_group("nccl" if kind == "cuda" else "gloo")
    return Session(rank, world_size, local_rank, kind, _waiting_group(world_size))


def device_kind(devices: DeviceSettings) -> DeviceKind:
    """Where the model of a run is."""
    if devices.device == "cpu":
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def check_precision(devices: DeviceSettings, kind: DeviceKind) -> None:
    """Refuse what the device cannot compute with.

    Raises:
        BadConfigError: If the device lacks the precision.
    """
    if kind == "cpu":
        if devices.precision == "fp16":
            raise BadConfigError("devices.precision: fp16 needs a GPU, this run is on CPU; take bf16 or fp32")
        return
    import torch

    if devices.precision == "bf16" and not torch.cuda.is_bf16_supported(including_emulation=False):
        raise BadConfigError(
            f"devices.precision: {torch.cuda.get_device_name()} has no bf16 (A100 and later have); "
            "take fp16 or fp32"
        )


def _place() -> tuple[int, int, int]:
    """Rank, number of processes and rank on this machine, as the launcher says."""
    return (
        int(os.environ.get("RANK", "0")),
        int(os.environ.get("WORLD_SIZE", "1")),
        int(os.environ.get("LOCAL_RANK", "0")),
    )


def _begin_deepspeed(kind: DeviceKind) -> None:
    """Let DeepSpeed make the process group, also for a process that no launcher started."""
    if "RANK" not in os.environ:
        os.environ.update(RANK="0", LOCAL_RANK="0", WORLD_SIZE="1", MASTER_ADDR="127.0.0.1")
        os.environ["MASTER_PORT"] = str(_free_port())
    import deepspeed

    if kind == "cpu":
        deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False
    deepspeed.init_distributed(
        dist_backend="gloo" if kind == "cpu" else "nccl", auto_mpi_discovery=False, verbose=False
    )


def _waiting_group(world_size: int) -> Any:
    if world_size == 1:
        return None
    import torch.distributed as dist

    return dist.new_group(backend="gloo", timeout=PATIENCE)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
