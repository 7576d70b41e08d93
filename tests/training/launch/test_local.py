"""Several processes on this machine: ranks, exit codes, output, signals."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from training.launch.local import environment, run_processes

PLACE = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1", "WORLD_SIZE": "2"}
WAITS = """\
import os, pathlib, signal, sys, time
here = pathlib.Path(sys.argv[1]) / os.environ["RANK"]
signal.signal(signal.SIGTERM, lambda *_: (here.with_suffix(".asked").touch(), sys.exit(143)))
here.touch()
time.sleep(60)
"""


def module(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> str:
    """A module that `python -m` finds."""
    (folder / "acted.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return "acted"


def test_every_process_knows_its_rank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As torchrun would tell it, and all meet at one place."""
    name = module(
        tmp_path,
        monkeypatch,
        "import os, sys\n"
        "names = ('RANK', 'LOCAL_RANK', 'WORLD_SIZE', 'MASTER_ADDR', 'MASTER_PORT')\n"
        "told = ' '.join(os.environ[name] for name in names)\n"
        "open(f\"{sys.argv[1]}/{os.environ['RANK']}.txt\", 'w').write(told)\n",
    )
    assert run_processes([str(tmp_path)], 2, name) == 0
    one, two = ((tmp_path / f"{rank}.txt").read_text().split() for rank in (0, 1))
    assert (one[:3], two[:3]) == (["0", "0", "2"], ["1", "1", "2"])
    assert one[3:] == two[3:]
    assert one[3] == "127.0.0.1"


def test_the_first_failure_is_the_result_and_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The second process fails with 3: so does the whole, with what it said; the other is ended."""
    name = module(
        tmp_path,
        monkeypatch,
        "import os, sys, time\n"
        "if os.environ['RANK'] == '0': time.sleep(60)\n"
        "print('no corpus', file=sys.stderr)\n"
        "sys.exit(3)\n",
    )
    assert run_processes([], 2, name) == 3
    assert "rank 1 of 2 failed first; it said:\nno corpus" in capfd.readouterr().err


def test_a_process_that_was_killed_counts_as_in_a_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """128 and the number of the signal."""
    name = module(tmp_path, monkeypatch, "import os; os.kill(os.getpid(), 9)")
    assert run_processes([], 1, name) == 137


def test_a_signal_reaches_every_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is asked to stop and ends as it likes."""
    name = module(tmp_path, monkeypatch, WAITS)
    code = (
        "import sys\n"
        "from training.launch.local import run_processes\n"
        f"sys.exit(run_processes([{str(tmp_path)!r}], 2, {name!r}))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    while not all((tmp_path / rank).exists() for rank in "01"):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 143
    assert all((tmp_path / f"{rank}.asked").exists() for rank in "01")


def test_the_environment_that_is_set_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads are shared out among the processes, unless someone has said how many."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert environment(1, PLACE)["OMP_NUM_THREADS"] == str(max((os.cpu_count() or 1) // 2, 1))
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert environment(1, PLACE)["OMP_NUM_THREADS"] == "7"
