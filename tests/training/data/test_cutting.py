"""Long documents become pieces that tear little."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_tokens import TEXTS, MadeSplit
from tiny import texts

from training.data.cutting import LINE_TOKENS, SHARE, Cutter, blocks
from training.data.reserve import Reserve
from training.fim.settings import FimSettings
from training.fim.text import ids_of
from training.fim.vocabulary import Vocabulary, as_ids
from training.tokenizer.coder import Coder

GAPS = FimSettings(rate=1.0, fragment_rate=1.0)


def cutter(vocabulary: Vocabulary, length: int, *, repositories: bool = False) -> Cutter:
    """For windows of so many tokens."""
    return Cutter(Reserve.of(length, GAPS), vocabulary, repositories=repositories)


def pieces(split: MadeSplit, how: Cutter) -> list[tuple[int, int, int]]:
    """All pieces of a split, in the order of documents."""
    found, sizes = how.pieces(split, 0, split.documents)
    assert (sizes >= found[:, 2] - found[:, 1]).all()
    assert (sizes <= how.reserve.capacity).all()
    return sorted(map(tuple, found.tolist()))


@given(texts=st.lists(TEXTS, max_size=5), length=st.integers(32, 60), repositories=st.booleans())
def test_pieces_are_the_documents(
    coder: Coder, vocabulary: Vocabulary, texts: list[str], length: int, repositories: bool
) -> None:
    """The pieces of a document follow each other, hold all of it, fit, and split no character."""
    documents = [ids_of([coder.specials.file_sep or 0, *([text] if text else [])], coder) for text in texts]
    documents += [coder.encode(text * 5) for text in texts]
    split, how = MadeSplit(documents), cutter(vocabulary, length, repositories=repositories)
    found = pieces(split, how)
    for number, ids in enumerate(documents):
        own = [(first, last) for document, first, last in found if document == number]
        assert [token for first, last in own for token in range(first, last)] == list(range(len(ids)))
        for first, last in own:
            assert 0 < last - first <= how.reserve.limit
            assert vocabulary.is_clean(as_ids(ids[first:last]))


def test_documents_are_counted_from_where_they_are(coder: Coder, vocabulary: Vocabulary) -> None:
    """A run of documents from the middle of a split keeps its numbers."""
    split = MadeSplit([coder.encode("x = 1\n" * n) for n in (1, 50, 2, 60, 3)])
    how = cutter(vocabulary, 64)
    found, _ = how.pieces(split, 2, 5)
    assert sorted(map(tuple, found.tolist())) == [piece for piece in pieces(split, how) if piece[0] >= 2]


def test_cuts_are_at_lines(coder: Coder, vocabulary: Vocabulary) -> None:
    """Real code is cut where a line ends, as late as there is one."""
    split = MadeSplit([coder.encode(text) for text in texts(40)])
    how = cutter(vocabulary, 512)
    cuts = [(document, first) for document, first, _ in pieces(split, how) if first]
    at_line = 0
    for document, first in cuts:
        before, after = split.tokens(document)[first - 1 : first + 1].tolist()
        at_line += bool(vocabulary.ends_with_newline[before] or vocabulary.begins_with_newline[after])
    assert len(cuts) > 50
    assert at_line / len(cuts) > 0.97


@pytest.mark.parametrize(("length", "look"), [(2048, LINE_TOKENS), (512, 498 // SHARE)])
def test_a_line_too_far_from_the_end_is_no_place_to_cut(
    coder: Coder, vocabulary: Vocabulary, length: int, look: int
) -> None:
    """Where no line ends in the last 64 tokens, or 1/16, of a piece, it is cut as late as it can be."""
    how = cutter(vocabulary, length)
    assert length == 2048 or how.reserve.limit == 498
    newline, one = coder.encode("\n"), coder.encode("x")
    assert len(newline) == len(one) == 1
    for tokens, expected in ((look - 1, how.reserve.limit - look + 1), (look + 1, how.reserve.limit)):
        ids = one * (how.reserve.limit - tokens - 1) + newline + one * length
        assert pieces(MadeSplit([ids]), how)[0][2] == pytest.approx(expected, abs=1)


def test_characters_are_never_split(coder: Coder, vocabulary: Vocabulary) -> None:
    """Where there are no lines, it is cut between characters, each of which has several tokens here."""
    ids = coder.encode("\U0001f642" * 300)
    assert len(ids) > 600
    for length in range(64, 72):
        for _, first, last in pieces(MadeSplit([ids]), cutter(vocabulary, length)):
            assert vocabulary.is_clean(as_ids(ids[first:last]))


def test_tokens_that_are_no_text_are_cut_all_the_same(vocabulary: Vocabulary) -> None:
    """If nothing is between characters, which no text gives, pieces are as long as they can be."""
    inside = int(np.flatnonzero(vocabulary.begins_inside)[0])
    how = cutter(vocabulary, 64)
    assert pieces(MadeSplit([[inside] * 100]), how)[0] == (0, 0, how.reserve.limit)


def test_repositories_are_cut_before_files(coder: Coder, vocabulary: Vocabulary) -> None:
    """A file that begins near the end of a piece begins the next one, though lines end behind it."""
    file_sep = coder.specials.file_sep or 0
    line = coder.encode("x = 1\n")
    how = cutter(vocabulary, 1024, repositories=True)
    ids = ids_of([file_sep, "x = 1\n" * 400], coder)
    ids = ids[: how.reserve.limit - 60] + [file_sep] + line * 300
    assert pieces(MadeSplit([ids]), how)[0] == (0, 0, how.reserve.limit - 60)


def test_pieces_of_repositories_keep_room_for_the_gaps_of_their_files(
    coder: Coder, vocabulary: Vocabulary
) -> None:
    """A piece takes more place the more files it has parts of, one that began before it among them."""
    file_sep = coder.specials.file_sep or 0
    file = ids_of([file_sep, "x = 1\n" * 12], coder)
    long = ids_of([file_sep, "x = 1\n" * 700, file_sep, "y = 2\n"], coder)
    split = MadeSplit([file * 40 + long, file * 3, coder.encode("x = 1\n" * 12)])
    how = cutter(vocabulary, 1024, repositories=True)
    found, sizes = how.pieces(split, 0, 3)
    for (document, first, last), size in zip(found.tolist(), sizes.tolist(), strict=True):
        ids = split.tokens(document, first, last)
        files = int((ids == file_sep).sum()) + (document == 0 and ids[0] != file_sep)
        ends = last == split.lengths[document]
        assert size == last - first + ends + how.reserve.piece + how.reserve.more_for(files)
    assert any(
        split.tokens(document, first, first + 1)[0] != file_sep for document, first, _ in found if first
    )
    assert {document: size for (document, *_), size in zip(found.tolist(), sizes.tolist(), strict=True)}[
        1
    ] > (3 * len(file) + 1 + how.reserve.piece)


def test_without_repositories_documents_are_read_at_cuts_only(
    coder: Coder, vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are no repositories, short documents are not read at all, and of long ones only cuts."""
    split = MadeSplit([coder.encode("x = 1\n" * n) for n in (3, 400)])
    seen: list[int] = []

    def tokens(document: int, first: int = 0, last: int | None = None) -> object:
        seen.append(document)
        return split._ids[document][first:last]

    monkeypatch.setattr(split, "tokens", tokens)
    found = pieces(split, cutter(vocabulary, 512))
    assert seen == [1] * (len(found) - 2)


@given(lengths=st.lists(st.integers(0, 90), max_size=60), limit=st.integers(1, 30), many=st.integers(1, 20))
def test_blocks_are_runs_of_documents(lengths: list[int], limit: int, many: int) -> None:
    """Blocks follow each other, hold all documents, and not more pieces than asked for unless it is one."""
    found = list(blocks(np.array(lengths, np.int64), limit, many))
    assert [one for first, last in found for one in range(first, last)] == list(range(len(lengths)))
    for first, last in found:
        assert last == first + 1 or sum(-(-length // limit) for length in lengths[first:last]) <= many
