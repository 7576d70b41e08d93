"""How far a run is: every pass with its tasks, in order, before, during and after near-dedup."""

import os
import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest
from planted_runs import HereExecutor, manifest_of, run_here, write_corpus

from curation.manifest import save
from curation.status import status

PASSES = ["clean", "deduplicate", "sign", "match", "estimate", "shingle", "compare", "cluster", "finish"]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The planted corpus, two files."""
    return write_corpus(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def done(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete run of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        return run_here(patch, table, tmp_path_factory.mktemp("done") / "run")


def test_a_complete_run_has_done_all_tasks_of_all_passes(done: Path) -> None:
    """In the order in which they run, with the counts of the manifest where documents are counted."""
    found, passes = status(done), manifest_of(done)["passes"]
    assert found["state"] == "complete"
    assert list(found["passes"]) == PASSES
    units = manifest_of(done)["units"]
    for name, progress in found["passes"].items():
        assert progress["done"] == progress["tasks"]
        assert progress["tasks"] == {"clean": units, "sign": units, "shingle": units}.get(
            name, progress["tasks"]
        )
        for key in ("read", "kept", "dropped"):
            assert progress[key] == passes.get(name, {"read": 0, "kept": 0, "dropped": {}})[key], name


@pytest.mark.parametrize(("gone", "left"), [("match", 0), ("cluster", 0), ("shingle", 0)])
def test_a_pass_that_is_not_done_is_shown_with_the_tasks_it_will_have(
    gone: str, left: int, done: Path, tmp_path: Path
) -> None:
    """The number of tasks is known before they are there."""
    run = shutil.copytree(done, tmp_path / "run")
    shutil.rmtree(run / gone)
    before = status(done)["passes"]
    after = status(run)["passes"]
    assert after[gone]["done"] == left
    assert after[gone]["tasks"] == before[gone]["tasks"]
    assert {n: p for n, p in after.items() if n != gone} == {n: p for n, p in before.items() if n != gone}


def test_before_exact_dedup_nothing_is_said_of_near_dedup(done: Path, tmp_path: Path) -> None:
    """How many tasks there will be is not known yet."""
    run = shutil.copytree(done, tmp_path / "run", ignore=shutil.ignore_patterns("shards.json"))
    manifest = manifest_of(run)
    for name in [name for name in manifest["passes"] if name != "clean"]:
        del manifest["passes"][name]
    save(run, manifest | {"state": "clean"})
    assert list(status(run)["passes"]) == ["clean", "deduplicate"]


def test_without_near_dedup_its_passes_are_not_shown(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Switched off, it leaves no folder and no line."""
    run = run_here(monkeypatch, table, tmp_path / "run", near={"enabled": False})
    assert list(status(run)["passes"]) == ["clean", "deduplicate", "finish"]
    assert not [name for name in PASSES[2:-1] if (run / name).exists()]
    assert "near" not in manifest_of(run)


def test_a_run_that_stopped_in_a_pass_shows_how_far_it_came(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tasks that are committed count, those of the passes behind are none."""
    asked: list[int] = []

    def stop(self: Any, on_event: Any) -> list[Any]:
        asked.append(self.tasks)
        if len(asked) == 5:
            raise KeyboardInterrupt
        return whole(self, on_event)

    whole = HereExecutor.run
    monkeypatch.setattr(HereExecutor, "run", stop)
    with pytest.raises(KeyboardInterrupt):
        run_here(monkeypatch, table, tmp_path / "run")
    found = status(tmp_path / "run")
    assert found["state"] == "sign"
    done = {name: (progress["done"] == progress["tasks"]) for name, progress in found["passes"].items()}
    assert done == {n: n in {"clean", "deduplicate", "sign", "match"} for n in PASSES if n != "finish"}
    assert orjson.dumps(found)
