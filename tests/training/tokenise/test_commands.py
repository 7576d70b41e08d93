"""`training tokenise`, as it is typed."""

import json
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner

from curation.errors import BadInputError
from training.tokenise import commands


@pytest.fixture
def command() -> typer.Typer:
    """The command by itself."""
    app = typer.Typer()
    app.command()(commands.tokenise)
    return app


def write(folder: Path, small: Path, tokenizer: Path) -> str:
    """A configuration file."""
    content = {
        "output": str(folder / "out"),
        "model": {"shape": {}},
        "corpus": {"run": str(small), "held_out": 0.25},
        "tokenizer": {"name": str(tokenizer)},
        "seed": 7,
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(content))
    return str(path)


def test_it_prints_what_there_is(command: typer.Typer, small: Path, tokenizer: Path, tmp_path: Path) -> None:
    """Documents and tokens of both sides, what was dropped and mended, and where it lies."""
    path = write(tmp_path, small, tokenizer)
    result = CliRunner().invoke(command, [path, "--set", "corpus.workers=1"], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    assert "to train on" in result.stdout
    assert "dropped: empty 2 of 90 documents" in result.stdout
    assert "mended: not_utf8 1 of 90 documents" in result.stdout
    assert f"written to {tmp_path / 'out' / 'tokens'}" in result.stdout
    assert "tokenising 2 shards of" in result.stderr
    again = CliRunner().invoke(command, [path, "--json"])
    manifest = json.loads(again.stdout)
    assert manifest["read"] == 90
    assert again.stderr == ""
    assert f"{manifest['totals']['train']['tokens']:,}" in result.stdout


def test_settings_can_be_overridden(
    command: typer.Typer, small: Path, tokenizer: Path, tmp_path: Path
) -> None:
    """Errors are raised, for the command line to print."""
    path = write(tmp_path, small, tokenizer)
    result = CliRunner().invoke(command, [path, "--set", "corpus.folders=[ruby]"])
    assert isinstance(result.exception, BadInputError)
    assert "there are commits, python, rust" in str(result.exception)
