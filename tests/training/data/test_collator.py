"""Windows become batches."""

import pickle
from typing import Any

import numpy as np
import pytest

from training.data.collator import Collator
from training.data.windows import Sample
from training.model.settings import Attention

FIRST: Sample = {
    "input_ids": np.array([10, 11, 12, 13, 14, 0]),
    "position_ids": np.array([0, 1, 0, 1, 2, 0]),
    "labels": np.array([-100, 11, -100, 13, 14, -100]),
}
"""Segments of two and three tokens, and padding."""
SECOND: Sample = {
    "input_ids": np.array([20, 21, 22, 23, 24, 25]),
    "position_ids": np.array([0, 1, 2, 3, 4, 5]),
    "labels": np.array([-100, 21, 22, 23, 24, 25]),
}


def plain(batch: dict[str, Any]) -> dict[str, Any]:
    """Tensors as lists."""
    return {name: value.tolist() if hasattr(value, "tolist") else value for name, value in batch.items()}


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_rows_stand_below_each_other(attention: Attention) -> None:
    """A batch is three tensors of int64, a row for each window, and never an attention mask."""
    import torch

    batch = Collator(isolate=True, attention=attention)([FIRST, SECOND])
    assert list(batch) == ["input_ids", "position_ids", "labels"]
    assert all(tensor.dtype == torch.int64 for tensor in batch.values())
    assert plain(batch) == {
        name: [FIRST[name].tolist(), SECOND[name].tolist()]
        for name in ("input_ids", "position_ids", "labels")
    }


def test_for_flash_attention_there_is_one_row() -> None:
    """Windows stand in one row, and beside it where each document, padding among them, begins and ends."""
    import torch

    batch = Collator(isolate=True, attention="flash_attention_2")([FIRST, SECOND])
    assert "attention_mask" not in batch
    assert batch["cu_seq_lens_q"].dtype == batch["cu_seq_lens_k"].dtype == torch.int32
    assert plain(batch) == {
        "input_ids": [[*FIRST["input_ids"].tolist(), *SECOND["input_ids"].tolist()]],
        "position_ids": [[0, 1, 0, 1, 2, 0, 0, 1, 2, 3, 4, 5]],
        "labels": [[*FIRST["labels"].tolist(), *SECOND["labels"].tolist()]],
        "cu_seq_lens_q": [0, 2, 5, 6, 12],
        "cu_seq_lens_k": [0, 2, 5, 6, 12],
        "max_length_q": 6,
        "max_length_k": 6,
    }


def test_without_isolation_windows_are_attended_whole() -> None:
    """For flash attention, windows that are not isolated inside are still kept apart from each other."""
    samples: list[Sample] = [
        {**sample, "position_ids": np.arange(6), "labels": sample["input_ids"].copy()}
        for sample in (FIRST, SECOND)
    ]
    batch = plain(Collator(isolate=False, attention="flash_attention_2")(samples))
    assert batch["cu_seq_lens_q"] == [0, 6, 12]
    assert batch["position_ids"] == [[*range(6), *range(6)]]
    assert batch["labels"] == [[-100, 11, 12, 13, 14, 0, -100, 21, 22, 23, 24, 25]]
    assert samples[1]["labels"][0] == 20, "the sample itself stays"
    batch = plain(Collator(isolate=False, attention="flash_attention_2")([FIRST, SECOND]))
    assert batch["cu_seq_lens_q"] == [0, 6, 12], "whatever the positions"


def test_it_can_be_sent_to_other_processes() -> None:
    """A loader's worker may make the batches."""
    collator = Collator(isolate=True, attention="sdpa")
    restored = pickle.loads(pickle.dumps(collator))  # noqa: S301  # our own bytes
    assert plain(restored([FIRST])) == plain(collator([FIRST]))
