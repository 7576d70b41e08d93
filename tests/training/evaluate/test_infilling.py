"""Gaps are cut where they should be, the same each time, and fillings are judged by what stood there."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluate.documents import Held, held_out
from training.evaluate.infilling import Gap, draw_gaps, fill, score, summary
from training.evaluate.settings import EvaluateSettings, GapKind
from training.generate.ask import Loaded, load

KINDS: tuple[GapKind, ...] = ("single-line", "multi-line", "random-span")


def held(text: str, name: str = "1") -> Held:
    """A document of this text; its ids are not looked at."""
    return Held(name, "Python", np.zeros(0, np.int64), text)


@given(
    st.lists(st.sampled_from(["", "  ", "}", "x = 1", "    return é", "# 😀"]), max_size=12),
    st.booleans(),
    st.integers(0, 9),
)
def test_a_gap_and_what_is_around_it_are_the_text(lines: list[str], ends: bool, seed: int) -> None:
    """Nothing is lost, the middle is never all or nothing, and has the form of its kind."""
    text = "\n".join(lines) + ("\n" if ends else "")
    for gap in draw_gaps([held(text)], KINDS, seed):
        assert gap.prefix + gap.middle + gap.suffix == text
        assert gap.middle.strip()
        assert gap.middle != text
        whole_lines = gap.middle.rstrip("\n").split("\n")
        if gap.kind == "random-span":
            assert 1 <= len(gap.middle) <= 128
            continue
        assert gap.prefix.endswith("\n") or not gap.prefix
        assert gap.middle.endswith("\n") or not gap.suffix
        assert any(map(str.isalnum, whole_lines[0]))
        assert any(map(str.isalnum, whole_lines[-1]))
        assert len(whole_lines) == 1 if gap.kind == "single-line" else 2 <= len(whole_lines) <= 8


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", []),
        ("x", []),
        ("\n\n\n", []),
        ("x = 1\n", ["random-span"]),
        ("x\ny\n", ["single-line", "random-span"]),
    ],
)
def test_short_documents_have_few_gaps(text: str, kinds: list[str]) -> None:
    """A document that would be all gap has none."""
    assert {gap.kind for seed in range(20) for gap in draw_gaps([held(text)], KINDS, seed)} == set(kinds)


def test_long_documents_are_shown_in_part() -> None:
    """Around a gap in a megabyte of text, no more is kept than a model may see."""
    text = "".join(f"line {number}\n" for number in range(100_000))
    for gap in draw_gaps([held(text)], KINDS, 0):
        assert max(len(gap.prefix), len(gap.suffix)) == 1 << 16
        assert gap.prefix + gap.middle + gap.suffix in text


def test_gaps_are_everywhere_and_of_every_size() -> None:
    """Places and lengths differ from document to document, up to the longest."""
    text = "".join(f"line {number}\n" for number in range(200))
    gaps = draw_gaps([held(text, str(number)) for number in range(200)], KINDS, 0)
    assert len({gap.prefix for gap in gaps}) > 250
    lines = {gap.middle.count("\n") for gap in gaps if gap.kind == "multi-line"}
    assert lines == set(range(2, 9))
    spans = {len(gap.middle) for gap in gaps if gap.kind == "random-span"}
    assert min(spans) < 10
    assert 118 < max(spans) <= 128


def test_the_seed_and_the_name_decide_the_gap() -> None:
    """The same again, another for another seed or document."""
    text = "".join(f"line {number}\n" for number in range(200))
    first = draw_gaps([held(text)], KINDS, 0)
    among = draw_gaps([held(text * 2, "0"), held(text)], KINDS, 0)
    assert first == [gap for gap in among if gap.document == "1"]
    assert [gap.middle for gap in first] != [gap.middle for gap in draw_gaps([held(text)], KINDS, 1)]
    assert [gap.middle for gap in first] != [gap.middle for gap in draw_gaps([held(text, "2")], KINDS, 0)]


@pytest.mark.parametrize(
    ("kind", "middle", "text", "exact", "alike"),
    [
        ("single-line", "    return x\n", "return x", True, 1.0),
        ("single-line", "    return x\n", "  return x  \n    more()\n", True, 1.0),
        ("single-line", "    return x\n", "    return y\n", False, 7 / 8),
        ("single-line", "    return x\n", "\n    return x\n", False, 0.0),
        ("multi-line", "a\n  b\n", "\na\n  b", True, 1.0),
        ("multi-line", "a\n  b\n", "a\n b\n", False, 4 / 5),
        ("random-span", "n x", "n x", True, 1.0),
        ("random-span", "n x", "n x ", False, 3 / 4),
        ("random-span", "n x", "", False, 0.0),
    ],
)
def test_a_filling_is_judged_by_its_kind(
    kind: GapKind, middle: str, text: str, exact: bool, alike: float
) -> None:
    """Space around lines does not count, and of a line only the first; a span is compared as it is."""
    found = score(Gap(kind, "x", "1", "", middle, ""), text)
    assert found.exact == exact
    assert found.similarity == pytest.approx(alike)


def test_means_are_told_by_kind_and_language(store: Path, loaded: Loaded) -> None:
    """All first, then each language; intervals hold the means; cut prompts are counted."""
    documents = held_out(store, loaded.coder, limit=None, seed=0)
    long = Held("long", "Python", np.zeros(0, np.int64), documents[0].text * 30)
    gaps = draw_gaps([*documents, long], ("single-line", "random-span"), 0)
    told: list[int] = []
    filled = fill(loaded.model, loaded.coder, gaps, EvaluateSettings(max_new_tokens=4), told.append)
    assert [one.gap for one in filled] == gaps
    assert sum(told) == len(gaps)
    table = summary(filled, 0)
    assert list(table) == ["single-line", "random-span"]
    for groups in table.values():
        assert list(groups) == ["all", "Java", "Python"]
        assert groups["all"]["gaps"] == groups["Java"]["gaps"] + groups["Python"]["gaps"] > len(documents) - 3
        assert (groups["all"]["cut"], groups["Java"]["cut"]) == (1, 0)
        for means in groups.values():
            low, high = means["edit_similarity_interval"]
            assert low <= means["edit_similarity"] <= high


def test_training_improves_filling(store: Path, loaded: Loaded, schooled: Path) -> None:
    """After seconds of training on such texts a model fills gaps that it has never seen; before, none."""
    documents = held_out(store, loaded.coder, limit=None, seed=0)
    gaps = draw_gaps(documents, ("single-line",), 0)
    settings = EvaluateSettings(max_new_tokens=32)
    before = summary(fill(loaded.model, loaded.coder, gaps, settings), 0)["single-line"]["all"]
    after_model = load(str(schooled), quantize="none")
    filled = fill(after_model.model, after_model.coder, gaps, settings)
    after = summary(filled, 0)["single-line"]["all"]
    assert before["exact_match"] == 0
    assert after["exact_match"] > 0.1
    assert after["edit_similarity_interval"][0] > before["edit_similarity_interval"][1]
    assert not any("\n" in one.completion.text for one in filled)  # nothing is made beyond the line
    assert fill(after_model.model, after_model.coder, gaps, settings) == filled
