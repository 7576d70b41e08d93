"""What the SQL decides is what the filters decide, and the curves are exact."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.errors import BadInputError
from curation.filters import extension_of
from curation.filters.bounds import Bound, Side, first_failure
from curation.report.rules import (
    BoundsOf,
    hold_in_memory,
    register,
    run_bounds,
    same_for_all,
    with_threshold,
    without,
)
from curation.report.thresholds import (
    changed_documents,
    near_threshold,
    rule_interaction,
    survival,
    survival_by_language,
    what_if,
)
from curation.report.views import connect, read_manifest
from curation.signals import INDEX, SIGNALS

SIDES: tuple[Side, ...] = ("above", "at_least", "below", "at_most")
NAMES = [signal.name for signal in SIGNALS]


@pytest.fixture
def bounds(run: Path) -> BoundsOf:
    """The bounds that the run has used."""
    return run_bounds(read_manifest(run))


@pytest.fixture(scope="module")
def candidates(run: Path) -> pd.DataFrame:
    """All documents that reached the filters."""
    table: pd.DataFrame = connect(run).execute("SELECT * FROM candidates ORDER BY id").df()
    return table


def decided(candidates: pd.DataFrame, bounds: BoundsOf) -> list[str]:
    """The reasons that the filters' own functions give; empty for kept."""
    reasons = []
    for row in candidates.to_dict("records"):
        values: Sequence[float] = [math.nan if pd.isna(row[name]) else row[name] for name in NAMES]
        failed = first_failure(bounds(row["language"], row["path"]), values, INDEX)
        reasons.append(failed.reason if failed else "")
    return reasons


def test_the_ledger_is_decided_again(con: Any, bounds: BoundsOf) -> None:
    """The bounds of the manifest applied to the stored signals give the decisions of the ledger."""
    table = what_if(con, bounds)
    assert set(table["change"]) == {"same"}
    assert len(table) > 3


@pytest.mark.parametrize(
    ("reason", "threshold"),
    [("max_mean_line_length", 30.0), ("min_alphabetic", 0.6), ("max_line_length", 80.0)],
)
def test_other_thresholds_decide_as_the_filters_would(
    con: Any, candidates: pd.DataFrame, bounds: BoundsOf, reason: str, threshold: float
) -> None:
    """SQL and the plain functions agree on every document, and on who changes."""
    other = with_threshold(bounds, reason, threshold)
    after = pd.Series(decided(candidates, other))
    expected = pd.crosstab(candidates["reason"], after)
    found = what_if(con, other)
    assert {(row["before"], row["after"]): row["documents"] for row in found.to_dict("records")} == {
        (before, now): expected.loc[before, now]
        for before in expected.index
        for now in expected.columns
        if expected.loc[before, now]
    }
    changed = changed_documents(con, other, limit=10_000)
    assert list(changed["id"]) == list(candidates["id"][(candidates["reason"] != after).to_numpy()])


def test_changes_are_named(con: Any, bounds: BoundsOf) -> None:
    """Without a rule some documents come back, others meet the next reason."""
    found = what_if(con, without(bounds, "max_line_length"))
    changes = {(row["before"], row["after"]): row["change"] for row in found.to_dict("records")}
    assert changes["max_line_length", ""] == "now kept"
    assert changes["max_line_length", "max_mean_line_length"] == "other reason"
    stricter = what_if(con, with_threshold(bounds, "max_line_length", 20.0))
    assert "now dropped" in set(stricter["change"])


def test_changed_documents_hide_nothing(con: Any) -> None:
    """Paths are shown on one line, with bidi and control characters named."""
    table = changed_documents(con, same_for_all([Bound("bytes", "at_least", 0.0, "all")]), limit=10_000)
    assert any("⟨U+202E⟩" in path for path in table["path"])
    assert all(path.isprintable() for path in table["path"])


def test_rule_interaction_equals_a_plain_count(con: Any, candidates: pd.DataFrame, bounds: BoundsOf) -> None:
    """Drops, unique drops and counted drops, document by document."""
    table = rule_interaction(con, bounds)
    rows = candidates.to_dict("records")
    broken = [
        {b.reason for b in bounds(row["language"], row["path"]) if b.drops(row[b.signal])} for row in rows
    ]
    asked = [{b.reason for b in bounds(row["language"], row["path"])} for row in rows]
    for found in table.to_dict("records"):
        reason = found["reason"]
        assert found["applies"] == sum(reason in each for each in asked)
        assert found["drops"] == sum(reason in each for each in broken)
        assert found["unique"] == sum(each == {reason} for each in broken)
        assert found["overlap"] == found["drops"] - found["unique"]
        assert found["counted"] == (candidates["reason"] == reason).sum()
    (length,) = table[table["reason"] == "max_line_length"].to_dict("records")
    assert length["most_with"] == "max_mean_line_length"
    assert length["lowest"] < length["highest"]


def test_rules_come_in_the_order_of_the_filters(con: Any, bounds: BoundsOf) -> None:
    """Also rules that hold for few languages stand where the filters ask them."""
    order = list(rule_interaction(con, bounds)["reason"])
    for language in ("Python", "Text", "HTML", "JSON"):
        held = [bound.reason for bound in bounds(language, "a.x")]
        assert held == [reason for reason in order if reason in held]


def test_memory_changes_no_answer(run: Path, bounds: BoundsOf) -> None:
    """What was copied into memory answers as the files do."""
    files, memory = connect(run), connect(run)
    rules = register(memory, bounds)
    assert hold_in_memory(memory, rules)
    pd.testing.assert_frame_equal(rule_interaction(files, bounds), rule_interaction(memory, rules))
    pd.testing.assert_frame_equal(what_if(files, bounds), what_if(memory, rules))
    held = register(files, bounds)
    for from_files, from_memory in (("candidates",) * 2, (held.asked("max_lines"), rules.asked("max_lines"))):
        pd.testing.assert_frame_equal(
            survival(files, "lines", "above", among=from_files),
            survival(memory, "lines", "above", among=from_memory),
        )


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("signal", ["mean_line_length", "alphabetic_fraction", "html_visible_fraction"])
@pytest.mark.parametrize("points", [3, 100_000])
def test_survival_is_exact(con: Any, candidates: pd.DataFrame, signal: str, side: Side, points: int) -> None:
    """At every threshold, documents and bytes are what counting one by one gives; NaN survives."""
    values = candidates[signal].to_numpy(float)
    sizes = candidates["length_bytes"].to_numpy()
    curve = survival(con, signal, side, points=points, thresholds=[-1.0, 0.5, 100.0])
    for row in curve.to_dict("records"):
        kept = ~Bound(signal, side, row["threshold"], "x").drops_array(values)
        assert (row["documents"], row["bytes"]) == (kept.sum(), sizes[kept].sum())
        assert row["share"] == pytest.approx(kept.mean())


def test_survival_of_one_language(con: Any, candidates: pd.DataFrame) -> None:
    """The curve of a language counts its documents only."""
    c = candidates[candidates["language"] == "C"]
    table = survival(con, "lines", "above", language="C", thresholds=[50.0])
    assert table.loc[table["threshold"] == 50.0, "documents"].tolist() == [(c["lines"] <= 50).sum()]
    assert survival(con, "lines", "above", language="Brainfuck").empty


def test_a_survival_curve_never_turns(con: Any) -> None:
    """A laxer threshold keeps no fewer documents of any language."""
    for side in SIDES:
        curves = survival_by_language(con, "mean_line_length", side)
        for _, curve in curves.groupby("language"):
            steps = np.diff(curve["documents"])
            assert (steps >= 0).all() if side in {"above", "at_least"} else (steps <= 0).all()


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.builds(
            Bound,
            st.sampled_from(
                ["bytes", "lines", "mean_line_length", "alphabetic_fraction", "html_visible_fraction"]
            ),
            st.sampled_from(SIDES),
            st.sampled_from([0.0, 0.25, 0.5, 20.0, 100.0, 1000.0]),
            st.sampled_from(["a", "b", "it's"]),
        ),
        max_size=6,
    )
)
def test_any_bounds_decide_as_the_filters_would(
    run: Path, candidates: pd.DataFrame, held: list[Bound]
) -> None:
    """Whatever the bounds, also the same rule twice: SQL decides as `first_failure` does."""
    con = connect(run)
    found = what_if(con, same_for_all(held))
    expected = pd.Series(decided(candidates, same_for_all(held))).value_counts().to_dict()
    assert found.groupby("after")["documents"].sum().to_dict() == expected
    con.close()


def test_languages_may_disagree_about_the_order(con: Any, candidates: pd.DataFrame) -> None:
    """The first bound that is broken counts, in the order of the document's own language."""
    first, second = Bound("bytes", "at_least", 0.0, "first"), Bound("lines", "at_least", 0.0, "second")

    def bounds(language: str, _name: str) -> list[Bound]:
        return [first, second] if language == "Python" else [second, first]

    found = what_if(con, bounds).groupby("after")["documents"].sum().to_dict()
    python = int((candidates["language"] == "Python").sum())
    assert found == {"first": python, "second": len(candidates) - python}


def test_bounds_may_differ_by_extension(con: Any, candidates: pd.DataFrame) -> None:
    """The extension is that of the filters: src/.py has none, and the case does not matter."""

    def bounds(_language: str, name: str) -> list[Bound]:
        return [Bound("bytes", "at_least", 0.0, f"extension {extension_of(name)}")]

    found = what_if(con, bounds).groupby("after")["documents"].sum().to_dict()
    assert found == pd.Series(decided(candidates, bounds)).value_counts().to_dict()
    assert found["extension "] == 1


def test_documents_next_to_a_threshold(con: Any, candidates: pd.DataFrame) -> None:
    """The nearest on each side, nearest first, copies of one content once."""
    bound = Bound("mean_line_length", "above", 40.0, "x")
    values = candidates.drop_duplicates("content_id")["mean_line_length"]
    for k in (4, 1000):
        table = near_threshold(con, bound, k=k)
        above = sorted(values[values > 40])[:k]
        below = sorted(values[values <= 40], reverse=True)[:k]
        assert list(table["value"]) == [*above, *below]
        assert list(table["drops"]) == [True] * len(above) + [False] * len(below)
        assert table["content_id"].is_unique
    assert not candidates["content_id"].is_unique


def test_documents_next_to_a_threshold_that_holds_for_few(con: Any, bounds: BoundsOf) -> None:
    """Only documents for which the bound holds are shown."""
    rules = register(con, bounds)
    bound = Bound("lines", "above", 512.0, "max_lines")
    table = near_threshold(con, bound, k=50, among=rules.holding(bound))
    assert set(table["language"]) <= {"Text", "JSON"}
    assert not table.empty
    other = Bound("lines", "above", 511.0, "max_lines")
    assert near_threshold(con, other, among=rules.holding(other)).empty


def test_an_unknown_signal_is_named(con: Any) -> None:
    """The message says what was asked and what is there."""
    with pytest.raises(BadInputError, match=r"stored \(.*mean_line_length.*\), saw 'length; DROP'"):
        survival(con, "length; DROP", "above")
    with pytest.raises(BadInputError, match=r"saw 'nothing' in the bound 'why'"):
        what_if(con, same_for_all([Bound("nothing", "above", 1.0, "why")]))


def test_settings_of_another_version_are_refused() -> None:
    """A manifest whose filters this version does not know cannot be decided again."""
    with pytest.raises(BadInputError, match="expected filter settings of this version in the manifest"):
        run_bounds({"config": {"filters": {"profile": "sc2-paper", "magic": {"level": 3}}}})
