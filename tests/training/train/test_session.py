"""Processes find each other and their device, or say what the device lacks."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadConfigError
from training.train import session
from training.train.session import Session, begin, check_precision, device_kind
from training.train.settings import DeviceSettings

ALONE = Session(rank=0, world_size=1, local_rank=0, device_kind="cpu")


def devices(**values: Any) -> DeviceSettings:
    return DeviceSettings.model_validate({"device": "cpu", **values})


@pytest.mark.parametrize("name", ["RANK", "WORLD_SIZE", "LOCAL_RANK"])
def test_one_process_needs_nothing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Without a launcher it is the first and only one, on the CPU if told so."""
    monkeypatch.delenv(name, raising=False)
    begun = begin(devices())
    assert begun == ALONE
    assert begun.main
    begun.barrier()


def test_half_precision_needs_a_gpu() -> None:
    """fp16 on a CPU is refused before anything is loaded."""
    with pytest.raises(BadConfigError, match=r"devices\.precision: fp16 needs a GPU, this run is on CPU"):
        begin(devices(precision="fp16"))


@pytest.mark.parametrize("precision", ["bf16", "fp32"])
def test_a_cpu_has_the_others(precision: str) -> None:
    """Nothing is said."""
    check_precision(devices(precision=precision), "cpu")


def test_an_old_gpu_has_no_bf16(monkeypatch: pytest.MonkeyPatch) -> None:
    """The card is named, and what to take instead; emulation does not count."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: including_emulation)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Tesla V100-SXM2-32GB")
    with pytest.raises(BadConfigError, match=r"Tesla V100-SXM2-32GB has no bf16 .* take fp16 or fp32"):
        check_precision(devices(), "cuda")
    check_precision(devices(precision="fp16"), "cuda")


@pytest.mark.parametrize(
    ("wanted", "there", "kind"), [("auto", True, "cuda"), ("auto", False, "cpu"), ("cpu", True, "cpu")]
)
def test_a_gpu_is_used_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, wanted: str, there: bool, kind: str
) -> None:
    """auto takes it if there is one; cpu never does."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert device_kind(devices(device=wanted)) == kind


def test_alone_the_first_does_it() -> None:
    """What the action gives comes back, and what it raises is raised."""
    assert ALONE.first(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        ALONE.first(lambda: 1 // 0)


def test_a_free_port_is_free() -> None:
    """Two in a row can be listened on."""
    assert 1024 < session._free_port() < 65536


TWO = """
import json
import sys
from pathlib import Path
from curation.errors import ChangedRunError
from training.train.session import begin
from training.train.settings import DeviceSettings

def refuse():
    raise ChangedRunError("another corpus")

here = begin(DeviceSettings(device="cpu"))
again = begin(DeviceSettings(device="cpu"))
told = here.first(lambda: {"rank": here.rank})
here.barrier()
try:
    here.first(refuse)
except ChangedRunError as error:
    end = str(error)
except SystemExit as left:
    end = left.code
values = {"told": told, "main": here.main, "size": here.world_size, "same": again == here, "end": end}
Path(sys.argv[1], f"{here.rank}.json").write_text(json.dumps(values))
"""


@pytest.mark.slow
def test_the_first_does_it_for_all(tmp_path: Path) -> None:
    """Two processes: one makes the result, both have it; if it refuses, the other leaves without a word."""
    program = tmp_path / "two.py"
    program.write_text(TWO, encoding="utf-8")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    ended = subprocess.run(
        [*command, str(program), str(tmp_path)],
        env={"PATH": "", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1))
    both = {"told": {"rank": 0}, "size": 2, "same": True}
    assert first == {**both, "main": True, "end": "another corpus"}
    assert second == {**both, "main": False, "end": 0}
