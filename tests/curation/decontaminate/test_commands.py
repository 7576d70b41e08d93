"""`curation decontaminate`: what people see."""

import json
from pathlib import Path

import pytest
from decontaminate_twin import SOLUTION
from typer.testing import CliRunner, Result

from curation.decontaminate.commands import app
from curation.errors import BadConfigError


def ran(*arguments: object) -> Result:
    """The command, which must succeed."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A benchmark, and a folder with one file that holds an item of it and one that does not."""
    row = {"name": "lake", "answer": SOLUTION.text}
    (tmp_path / "ours.jsonl").write_text(json.dumps(row) + "\n")
    source = tmp_path / "src"
    source.mkdir()
    (source / "bad.py").write_text(f"SECRET = 1\n    {SOLUTION.text}\n")
    (source / "good.py").write_text("x = 1\n")
    return tmp_path


def test_every_command_has_help_with_an_example() -> None:
    """`--help` says what it is for and how it is used."""
    for command in ("scan", "list"):
        assert "Example" in ran(command, "--help").stdout


def test_a_scan_shows_items_and_lines_and_no_text(folder: Path) -> None:
    """Which item, where; nothing else of the file."""
    arguments = (
        "scan",
        folder / "src",
        "--benchmark",
        folder / "ours.jsonl",
        "--code",
        "answer",
        "--id",
        "name",
    )
    text = ran(*arguments).stdout
    assert "bad.py" in text
    assert "good.py" not in text
    assert "contaminated  ours lake answer  exact" in text
    assert "2 files" in text
    assert "1 contaminated, 0 with near misses" in text
    assert "SECRET" not in text
    found = json.loads(ran(*arguments, "--json").stdout)["files"]
    assert [(one["path"], one["hits"][0]["line"]) for one in found] == [("bad.py", 2)]


def test_the_packaged_sample_works_without_any_file(folder: Path) -> None:
    """A preset by its name."""
    text = ran("scan", folder / "src" / "good.py", "--benchmark", "sample").stdout
    assert "0 contaminated" in text
    assert "too common" in text


def test_a_file_without_columns_is_refused(folder: Path) -> None:
    """With what to say."""
    arguments = ["scan", str(folder), "--benchmark", "ours.jsonl"]
    with pytest.raises(BadConfigError, match="which columns"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_presets_are_listed() -> None:
    """For people and for machines."""
    assert "HumanEval" in ran("list").stdout
    assert "gsm8k" in json.loads(ran("list", "--json").stdout)
