"""Examples show real text where the run has kept it, bounded, with nothing hidden."""

from pathlib import Path
from typing import Any

import pytest
from report_runs import make_run

from curation.filters.bounds import Bound
from curation.report.examples import contents, examples, examples_table
from curation.report.views import connect

BOUND = Bound("mean_line_length", "above", 100.0, "max_mean_line_length")


def test_both_sides_have_a_snippet(con: Any) -> None:
    """Dropped ones come from what was set aside, kept ones from the shards."""
    found = examples(con, BOUND, k=3)
    assert [each.drops for each in found] == [True] * 3 + [False] * 3
    assert all(each.snippet for each in found)
    assert {each.decision for each in found if each.drops} == {"dropped"}


def test_without_set_aside_contents_only_kept_ones_have_a_snippet(tmp_path: Path) -> None:
    """Path and value have to do for what the run has not kept."""
    found = examples(connect(make_run(tmp_path / "run", excluded=False)), BOUND, k=3)
    assert {each.snippet for each in found if each.decision == "dropped"} == {None}
    assert all(each.snippet for each in found if each.decision == "kept")
    assert "(content not kept)" in set(examples_table(found)["begins"])


def test_an_exact_copy_has_the_content_of_the_clean_pass(con: Any) -> None:
    """A copy is in no shard, but the clean pass has its text."""
    row = con.execute("SELECT id FROM outcomes WHERE stage = 'exact_dedup' AND NOT kept").fetchone()
    assert contents(con, [row[0]])


def test_what_is_not_there_is_left_out(con: Any) -> None:
    """An id that nobody knows has no content."""
    assert contents(con, ["999999-00000000"]) == {}


@pytest.mark.parametrize("signal", ["mean_line_length", "max_line_length", "bytes"])
def test_examples_are_bounded_and_hide_nothing(con: Any, signal: str) -> None:
    """Not one control or bidi character, no line over its limit, whoever wrote the document."""
    for each in examples(con, Bound(signal, "above", 100.0, "x"), k=40):
        for text in (each.path, each.repo_name, each.language, *(each.snippet or "").splitlines()):
            assert text.replace("\t", "").isprintable()
            assert len(text) <= 170 * len("⟨U+10FFFF⟩")
        assert len((each.snippet or "").splitlines()) <= 13


def test_the_table_has_one_row_per_example(con: Any) -> None:
    """Sides, values and what the run did, for a notebook."""
    table = examples_table(examples(con, BOUND, k=2))
    assert list(table["side"]) == ["dropped side"] * 2 + ["kept side"] * 2
    assert (table.loc[table["side"] == "dropped side", "the run"] == "dropped: max_mean_line_length").all()
    assert list(examples_table([]).columns) == list(table.columns)
