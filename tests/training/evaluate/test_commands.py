"""The command measures, prints, and writes what it measured."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from curation.errors import BadConfigError
from training.evaluate.commands import evaluate

APP = typer.Typer()
APP.command()(evaluate)
FEW = ("--limit", 4, "--max-new-tokens", 8, "--gaps", "single-line")


def run(*arguments: object) -> Any:
    """Run the command; its errors are raised, as the command line's main() expects."""
    return CliRunner().invoke(APP, list(map(str, arguments)), catch_exceptions=False, env={"COLUMNS": "160"})


def test_tables_are_printed_and_a_report_is_written(
    store: Path, ignorant: Path, schooled: Path, tmp_path: Path
) -> None:
    """Two models stand side by side; the report and every completion lie where they were asked for."""
    out = tmp_path / "deep" / "evaluation.json"
    result = run(ignorant, "--tokens", store, "--against", schooled, "--out", out, *FEW)
    assert result.exit_code == 0
    assert "held-out loss" in result.stdout
    assert "second less first" in result.stdout
    report = json.loads(out.read_text())
    assert [model["name"] for model in report["models"]] == [str(ignorant), str(schooled)]
    rows = [json.loads(line) for line in (out.parent / "evaluation.samples.jsonl").read_text().splitlines()]
    assert {row["model"] for row in rows} == {str(ignorant), str(schooled)}
    assert sorted(path.name for path in out.parent.iterdir()) == [
        "evaluation.json",
        "evaluation.samples.jsonl",
    ]


def test_a_configuration_names_the_tokens(store: Path, ignorant: Path, tmp_path: Path) -> None:
    """The configuration of the run is enough, and JSON is for machines."""
    config = tmp_path / "c.yaml"
    values: dict[str, Any] = {
        "output": str(store.parent),
        "model": {"name": str(ignorant)},
        "corpus": {"run": "unused"},
    }
    values["packing"] = {"sequence_length": 64}
    config.write_text(yaml.safe_dump(values))
    told = json.loads(run(ignorant, "--config", config, "--tasks", "loss", "--json", "--limit", 0).stdout)
    assert told["tokens"]["folder"] == str(store)
    assert told["settings"]["limit"] is None
    assert told["settings"]["length"] == 64
    assert "infilling" not in told["models"][0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--tasks loss,infilling need held-out documents"),
        (("--tokens", "a", "--config", "b"), "--tokens and --config both name tokens; give one"),
        (("--tasks", "loss,mood"), "tasks.1: Input should be 'loss'"),
        (("--tokens", "a", "--gaps", "hole"), "gaps.0: Input should be 'single-line'"),
        (("--tokens", "a", "--limit", "-1"), "limit: "),
        (("--tokens", "a", "--samples", "2"), "with temperature 0 would be equal"),
    ],
)
def test_wrong_usage_is_said_before_a_model_is_loaded(arguments: tuple[str, ...], message: str) -> None:
    """A model that is not there is not even looked for."""
    with pytest.raises(BadConfigError, match=message):
        run("no/such-model", *arguments)


def test_help_names_every_option() -> None:
    """Each option says what it is."""
    command = typer.main.get_command(APP)
    assert [one.name for one in command.params if not getattr(one, "help", "")] == []
