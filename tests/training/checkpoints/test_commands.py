"""The two commands say what they wrote, for people and for machines, and push nothing anywhere."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from curation.errors import BadInputError
from training.checkpoints import commands

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
"""peft asks transformers by the old name."""


@pytest.fixture
def run() -> Callable[..., str]:
    """The commands, as a person gives them; what they print."""
    app = typer.Typer()
    app.command()(commands.merge)
    app.command()(commands.export)

    def invoke(*words: object) -> str:
        result = CliRunner().invoke(app, [str(word) for word in words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    return invoke


@pytest.fixture
def adapter(make_adapter: Callable[..., Path], tmp_path: Path) -> Path:
    return make_adapter(tmp_path / "adapter", "starcoder2")


def test_merge_says_what_it_did(run: Callable[..., str], adapter: Path, models: Path, tmp_path: Path) -> None:
    """How many weights of which base changed, and how large the model is."""
    said = run("merge", adapter, "--out", tmp_path / "out", "--dtype", "bf16")
    base = models / "starcoder2"
    assert said == f"12 weights of {base} changed by the adapter\n0.00 GB as bf16 in {tmp_path / 'out'}\n"


def test_merge_speaks_to_machines(
    run: Callable[..., str], adapter: Path, models: Path, tmp_path: Path
) -> None:
    """The same as one object, and a base that is named is taken."""
    base = models / "starcoder2"
    said = json.loads(run("merge", adapter, "--out", tmp_path / "out", "--base", base, "--json"))
    size = said.pop("bytes")
    assert said == {"out": str(tmp_path / "out"), "base": str(base), "dtype": "fp32", "changed": 12}
    assert 0 < (tmp_path / "out" / "model.safetensors").stat().st_size - size < 10_000


def test_export_says_what_it_did(run: Callable[..., str], models: Path, tmp_path: Path) -> None:
    """What kind, from what, how many weights, how large."""
    said = run("export", models / "starcoder", "--out", tmp_path / "out")
    assert said.startswith("model from weights as they are: 28 weights, 0.00 GB as fp32 in ")
    said = json.loads(run("export", models / "starcoder", "--out", tmp_path / "two", "--json"))
    assert (said["kind"], said["zero_stage"], said["dtype"], said["weights"]) == ("model", 0, "fp32", 28)


@pytest.mark.parametrize("command", ["merge", "export"])
def test_what_cannot_be_read_is_an_error(run: Callable[..., str], tmp_path: Path, command: str) -> None:
    """The error is the package's own, which the command line turns into a message and exit code 3."""
    with pytest.raises(BadInputError, match="expected"):
        run(command, tmp_path / "nothing", "--out", tmp_path / "out")


@pytest.mark.parametrize(("command", "option"), [("merge", "--push-to-hub"), ("export", "--push-to-hub")])
def test_nothing_can_be_pushed(command: str, option: str) -> None:
    """There is no such option."""
    app = typer.Typer()
    app.command()(commands.merge)
    app.command()(commands.export)
    assert CliRunner().invoke(app, [command, "x", "--out", "y", option]).exit_code == 2
