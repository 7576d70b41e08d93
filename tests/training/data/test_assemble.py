"""Pieces of documents become windows."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_tokens import MadeSplit
from tiny import texts

from training.data.assemble import Assembler
from training.data.plan import Plan, in_memory, packed
from training.data.reserve import Reserve
from training.data.stream import laid_out
from training.data.windows import Window
from training.fim.permute import Permuter
from training.fim.settings import FimSettings
from training.fim.text import atoms_of, ids_of
from training.fim.undo import undo
from training.fim.vocabulary import Vocabulary
from training.tokenizer.coder import Coder

LENGTH = 256


class Made:
    """Real files, one of them long, and a repository; planned and assembled."""

    def __init__(
        self, coder: Coder, vocabulary: Vocabulary, split: MadeSplit | None = None, **fim: Any
    ) -> None:
        self.split = split or _files(coder)
        self.vocabulary = vocabulary
        self.fim = FimSettings(**fim)
        self.reserve = Reserve.of(LENGTH, self.fim)
        self.plan: Plan = in_memory(
            laid_out(self.split, LENGTH, 7)
            if self.fim.megatron
            else packed(self.split, self.reserve, vocabulary)
        )
        permuter = Permuter(self.fim, coder, vocabulary)
        self.assembler = Assembler(self.split, permuter, LENGTH, seed=7)

    def window(self, number: int, epoch: int = 0) -> Window:
        """One window."""
        return self.assembler.window(self.plan.window(number), number, epoch)

    def windows(self) -> list[Window]:
        """All of an epoch."""
        return [self.window(number) for number in range(self.plan.windows)]


def _files(coder: Coder) -> MadeSplit:
    """Real files, a repository, and a document without tokens."""
    sep = coder.specials.file_sep or 0
    every = [text[:9000] for text in texts(12)]
    repository = ids_of([sep, "x = 1\n" * 30, sep, every[3][:600], sep, "y = 2\n" * 5], coder)
    return MadeSplit([*map(coder.encode, every), repository, []])


@pytest.fixture(scope="module")
def made(coder: Coder, vocabulary: Vocabulary) -> Made:
    """With every piece drawn."""
    return Made(coder, vocabulary, rate=1.0, fragment_rate=1.0)


def test_an_epoch_is_the_corpus(made: Made) -> None:
    """Undone, the segments of all windows are the documents, every token once; windows are full or padded."""
    found: dict[tuple[int, int], list[int | str]] = {}
    tokens = 0
    end = made.vocabulary.specials.end
    for window in made.windows():
        assert len(window.ids) == LENGTH
        assert [segment.start for segment in window.segments[1:]] == [s.end for s in window.segments[:-1]]
        assert window.segments[-1].end + window.padding == LENGTH
        assert window.ids[LENGTH - window.padding :].tolist() == [end] * window.padding
        for segment in window.segments:
            ids = window.ids[segment.start : segment.end].tolist()
            found[segment.document, segment.first] = undo(ids, made.vocabulary)
            piece = made.split.tokens(segment.document, segment.first, segment.last)
            assert found[segment.document, segment.first] == atoms_of(piece.tolist(), made.vocabulary)
            tokens += segment.last - segment.first
    assert tokens == made.split.lengths.sum()


def test_a_document_ends_where_it_does_or_has_a_gap(coder: Coder, vocabulary: Vocabulary) -> None:
    """The end stands behind the last piece of a document and behind pieces with gaps, and nowhere else."""
    made = Made(coder, vocabulary, rate=0.5)
    ended = {"last": 0, "gap": 0, "neither": 0}
    for window in made.windows():
        for segment in window.segments:
            ids = window.ids[segment.start : segment.end]
            last = segment.last == made.split.lengths[segment.document]
            assert (ids[-1] == vocabulary.specials.end) == bool(last or segment.gaps)
            assert int((ids == vocabulary.specials.end).sum()) == bool(last or segment.gaps)
            ended["last" if last else "gap" if segment.gaps else "neither"] += 1
    assert all(ended.values())


def test_parts_are_where_the_window_has_them(made: Made) -> None:
    """Before each part stands its special token, or, where the suffix comes first, the prefix."""
    marks = made.vocabulary.specials
    of_name = {"prefix": marks.prefix, "suffix": marks.suffix, "middle": marks.middle}
    orders = set()
    for window in made.windows():
        for segment in window.segments:
            orders.add(segment.order)
            assert len(segment.parts) == 3 * segment.gaps
            for part in segment.parts:
                assert segment.start < part.start <= part.end <= segment.end
                before = int(window.ids[part.start - 1])
                if segment.order == "psm":
                    assert before == of_name[part.name]
                elif segment.order == "spm" and part.name != "middle":
                    assert before == {"suffix": marks.suffix, "prefix": marks.middle}[part.name]
    assert {"psm", "spm"} <= orders


@given(number=st.integers(0, 10_000), epoch=st.integers(0, 3))
def test_a_window_is_the_same_whenever_it_is_made(made: Made, number: int, epoch: int) -> None:
    """The same number and epoch give the same window, whatever was made before."""
    number %= made.plan.windows
    one, other = (made.window(number, epoch) for _ in range(2))
    assert one.ids.tolist() == other.ids.tolist()
    assert one._replace(ids=other.ids) == other


def test_epochs_differ_in_gaps_and_order(made: Made) -> None:
    """The pieces of a window are the same in every epoch; their order and their gaps are not."""
    number = max(range(made.plan.windows), key=lambda one: len(made.plan.window(one)))
    windows = [made.window(number, epoch) for epoch in range(8)]
    pieces = [[(s.document, s.first, s.last) for s in window.segments] for window in windows]
    assert len({tuple(sorted(some)) for some in pieces}) == 1
    assert len(set(map(tuple, pieces))) > 1
    assert len({tuple(window.ids.tolist()) for window in windows}) == 8


def test_without_a_rate_windows_are_documents(coder: Coder, vocabulary: Vocabulary) -> None:
    """With rate 0 windows hold the tokens of documents, each with its end, and nothing else."""
    made = Made(coder, vocabulary, rate=0.0)
    for window in made.windows():
        for segment in window.segments:
            piece = made.split.tokens(segment.document, segment.first, segment.last).tolist()
            ends = segment.last == made.split.lengths[segment.document]
            expected = piece + [vocabulary.specials.end] * bool(ends)
            assert window.ids[segment.start : segment.end].tolist() == expected
            assert (segment.order, segment.gaps, segment.plain) == ("plain", 0, ())


def test_a_document_that_is_drawn_has_one_gap(coder: Coder, vocabulary: Vocabulary) -> None:
    """Drawn by document, every document has a gap in one of its pieces; which one changes with the epoch."""
    made = Made(coder, vocabulary, rate=1.0, level="document", fragment_rate=1.0)
    repository = made.split.documents - 2
    where: dict[int, set[int]] = {}
    for epoch in range(4):
        gaps: dict[int, list[int]] = {}
        for number in range(made.plan.windows):
            for segment in made.window(number, epoch).segments:
                reached = segment.gaps + len(segment.plain)
                gaps.setdefault(segment.document, []).extend([segment.first] * reached)
        for document, places in gaps.items():
            if document != repository:
                assert len(places) == 1
                where.setdefault(document, set()).add(places[0])
        assert len(set(gaps[repository])) > 1, "all pieces of a repository are drawn with it"
    assert max(map(len, where.values())) > 1


def test_documents_are_drawn_at_the_rate(coder: Coder, vocabulary: Vocabulary) -> None:
    """Drawn by document, the share of documents with a gap is the rate, however many pieces they have."""
    split = MadeSplit([coder.encode("value = 1\n" * (10 + 2 * number)) for number in range(60)])
    made = Made(coder, vocabulary, split, rate=0.3, level="document")
    drawn, epochs = 0, 40
    for epoch in range(epochs):
        windows = [made.window(number, epoch) for number in range(made.plan.windows)]
        drawn += len({s.document for window in windows for s in window.segments if s.gaps or s.plain})
    trials = epochs * split.documents
    assert abs(drawn / trials - 0.3) < 4 * np.sqrt(0.3 * 0.7 / trials)


@pytest.fixture(scope="module")
def published(coder: Coder, vocabulary: Vocabulary) -> Made:
    """With every segment drawn."""
    return Made(coder, vocabulary, megatron=True, rate=1.0, fragment_rate=1.0, spm_rate=0.5)


def test_windows_are_cut_off(published: Made) -> None:
    """What grows too long loses its end, middles too; segments and parts end with the window."""
    lost = 0
    for window in published.windows():
        assert len(window.ids) == LENGTH
        assert window.lost >= 0
        assert window.segments[-1].end == LENGTH - window.padding
        for segment in window.segments:
            assert segment.start < segment.end <= LENGTH
            assert all(part.start <= part.end <= LENGTH for part in segment.parts)
        lost += window.lost > 0
    assert lost > published.plan.windows / 2


def test_what_is_too_short_is_padded(coder: Coder, vocabulary: Vocabulary) -> None:
    """A window that becomes shorter, because its text is encoded better than it was, is padded."""
    worse = [one for character in "value = value\n" * 40 for one in coder.encode(character)]
    split = MadeSplit([worse])
    fim = FimSettings(megatron=True, rate=1.0)
    plan = in_memory(laid_out(split, 64, 7))
    assembler = Assembler(split, Permuter(fim, coder, vocabulary), 64, seed=7)
    windows = [assembler.window(plan.window(number), number, 0) for number in range(plan.windows)]
    padded = [window for window in windows if window.padding]
    assert padded
    for window in padded:
        assert window.ids[-window.padding :].tolist() == [vocabulary.specials.pad] * window.padding


def test_ends_stand_where_they_stood(published: Made) -> None:
    """The end of a document stands behind its last segment only, also of an empty document."""
    empty = published.split.documents - 1
    for window in published.windows():
        for segment in window.segments:
            ids = window.ids[segment.start : segment.end].tolist()
            if segment.end < LENGTH:
                ends = segment.last == published.split.lengths[segment.document] + 1
                assert (ids[-1] == published.vocabulary.specials.end) == ends
            if segment.document == empty:
                assert ids == [published.vocabulary.specials.end]
    assert any(s.document == empty for window in published.windows() for s in window.segments)


def test_segments_that_fit_come_back(published: Made) -> None:
    """What was not cut off can be undone like anything else."""
    checked = 0
    for window in published.windows():
        for segment in window.segments[:-1]:
            ids = window.ids[segment.start : segment.end].tolist()
            length = int(published.split.lengths[segment.document])
            piece = published.split.tokens(segment.document, segment.first, min(segment.last, length))
            assert undo(ids, published.vocabulary) == atoms_of(piece.tolist(), published.vocabulary)
            checked += 1
    assert checked > 10


def test_pieces_that_split_a_character_stay(coder: Coder, vocabulary: Vocabulary) -> None:
    """Where a slice begins or ends inside a character, it is counted and left, and no U+FFFD comes of it."""
    split = MadeSplit([coder.encode("\U0001f642 " * 200)])
    fim = FimSettings(megatron=True, rate=1.0)
    plan = in_memory(laid_out(split, 33, 7))
    assembler = Assembler(split, Permuter(fim, coder, vocabulary), 33, seed=7)
    windows = [assembler.window(plan.window(number), number, 0) for number in range(plan.windows)]
    reasons = [reason for window in windows for s in window.segments for reason in s.plain]
    assert "split_character" in reasons
    assert any(s.gaps for window in windows for s in window.segments)
    for window in windows:
        assert "\ufffd".encode() not in b"".join(vocabulary.spelt[one] for one in window.ids)
