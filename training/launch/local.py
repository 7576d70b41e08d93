"""Several processes of one command on this machine, one for each device.

    run_processes(["run", "my.yaml", "--processes", "2"], 2)   -> 0

Each process is `python -m training` with its rank in the environment, as torchrun would give it. Other than
torchrun, the exit code is that of the process that failed first, and what it said is shown once: the first
process writes to the terminal, the others to files that are shown only if one of them failed first. Several
machines are for torchrun, deepspeed or Slurm: see `training.launch.lines`.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

PAUSE_SECONDS = 0.1
"""Between two looks at the processes."""
GRACE_SECONDS = 20.0
"""That the others have to end after one has failed, before they are killed."""
SHOWN_BYTES = 20_000
"""Of what a failed process said."""
PR_SET_PDEATHSIG = 1
"""Linux: the signal that a process gets when its parent is gone."""


def run_processes(arguments: Sequence[str], processes: int, module: str = "training") -> int:
    """Start the processes, wait for all, and end the others when one fails.

    Args:
        arguments: Of the command line; each process gets the same.
        processes: How many; each is one rank.
        module: What is run with `python -m`.

    Returns:
        0, or the exit code of the process that failed first; 128 and the number where a signal ended it.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"rank-{rank}.txt" for rank in range(processes)]
        place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port()), "WORLD_SIZE": str(processes)}
        running = [
            _start([sys.executable, "-m", module, *arguments], rank, place, files[rank])
            for rank in range(processes)
        ]
        with _signals_passed_on(running):
            failed = _wait(running)
        if failed is None:
            return 0
        if failed > 0:
            said = files[failed].read_bytes()[-SHOWN_BYTES:].decode("utf-8", "replace")
            sys.stderr.write(f"rank {failed} of {processes} failed first; it said:\n{said}\n")
        code = running[failed].returncode
        return code if code >= 0 else 128 - code


def environment(rank: int, place: dict[str, str]) -> dict[str, str]:
    """The environment of one process.

    Args:
        rank: Its number, also on this machine.
        place: Address and port where the processes meet, and their number.
    """
    threads = max((os.cpu_count() or 1) // int(place["WORLD_SIZE"]), 1)
    own = {"RANK": str(rank), "LOCAL_RANK": str(rank), "LOCAL_WORLD_SIZE": place["WORLD_SIZE"]}
    return {"OMP_NUM_THREADS": str(threads), **os.environ, **place, **own}


def _start(command: Sequence[str], rank: int, place: dict[str, str], said: Path) -> subprocess.Popen[bytes]:
    """One process; the first writes where this one does."""
    if rank == 0:
        return subprocess.Popen(command, env=environment(rank, place), preexec_fn=_end_with_parent)
    with said.open("wb") as file:
        return subprocess.Popen(
            command, env=environment(rank, place), stdout=file, stderr=file, preexec_fn=_end_with_parent
        )


def _end_with_parent() -> None:
    """Ask to be ended when the parent is gone, where the system can do that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait(running: Sequence[subprocess.Popen[bytes]]) -> int | None:
    """Number of the process that failed first; None if all ended well."""
    while True:
        codes = [process.poll() for process in running]
        failed = next((rank for rank, code in enumerate(codes) if code), None)
        if failed is not None:
            _end(running)
            return failed
        if all(code == 0 for code in codes):
            return None
        time.sleep(PAUSE_SECONDS)


def _end(running: Sequence[subprocess.Popen[bytes]]) -> None:
    """End what still runs: asked first, killed after a while."""
    for process in running:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for process in running:
        try:
            process.wait(max(deadline - time.monotonic(), PAUSE_SECONDS))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _signals_passed_on(running: Sequence[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Pass on what asks to stop, so that a checkpoint is saved; Ctrl-C reaches the processes by itself."""

    def pass_on(number: int, _: FrameType | None) -> None:
        for process in running:
            if process.poll() is None:
                process.send_signal(number)

    before = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, pass_on),
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
