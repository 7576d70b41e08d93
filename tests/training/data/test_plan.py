"""Which pieces make which window."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_tokens import MadeSplit

from curation.errors import BadInputError
from training.data.plan import LARGEST, Block, in_memory, packed
from training.data.reserve import Reserve
from training.fim.settings import FimSettings
from training.fim.vocabulary import Vocabulary

LENGTHS = st.lists(st.integers(0, 200), min_size=1, max_size=60)


def made(vocabulary: Vocabulary, lengths: list[int]) -> MadeSplit:
    """Documents of such lengths, of one token."""
    number = vocabulary.spelt.index(b"x")
    return MadeSplit([[number] * length for length in lengths])


@given(lengths=LENGTHS, rate=st.sampled_from([0.0, 1.0]), block=st.integers(1, 50))
def test_windows_hold_everything_once_and_have_room(
    vocabulary: Vocabulary, lengths: list[int], rate: float, block: int
) -> None:
    """Every token of every document is in one window; pieces, their ends and what is kept fit in each."""
    split, reserve = made(vocabulary, lengths), Reserve.of(64, FimSettings(rate=rate))
    if not sum(lengths):
        with pytest.raises(BadInputError, match="nothing to make windows of"):
            in_memory(packed(split, reserve, vocabulary, block=block))
        return
    plan = in_memory(packed(split, reserve, vocabulary, block=block))
    seen = set()
    for number in range(plan.windows):
        rows = plan.window(number).tolist()
        assert rows
        seen |= {(document, token) for document, first, last in rows for token in range(first, last)}
        taken = sum(
            last - first + (last == lengths[document]) + reserve.piece for document, first, last in rows
        )
        assert taken + reserve.window <= 64
    assert len(seen) == plan.tokens == sum(lengths)


def test_blocks_change_where_windows_end_and_nothing_else(vocabulary: Vocabulary) -> None:
    """Blocks bound memory: with more than one, a few more windows are needed."""
    lengths = np.random.default_rng(0).integers(1, 60, 3000).tolist()
    split, reserve = made(vocabulary, lengths), Reserve.of(64, FimSettings(rate=0))
    one, many = (in_memory(packed(split, reserve, vocabulary, block=block)) for block in (1 << 20, 200))
    assert one.tokens == many.tokens
    assert one.windows <= many.windows <= one.windows * 1.05


def test_the_same_documents_give_the_same_plan(vocabulary: Vocabulary) -> None:
    """The hash is that of the plan: the same for the same documents, another for others."""
    reserve = Reserve.of(64, FimSettings())
    hashes = [
        in_memory(packed(made(vocabulary, lengths), reserve, vocabulary)).sha256
        for lengths in ([5, 6, 70], [5, 6, 70], [5, 70, 6])
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_the_hash_does_not_depend_on_blocks() -> None:
    """The same windows in one block or in two have the same hash."""
    pieces = np.array([[0, 0, 5], [1, 0, 6], [2, 0, 7]], np.uint32)
    one = in_memory([Block(pieces, np.array([0, 2, 3]))])
    two = in_memory([Block(pieces[:2], np.array([0, 2])), Block(pieces[2:], np.array([0, 1]))])
    assert one.sha256 == two.sha256
    assert one.starts.tolist() == two.starts.tolist() == [0, 2, 3]


def test_numbers_that_do_not_fit_are_refused(vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document with more tokens than a plan can count is named, not wrapped around."""
    monkeypatch.setattr("training.data.plan.LARGEST", 50)
    with pytest.raises(BadInputError, match="documents 0 to 1: saw a document or token with number 50"):
        list(packed(made(vocabulary, [4, 50]), Reserve.of(64, FimSettings(rate=0)), vocabulary))
    assert np.iinfo(np.uint32).max + 1 == LARGEST
