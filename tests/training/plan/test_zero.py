"""What of DeepSpeed's configuration decides memory."""

import json
from pathlib import Path
from typing import Any

import pytest

from curation.errors import BadConfigError
from training.plan.zero import BUCKET, LIVE, zero_default, zero_of

CONFIGS = Path(__file__).parents[3] / "configs" / "deepspeed"


def written(folder: Path, **zero: Any) -> Path:
    """A configuration with these values of `zero_optimization`."""
    path = folder / "zero.json"
    path.write_text(json.dumps({"zero_optimization": zero}))
    return path


@pytest.mark.parametrize(
    ("name", "stage", "on_host"),
    [("zero2", 2, False), ("zero3", 3, False), ("zero2-offload", 2, True), ("zero3-offload", 3, True)],
)
def test_the_shipped_configurations_are_the_defaults(name: str, stage: int, on_host: bool) -> None:
    """What the table compares is what configs/deepspeed has."""
    assert zero_of(CONFIGS / f"{name}.json", 512) == zero_default(stage, 512, on_host=on_host)


def test_auto_is_the_square_of_the_hidden_size() -> None:
    """As transformers fills it in; weights are prefetched by nine tenths of that."""
    found = zero_default(3, 100)
    assert (found.bucket, found.live) == (10_000, LIVE + 9_000)


def test_where_it_is_silent_deepspeed_s_defaults_hold(tmp_path: Path) -> None:
    """One bucket of 500 million elements, sums in the precision of the gradients."""
    found = zero_of(written(tmp_path, stage=2), 512)
    assert (found.bucket, found.buckets, found.sums, found.optimiser_on_host) == (BUCKET, 1, 2, False)


def test_two_buckets_where_one_is_filled_while_the_other_is_sent(tmp_path: Path) -> None:
    """In stages 1 and 2; stage 3 has one."""
    assert zero_of(written(tmp_path, stage=2, overlap_comm=True), 512).buckets == 2
    assert zero_of(written(tmp_path, stage=3, overlap_comm=True), 512).buckets == 1


def test_what_is_no_configuration_is_refused(tmp_path: Path) -> None:
    """As training itself refuses it."""
    path = tmp_path / "zero.json"
    path.write_text("[]")
    with pytest.raises(BadConfigError, match="expected an object, saw list"):
        zero_of(path, 512)
