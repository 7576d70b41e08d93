"""What asks nobody to do anything is left out, and nothing else."""

import logging
import os
import warnings

import pytest

from training.train import noise


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (
            "Gradient accumulation steps mismatch: GradientAccumulationPlugin has 1, DeepSpeed config has 4.",
            False,
        ),
        ("Something else is wrong", True),
    ],
)
def test_a_known_message_is_dropped(message: str, kept: bool) -> None:
    """By how it begins."""
    record = logging.LogRecord("accelerate.accelerator", logging.WARNING, "", 0, message, None, None)
    assert noise._Harmless().filter(record) is kept


@pytest.mark.parametrize(
    ("message", "kind", "kept"),
    [
        ("`torch.distributed.all_gather_into_tensor` is deprecated. Please use", FutureWarning, False),
        ("OMP_NUM_THREADS/MKL_NUM_THREADS unset, we set it at 2 to improve", UserWarning, False),
        ("`torch.distributed.all_gather_into_tensor` is deprecated. Please use", UserWarning, True),
        ("something is deprecated", FutureWarning, True),
    ],
)
def test_a_known_warning_is_dropped(message: str, kind: type[Warning], kept: bool) -> None:
    """By how it begins and of which kind it is."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        noise.hush()
        warnings.warn(message, kind, stacklevel=1)
    assert bool(caught) is kept


def test_loaders_may_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokenizers do not complain of it; who asks for their threads keeps them."""
    monkeypatch.delenv("TOKENIZERS_PARALLELISM", raising=False)
    with warnings.catch_warnings():
        noise.hush()
    assert os.environ["TOKENIZERS_PARALLELISM"] == "false"
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "true")
    with warnings.catch_warnings():
        noise.hush()
    assert os.environ["TOKENIZERS_PARALLELISM"] == "true"
