"""Heads learn, go on exactly, are refused where they must be, and under ZeRO-3 too."""

import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow
EXACT = ("step", "loss", "grad_norm", "learning_rate")
"""Figures that do not depend on the clock."""


def rows(run: Path) -> list[dict[str, Any]]:
    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [{key: value for key, value in json.loads(line).items() if key in EXACT} for line in lines]


def evaluation(run: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((run / "evaluation.json").read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("name", ["tagger", "classes", "encoder"])
def test_the_loss_falls(heads: Path, name: str) -> None:
    """StarCoder2, StarCoder and an encoder learn, with and without gradient checkpointing."""
    first, *_, last = (row["loss"] for row in rows(heads / name) if "loss" in row)
    assert last < first / 3


@pytest.mark.parametrize(("name", "exact", "overlapping"), [("tagger", 0.6, 0.9), ("encoder", 0.9, 0.95)])
def test_a_tagger_finds_addresses_in_texts_that_it_has_not_seen(
    heads: Path, name: str, exact: float, overlapping: float
) -> None:
    """Nearly all; the encoder, which sees what follows, also knows better where they begin and end."""
    row = evaluation(heads / name)["held_out"]["EMAIL"]
    assert row["labelled"] > 20
    assert row["exact"]["f1"] > exact
    assert row["overlapping"]["f1"] > overlapping


def test_a_class_is_told_better_than_by_always_saying_the_same(heads: Path) -> None:
    """Whether a text holds an address at all."""
    held_out = evaluation(heads / "classes")["held_out"]
    assert held_out["accuracy"] > held_out["accuracy_of_the_most_frequent"] + 0.2


def test_what_goes_on_from_a_checkpoint_is_the_same_to_the_last_bit(heads: Path) -> None:
    """Losses, norms and rates after step 20, the weights and the figures: as in the run without a break."""
    assert rows(heads / "tagger-again") == [row for row in rows(heads / "tagger") if row["step"] > 20]
    weights = [(heads / name / "final/model.safetensors").read_bytes() for name in ("tagger", "tagger-again")]
    assert weights[0] == weights[1]
    assert evaluation(heads / "tagger-again") == evaluation(heads / "tagger")


def test_texts_are_in_one_side_with_all_of_their_file(heads: Path) -> None:
    """Every text counts once, and the held-out ones come four by four, as their files do."""
    counts = evaluation(heads / "tagger")["counts"]
    assert counts["train"]["texts"] + counts["held_out"]["texts"] == 320
    assert counts["held_out"]["texts"] % 4 == 0
    assert counts["train"]["long"] > 0


def test_accumulating_micro_batches_does_not_change_the_loss(heads: Path) -> None:
    """The Trainer would add them up for these models, which do not divide by what all batches hold."""
    whole, halves = (rows(heads / name)[0] for name in ("whole", "halves"))
    assert halves["loss"] == pytest.approx(whole["loss"], rel=0.05)
    assert halves["grad_norm"] == pytest.approx(whole["grad_norm"], rel=0.2)


def test_another_seed_on_a_checkpoint_is_refused(heads: Path) -> None:
    """The message says what differs."""
    refused = (heads / "refused.txt").read_text(encoding="utf-8")
    assert "tagger/checkpoint-40 was made by a run that differs" in refused
    assert "seed: was 1234, is 5" in refused


def test_a_finished_run_is_only_measured(heads: Path) -> None:
    """Asked for again, it trains nothing: the last run of the launch said no step."""
    told = (heads / "told.txt").read_text(encoding="utf-8")
    assert told.count("step 40/40  loss") == 3  # tagger, tagger-again, encoder


def test_the_loss_on_held_out_windows_falls_on_the_way(heads: Path) -> None:
    """It is measured when asked for, and only then."""
    lines = (heads / "encoder" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    losses = [row["evaluation_loss"] for row in map(json.loads, lines) if "evaluation_loss" in row]
    assert len(losses) == 2
    assert losses[1] < losses[0]
    assert "evaluation_loss" not in (heads / "tagger" / "metrics.jsonl").read_text(encoding="utf-8")


def test_under_zero_3_a_score_is_learnt_and_the_whole_head_is_saved(spread: Path) -> None:
    """Two processes in bf16, model and tokenizer made for the run; measured by what was saved."""
    held_out = evaluation(spread / "number")["held_out"]
    assert held_out["spearman"] > 0.3
    assert held_out["mean_absolute_error"] < held_out["mean_absolute_error_of_the_mean"]
    assert {path.name for path in (spread / "number" / "base").iterdir()} >= {"config.json", "tokenizer.json"}
