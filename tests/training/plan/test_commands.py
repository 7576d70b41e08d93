"""`training plan`: what it prints, and what it refuses."""

import json
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from training.cli import app

PRESET = str(Path(__file__).parents[3] / "configs" / "train" / "starcoder2.yaml")


def plan(*arguments: str) -> str:
    """What is printed."""
    result = CliRunner().invoke(app, ["plan", *arguments])
    return f"{result.output}{result.exception or ''}"


def test_a_preset_is_planned() -> None:
    """For one small device: what is needed, and what to change."""
    text = plan(PRESET, "--devices", "1", "--memory-gb", "24", "--sequence-length", "4096")
    assert "of 24.0: does not fit" in text
    assert "To make it fit, one of:" in text
    assert " 4,096 " in text
    assert " 8,192 " not in text


def test_settings_can_be_overridden() -> None:
    """As in every command."""
    text = plan(PRESET, "--set", "lora.enabled=true", "--set", "packing.sequence_length=8192")
    assert "adapters (LoRA): 23,838,720 are trained. 8 devices" in text


def test_machines_get_json() -> None:
    """Of a plan and of the list of shapes."""
    assert json.loads(plan(PRESET, "--json"))["parameters"] == 3_030_371_328
    assert json.loads(plan("--list", "--json"))["starcoder2-7b"]["layers"] == 32


def test_shapes_are_listed_without_a_configuration() -> None:
    """All that were published."""
    text = plan("--list")
    for name in ("starcoderbase", "starcoderbase-1b", "starcoder2-15b"):
        assert name in text


def test_without_a_configuration_it_says_what_it_expects() -> None:
    """And exits with 2, as for every wrong usage."""
    assert "expected a configuration, such as configs/train/lora.yaml, or --list" in plan()


def test_planning_a_published_model_imports_no_torch() -> None:
    """So that it answers soon, also where no torch is installed."""
    code = (
        "import sys; sys.argv[1:] = ['plan', '--list']\n"
        "from training.cli import app\n"
        "app(standalone_mode=False)\n"
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
