"""A run's figures are exact for machines, short for people, and cut where a run goes on."""

import json
from pathlib import Path
from typing import Any

import pytest

from training.train import figures
from training.train.figures import Clock
from training.train.session import Session

ALONE = Session(rank=0, world_size=1, local_rank=0, device_kind="cpu")


class Ids:
    """Stands for a tensor of so many ids."""

    def __init__(self, number: int) -> None:
        self._number = number

    def numel(self) -> int:
        return self._number


def test_a_clock_adds_up() -> None:
    """Waiting, work, tokens and sums of two steps, given as rates and shares."""
    clock = Clock()
    for _ in range(2):
        batches = [{"input_ids": Ids(100)}, {"input_ids": Ids(60)}]
        clock.arrived(
            0.5, batches, lambda batch: {"with_gap": 1, "pieces": 4, "slots": batch["input_ids"].numel()}
        )
        clock.began -= 1.5  # as if the step had taken so long
        clock.ended()
    row = figures.drain(clock, ALONE)
    assert row["tokens_per_second"] == pytest.approx(320 / 4, rel=0.05)
    assert row["data_wait_share"] == pytest.approx(0.25, rel=0.05)
    assert row["step_seconds"] == pytest.approx(2.0, rel=0.05)
    assert row["steps"] == 2
    assert row["fim_share"] == 0.25
    assert "padding_share" not in row


def test_a_clock_begins_anew_with_each_row() -> None:
    """Nothing is counted twice."""
    clock = Clock()
    clock.arrived(1.0, [{"input_ids": Ids(7)}], lambda _: {"padding": 1, "slots": 7})
    clock.ended()
    assert figures.drain(clock, ALONE)["padding_share"] == 1 / 7
    nothing = figures.drain(clock, ALONE)
    assert (nothing["tokens_per_second"], nothing["steps"]) == (0, 0)
    assert "padding_share" not in nothing


def test_shares_need_their_sums() -> None:
    """Of nothing, there is no share; of no pieces, none has a gap."""
    assert figures.shares({}) == {}
    assert figures.shares({"with_gap": 0, "pieces": 0}) == {"fim_share": 0}
    assert figures.shares({"padding": 2, "slots": 8}) == {"padding_share": 0.25}


def test_rows_keep_every_bit(tmp_path: Path) -> None:
    """What is read back is the number itself."""
    for number in (0.1 + 0.2, 7.598776340484619):
        figures.append(tmp_path, {"step": 1, "loss": number, "mfu": None})
        last = (tmp_path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[-1]
        assert json.loads(last) == {"step": 1, "loss": number, "mfu": None}


def test_steps_that_are_done_again_are_forgotten(tmp_path: Path) -> None:
    """Rows after the checkpoint go, and so does one that a kill cut short."""
    for step in range(1, 6):
        figures.append(tmp_path, {"step": step})
    with (tmp_path / "metrics.jsonl").open("a", encoding="utf-8") as out:
        out.write('{"step": 6, "lo')
    figures.cut_after(tmp_path, 3)
    lines = (tmp_path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["step"] for line in lines] == [1, 2, 3]


def test_there_may_be_no_rows_yet(tmp_path: Path) -> None:
    """Nothing is made."""
    figures.cut_after(tmp_path, 0)
    assert list(tmp_path.iterdir()) == []


def test_memory_is_told_in_gib() -> None:
    """This process holds more than some megabytes and less than this machine could."""
    assert 0.01 < figures.memory_peak(ALONE) < 1000


ROW = {
    "step": 1200,
    "loss": 1.23456,
    "learning_rate": 5e-5,
    "grad_norm": 0.5,
    "tokens_per_second": 12345.6,
    "mfu": 0.4567,
    "data_wait_share": 0.002,
}


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (
            ROW,
            "step 1,200/8,500  loss 1.2346  lr 5.00e-05  norm 0.50  12,346 tokens/s  MFU 45.7%  wait 0.2%",
        ),
        ({"step": 3, "evaluation_loss": 2.5}, "step 3/8,500  held-out loss 2.5000"),
        ({"step": 3, "loss": 2.5, "mfu": None}, "step 3/8,500  loss 2.5000"),
        ({"step": 3, "fim_share": 0.49}, "step 3/8,500  FIM 49%"),
    ],
)
def test_a_row_for_people(row: dict[str, Any], line: str) -> None:
    """What is not known is left out."""
    assert figures.line(row, 8500) == line
