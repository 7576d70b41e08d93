"""Kinds, benchmarks and the mix of a run, as tables that add up."""

from pathlib import Path
from typing import Any

import pytest
from kinds_runs import shared_run
from report_runs import make_run

from curation.report.kinds_view import KindsView, kinds_view, sizes_by_kind, view_of
from curation.report.views import connect, read_manifest


@pytest.fixture(scope="module")
def all_kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of all kinds."""
    return shared_run(tmp_path_factory)


@pytest.fixture(scope="module")
def view(all_kinds: Path) -> KindsView:
    """What there is to see of it."""
    return view_of(all_kinds)


def records(table: Any) -> list[tuple[Any, ...]]:
    """The rows of a table."""
    return [tuple(row) for row in table.to_numpy().tolist()]


def test_each_kind_has_a_count_for_each_pass(view: KindsView) -> None:
    """Columns are passes, with what they mean."""
    assert list(view.passes) == ["clean", "finish", "render"]
    assert not view.only_code
    assert records(view.kinds) == [
        ("code", 5, 5, 4, 4),
        ("jupyter-scripts", 2, 1, 1, 1),
        ("jupyter-structured", 2, 1, 1, 1),
        ("issues", 3, 1, 1, 1),
        ("pull-requests", 1, 1, 1, 1),
        ("commits", 3, 1, 1, 0),
    ]


def test_reasons_explain_every_document_that_is_not_there(view: KindsView) -> None:
    """What was read is what is rendered and what has a reason; what was never made counts for its kind."""
    for row in view.kinds.to_dict("records"):
        own = view.reasons[view.reasons["kind"] == row["kind"]]
        assert row["read"] == row["render"] + own["documents"].sum()
        assert own["share"].sum() == pytest.approx(1 - row["render"] / row["read"])
    found = [row[:4] for row in records(view.reasons)]
    assert ("commits", "commits", "several_files", 2) in found
    assert ("commits", "render", "no_layout", 1) in found
    assert ("code", "decontaminate", "sample", 1) in found
    assert records(view.reasons_of("issues"))[0][:3] == ("issues", "issues", "bad_json")


def test_benchmarks_that_were_looked_for_have_a_row(view: KindsView, all_kinds: Path) -> None:
    """Items, documents and near misses; zeros where nothing was found."""
    assert view.checked == ("sample",)
    assert records(view.benchmarks) == [("sample", 1, 1, 0)]
    assert set(view.items["item"]) == {"Sample/0"}
    manifest = read_manifest(all_kinds)
    manifest["config"]["decontaminate"]["benchmarks"].append({"name": "other"})
    found = kinds_view(manifest, connect(all_kinds))
    assert records(found.benchmarks) == [("sample", 1, 1, 0), ("other", 0, 0, 0)]


def test_the_mix_is_that_of_the_manifest(view: KindsView) -> None:
    """One row per folder, the largest first."""
    assert view.mix["name"][0] == "pull-requests"
    assert view.mix["files"].sum() == 9
    assert view.mix["share"].sum() == pytest.approx(1.0)


def test_sizes_count_what_could_be_decoded(view: KindsView, all_kinds: Path) -> None:
    """By kind, kept or not."""
    sizes = sizes_by_kind(connect(all_kinds))
    assert sizes["documents"].sum() == view.kinds["clean"].sum()
    assert set(sizes["kind"]) == set(view.kinds["kind"])


def test_a_run_of_code_alone_has_little_to_show(tmp_path: Path) -> None:
    """No other kind, no benchmark, no mix; its reasons are there."""
    found = view_of(make_run(tmp_path / "run"))
    assert found.only_code
    assert found.checked == ()
    assert (len(found.benchmarks), len(found.items), len(found.mix)) == (0, 0, 0)
    assert set(found.reasons["kind"]) == {"code"}


def test_a_run_that_has_read_nothing_has_a_view(tmp_path: Path) -> None:
    """All tables are empty, and every figure says so."""
    found = view_of(make_run(tmp_path / "run", state="planned"))
    assert found.only_code
    assert (len(found.kinds), len(found.reasons)) == (0, 0)
    assert set(found.figures) == {"kinds", "reasons", "sizes", "mix"}
