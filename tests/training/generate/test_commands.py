"""The command continues, fills, answers files, and says what it cannot do."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from curation.errors import BadConfigError, BadInputError
from curation.sentinels import Family
from training.generate import commands
from training.generate.commands import generate

APP = typer.Typer()
APP.command()(generate)


def run(*arguments: object) -> Any:
    """Run the command; its errors are raised, as the command line's main() expects."""
    return CliRunner().invoke(APP, list(map(str, arguments)), catch_exceptions=False)


@pytest.fixture
def model(lively: dict[Family, Path]) -> Path:
    """A model of StarCoder2."""
    return lively["starcoder2"]


def test_a_prompt_is_continued(model: Path) -> None:
    """The prompt comes back with what follows; what the model takes is told beside."""
    result = run(model, "--prompt", "import os", "--max-new-tokens", 8)
    assert result.exit_code == 0
    assert result.stdout.startswith("import os")
    assert len(result.stdout) > len("import os")
    assert "of weights (float32) on cpu" in result.stderr


def test_a_mark_is_filled(model: Path, tmp_path: Path) -> None:
    """The text after the mark comes after the completion; the same text in two files gives the same."""
    (tmp_path / "f.py").write_bytes(b"def f(x):\r\n<FILL>\r\n    return y\r\n")
    (tmp_path / "before").write_bytes(b"def f(x):\r\n")
    (tmp_path / "after").write_bytes(b"\r\n    return y\r\n")
    one = run(model, "--file", tmp_path / "f.py", "--max-new-tokens", 8)
    two = run(
        model,
        "--prefix-file",
        tmp_path / "before",
        "--suffix-file",
        tmp_path / "after",
        "--max-new-tokens",
        8,
    )
    assert one.stdout_bytes == two.stdout_bytes
    assert one.stdout_bytes.startswith(b"def f(x):\r\n")
    assert one.stdout_bytes.endswith(b"\r\n    return y\r\n")
    assert b"<FILL>" not in one.stdout_bytes


def test_json_has_the_parts(model: Path, tmp_path: Path) -> None:
    """Samples, sizes and losses are there for machines; the seed decides the samples."""
    (tmp_path / "other.py").write_text("x = 1\n" * 100)
    arguments = (
        model, "--prompt", "a<FILL>b", "--json", "--samples", 3, "--temperature", 1, "--seed", 5,
        "--max-new-tokens", 8, "--repository", "o/n", "--path", "p.py", "--context", tmp_path / "other.py",
        "--order", "spm", "--stop", r"\n", "--stop", "zz",
    )  # fmt: skip
    first, second = run(*arguments), run(*arguments)
    told = json.loads(first.stdout)
    assert first.stdout == second.stdout
    assert len({one["text"] for one in told["completions"]}) > 1
    assert all("\n" not in one["text"] for one in told["completions"])
    assert told["lost"] == {"before": 0, "after": 0, "files": 1}
    assert told["footprint_bytes"] > 100_000
    assert "left out: 1 other files" in " ".join(first.stderr.split())


def test_a_file_of_prompts_is_answered_and_continued(model: Path, tmp_path: Path) -> None:
    """Counts are told, also of bad lines and of prompts that were cut; a second start has nothing to do."""
    rows = [
        {"prompt": "a"},
        {"prefix": "long " * 400, "suffix": "", "path": "a.py", "repository": "o/n"},
        {"x": 1},
    ]
    (tmp_path / "in").write_text("".join(json.dumps(row) + "\n" for row in rows))
    arguments = (model, "--batch", tmp_path / "in", "--out", tmp_path / "out", "--max-new-tokens", 4)
    told = " ".join(run(*arguments).stderr.split())
    assert "2 made, 0 were there; 1 prompts were cut" in told
    assert "1 left out: neither `prompt`" in told
    assert "0 made, 2 were there" in " ".join(run(*arguments).stderr.split())
    assert [json.loads(line)["input_line"] for line in (tmp_path / "out").read_text().splitlines()] == [1, 2]


def test_a_stopped_file_gets_the_same_draws(model: Path, tmp_path: Path) -> None:
    """A line's completion does not depend on which lines are made at the same time; its path does count."""
    gap = {"prefix": "def f(x):\n", "suffix": "    return y\n"}
    rows = [gap, gap | {"path": "a.py", "repository": "o/n"}, gap]
    (tmp_path / "in").write_text("".join(json.dumps(row) + "\n" for row in rows))
    out = tmp_path / "out"
    arguments = (model, "--batch", tmp_path / "in", "--out", out, "--max-new-tokens", 8)
    run(*arguments, "--temperature", 1)
    whole = out.read_bytes()
    out.write_bytes(whole[: whole.index(b"\n") + 9])
    run(*arguments, "--temperature", 1)
    assert out.read_bytes() == whole
    out.unlink()
    run(*arguments, "--temperature", 0)
    first, named, third = (json.loads(line)["completion"] for line in out.read_text().splitlines())
    assert first == third
    assert named != first


def test_stops_may_have_line_breaks() -> None:
    """The shell passes a backslash and a letter where a person means a new line."""
    assert commands.newlines(r"\n\tclass ") == "\n\tclass "


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), r"expected one of --prompt, .*; saw 0"),
        (("--prompt", "a", "--file", "b"), "saw 2"),
        (("--prefix-file", "a"), "--prefix-file and --suffix-file belong together"),
        (("--batch", "a"), "--batch and --out belong together"),
        (("--prompt", "a", "--out", "b"), "--batch and --out belong together"),
        (("--prompt", "a", "--samples", "2"), "with temperature 0 would be equal"),
        (("--prompt", "a", "--stop", ""), "an empty text stops at once"),
        (("--prompt", "a", "--temperature", "-1"), "temperature: .* greater than or equal to 0"),
        (("--prompt", "a", "--max-new-tokens", "256"), "expected fewer than the 256 tokens"),
    ],
)
def test_wrong_usage_is_said(model: Path, arguments: tuple[str, ...], message: str) -> None:
    """What was seen and expected is told as an error of the settings."""
    with pytest.raises(BadConfigError, match=message):
        run(model, *arguments)


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_file_that_cannot_be_read_is_said(model: Path, tmp_path: Path, content: bytes | None) -> None:
    """Neither a missing file nor one that is no text is taken for empty."""
    if content is not None:
        (tmp_path / "f").write_bytes(content)
    with pytest.raises(BadInputError, match="expected a readable file in UTF-8"):
        run(model, "--file", tmp_path / "f")


def test_help_names_every_option() -> None:
    """Each option says what it is."""
    command = typer.main.get_command(APP)
    assert [one.name for one in command.params if not getattr(one, "help", "")] == []
