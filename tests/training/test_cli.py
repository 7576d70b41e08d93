"""The `training` command line: help at once, errors as messages with exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest

from training.cli import EXIT_CODES, app

HEAVY = (
    "torch",
    "transformers",
    "deepspeed",
    "peft",
    "datatrove",
    "pandas",
    "matplotlib",
    "presidio_analyzer",
)
CONFIG = "output: {0}/run\nmodel: {{shape: starcoder2-3b}}\ncorpus: {{run: {0}/nothing}}\n"


def training(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command line, as a person starts it."""
    return subprocess.run(
        [sys.executable, "-m", "training", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


def names() -> list[tuple[str, ...]]:
    """Every command."""
    own: list[tuple[str, ...]] = [
        (one.name or one.callback.__name__,) for one in app.registered_commands if one.callback
    ]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        own += [(str(group.name), str(one.name)) for one in group.typer_instance.registered_commands]
    return own


def test_importing_the_command_line_imports_nothing_heavy() -> None:
    """So that --help answers at once."""
    code = f"import training.cli, sys; print([name for name in {HEAVY} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("command", names(), ids=" ".join)
def test_every_command_has_help_with_an_example(command: tuple[str, ...], tmp_path: Path) -> None:
    """What it does, and a line to copy."""
    result = training(*command, "--help", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "Example" in result.stdout
    assert "Raises:" not in result.stdout


def test_the_version_is_printed(tmp_path: Path) -> None:
    """And nothing else."""
    assert training("--version", cwd=tmp_path).stdout.strip() == "0.1.0"


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("output: x\n", 2, "model: this setting is needed"),
        (CONFIG, 3, "nothing"),
    ],
)
def test_errors_become_messages_and_exit_codes(tmp_path: Path, text: str, code: int, message: str) -> None:
    """A wrong setting is 2, an input that is not there 3; no traceback."""
    path = tmp_path / "t.yaml"
    path.write_text(text.format(tmp_path))
    result = training("tokenise", str(path), cwd=tmp_path)
    assert result.returncode == code, result.stderr
    assert result.stderr.startswith("training: ")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_every_kind_of_error_has_an_exit_code() -> None:
    """As the epilog of the help says."""
    assert sorted(EXIT_CODES.values()) == [1, 2, 3, 4]
