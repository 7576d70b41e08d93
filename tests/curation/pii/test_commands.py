"""`curation pii`: what people see, and that it holds no value."""

import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from curation.errors import BadConfigError, BadInputError
from curation.pii.commands import WARNING, app
from curation.pii.scorecard.plant import clean_text
from curation.pii.scorecard.plant_values import make

PASSWORD = make("password", Random(1)).text
EMAIL = make("email", Random(1)).text
TEXT = f'import os\n\npassword = "{PASSWORD}"\n# ask {EMAIL}\nprint(os.sep)\n'


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A folder of a file with two secrets and one without."""
    (tmp_path / "secret.py").write_text(TEXT)
    (tmp_path / "clean.go").write_text(clean_text("Go"))
    return tmp_path


def ran(*arguments: object) -> Result:
    """The command, which must succeed and show no value."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def assert_shows_no_value(text: str) -> None:
    """Neither secret, nor a good part of one."""
    for value in (PASSWORD, EMAIL):
        for part in (value, value[1:], value[:-1], value[2:8]):
            assert part not in text


@pytest.mark.parametrize("arguments", [("scan",), ("evaluate",), ("plant",)])
def test_every_command_has_help_with_an_example(arguments: tuple[str, ...]) -> None:
    """`--help` says what it is for and how it is used."""
    assert "Example" in ran(*arguments, "--help").stdout


def test_help_loads_nothing_heavy() -> None:
    """The commands import only typer until one runs."""
    heavy = (
        "presidio_analyzer",
        "hyperscan",
        "pyarrow",
        "numba",
        "numpy",
        "datatrove",
        "curation.pii.engine",
    )
    code = f"import curation.pii.commands, sys; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_scan_shows_findings_masked(secret: Path) -> None:
    """Line, tag, rule, offsets, replacement, counts; of a folder and of one file."""
    for path, files in ((secret, "2 files"), (secret / "secret.py", "1 files")):
        shown = ran("scan", path).stdout
        assert_shows_no_value(shown)
        assert f'password = "{PASSWORD[0]}•••"' in shown
        assert "-> <PASSWORD>" in shown
        start = TEXT.index(PASSWORD)
        assert f"characters {start}-{start + len(PASSWORD)}" in shown
        assert f"# ask {EMAIL[0]}•••" in shown
        assert files in shown
        assert "2 findings in 1 files" in shown
        assert "clean.go" not in shown


def test_scan_diff_shows_what_redaction_changes(secret: Path) -> None:
    """The value masked before, the replacement after, equal lines around."""
    shown = ran("scan", secret / "secret.py", "--diff").stdout
    assert_shows_no_value(shown)
    assert f'3 - password = "{PASSWORD[0]}•••"' in shown
    assert '+ password = "<PASSWORD>"' in shown
    assert "# ask <EMAIL>" in shown
    assert "1   import os" in shown


def test_scan_json_is_for_machines(secret: Path) -> None:
    """Only files with findings; no value and no line of a file; nothing else on stdout."""
    result = ran("scan", secret, "--json")
    assert_shows_no_value(result.stdout)
    (found,) = json.loads(result.stdout)["files"]
    assert (found["path"], found["language"]) == ("secret.py", "Python")
    assert {one["tag"] for one in found["findings"]} == {"PASSWORD", "EMAIL"}


def test_values_are_shown_only_when_asked_for_and_with_a_warning(secret: Path) -> None:
    """The warning goes to stderr."""
    result = ran("scan", secret, "--show-values")
    assert PASSWORD in result.stdout
    assert WARNING in result.stderr


def test_scan_shows_the_replacements_of_a_profile(secret: Path) -> None:
    """typed-fake makes up values instead of tags."""
    shown = ran("scan", secret, "--profile", "typed-fake").stdout
    assert_shows_no_value(shown)
    assert "<PASSWORD>" not in shown
    assert "@example.com" in shown


def test_scan_takes_a_language_by_any_name(secret: Path) -> None:
    """And refuses one that it does not know."""
    found = json.loads(ran("scan", secret / "secret.py", "--language", "py", "--json").stdout)
    assert found["files"][0]["language"] == "Python"
    with pytest.raises(BadConfigError, match="--language Pyton: unknown; did you mean Python"):
        ran("scan", secret, "--language", "Pyton")
    with pytest.raises(BadInputError, match="no such file or folder"):
        ran("scan", secret / "none")


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """A password and an address with labels, a miss, and a false alarm."""
    rows: list[dict[str, Any]] = [
        {"text": TEXT, "lang": "python", "source": "a/b#one", "tier": "core"},
        {"text": f"see {EMAIL}", "source": "a/b#two", "tier": "core", "spans": []},
        {"text": "see zyx wvu", "source": "a/b#three", "spans": [{"start": 4, "end": 11, "tag": "PERSON"}]},
    ]
    places = ((PASSWORD, "PASSWORD"), (EMAIL, "EMAIL_ADDRESS"))
    rows[0]["spans"] = [
        {"start": TEXT.index(value), "end": TEXT.index(value) + len(value), "tag": tag}
        for value, tag in places
    ]
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_evaluate_prints_a_scorecard(labelled: Path) -> None:
    """Shares with intervals, false alarms, the check outside spans."""
    shown = ran("evaluate", labelled).stdout
    assert_shows_no_value(shown)
    assert "3 texts, 1 of them hold nothing" in shown
    assert "100.0% [20.7%, 100.0%]" in shown
    assert "(1 of 1)" in shown
    assert "texts changed outside labels and findings: 0" in shown


def test_evaluate_by_causes_and_families(labelled: Path) -> None:
    """Shapes only; also as JSON."""
    shown = ran("evaluate", labelled, "--misses", "--cross-validate", "--by", "source").stdout
    assert_shows_no_value(shown)
    assert "misses by cause" in shown
    assert "⟦aaa aaa⟧" in shown
    assert "clean text" in shown
    assert "families that nobody looked at" in shown
    result = ran("evaluate", labelled, "--misses", "--cross-validate", "--json")
    assert_shows_no_value(result.stdout)
    found = json.loads(result.stdout)
    assert found["changed_outside"] == 0
    assert {one["what"] for one in found["causes"]} == {"missed", "alarm"}
    assert {one["group"] for one in found["families"]} == {"EMAIL", "KEY+PASSWORD", "NAME"}


def test_evaluate_reads_one_tier(labelled: Path) -> None:
    """And says which there are."""
    assert "2 texts" in ran("evaluate", labelled, "--tier", "core").stdout
    with pytest.raises(BadInputError, match="the tiers are"):
        ran("evaluate", labelled, "--tier", "none")


def test_plant_writes_what_evaluate_reads(secret: Path) -> None:
    """Into the clean file only; what is planted is found again for the most part."""
    out = secret / "planted.jsonl"
    shown = ran("plant", secret, out, "--documents", "30", "--secrets", "2").stdout
    assert "30 texts; next: curation pii evaluate" in shown
    found = json.loads(ran("evaluate", out, "--json").stdout)
    rows = {row["group"]: row for row in found["rows"]}
    assert rows["KEY+PASSWORD"]["recall"]["share"] > 0.7
    assert rows["EMAIL"]["recall"]["share"] == 1.0
    assert found["changed_outside"] == 0
