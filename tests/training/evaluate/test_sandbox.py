"""Programs pass only by coming to their end, and can neither harm the machine nor read its secrets.

Where a machine refuses namespaces to its users, those tests that need them are skipped.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest

from curation.errors import BadConfigError, BrokenRunError
from training.evaluate import sandbox
from training.evaluate.sandbox import run_program
from training.evaluate.settings import Limits

AMPLE = Limits(seconds=60)
"""For programs that end by themselves, on a loaded machine too."""
SHORT = Limits(seconds=1.0)
"""For programs that do not."""


@pytest.fixture
def jail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the jail, by whose name its processes are known."""
    copy = tmp_path / "jail-of-this-test.py"
    shutil.copyfile(sandbox.JAIL, copy)
    monkeypatch.setattr(sandbox, "JAIL", copy)
    return copy


@cache
def namespaces() -> bool:
    """Whether this machine gives its users namespaces."""
    return run_program("pass", AMPLE).isolation == "namespaces"


@pytest.mark.parametrize(
    ("program", "state", "detail"),
    [
        ("assert 1 + 1 == 2", "passed", ""),
        ("if __name__ == '__main__':\n    assert True\nelse:\n    raise ValueError", "passed", ""),
        ("def f():\n    return g()\ndef g():\n    return 1\nassert f() == 1", "passed", ""),
        ("assert 1 == 2, 'no'", "failed", "AssertionError: no"),
        ("import sys; sys.exit(0)\nassert False", "failed", "ended itself with exit code 0 before its end"),
        ("import os; os._exit(0)\nassert False", "failed", "ended itself with exit code 0 before its end"),
        ("raise SystemExit", "failed", "ended itself with exit code 0 before its end"),
        ("exit(3)", "error", "NameError: name 'exit' is not defined"),
        ("def f(:", "error", "SyntaxError: invalid syntax"),
        ("x = '\0'", "error", "null bytes"),
        ("1 / 0", "error", "ZeroDivisionError: division by zero"),
        ("import no_such_module", "error", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def f():\n    f()\nf()", "error", "RecursionError"),
        ("assert False, '\\ud800'", "failed", r"AssertionError: \ud800"),
        ("class E(Exception):\n    def __str__(self):\n        1 / 0\nraise E", "error", "E: "),
        ("assert input() == ''", "error", "EOFError"),
    ],
)
def test_only_the_end_is_a_pass(program: str, state: str, detail: str) -> None:
    """Leaving early, with whatever exit code, is a failure; so is every error, told by its last line."""
    verdict = run_program(program, AMPLE)
    assert (verdict.state, detail in verdict.detail) == (state, True), verdict


@pytest.mark.parametrize(
    "program",
    [
        "while True: pass",
        "import time\ntime.sleep(100)",
        (
            "import signal, time\n"
            "for one in set(signal.Signals) - {9, 19}:\n"
            "    signal.signal(one, signal.SIG_IGN)\n"
            "time.sleep(99)\n"
        ),
    ],
)
def test_a_program_that_does_not_end_is_ended(program: str) -> None:
    """Whether it computes or waits, and whatever signals it ignores."""
    assert run_program(program, SHORT)[:2] == ("timed out", "used all its time")


def test_a_fork_bomb_stays_small_and_is_ended(jail: Path) -> None:
    """No more processes than allowed exist at a time, and none is left."""
    if not namespaces():
        pytest.skip("without namespaces programs may not fork at all")
    program = (
        "import os, time\n"
        "made = 0\n"
        "try:\n"
        "    while made < 500:\n"
        "        if os.fork() == 0:\n"
        "            os.setsid()\n"
        "            time.sleep(600)\n"
        "        made += 1\n"
        "except OSError:\n"
        "    print('made', made)\n"
        "time.sleep(0 if made < 8 else 600)\n"
    )
    verdict = run_program(program, AMPLE)
    assert verdict.state == "passed"
    assert 0 < int(verdict.output.split()[1]) < 8
    endless = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"
    assert run_program(endless, SHORT).state == "timed out"
    assert left_over(jail) == []


def left_over(jail: Path) -> list[str]:
    """Processes of a jail that still run, once those that are ending have ended."""
    left: list[str] = []
    for _ in range(200):
        left = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                left += [path.parent.name] if bytes(jail) in path.read_bytes() else []
            except OSError:
                continue  # it has ended
        if not left:
            break
        time.sleep(0.1)
    return left


@pytest.mark.parametrize(
    ("program", "detail"),
    [
        ("x = bytearray(1 << 33)", "MemoryError"),
        ("x = []\nwhile True:\n    x.append(bytearray(1 << 22))", "MemoryError"),
        ("with open('big', 'wb') as f:\n    while True:\n        f.write(bytes(1 << 20))", "File too large"),
        ("held = [open('/dev/null') for _ in range(500)]", "Too many open files"),
    ],
)
def test_what_uses_too_much_fails(program: str, detail: str) -> None:
    """Memory, sizes of files and open files are limited; the program meets an ordinary error."""
    verdict = run_program(program, AMPLE)
    assert verdict.state == "error"
    assert detail in verdict.detail


def test_many_files_fill_the_folder_only() -> None:
    """All files together are limited too, as they are kept in memory."""
    if not namespaces():
        pytest.skip("without namespaces files lie on the disk, each limited alone")
    program = "for number in range(999):\n    open(str(number), 'wb').write(bytes(1 << 20))"
    assert "No space left" in run_program(program, AMPLE).detail


def test_the_environment_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """No token that the user has set can be read, neither from the environment nor from /proc."""
    monkeypatch.setenv("HF_TOKEN", "secret-value")
    program = (
        "import glob, os\n"
        "print(sorted(os.environ))\n"
        "for path in glob.glob('/proc/*/environ'):\n"
        "    try:\n"
        "        print(open(path, 'rb').read())\n"
        "    except OSError:\n"
        "        pass\n"
    )
    verdict = run_program(program, AMPLE)
    assert verdict.state == "passed"
    assert "secret-value" not in verdict.output
    assert "HF_TOKEN" not in verdict.output


def test_the_files_of_the_user_are_not_there(tmp_path: Path) -> None:
    """A file of the user can be neither read nor written, nor Python itself."""
    if not namespaces():
        pytest.skip("without namespaces files can be read")
    (tmp_path / "secret").write_text("secret-value")
    for path in (tmp_path / "secret", Path(__file__), Path.home() / ".bashrc"):
        assert "FileNotFoundError" in run_program(f"print(open({str(path)!r}).read())", AMPLE).detail
    assert run_program("import os\nopen(os.__file__, 'a').write('x')", AMPLE).state == "error"
    assert run_program("open('/usr/x', 'w')", AMPLE).state == "error"
    assert (tmp_path / "secret").read_text() == "secret-value"


def test_the_folder_is_empty_and_its_own() -> None:
    """What one program writes no other sees."""
    program = "import os, tempfile\nassert os.listdir() == []\nopen('x', 'w').write('y')\ntempfile.mkdtemp()"
    assert [run_program(program, AMPLE).state for _ in range(2)] == ["passed", "passed"]


@pytest.mark.parametrize("address", ["('127.0.0.1', 22)", "('192.0.2.1', 80)"])
def test_there_is_no_network(address: str) -> None:
    """Neither this machine nor another can be reached."""
    program = f"import socket\nsocket.create_connection({address}, timeout=1)"
    verdict = run_program(program, AMPLE)
    assert verdict.state == "error"
    assert "unreachable" in verdict.detail or "not allowed" in verdict.detail


@pytest.mark.parametrize("target", ["os.getppid()", "-1", "EVALUATION", "1"])
def test_nothing_outside_can_be_ended(target: str) -> None:
    """Neither what watches the program, nor the evaluation, nor everything: signals reach only its own."""
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    number = target.replace("EVALUATION", str(os.getpid()))
    verdict = run_program(f"import os\nos.kill({number}, 9)\nraise ValueError('after')", AMPLE)
    assert verdict.state == "error"
    assert bystander.poll() is None
    bystander.communicate(b"\n", timeout=60)
    assert bystander.returncode == 0


def test_its_own_end_by_a_signal_is_told() -> None:
    """A program that ends itself so is an error with the name of the signal."""
    if not namespaces():
        pytest.skip("without namespaces programs may not send signals")
    assert run_program("import os\nos.kill(os.getpid(), 9)", AMPLE)[:2] == ("error", "ended by SIGKILL")
    assert run_program("import ctypes\nctypes.string_at(0)", AMPLE)[:2] == ("error", "ended by SIGSEGV")


def test_endless_output_is_cut() -> None:
    """The beginning is kept, the rest thrown away, and the program not stopped by it."""
    verdict = run_program("print('x' * (1 << 22))\nprint('more' * (1 << 20))", AMPLE)
    assert verdict.state == "passed"
    assert verdict.output == "x" * AMPLE.output
    assert run_program("while True: print('x' * 9999)", SHORT).state == "timed out"


def test_no_more_output_is_held_than_kept() -> None:
    """The evaluation's own memory does not grow with what a program prints."""
    read, write = os.pipe()
    quiet, also_quiet = os.pipe()
    os.close(also_quiet)
    with subprocess.Popen([sys.executable, "-c", "print('x' * (1 << 23))"], stdout=write):
        os.close(write)
        output, report = sandbox._read(read, quiet, AMPLE)
    os.close(read)
    os.close(quiet)
    assert (len(output), report) == (AMPLE.output, b"")


def test_a_detached_process_is_ended_too(jail: Path) -> None:
    """What a program leaves running does not outlive it, and does not keep the evaluation waiting."""
    if not namespaces():
        pytest.skip("without namespaces programs may not fork at all")
    program = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(600)\n"
        "    os._exit(0)\n"
        "os.wait()\n"
    )
    assert run_program(program, AMPLE).state == "passed"
    assert left_over(jail) == []


def test_a_pass_of_a_fork_is_none() -> None:
    """What counts is the end of the program itself, not of a copy that came further."""
    if not namespaces():
        pytest.skip("without namespaces programs may not fork at all")
    program = "import os\nif os.fork():\n    os.wait()\n    assert False"
    assert run_program(program, AMPLE)[:2] == ("failed", "AssertionError")


def test_a_report_cannot_be_made_up() -> None:
    """Lines that a program writes where the sandbox listens are no pass, whatever they say."""
    program = (
        "import json, os\n"
        "line = json.dumps({'nonce': '0', 'state': 'passed', 'passed': True, 'exit': 'x', 'refused': 'no'})\n"
        "for number in range(3, 64):\n"
        "    try:\n"
        "        os.write(number, (line + '\\n[1]\\nnot json\\n').encode())\n"
        "    except OSError:\n"
        "        pass\n"
        "os._exit(0)\n"
    )
    assert run_program(program, AMPLE).state in {"failed", "error"}


def test_rights_are_given_up_for_good() -> None:
    """The program is not root, and can make itself no new name space to be root in."""
    if not namespaces():
        pytest.skip("without namespaces no library can be loaded")
    program = (
        "import ctypes, os\n"
        "libc = ctypes.CDLL(None)\n"
        "assert os.getuid() != 0\n"
        "assert libc.unshare(0x10000000) == -1\n"
        "assert libc.chroot(b'/tmp') == -1\n"
        "assert libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None) == -1\n"
    )
    assert run_program(program, AMPLE) == ("passed", "", "", "namespaces")


def test_a_sandbox_that_cannot_start_is_no_verdict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A fault of ours is not counted against the model."""
    broken = tmp_path / "broken.py"
    broken.write_text("import sys\nsys.stdin.read()\nraise ValueError('broken here')")
    monkeypatch.setattr(sandbox, "JAIL", broken)
    with pytest.raises(BrokenRunError, match=r"(?s)the sandbox did not start: .*broken here"):
        run_program("pass", AMPLE)


def test_refusal_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where programs would run as root without being shut off, they are not run."""
    refusing = tmp_path / "refusing.py"
    refusing.write_text(
        "import json, os, sys\n"
        "line = {'nonce': json.load(sys.stdin)['nonce'], 'refused': 'no way'}\n"
        "os.write(int(sys.argv[1]), json.dumps(line).encode())\n"
    )
    monkeypatch.setattr(sandbox, "JAIL", refusing)
    with pytest.raises(BadConfigError, match="no way: run as an ordinary user"):
        run_program("pass", AMPLE)


def test_other_systems_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What shuts programs off here is not there."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(BadConfigError, match="programs run on Linux only, this is darwin"):
        run_program("pass", AMPLE)


def test_an_evaluation_that_is_killed_leaves_nothing_for_long(jail: Path) -> None:
    """What watches a program ends it in time, though nobody waits for its verdict any more."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from training.evaluate import sandbox\n"
        "from training.evaluate.settings import Limits\n"
        "sandbox.JAIL = Path(sys.argv[1])\n"
        "print('ready', flush=True)\n"
        "sandbox.run_program('import time; time.sleep(600)', Limits(seconds=1.5))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(jail)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)
    assert left_over(jail) == []
