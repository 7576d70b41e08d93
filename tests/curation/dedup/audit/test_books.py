"""A run without near-dedup is refused with what is missing."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from curation.dedup.audit.books import NearBooks, missing, open_books, open_near
from curation.dedup.index import Index, IndexedRun
from curation.dedup.near import NearSettings
from curation.errors import BadInputError

NEAR = {"dedup": {"near": {"enabled": True}}}


@pytest.mark.parametrize(
    ("config", "passes", "message"),
    [
        ({}, {}, "has no near-dedup"),
        ({"dedup": {"near": {"enabled": False}}}, {"cluster": {}}, "has no near-dedup"),
        (NEAR, {"clean": {}}, "is not finished"),
        (NEAR, {"cluster": {}}, ""),
    ],
)
def test_what_is_missing_is_said(config: dict[str, Any], passes: dict[str, Any], message: str) -> None:
    """Switched off, not that far, or nothing."""
    found = missing({"config": config, "passes": passes})
    assert (message in found) if message else found == ""


def test_settings_of_another_version_are_refused() -> None:
    """A setting that this version does not know may mean anything."""
    config = {"dedup": {"near": {"enabled": True, "colour": "blue"}}}
    with pytest.raises(
        BadInputError, match=r"expected near-dedup settings of this version, saw .* in colour"
    ):
        open_books(Path("run"), {"config": config, "passes": {"cluster": {}}})


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    """As by every other command."""
    with pytest.raises(BadInputError, match="expected the folder of a run"):
        open_near(tmp_path)


def test_units_of_the_index_lie_in_its_runs() -> None:
    """They have negative numbers, the last one of the newest run is -1."""
    runs = tuple(IndexedRun(Path(name), units, 0, (5,) * units, ()) for name, units in (("a", 2), ("b", 1)))
    books = NearBooks(Path("c"), {"passes": {"sign": {"read": 3}}}, NearSettings(), Index(runs))
    names = {unit: str(books.folders.unit(unit)) for unit in (-3, -2, -1, 0)}
    assert names == {
        -3: "a/clean/unit-000000",
        -2: "a/clean/unit-000001",
        -1: "b/clean/unit-000000",
        0: "c/clean/unit-000000",
    }
    assert books.folders.name(-1, 4) == "b:000000-00000004"
    assert (books.indexed, books.plan.documents) == (15, 18)


def test_an_index_that_is_gone_is_refused() -> None:
    """Its documents are named in the decisions, so nothing can be compared without it."""
    manifest = {"config": NEAR, "passes": {"cluster": {}}, "index": ["/no/such/run"]}
    with pytest.raises(BadInputError, match="expected the folder of a run"):
        open_books(Path("run"), manifest)


def test_counts_are_those_of_the_manifest(books: NearBooks) -> None:
    """Documents, pairs, and what was left to exact dedup."""
    passes = json.loads((books.run / "manifest.json").read_bytes())["passes"]
    assert books.counts["read"] == passes["deduplicate"]["kept"]
    assert books.counts["dropped"] == passes["cluster"]["read"] - passes["cluster"]["kept"]
    assert books.counts["compared_exactly"] > 0
    assert books.left_to_exact == {"skipped": 0, "too_few_tokens": 1}
    assert len(books.signatures) == passes["sign"]["kept"]


def test_a_run_stopped_before_its_last_counts_can_be_audited(books: NearBooks, tmp_path: Path) -> None:
    """The counts of pairs are missing then, and nothing else."""
    manifest = json.loads((books.run / "manifest.json").read_bytes())
    del manifest["near"]
    shutil.copytree(books.run / "sign", tmp_path / "sign")
    assert "candidate_pairs" not in open_books(tmp_path, manifest).counts
