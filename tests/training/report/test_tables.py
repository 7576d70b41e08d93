"""The figures of a run as tables."""

import json
from pathlib import Path

import pytest

from curation.errors import BadInputError
from training.report.tables import held_out, metrics


def write(run: Path, *rows: dict[str, float]) -> Path:
    """A run that has logged these rows."""
    (run / "metrics.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return run


def test_steps_and_evaluations_are_told_apart(tmp_path: Path) -> None:
    """Both in order of step."""
    run = write(
        tmp_path,
        {"step": 2, "loss": 4.0},
        {"step": 1, "loss": 5.0},
        {"step": 2, "evaluation_loss": 4.5},
    )
    assert metrics(run)["loss"].tolist() == [5.0, 4.0]
    assert held_out(run)[["step", "evaluation_loss"]].to_numpy().tolist() == [[2, 4.5]]


def test_a_step_that_was_done_again_counts_once(tmp_path: Path) -> None:
    """The later row: a run that was resumed repeats what came after its checkpoint."""
    run = write(tmp_path, {"step": 1, "loss": 5.0}, {"step": 1, "loss": 5.5})
    assert metrics(run)["loss"].tolist() == [5.5]


def test_a_run_without_evaluations_has_an_empty_table(tmp_path: Path) -> None:
    """With its columns, so that figures need no special case."""
    table = held_out(write(tmp_path, {"step": 1, "loss": 5.0}))
    assert table.empty
    assert list(table.columns) == ["step", "evaluation_loss"]


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    """With what was expected: no file, and a file without steps."""
    with pytest.raises(BadInputError, match="expected the figures of a training run"):
        metrics(tmp_path)
    with pytest.raises(BadInputError, match="at least one row with loss, saw 1 others"):
        metrics(write(tmp_path, {"step": 1, "evaluation_loss": 5.0}))
