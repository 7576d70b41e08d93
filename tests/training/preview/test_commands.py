"""The command shows windows at the terminal, on a page, or as JSON, and uses no device."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner

from training.config import TrainConfig
from training.preview import commands

ROOT = Path(__file__).parents[3]


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(commands.preview)
    return made


@pytest.fixture
def file(config: TrainConfig, tmp_path: Path) -> str:
    path = tmp_path / "run.yaml"
    path.write_text(yaml.safe_dump(config.model_dump(mode="json")), encoding="utf-8")
    return str(path)


def test_windows_are_printed(app: typer.Typer, file: str) -> None:
    """As many as asked for, from where it is asked."""
    result = CliRunner().invoke(app, [file, "--samples", "2", "--first", "3"])
    assert result.exit_code == 0, result.output
    assert "windows in an epoch" in result.stdout
    assert [f"\nwindow {number}" in result.stdout for number in range(6)] == [False] * 3 + [True] * 2 + [
        False
    ]
    assert "There are no token files yet" in " ".join(result.stdout.split())


def test_a_page_is_written_in_the_place_of_windows(app: typer.Typer, file: str, tmp_path: Path) -> None:
    """With the model, the tokenizer and the corpus at its top."""
    out = tmp_path / "preview.html"
    result = CliRunner().invoke(app, [file, "--html", str(out), "--samples", "1", "--tokens", "0"])
    assert result.exit_code == 0, result.output
    assert f"wrote {out}" in result.stdout.replace("\n", "")
    assert "window 0" not in result.stdout
    page = out.read_text(encoding="utf-8")
    assert "made by model.shape" in page
    assert "tokens left out" not in page


def test_settings_can_be_tried(app: typer.Typer, file: str) -> None:
    """Gaps in every piece, all in one order, in shorter windows."""
    changes = ["fim.rate=1", "fim.spm_rate=0", "packing.sequence_length=256", "fim.min_characters=1"]
    sets = [argument for change in changes for argument in ("--set", change)]
    result = CliRunner().invoke(app, [file, "--json", "--samples", "4", *sets])
    values = json.loads(result.stdout)
    assert values["figures"]["sequence_length"] == 256
    assert values["figures"]["spm"] == 0
    assert values["figures"]["psm"] > 0.8
    orders = {segment["order"] for window in values["windows"] for segment in window["segments"]}
    assert orders <= {"psm", "plain"}
    assert all("left_out" not in p for w in values["windows"] for s in w["segments"] for p in s["parts"])


def test_no_torch_is_loaded(file: str) -> None:
    """A preview costs no device and no seconds of imports."""
    program = (
        "import sys; from training.preview.commands import preview; from pathlib import Path\n"
        f"preview(Path({file!r}), samples=1)\n"
        "assert 'torch' not in sys.modules, 'torch was imported'"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
