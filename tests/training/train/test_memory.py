"""When memory runs out, it is said what to do."""

import os

import pytest

from training.errors import OutOfDeviceMemoryError
from training.train.memory import GENERAL, device_memory, enough_memory
from training.train.session import Session

ALONE = Session(rank=0, world_size=1, local_rank=0, device_kind="cpu")


def test_too_little_memory_on_a_cpu_is_understood() -> None:
    """Torch's own error, for more than any machine has."""
    import torch

    with pytest.raises(OutOfDeviceMemoryError) as ended, enough_memory(lambda: "take less"):
        torch.empty(1 << 60)
    message = str(ended.value)
    assert message.startswith("a step does not fit into the device's memory (")
    assert message.endswith("): take less")
    assert "\n" not in message


def test_too_little_memory_on_a_gpu_is_understood() -> None:
    """With general advice where no plan is at hand; torch's first line says how much was wanted."""
    import torch

    with pytest.raises(OutOfDeviceMemoryError) as ended, enough_memory():
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nmore")
    assert str(ended.value) == (
        "a step does not fit into the device's memory (CUDA out of memory. Tried to allocate 2.00 GiB.): "
        f"{GENERAL}"
    )


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), ValueError("x")])
def test_other_errors_stay_what_they_are(error: Exception) -> None:
    """Nothing is taken for a lack of memory that is none."""
    with pytest.raises(type(error)) as ended, enough_memory(lambda: pytest.fail("asked for advice")):
        raise error
    assert ended.value is error


def test_processes_share_the_memory_of_a_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it for one, a half for two on this machine, also if there are more elsewhere."""
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    whole = device_memory(ALONE)
    assert whole == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    assert device_memory(Session(rank=0, world_size=8, local_rank=0, device_kind="cpu")) == whole // 2


def test_a_gpu_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the process' card."""
    from types import SimpleNamespace

    import torch

    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda number: SimpleNamespace(total_memory=80 + number)
    )
    assert device_memory(Session(rank=3, world_size=4, local_rank=3, device_kind="cuda")) == 83
