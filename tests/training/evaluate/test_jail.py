"""What the jail does where the kernel refuses namespaces, and where ordinary users may make them.

The machine's own Python stands in where the one of the tests lies in a folder that only root can read.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from training.evaluate import jail, sandbox
from training.evaluate.sandbox import Verdict, run_program
from training.evaluate.settings import Limits

AMPLE = Limits(seconds=60)
SYSTEM = Path("/usr/bin/python3")
READABLE = os.geteuid() != 0 or jail.others_can_read(Path(os.__file__))
PYTHON = sys.executable if READABLE else str(SYSTEM)
needs_python = pytest.mark.skipif(
    not READABLE and not SYSTEM.exists(), reason="no Python that others can read"
)


def hooked(program: str, limits: Limits = AMPLE) -> Verdict:
    """Run a program without namespaces."""
    return run_program(program, limits, namespaces=False, python=PYTHON)


@needs_python
@pytest.mark.parametrize(
    ("program", "state", "detail"),
    [
        ("assert sorted([2, 1]) == [1, 2]", "passed", ""),
        ("open('own', 'w').write('x')\nimport os\nos.mkdir('d')\nos.rename('own', 'd/own')", "passed", ""),
        ("import tempfile\nwith tempfile.TemporaryFile() as f: f.write(b'x')", "passed", ""),
        ("assert False", "failed", "AssertionError"),
        ("import os; os._exit(0)", "failed", "ended itself"),
        ("import socket\nsocket.socket()", "error", "socket.__new__ is not allowed here"),
        ("import subprocess\nsubprocess.run(['true'])", "error", "subprocess.Popen is not allowed here"),
        ("import os\nos.system('true')", "error", "os.system is not allowed here"),
        ("import os\nos.fork()", "error", "os.fork is not allowed here"),
        ("import os\nos.kill(os.getppid(), 9)", "error", "os.kill is not allowed here"),
        ("import os\nos.execv('/bin/true', ['true'])", "error", "os.exec is not allowed here"),
        ("import ctypes\nctypes.CDLL(None)", "error", "ctypes.dlopen is not allowed here"),
        ("open('/tmp/outside-of-the-box', 'w')", "error", "open outside"),
        ("open('../outside', 'w')", "error", "open outside"),
        ("import os\nos.symlink('/tmp', 'l')\nopen('l/outside', 'w')", "error", "os.symlink outside"),
        ("import os\nos.remove('/tmp/x')", "error", "os.remove outside"),
        ("x = bytearray(1 << 33)", "error", "MemoryError"),
        ("open('big', 'wb').write(bytes(20 << 20))", "error", "File too large"),
    ],
)
def test_the_hook_refuses_what_reaches_outside(program: str, state: str, detail: str) -> None:
    """Ordinary programs pass; sockets, other programs and writing elsewhere are refused."""
    verdict = hooked(program)
    assert (verdict.state, detail in verdict.detail, verdict.isolation) == (state, True, "hook"), verdict


@needs_python
def test_time_is_limited_without_namespaces_too() -> None:
    """Computing and waiting end."""
    short = Limits(seconds=1.0)
    assert [
        hooked(program, short).state for program in ("while True: pass", "import time; time.sleep(99)")
    ] == [
        "timed out",
        "timed out",
    ]


@needs_python
@pytest.mark.parametrize(
    ("line", "broken"),
    [
        ("    if libc.unshare(wanted if user == 0 else wanted | NEW_USER) != 0:", "    if True:"),
        ('        mount("none", Path("/"), None, RECURSIVE | PRIVATE)', "        raise PermissionError"),
        ("    os.chroot(box)", "    raise PermissionError"),
    ],
)
def test_where_namespaces_are_refused_the_hook_stands_in(
    line: str, broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At whatever step the kernel refuses them: the program still runs, held back by the hook."""
    text = Path(jail.__file__).read_text()
    assert text.count(line) == 1
    copy = tmp_path / "jail.py"
    copy.write_text(text.replace(line, broken))
    monkeypatch.setattr(sandbox, "JAIL", copy)
    assert run_program("print('here')", AMPLE, python=PYTHON) == ("passed", "", "here\n", "hook")
    assert "not allowed" in run_program("import socket; socket.socket()", AMPLE, python=PYTHON).detail


@pytest.mark.skipif(READABLE, reason="others can read this Python, or this is no root")
def test_root_without_namespaces_runs_nothing() -> None:
    """A program that would run as root is not run, and the reason is told."""
    with pytest.raises(ValueError, match="programs are not run as root, and no other user can read"):
        run_program("pass", AMPLE, namespaces=False)


@pytest.mark.parametrize(
    ("event", "arguments", "allowed"),
    [
        ("open", ("/etc/passwd", "r", os.O_RDONLY), True),
        ("open", ("/box/x", "w", os.O_WRONLY | os.O_CREAT), True),
        ("open", ("/box/../x", "w", os.O_WRONLY), False),
        ("open", ("/boxes/x", "w", os.O_WRONLY), False),
        ("open", (b"/x", None, os.O_RDWR), False),
        ("open", ("/dev/null", "w", os.O_WRONLY), True),
        ("open", (5, "w", os.O_WRONLY), False),
        ("os.rename", ("/box/a", "/b", -1, -1), False),
        ("os.rename", ("/box/a", "/box/b", -1, -1), True),
        ("os.remove", ("/box/a", -1), True),
        ("os.listdir", ("/",), True),
        ("compile", ("x", "y"), True),
        ("socket.connect", (), False),
        ("os.posix_spawn", (), False),
    ],
)
def test_each_event_is_judged_by_what_it_touches(
    event: str, arguments: tuple[Any, ...], allowed: bool
) -> None:
    """Reading is allowed, writing only inside the folder."""
    hook = jail.refusal("/box")
    if allowed:
        hook(event, arguments)
    else:
        with pytest.raises(PermissionError, match=f"{event}.* not allowed here"):
            hook(event, arguments)


def test_a_file_is_readable_if_all_above_it_is(tmp_path: Path) -> None:
    """One closed folder on the way is enough."""
    file = tmp_path / "open" / "file"
    file.parent.mkdir()
    file.write_text("x")
    file.chmod(0o644)
    file.parent.chmod(0o700)
    assert not jail.others_can_read(file)
    assert jail.others_can_read(Path("/usr"))
    assert jail.others_can_read(SYSTEM.parent)


def test_every_process_has_a_parent() -> None:
    """This one is found with its own."""
    assert (os.getpid(), os.getppid()) in jail.parents()


AS_NOBODY = """
import json, os, subprocess, sys, tempfile
os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
box, (read, write) = tempfile.mkdtemp(), os.pipe()
limits = dict(seconds=60, memory=1 << 30, file_size=1 << 24, processes=8, files=64)
job = dict(program=sys.argv[2], nonce="n", box=box, namespaces=True, user=5, limits=limits)
line = [sys.executable, "-I", "-S", sys.argv[1], str(write)]
how = dict(stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=[write], start_new_session=True)
told = subprocess.run(line, input=json.dumps(job).encode(), **how)
os.close(write); os.rmdir(box)
print(json.dumps([told.stdout.decode(), os.read(read, 9999).decode().splitlines()]))
"""


@pytest.mark.skipif(os.geteuid() != 0 or not SYSTEM.exists(), reason="only root can become another user")
def test_ordinary_users_have_namespaces_too() -> None:
    """Where the kernel lets users make namespaces, a program of theirs is shut off as well as root's."""
    program = (
        "import ctypes, os, socket\n"
        "libc = ctypes.CDLL(None)\n"
        "print(os.getuid(), os.listdir('/tmp'), os.path.exists('/proc/1'), libc.unshare(0x10000000))\n"
        "print(libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None))\n"
        "for attempt in (lambda: socket.create_connection(('127.0.0.1', 9)), lambda: open('/usr/x', 'w')):\n"
        "    try:\n"
        "        attempt()\n"
        "    except OSError as error:\n"
        "        print(error.strerror)\n"
    )
    with tempfile.TemporaryDirectory() as folder:  # not below tmp_path, which other users cannot reach
        shared = Path(folder) / "jail.py"
        shared.write_text(Path(jail.__file__).read_text())
        Path(folder).chmod(0o755)
        shared.chmod(0o644)
        told = subprocess.run(
            [SYSTEM, "-c", AS_NOBODY, shared, program], capture_output=True, text=True, check=True, cwd="/"
        )
    output, lines = json.loads(told.stdout)
    if '"hook"' in lines[0]:
        pytest.skip("this kernel lets no user make namespaces")
    assert [json.loads(line) for line in lines] == [
        {"nonce": "n", "isolation": "namespaces"},
        {"nonce": "n", "passed": True},
        {"nonce": "n", "exit": 0},
    ]
    assert output.splitlines() == [
        "65534 [] False -1",
        "-1",
        "Network is unreachable",
        "Read-only file system",
    ]
