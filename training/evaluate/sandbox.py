"""A program that a model wrote -> whether it came to its end, and if not why.

    run_program("assert sorted([2, 1]) == [1, 2]", Limits())    -> Verdict("passed", "", "", "namespaces")
    run_program("import sys; sys.exit(0)", Limits())            -> Verdict("failed", "ended itself ...", ...)

Each program runs in a process group of its own, with an empty environment and an empty folder, under limits
of the kernel, and is ended with all it has started when its time is over. How far it is shut off is told in
each verdict: see `training.evaluate.jail`, which does it. A program passes only by coming to its end.
Linux only. This guards a machine against code that is wrong or crude; it is no place for code that is known
to attack: use a virtual machine for that.
"""

import json
import os
import secrets
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Literal, NamedTuple

from curation.errors import BadConfigError, BrokenRunError
from training.evaluate.settings import Limits

State = Literal["passed", "failed", "error", "timed out"]
JAIL = Path(__file__).with_name("jail.py")
GRACE = 20.0
"""Seconds beyond a program's own in which its process must have started and ended, on a loaded machine."""
FIRST_UNUSED = 0x70000000
"""Users from here on own nothing on any machine; where root runs programs, each is run as one of its own."""
BLOCK = 1 << 16
"""Bytes read at a time."""


class Verdict(NamedTuple):
    """What became of a program."""

    state: State
    """passed: it came to its end. failed: an assertion did not hold, or it ended itself before that.
    error: anything else was raised, or a signal ended it. timed out: it used all its time."""
    detail: str
    output: str
    """What it printed, up to the limit."""
    isolation: Literal["namespaces", "hook"]
    """How it was shut off."""


def run_program(
    program: str, limits: Limits, *, namespaces: bool = True, python: str = sys.executable
) -> Verdict:
    """Run a program in the sandbox.

    Args:
        program: Python source.
        limits: What it may use.
        namespaces: Whether to ask the kernel for namespaces; no to test what is done without.
        python: Interpreter; the program can use its standard library.

    Raises:
        BadConfigError: If programs cannot be run here.
        BrokenRunError: If the sandbox itself fails.
    """
    if sys.platform != "linux":
        raise BadConfigError(f"programs run on Linux only, this is {sys.platform}; leave out --execute-code")
    nonce = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True) as box:
        job = {"program": program, "nonce": nonce, "box": box, "namespaces": namespaces}
        job["user"] = FIRST_UNUSED + secrets.randbelow(1 << 24)
        output, lines = _run(python, job | {"limits": limits.model_dump()}, limits, box)
    told: dict[str, Any] = {}
    said: dict[str, Any] = {}  # by the program's process; anything may stand there
    for line in lines:
        (told if line.get("nonce") == nonce else said).update(line)
    if "refused" in told:
        raise BadConfigError(f"{told['refused']}: run as an ordinary user, or let others read that folder")
    return _verdict(told, said, output[: limits.output].decode(errors="replace"))


def _verdict(told: dict[str, Any], said: dict[str, Any], output: str) -> Verdict:
    """What the lines of the report mean.

    Raises:
        BrokenRunError: If the sandbox failed before the program was started.
    """
    how, ended = told.get("isolation"), told.get("exit")
    if how is None:
        raise BrokenRunError(f"the sandbox did not start: {output.strip()[-500:] or 'it said nothing'}")
    if "passed" in told and ended == 0:  # not only a process that it has forked
        return Verdict("passed", "", output, how)
    if ended == -signal.SIGXCPU:
        return Verdict("timed out", "used all its time", output, how)
    if "state" in said:
        detail = str(said.get("detail")).encode(errors="backslashreplace").decode()
        return Verdict("failed" if said["state"] == "failed" else "error", detail, output, how)
    if ended is None:
        return Verdict("error", "ended the process that watched it", output, how)
    if ended < 0:
        return Verdict("error", f"ended by {signal.Signals(-ended).name}", output, how)
    return Verdict("failed", f"ended itself with exit code {ended} before its end", output, how)


def _run(python: str, job: dict[str, Any], limits: Limits, box: str) -> tuple[bytes, list[dict[str, Any]]]:
    """Start the jail, read what the program prints and what the jail reports, and end all of it."""
    read, write = os.pipe()
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    with subprocess.Popen(  # noqa: S603 - our own script
        [python, "-I", "-S", str(JAIL), str(write)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[write],
        env=environment,
        cwd=box,
        start_new_session=True,
    ) as process:
        os.close(write)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(job).encode())
            process.stdin.close()
            output, report = _read(process.stdout.fileno(), read, limits)
        finally:
            os.close(read)
            _kill_group(process.pid)
    return output, [_line(line) for line in report.splitlines()]


def _read(output: int, report: int, limits: Limits) -> tuple[bytes, bytes]:
    """Both streams up to their ends, or to the end of all time; of the output only the beginning."""
    deadline = time.monotonic() + limits.seconds + GRACE
    kept = {output: bytearray(), report: bytearray()}
    with selectors.DefaultSelector() as waiting:
        for stream in kept:
            waiting.register(stream, selectors.EVENT_READ)
        while waiting.get_map() and (left := deadline - time.monotonic()) > 0:
            for key, _ in waiting.select(left):
                block = os.read(key.fd, BLOCK)
                if not block:
                    waiting.unregister(key.fd)
                room = max(limits.output, 1 << 12) - len(kept[key.fd])
                kept[key.fd] += block[: max(room, 0)]
            if output in waiting.get_map() and report not in waiting.get_map():
                deadline = min(deadline, time.monotonic() + 1.0)  # what still holds it has left the group
    return bytes(kept[output]), bytes(kept[report])


def _kill_group(leader: int) -> None:
    """End a process group, if there is anything left of it."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def _line(text: bytes) -> dict[str, Any]:
    """A line of the report; empty if it is none, as the program can write there too."""
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return line if isinstance(line, dict) else {}
