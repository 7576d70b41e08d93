"""A run that is not the one asked for is refused, with what has changed; a damaged one is mended."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from support import Command, fingerprints, settings

import curation
from curation.workspace import locked


@pytest.fixture
def again(corpus: Path, finished: Path, tmp_path: Path, command: Command) -> Any:
    """A copy of the corpus and of its finished run, and a function that runs it with changed settings."""
    code, run = tmp_path / "code", tmp_path / "run"
    shutil.copytree(corpus, code)
    first = command("run", command.configure("first", settings(code, run)))
    assert first.returncode == 0, first.stderr

    def rerun(*arguments: str, **changes: Any) -> Any:
        return command("run", command.configure("again", settings(code, run, **changes)), *arguments)

    rerun.code = code  # type: ignore[attr-defined]  # a function with two places to look at
    rerun.run = run  # type: ignore[attr-defined]  # as above
    return rerun


def test_changes_that_decide_the_result_are_refused_and_named(again: Any) -> None:
    """Settings, inputs, units and versions: exit code 4, and the message says what and what to do."""
    manifest = again.run / "manifest.json"
    original = manifest.read_bytes()

    result = again(filters={"profile": "opencoder"})
    assert result.returncode == 4
    assert "setting filters.profile: 'sc2-paper' -> 'opencoder'" in result.stderr
    assert "--force-new" in result.stderr

    result = again(sources=[{"kind": "folder", "path": str(again.code), "unit_bytes": 50_000}])
    assert result.returncode == 4
    assert "list of units" in result.stderr

    altered = json.loads(original)
    altered["versions"]["pyarrow"] = "1.0"
    manifest.write_text(json.dumps(altered))
    result = again()
    assert result.returncode == 4
    assert "version of pyarrow: 1.0 -> " in result.stderr
    manifest.write_bytes(original)

    altered["versions"]["pyarrow"] = json.loads(original)["versions"]["pyarrow"]
    altered["versions"]["curation"] = "0.0.1"
    manifest.write_text(json.dumps(altered))
    assert f"version of curation: 0.0.1 -> {curation.__version__}" in again().stderr
    manifest.write_bytes(original)

    victim = next(
        path for path in sorted((again.code / "acme/rich").rglob("*.py")) if path.stat().st_size > 100
    )
    content = victim.read_bytes()
    victim.write_bytes(content.swapcase())
    os.utime(victim, (1, 1))
    result = again()
    assert result.returncode == 4
    assert f"input {victim} has changed" in result.stderr
    victim.write_bytes(content)

    (again.code / "acme/rich/new.py").write_text("x = 1\n")
    result = again()
    assert result.returncode == 4
    assert "list of units" in result.stderr
    (again.code / "acme/rich/new.py").unlink()

    assert again(workers=1).returncode == 0, "settings that do not decide a byte may change"


def test_force_new_starts_beside_the_other_run(again: Any) -> None:
    """The old run stays as it is; the new one has a number."""
    before = fingerprints(again.run)
    result = again("--force-new", "--json", filters={"profile": "none"})
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["name"] == "run-2"
    assert fingerprints(again.run) == before


@pytest.mark.parametrize(
    ("pattern", "harm"),
    [
        ("data/python/*.parquet", lambda path: path.unlink()),
        ("data/python/*.parquet", lambda path: path.write_bytes(path.read_bytes()[:-8])),
        ("clean/unit-000002/documents.parquet", lambda path: path.write_bytes(b"PAR1")),
        ("clean/unit-000001/ledger.parquet", lambda path: path.unlink()),
        ("deduplicate/*/decisions.parquet", lambda path: path.unlink()),
    ],
)
def test_a_damaged_output_is_made_again_with_the_same_bytes(again: Any, pattern: str, harm: Any) -> None:
    """Deleted and truncated outputs are noticed on the next run and mended; `verify` sees them before."""
    before = fingerprints(again.run)
    harm(min(again.run.glob(pattern)))
    result = again()
    assert result.returncode == 0, result.stderr
    assert fingerprints(again.run) == before


def test_resume_without_a_run_is_refused(corpus: Path, command: Command, tmp_path: Path) -> None:
    """--resume never starts anything."""
    result = command("run", command.configure("config", settings(corpus, tmp_path / "run")), "--resume")
    assert result.returncode == 3
    assert "there is no run to go on with" in result.stderr
    assert not (tmp_path / "run").exists()


def test_a_folder_with_other_things_is_not_written_to(corpus: Path, command: Command, tmp_path: Path) -> None:
    """The output folder is empty or a run; anything else is somebody's."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.tex").write_text("precious")
    result = command("run", command.configure("config", settings(corpus, tmp_path / "run")))
    assert result.returncode == 3
    assert "expected an empty folder or a run, saw ['thesis.tex']" in result.stderr
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [".lock", "thesis.tex"]


@pytest.mark.parametrize("place", [".", "data", "data/python", "train/issues"])
def test_what_killed_writes_have_left_is_removed_when_the_run_goes_on(place: str, tmp_path: Path) -> None:
    """Wherever shards and texts are written; files under their final names stay."""
    folder = tmp_path / "run" / place
    folder.mkdir(parents=True)
    (folder / ".shard.parquet.4711.tmp").write_bytes(b"half")
    (folder / "shard.parquet").write_bytes(b"whole")
    with locked(tmp_path / "run"):
        assert {path.name for path in folder.iterdir() if path.is_file()} - {".lock"} == {"shard.parquet"}
