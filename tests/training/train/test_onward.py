"""A run goes on from the newest checkpoint that fits, or says why it does not."""

from dataclasses import replace
from pathlib import Path

import pytest

from curation.errors import BadConfigError, ChangedRunError
from training import record
from training.record import Record
from training.train.onward import finished, goes_on_from

RECORD = Record(data={"tokens": "aa"}, config={"seed": 1}, seed=1, zero_stage=2, world_size=2)


def kept(output: Path, *steps: int) -> None:
    """Checkpoints, as a run writes their records."""
    for step in steps:
        folder = output / f"checkpoint-{step}"
        folder.mkdir()
        record.write(folder, replace(RECORD, step=step))


def test_without_checkpoints_a_run_begins(tmp_path: Path) -> None:
    """Also where one that cannot count was left."""
    (tmp_path / "checkpoint-3").mkdir()
    assert goes_on_from(tmp_path, RECORD, steps=8, resume=False) is None


def test_the_newest_is_gone_on_from(tmp_path: Path) -> None:
    """Its steps are counted in, and processes may be others."""
    kept(tmp_path, 3, 10)
    assert goes_on_from(tmp_path, replace(RECORD, world_size=1), steps=10) == tmp_path / "checkpoint-10"
    with pytest.raises(ChangedRunError, match=r"steps: 10 are behind it, 9 are asked for"):
        goes_on_from(tmp_path, RECORD, steps=9)
    with pytest.raises(BadConfigError, match=r"checkpoint-10 is there; remove the folder"):
        goes_on_from(tmp_path, RECORD, steps=10, resume=False)


def test_what_differs_is_named(tmp_path: Path) -> None:
    """A line for each, below the checkpoint's name."""
    kept(tmp_path, 3)
    with pytest.raises(ChangedRunError) as refused:
        goes_on_from(tmp_path, replace(RECORD, data={"tokens": "bb"}, zero_stage=3), steps=8)
    first, *lines, _ = str(refused.value).splitlines()
    assert first == f"{tmp_path}/checkpoint-3 was made by a run that differs:"
    assert [line.split(":")[0] for line in lines] == ["  tokens", "  ZeRO stage of devices.deepspeed"]


def test_a_model_is_finished_when_all_steps_are_behind_it(tmp_path: Path) -> None:
    """One that was asked to do more is not."""
    assert finished(tmp_path, steps=8) is None
    (tmp_path / "final").mkdir()
    assert finished(tmp_path, steps=8) is None
    record.write(tmp_path / "final", replace(RECORD, step=8))
    assert finished(tmp_path, steps=8) == tmp_path / "final"
    assert finished(tmp_path, steps=9) is None
