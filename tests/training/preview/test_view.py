"""Windows become what can be shown: every token once, in its part, with what is masked."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_tokens import TEXTS

from training.data.windows import IGNORED
from training.preview.source import Source
from training.preview.view import Stretch, Unit, WindowView, _longest, units, view_of


def all_units(view: WindowView) -> list[Unit]:
    return [
        unit
        for segment in view.segments
        for stretch in segment.stretches
        for unit in (*stretch.units, *stretch.tail)
    ]


def text_of(stretch: Stretch) -> str:
    return "".join(unit.text for unit in stretch.units)


def test_every_token_is_shown_once_in_order(views: list[WindowView]) -> None:
    """All but the padding, which has no text."""
    for view in views:
        numbers = [(unit.number, unit.number + unit.tokens) for unit in all_units(view)]
        assert [number for pair in numbers for number in range(*pair)] == list(
            range(view.tokens - view.window.padding)
        )
        assert sum(segment.tokens for segment in view.segments) == view.tokens - view.window.padding


def test_what_is_masked_is_what_the_model_does_not_learn(sampled: Source, views: list[WindowView]) -> None:
    """The labels of the data set say so."""
    for view in views:
        labels = sampled.windows[view.index]["labels"]
        masked = {n for u in all_units(view) if u.masked for n in range(u.number, u.number + u.tokens)}
        filled = view.tokens - view.window.padding
        assert masked == {int(n) for n in np.flatnonzero(labels[:filled] == IGNORED)}
        assert view.targets == int((labels[1:] != IGNORED).sum())


def test_the_parts_of_a_gap_make_the_document_again(sampled: Source, views: list[WindowView]) -> None:
    """Prefix, middle and suffix, in this order, are the piece as it is in the corpus."""
    seen: set[str] = set()
    for segment in (segment for view in views for segment in view.segments if segment.segment.gaps == 1):
        parts = {stretch.part: text_of(stretch) for stretch in segment.stretches if stretch.part != "plain"}
        piece = segment.segment
        ids = sampled.windows._split.tokens(piece.document, piece.first, piece.last)
        whole = "".join(parts.get(name, "") for name in ("prefix", "middle", "suffix"))
        torn_together = whole.encode("utf-8", "surrogateescape").decode()
        assert torn_together == sampled.coder.decode(ids.tolist())
        seen.add(piece.order)
        order = [stretch.part for stretch in segment.stretches if stretch.part != "plain"]
        expected = ("prefix", "suffix", "middle") if piece.order == "psm" else ("suffix", "prefix", "middle")
        assert order == [name for name in expected if name in parts]
    assert seen == {"psm", "spm"}


def test_special_tokens_are_told_from_text_that_looks_like_them(views: list[WindowView]) -> None:
    """A document says <fim_middle>, and so does the model's command; only one of them is special."""
    names = {(unit.text, unit.special) for view in views for unit in all_units(view) if unit.special}
    assert names == {
        ("<fim_prefix>", True),
        ("<fim_suffix>", True),
        ("<fim_middle>", True),
        ("<|endoftext|>", True),
    }
    plain = "".join(unit.text for view in views for unit in all_units(view) if not unit.special)
    assert "<fim_middle> <|endoftext|>" in plain


def test_each_segment_knows_its_document(views: list[WindowView]) -> None:
    """Where it is from, and which of its tokens these are."""
    for segment in (segment for view in views for segment in view.segments):
        assert 0 <= segment.segment.first < segment.segment.last <= segment.length
        assert segment.about.language.startswith("Python")
    assert {segment.about.repo_name for view in views for segment in view.segments} >= {"<script>/\u202ex"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, st.data())
def test_units_are_whole_characters(sampled: Source, text: str, data: st.DataObject) -> None:
    """However a text is cut into tokens, its units are the text; bytes of a torn character are kept apart."""
    ids = np.array(sampled.coder.encode(text), np.int64)
    masked = np.zeros(len(ids), np.bool_)
    made = list(units(ids, masked, 5, sampled.windows.vocabulary))
    assert "".join(unit.text for unit in made) == text
    assert all(unit.text and not any("\udc80" <= one <= "\udcff" for one in unit.text) for unit in made)
    first = data.draw(st.integers(0, len(ids)))
    last = data.draw(st.integers(first, len(ids)))
    some = list(units(ids[first:last], masked[first:last], first, sampled.windows.vocabulary))
    spelt = b"".join(sampled.windows.vocabulary.spelt[number] for number in ids[first:last])
    assert b"".join(unit.text.encode("utf-8", "surrogateescape") for unit in some) == spelt
    assert sum(unit.tokens for unit in some) == last - first


def test_a_character_of_several_tokens_is_one_unit_unless_only_a_part_is_masked(sampled: Source) -> None:
    """An emoji has more than one token here; its number is shown, and a mask is never hidden."""
    ids = np.array(sampled.coder.encode("😀"), np.int64)
    assert len(ids) > 1
    (unit,) = units(ids, np.zeros(len(ids), np.bool_), 0, sampled.windows.vocabulary)
    assert unit == Unit("😀", len(ids), special=False, masked=False, number=0)
    masked = np.arange(len(ids)) == 0
    first, *others = units(ids, masked, 0, sampled.windows.vocabulary)
    assert first.masked
    assert not any(unit.masked for unit in others)


def test_a_long_window_is_abridged_and_counted(sampled: Source, views: list[WindowView]) -> None:
    """Short parts stay whole, the middle of long ones is left out; what is shown and what is not adds up."""
    for whole in views:
        view = view_of(sampled, whole.index, isolate=True, padding_counts=False, limit=60)
        shown = sum(unit.tokens for unit in all_units(view))
        assert shown + view.left_out == whole.tokens - whole.window.padding
        assert shown <= max(60, 2 * sum(len(one.stretches) for one in view.segments))
        for one, other in zip(view.segments, whole.segments, strict=True):
            for cut, full in zip(one.stretches, other.stretches, strict=True):
                assert (
                    cut.tokens == full.tokens == sum(u.tokens for u in (*cut.units, *cut.tail)) + cut.left_out
                )


@pytest.mark.parametrize(
    ("lengths", "limit", "longest"),
    [([5, 5], 10, 5), ([1, 100], 11, 10), ([1, 100, 100], 21, 10), ([100] * 50, 10, 2), ([], 10, 0)],
)
def test_room_is_shared_by_what_needs_it(lengths: list[int], limit: int, longest: int) -> None:
    """Short stretches leave theirs to long ones; each has two tokens at least."""
    assert _longest(lengths, limit) == longest


def test_masks_follow_the_settings(sampled: Source) -> None:
    """Without isolation only the very first token is no target."""
    view: Any = view_of(sampled, 0, isolate=False, padding_counts=False, limit=0)
    assert [unit.number for unit in all_units(view) if unit.masked] == [0]
