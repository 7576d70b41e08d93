"""The commands parse, call and print."""

import json
from pathlib import Path
from typing import Any

import labelled_texts
import pytest
import typer
import yaml
from typer.testing import CliRunner

from curation.errors import BadConfigError
from training.classify import commands, run
from training.classify.run import Result
from training.classify.settings import ClassifyConfig

EVALUATION = {
    "target": "number",
    "counts": {"held_out": {"texts": 3}},
    "held_out": {
        "mean_absolute_error": 0.25,
        "mean_absolute_error_of_the_mean": 0.5,
        "spearman": 0.125,
        "pearson": None,
    },
}


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(commands.train)
    made.command()(commands.predict)
    return made


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "classify.yaml"
    values = {"output": "out", "model": {"name": "m"}, "data": {"files": ["a.jsonl"]}}
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def replace_run(monkeypatch: pytest.MonkeyPatch, result: Result) -> list[ClassifyConfig]:
    seen: list[ClassifyConfig] = []

    def train(settings: ClassifyConfig, *, show: Any) -> Result:
        show("a line on the way")
        seen.append(settings)
        return result

    monkeypatch.setattr(run, "train", train)
    return seen


def test_training_prints_a_table_of_what_was_measured(
    app: typer.Typer, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the settings of the file and of the command line."""
    seen = replace_run(monkeypatch, Result(EVALUATION))
    result = CliRunner().invoke(app, ["train", str(config), "--set", "optimiser.steps=7"])
    assert result.exit_code == 0, result.output
    assert "a line on the way" in result.stdout
    assert "0.1250" in result.stdout
    assert seen[0].optimiser.steps == 7


def test_json_stands_alone_on_stdout(app: typer.Typer, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines on the way go to stderr."""
    replace_run(monkeypatch, Result(EVALUATION))
    result = CliRunner().invoke(app, ["train", str(config), "--json"])
    assert json.loads(result.stdout) == EVALUATION
    assert "a line on the way" in result.stderr


def test_a_run_that_a_signal_stopped_ends_as_such(
    app: typer.Typer, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """128 and the signal's number, as shells say it; nothing is measured."""
    replace_run(monkeypatch, Result({}, 15))
    result = CliRunner().invoke(app, ["train", str(config)])
    assert result.exit_code == 143
    assert "Spearman" not in result.stdout


def test_a_wrong_setting_is_refused_before_anything_is_loaded(
    app: typer.Typer, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names it."""
    seen = replace_run(monkeypatch, Result(EVALUATION))
    result = CliRunner().invoke(app, ["train", str(config), "--set", "head.task=both"])
    assert isinstance(result.exception, BadConfigError)
    assert "head.task" in str(result.exception)
    assert not seen


@pytest.mark.slow
def test_prediction_writes_a_row_for_each_text(app: typer.Typer, heads: Path, tmp_path: Path) -> None:
    """With a label and how sure it is."""
    texts = labelled_texts.write(tmp_path / "new.jsonl", labelled_texts.rows(8, seed=9))
    out = tmp_path / "out.jsonl"
    arguments = [str(heads / "classes" / "final"), "--data", str(texts), "--out", str(out), "--device", "cpu"]
    result = CliRunner().invoke(app, ["predict", *arguments])
    assert result.exit_code == 0, result.output
    assert "8 texts answered" in result.stdout
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert sum(row["label"] == row["known_label"] for row in rows) >= 6
    assert all(0.5 <= row["score"] <= 1 for row in rows)
