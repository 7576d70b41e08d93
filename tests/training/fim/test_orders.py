"""Prefix, middle and suffix in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_tokens import atoms_with, characters_of, joined

from training.fim.measure import Measured
from training.fim.orders import Order, Part, Permuted, permute
from training.fim.text import atoms_of, ids_of
from training.fim.vocabulary import Vocabulary, as_ids
from training.tokenizer.coder import Coder

TEXT = "def one(two):\n"
PREFIX, MIDDLE, SUFFIX = "def o", "ne(tw", "o):\n"
ORDERS: list[tuple[Order, bool]] = [("psm", True), ("spm", True), ("spm", False)]


@pytest.fixture
def run(coder: Coder, vocabulary: Vocabulary) -> Measured:
    """A short text."""
    return Measured(as_ids(coder.encode(TEXT)), vocabulary, coder)


def test_the_prefix_first(coder: Coder, vocabulary: Vocabulary, run: Measured) -> None:
    """PSM: each part behind its special token, each encoded alone."""
    marks = vocabulary.specials
    assert permute(run, (5, 10), "psm", vocabulary).ids.tolist() == ids_of(
        [marks.prefix, PREFIX, marks.suffix, SUFFIX, marks.middle, MIDDLE], coder
    )


def test_the_suffix_first(coder: Coder, vocabulary: Vocabulary, run: Measured) -> None:
    """SPM, variant 2, as published: prefix and middle are encoded apart, a boundary of tokens at the cut."""
    marks = vocabulary.specials
    assert permute(run, (5, 10), "spm", vocabulary).ids.tolist() == [
        *ids_of([marks.prefix, marks.suffix, SUFFIX, marks.middle, PREFIX], coder), *coder.encode(MIDDLE)
    ]  # fmt: skip


def test_the_suffix_first_with_prefix_and_middle_as_one(
    coder: Coder, vocabulary: Vocabulary, run: Measured
) -> None:
    """The suffix, then prefix and middle as one text, if that is asked for."""
    marks = vocabulary.specials
    joint = permute(run, (5, 10), "spm", vocabulary, joint=True).ids.tolist()
    assert joint == ids_of([marks.prefix, marks.suffix, SUFFIX, marks.middle, PREFIX + MIDDLE], coder)
    assert joint != permute(run, (5, 10), "spm", vocabulary).ids.tolist()


@pytest.mark.parametrize(("order", "joint"), ORDERS)
@given(data=st.data())
def test_parts_say_where_everything_is(
    coder: Coder, vocabulary: Vocabulary, order: Order, joint: bool, data: st.DataObject
) -> None:
    """The parts hold prefix, suffix and middle; one token over the cut is told to belong to the middle."""
    atoms = data.draw(atoms_with([vocabulary.specials.file_sep or 0]))
    characters = characters_of(atoms)
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(characters))] * 2)))
    run = Measured(as_ids(ids_of(atoms, coder)), vocabulary, coder)
    permuted = permute(run, (first, last), order, vocabulary, joint=joint)
    found = {part.name: permuted.ids[part.start : part.end].tolist() for part in permuted.parts}
    assert sum(map(len, found.values())) + 3 == len(permuted.ids)
    assert atoms_of(found["suffix"], vocabulary) == joined(characters[last:])
    both = atoms_of(found["prefix"] + found["middle"], vocabulary)
    assert both == joined(characters[:last])
    prefix = characters_of(atoms_of(found["prefix"], vocabulary))
    assert prefix == characters[: len(prefix)]
    assert len(prefix) <= first
    if order == "psm" or not joint:
        assert len(prefix) == first
    elif found["middle"]:
        behind = len(characters_of(atoms_of([*found["prefix"], found["middle"][0]], vocabulary)))
        assert behind > first, "no token that is all prefix is in the middle"


def test_parts_move_with_what_is_before(vocabulary: Vocabulary, run: Measured) -> None:
    """Parts can be placed in a longer row of ids."""
    permuted = permute(run, (5, 10), "psm", vocabulary)
    moved: Permuted = permuted.moved(100)
    assert moved.parts == tuple(Part(p.name, p.start + 100, p.end + 100) for p in permuted.parts)
    assert moved.ids is permuted.ids
