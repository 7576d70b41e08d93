"""The plan for people and for machines."""

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from training.config import check
from training.plan.advice import advice
from training.plan.make import make_plan
from training.plan.memory import Setup, predict
from training.plan.steps import Speed, Tokens
from training.plan.table import Plan, lengths_of, matrix, published, shapes_table, show
from training.plan.zero import zero_default

THREE = published()["starcoder2-3b"]
SETUP = Setup(THREE, 8192, devices=8, zero=zero_default(2, THREE.hidden))


def plan(memory: float = 80e9, **changes: Any) -> Plan:
    """Of the 3B shape on eight devices."""
    base: dict[str, Any] = {
        "output": "runs/none/out",
        "model": {"shape": "starcoder2-3b"},
        "corpus": {"run": "runs/none"},
        "devices": {"deepspeed": "configs/deepspeed/zero2.json"},
    }
    return make_plan(check({**base, **changes}, "test"), 8, int(memory), (), Speed(989.0, 0.4))


def shown(what: Any) -> str:
    """As a terminal would show it."""
    console = Console(file=io.StringIO(), width=120)
    console.print(what, soft_wrap=True)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_every_possible_way_is_compared() -> None:
    """Four kinds of training, ZeRO where it is possible, the host's memory for all weights only."""
    found = [(row.method, row.stage, row.on_host) for row in matrix(SETUP, [8192])]
    split = [(None, False), (1, False), (2, False), (3, False)]
    assert found == [
        *(("full", *way) for way in [*split, (2, True), (3, True)]),
        *(("lora", *way) for way in split),
        ("8bit", None, False),
        ("qlora", None, False),
    ]


def test_on_one_device_only_the_run_s_own_stage_is_shown() -> None:
    """Nothing can be split there."""
    found = [row.stage for row in matrix(replace(SETUP, devices=1), [64]) if row.method == "lora"]
    assert found == [None, 2]


def test_the_run_s_own_memory_is_a_cell_of_the_table() -> None:
    """In its row, under its length."""
    row = next(row for row in matrix(SETUP, [4096, 8192]) if row.name == "all weights, ZeRO-2")
    assert row.cells[1] == predict(SETUP)


@pytest.mark.parametrize(("wanted", "found"), [((), (2048, 3000, 4096, 8192, 16384)), ((100, 50), (50, 100))])
def test_lengths_are_usual_ones_and_its_own_unless_some_are_asked_for(
    wanted: tuple[int, ...], found: tuple[int, ...]
) -> None:
    """Up to what the model takes."""
    assert lengths_of(replace(SETUP, length=3000), wanted) == found
    assert 16384 not in lengths_of(replace(SETUP, sizes=replace(THREE, positions=8192)), ())


def test_it_says_what_is_needed_and_what_fits() -> None:
    """Parts, the table, steps, time, disk; no advice where it fits."""
    text = shown(show(plan()))
    for part in (
        "3.03G parameters, all weights: 3,030,371,328 are trained. 8 devices, ZeRO-2, bf16",
        "in the forward and backward pass",
        "of 80.0: fits",
        "all weights, no ZeRO",
        "Tokens of the corpus: not known",
        "8,500 steps, 35,651,584,000 tokens.",
        "if a device reaches 40% of 989 TFLOP/s (counting what is computed twice).",
        "A checkpoint takes 48.5 GB",
    ):
        assert part in text
    assert "To make it fit" not in text


def test_it_says_what_to_change_where_it_does_not_fit() -> None:
    """Changes on top of each other, then one of several; x marks what does not fit."""
    text = shown(show(plan(memory=24e9, optimiser={"steps": 8500, "micro_batch": 2})))
    assert "does not fit" in text
    assert "x │" in text
    for part in ("the cheapest first", "set optimiser.micro_batch to 1: the batch stays the same: 2"):
        assert part in text
    assert "Nothing that is known here makes it fit" in shown(show(plan(memory=1e9)))


def test_it_says_where_the_tokens_are_from_and_what_the_host_needs() -> None:
    """If they are known; and if states are there."""
    found = replace(
        plan(devices={"deepspeed": "configs/deepspeed/zero3-offload.json"}), tokens=Tokens(5, "here")
    )
    text = shown(show(found))
    assert "Tokens of an epoch: 5 (here)." in text
    assert "memory of the host, for each device" in text


def test_machines_get_bytes() -> None:
    """The same as people, and every cell of the table."""
    found = plan(memory=24e9)
    values = json.loads(json.dumps(found.as_json()))
    assert values["memory"]["peak"] == found.found.peak
    assert values["memory"]["fits"] == found.fits
    assert values["steps"] == 8500
    assert len(values["table"]) == len(found.rows)
    cell = values["table"][0]["lengths"][0]
    assert cell == {"sequence_length": 2048, "needed": found.rows[0].cells[0].needed, "fits": False}
    assert [one["text"] for one in values["choices"]] == [one.text for one in found.advice.choices]
    assert found.advice == advice(found.setup, found.memory)


def test_published_shapes_are_listed() -> None:
    """By name."""
    assert "starcoder2-15b" in shown(shapes_table())
    assert published()["starcoder2-15b"].parameters == 15_957_889_024
