"""The report about near-dedup: figures, a section of the page, tables for a terminal."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from near_runs import HOSTILE_PATH, shared_run
from pages import ALLOWED, Page
from report_runs import make_run
from rich.console import Console

from curation.dedup.audit.audit import audit
from curation.dedup.audit.compare import compare_runs
from curation.dedup.audit.edges import Histogram
from curation.dedup.audit.plant import Level
from curation.dedup.audit.rates import Rate
from curation.dedup.audit.sample import Offender
from curation.dedup.audit.scan import BINS
from curation.errors import BadInputError
from curation.report import near_figures, near_text, tables
from curation.report.dedup import view_of
from curation.report.figures import svg_uri
from curation.report.html import write_audit, write_report
from curation.report.views import connect

SETTINGS = {"bands": 32, "rows": 8, "threshold": 0.7}
NOTHING = np.zeros(BINS, np.int64)


@pytest.fixture(scope="module")
def planted_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real run with planted near-duplicates."""
    return shared_run(tmp_path_factory)


@pytest.fixture(scope="module")
def page(planted_run: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of that run."""
    return write_report(planted_run, tmp_path_factory.mktemp("page") / "r.html").read_text(encoding="utf-8")


def texts(figure: Any) -> str:
    """Titles and texts of a figure."""
    found = [text.get_text() for axes in figure.axes for text in axes.texts]
    return "\n".join([*found, *(axes.get_title(loc="left") for axes in figure.axes)])


def printed(parts: Any, width: int = 120) -> str:
    """Renderables as a terminal without colours shows them."""
    stream = io.StringIO()
    console = Console(file=stream, width=width, color_system=None)
    for part in parts:
        console.print(part)
    return stream.getvalue()


def test_the_page_shows_what_near_dedup_did(page: str, planted_run: Path) -> None:
    """Counts, precision, planted near-duplicates, clusters, both sides of the threshold."""
    shown = "".join(Page(page).text)
    passes = json.loads((planted_run / "manifest.json").read_bytes())["passes"]
    dropped = passes["cluster"]["dropped"]["near_dedup/near_duplicate"]
    assert f"Precision: {dropped} of {dropped} dropped documents compared again" in shown
    assert "✓ SIMILAR" in shown
    assert "✗ BELOW" not in shown
    assert "1 too few tokens" in shown
    assert "Planted near-duplicates in numbers" in shown
    assert re.search(r"Dropped at Jaccard 0\.7\d\d\d: src/module_", shown)
    assert re.search(r"Not similar enough at Jaccard 0\.6\d\d\d: src/module_", shown)
    assert len(re.findall('<img src="data:image/svg', page)) >= 6


def test_the_page_is_harmless(page: str) -> None:
    """Hostile paths and texts of clusters are shown as text, with nothing hidden in them."""
    parsed = Page(page)
    assert {tag for tag, _ in parsed.tags} <= ALLOWED
    assert parsed.open == []
    shown = "".join(parsed.text)
    assert HOSTILE_PATH in shown
    assert "</pre><script>alert(1)</script> ⟨ESC⟩[31m ⟨U+202E⟩gnp" in shown
    assert "<script>" not in page
    assert all(character.isprintable() or character == "\n" for character in page)


def test_the_funnel_shows_exact_and_near_apart(planted_run: Path) -> None:
    """Two stages, each with its documents."""
    funnel = tables.funnel(connect(planted_run))
    counts = dict(zip(zip(funnel["stage"], funnel["reason"], strict=True), funnel["documents"], strict=True))
    assert counts["exact_dedup", "duplicate"] == 1
    assert counts["near_dedup", "near_duplicate"] > 60
    languages = tables.funnel_by_language(connect(planted_run))
    assert {"dropped_exact_dedup", "dropped_near_dedup"} <= set(languages.columns)


def test_the_same_run_gives_the_same_page(planted_run: Path, tmp_path: Path) -> None:
    """Samples are drawn by a seed."""
    pages = [tmp_path / f"{n}.html" for n in range(2)]
    for path in pages:
        write_audit(planted_run, path, sample=10)
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_runs_without_near_dedup_say_so(tmp_path: Path) -> None:
    """The rest of the page is there."""
    run = make_run(tmp_path / "run", state="planned")
    shown = "".join(Page(write_report(run).read_text(encoding="utf-8")).text)
    assert "Near-duplicates are not shown: this run has no near-dedup" in shown
    with pytest.raises(BadInputError, match="this run has no near-dedup"):
        write_audit(run, tmp_path / "audit.html")
    assert not (tmp_path / "audit.html").exists()


def test_unfinished_near_dedup_says_so(tmp_path: Path, planted_run: Path) -> None:
    """As do settings that this version does not know."""
    manifest = json.loads((planted_run / "manifest.json").read_bytes())
    manifest["files"] = []
    manifest["passes"] = {"clean": manifest["passes"]["clean"]}
    manifest["state"] = "clean"
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert "near-dedup of this run is not finished" in view_of(tmp_path).problem
    manifest["config"]["dedup"]["near"]["colour"] = "blue"
    manifest["passes"]["cluster"] = {}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert "expected near-dedup settings of this version" in view_of(tmp_path).problem


def test_a_page_of_its_own(planted_run: Path, tmp_path: Path) -> None:
    """`curation dedup audit --out` writes the same section alone."""
    found = write_audit(planted_run, tmp_path / "deep" / "audit.html", sample=20, seed=5)
    assert found.precision.sampled == 20
    parsed = Page((tmp_path / "deep" / "audit.html").read_text(encoding="utf-8"))
    assert {tag for tag, _ in parsed.tags} <= ALLOWED
    assert "samples of 20 documents, seed 5" in "".join(parsed.text)


def test_the_terminal_shows_the_same(planted_run: Path) -> None:
    """Every section; nothing in it moves the cursor or is read as markup; lines are cut to the width."""
    found = audit(planted_run, width=near_text.side_width(120))
    shown = printed(near_text.audit_parts(found, 120))
    for words in (
        "precision: of",
        "recall: copies of",
        "kept by language",
        "clusters by size",
        "largest clusters",
    ):
        assert words in shown
    assert HOSTILE_PATH in shown
    assert "⟨ESC⟩[31m" in shown
    assert "\x1b" not in shown
    assert max(map(len, shown.split("\n"))) <= 120


def test_offenders_are_printed(planted_run: Path) -> None:
    """An audit that has found something says what."""
    found = audit(planted_run, sample=20)
    bad = Offender("000000-00000001", "000000-00000002", 0.5, None)
    precision = replace(found.precision, similar=19, share=0.95, offenders=(bad,))
    shown = printed(near_text.audit_parts(replace(found, precision=precision), 120))
    assert "dropped below the threshold" in shown
    assert "000000-00000001  000000-00000002   0.5000" in shown
    gone = replace(found.precision, compared=0, share=None, lowest=None)
    shown = printed(near_text.audit_parts(replace(found, precision=gone, rates=()), 120))
    assert "their texts are not there any more" in shown
    assert "languages: counted when the run is finished" in shown


def test_a_comparison_is_printed(planted_run: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Settings that differ, counts, and examples of each kind."""
    found = compare_runs(planted_run, shared_run(tmp_path_factory, enabled=False))
    shown = printed(near_text.comparison_parts(found), 200)
    for words in ("near.enabled", "kept by B only", "pairs together in A only", "together in A, apart in B"):
        assert words in shown
    assert "kept by A only  " in shown
    assert "apart in A" not in shown


def test_the_s_curve_has_theory_points_and_pairs() -> None:
    """The line, the planted points with their intervals, and the histograms below."""
    level = Level(0.7, 100, 85, 40, 45, 40, 0.85, 0.77, 0.91, 0.854)
    pairs = Histogram(np.full(BINS, 2), np.full(BINS, 3), 1000, 500)
    figure: Any = near_figures.s_curve_figure(SETTINGS, [level], pairs, np.full(BINS, 1))
    upper, lower = figure.axes
    labels = [text.get_text() for text in upper.get_legend().get_texts()]
    assert labels[:2] == ["theory, 32 bands of 8", "threshold 0.7"]
    assert "planted near-duplicates, 95% interval" in labels
    assert "(500 of 1,000 read)" in lower.get_title(loc="left")
    heights = sum(patch.get_height() for patch in lower.patches if hasattr(patch, "get_height"))
    assert heights == 5 * BINS


def test_figures_without_data_say_so() -> None:
    """No cluster, nothing dropped, nothing planted, not finished."""
    assert "no cluster" in texts(near_figures.cluster_sizes_figure({}))
    assert "not finished" in texts(near_figures.keep_rates_figure([]))
    empty = Level(0.7, 0, 0, 0, 0, 0, None, 0.0, 1.0, None)
    assert "nothing was dropped" in texts(near_figures.s_curve_figure(SETTINGS, [empty], None, NOTHING))
    assert svg_uri(near_figures.s_curve_figure(SETTINGS, []))


@pytest.mark.parametrize("sizes", [{2: 1}, {2: 10**9, 3: 1, 50_000: 1}, dict.fromkeys(range(2, 3000), 1)])
def test_cluster_sizes_of_any_range_are_drawn(sizes: dict[int, int]) -> None:
    """From one pair to 50,000 copies."""
    figure: Any = near_figures.cluster_sizes_figure(sizes)
    assert f"the largest has {max(sizes):,}" in texts(figure)
    assert len(figure.axes[0].get_xticks()) <= 14
    assert svg_uri(figure)


def test_keep_rates_name_hostile_languages_as_text() -> None:
    """And count those that are not drawn."""
    rates = [Rate(rf"$\frac{{1}}{{{n}}}$", 10, n % 10, 100, 10, 1 - n % 10 / 10) for n in range(20)]
    figure = near_figures.keep_rates_figure(rates)
    assert "5 smaller ones not shown" in texts(figure)
    assert svg_uri(figure)
