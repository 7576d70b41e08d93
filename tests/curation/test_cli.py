"""The command line: help at once, messages and exit codes that say what to do."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import Command, settings

COMMANDS = (
    *("", "run", "plan", "status", "report", "explain", "verify"),
    *(
        "config show",
        "config validate",
        "config schema",
        "filters list",
        "dedup plan",
        "dedup audit",
        "pii scan",
        "pii evaluate",
        "pii plant",
        "dedup compare",
    ),
)
HEAVY = (
    "torch",
    "datasets",
    "presidio_analyzer",
    "ray",
    "pandas",
    "matplotlib",
    "pyarrow",
    "numba",
    "hyperscan",
    "datatrove",
)


@pytest.mark.parametrize(
    "arguments",
    [line.split() for line in COMMANDS],
)
def test_every_command_has_help_with_an_example(command: Command, arguments: list[str]) -> None:
    """`--help` names the command's purpose and shows how it is used."""
    result = command(*arguments, "--help")
    assert result.returncode == 0
    assert "Usage:" in result.stdout
    assert "Exit codes" in result.stdout if not arguments else "Example" in result.stdout


def test_help_loads_nothing_heavy() -> None:
    """The command line imports only typer and the errors until a command runs."""
    code = f"import curation.cli, sys; print([name for name in {HEAVY} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_package_loads_no_model_or_training_library() -> None:
    """Importing any module of the pipeline needs no torch, presidio, datasets or ray."""
    banned = HEAVY[:4]
    code = f"import curation.pipeline, curation.run, sys; print([n for n in {banned} if n in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "missing.yaml"], 2, "expected a readable YAML file"),
        (["status", "nowhere"], 3, "expected the folder of a run"),
        (["explain", "nowhere", "x"], 3, "expected the folder of a run"),
        (["verify", "nowhere"], 3, "expected the folder of a run"),
        (["report", "nowhere"], 3, "expected the folder of a run"),
        (["dedup", "plan", "--profile", "sc_1"], 2, "did you mean 'sc1'"),
        (["dedup", "audit", "nowhere"], 3, "expected the folder of a run"),
        (["dedup", "compare", "nowhere", "nowhere"], 3, "expected the folder of a run"),
        (["dedup", "audit", "nowhere", "--sample", "0"], 2, "Invalid value for '--sample'"),
        (["filters", "list", "--profile", "sc9"], 2, "there is no profile 'sc9'"),
        (["frobnicate"], 2, "No such command"),
    ],
)
def test_mistakes_have_a_message_and_their_exit_code(
    command: Command, arguments: list[str], code: int, message: str
) -> None:
    """No traceback for a user's mistake."""
    result = command(*arguments)
    assert (result.returncode, "Traceback" in result.stderr) == (code, False), result.stderr
    assert message in result.stderr


def test_plan_predicts_and_writes_nothing(corpus: Path, command: Command, tmp_path: Path) -> None:
    """Time, memory, disk, survival, every block in order; the output folder is not made."""
    config = command.configure("config", settings(corpus, tmp_path / "run"))
    result = command("plan", config, "--sample-seconds", "2", "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["units"] > 5
    assert 0 < found["survival"] < 1
    assert found["seconds"] > 0
    assert [name for name, _ in found["blocks"]] == [
        *("clean", "deduplicate", "sign", "match", "estimate", "shingle", "compare", "cluster", "finish")
    ]
    assert found["blocks"][0][1][1:8] == [
        "language",
        "licence",
        "signals",
        "optout",
        "language",
        "licence",
        "filters",
    ]
    assert not (tmp_path / "run").exists()
    shown = command("plan", config, "--sample-seconds", "1").stdout
    assert "survival" in shown
    assert "deduplicate" in shown


def test_status_counts_the_tasks_of_each_pass(finished: Path, command: Command) -> None:
    """A complete run has all its tasks done and the counts of its manifest."""
    found = json.loads(command("status", finished, "--json").stdout)
    assert found["state"] == "complete"
    manifest = json.loads((finished / "manifest.json").read_bytes())
    assert found["passes"].keys() > manifest["passes"].keys()
    for name, progress in found["passes"].items():
        assert progress["done"] == progress["tasks"] > 0
        assert progress["kept"] == manifest["passes"].get(name, {"kept": 0})["kept"]
    assert "complete" in command("status", finished).stdout


def test_explain_shows_every_decision_and_bound(finished: Path, command: Command) -> None:
    """By repository/path, by document id and by SWHID: the same document, with values and thresholds."""
    (found,) = json.loads(command("explain", finished, "trouble/box/long_line.py", "--json").stdout)
    assert found["decisions"][-1]["reason"] == "max_line_length"
    failed = [bound for bound in found["bounds"] if not bound["passed"]]
    assert "max_line_length" in {bound["reason"] for bound in failed}
    assert all(bound["value"] > bound["threshold"] for bound in failed if bound["drops_if"] == "above")
    for name in (found["id"], found["content_id"]):
        assert json.loads(command("explain", finished, name, "--json").stdout) == [found]
    assert "max_line_length" in command("explain", finished, found["id"]).stdout


def test_explain_names_files_that_could_not_be_read(finished: Path, command: Command) -> None:
    """A binary file has no signals, but it has its row."""
    (found,) = json.loads(command("explain", finished, "nul.py", "--json").stdout)
    assert [(d["stage"], d["reason"]) for d in found["decisions"]] == [("read", "binary")]
    result = command("explain", finished, "no/such/file.py")
    assert result.returncode == 3
    assert "no document 'no/such/file.py' was read" in result.stderr


def test_verify_passes_a_good_run_and_names_each_damage(
    finished: Path, command: Command, tmp_path: Path
) -> None:
    """Exit code 0 or 1, one line per problem."""
    assert command("verify", finished).returncode == 0
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    shard = min((run / "data/python").glob("*.parquet"))
    shutil.copyfile(shard, shard.with_name("python-99999-of-99999.parquet"))
    ledger = min((run / "clean").glob("*/ledger.parquet"))
    ledger.unlink()
    shard.write_bytes(shard.read_bytes()[:-1])
    result = command("verify", run)
    assert result.returncode == 1
    for message in (
        "python-99999-of-99999.parquet: lies in data/ but the manifest does not list it",
        f"{ledger}: missing",
        f"{shard}: SHA-256 differs from the manifest",
    ):
        assert message in result.stderr


def test_config_commands(corpus: Path, command: Command, tmp_path: Path) -> None:
    """Show resolves, validate plans without reading, schema is JSON schema."""
    config = command.configure("config", settings(corpus, tmp_path / "run"))
    shown = json.loads(command("config", "show", config, "--set", "workers=3").stdout)
    assert (shown["workers"], shown["filters"]["profile"]) == (3, "sc2-paper")
    assert "valid;" in command("config", "validate", config).stdout
    assert not (tmp_path / "run").exists()
    assert json.loads(command("config", "schema").stdout)["title"] == "Config"
    result = command("config", "validate", config, "--set", "sources.0=1")
    assert result.returncode == 2


def test_filters_list_shows_reason_and_threshold(command: Command) -> None:
    """Every rule of a profile, for people and for machines."""
    rows = json.loads(command("filters", "list", "--profile", "sc2-paper", "--json").stdout)
    by_reason = {row["reason"]: row for row in rows}
    assert by_reason["max_line_length"]["default"] == 1000.0
    assert "max_line_length" in command("filters", "list").stdout


def test_dedup_plan_says_what_is_found_and_what_it_costs(command: Command) -> None:
    """The S-curve, and for each pass tasks, disk, memory and hours; the same as JSON."""
    shown = command("dedup", "plan", "--documents", "1000000000", "--terabytes", "9").stdout
    assert "36 bands of 7 values" in shown
    assert "0.70: 95.6%" in shown
    assert all(name in shown for name in ("sign", "match", "estimate", "shingle", "compare", "cluster"))
    found = json.loads(command("dedup", "plan", "--profile", "sc2", "--json").stdout)
    assert (found["bands"], found["rows"], found["documents"]) == (25, 10, 1_000_000)


def test_dedup_audit_prints_and_writes(finished: Path, command: Command, tmp_path: Path) -> None:
    """For people, for machines, and as a page; exit code 0, as nothing was dropped below the threshold."""
    result = command("dedup", "audit", finished, "--sample", "20", "--json", "--out", tmp_path / "a.html")
    assert (result.returncode, result.stderr) == (0, f"wrote {tmp_path / 'a.html'}\n")
    found = json.loads(result.stdout)
    counts = json.loads((finished / "manifest.json").read_bytes())["passes"]
    assert found["counts"]["read"] == counts["deduplicate"]["kept"]
    assert found["precision"]["offenders"] == []
    assert "Planted near-duplicates" in (tmp_path / "a.html").read_text(encoding="utf-8")
    shown = command("dedup", "audit", finished, "--sample", "20").stdout
    assert "recall: copies of" in shown


def test_dedup_compare_finds_no_difference_in_equal_runs(finished: Path, command: Command) -> None:
    """For people and for machines."""
    found = json.loads(command("dedup", "compare", finished, finished, "--json").stdout)
    assert (found["kept_by_first"], found["kept_by_second"], found["settings"]) == (0, 0, {})
    assert found["labels"]["equal_clusters"] == found["labels"]["first_clusters"]
    assert "kept by both" in command("dedup", "compare", finished, finished).stdout


def test_dedup_audit_fails_when_the_run_dropped_too_much(
    finished: Path, command: Command, tmp_path: Path
) -> None:
    """A run that claims a higher threshold than it used: exit code 1, and the offenders are named."""
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    manifest = json.loads((run / "manifest.json").read_bytes())
    manifest["config"]["dedup"]["near"]["threshold"] = 1.0
    (run / "manifest.json").write_text(json.dumps(manifest))
    result = command("dedup", "audit", run, "--sample", "20")
    assert result.returncode == 1, result.stderr
    assert "dropped below the threshold" in result.stdout
