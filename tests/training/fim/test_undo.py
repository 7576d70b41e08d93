"""What was permuted comes back exactly."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_tokens import atoms_with

from curation.errors import BadInputError
from curation.sentinels import Family
from training.fim.permute import Permuter
from training.fim.pieces import Piece
from training.fim.settings import FimSettings
from training.fim.text import Atom, ids_of
from training.fim.undo import undo
from training.fim.vocabulary import Vocabulary, as_ids
from training.tokenizer.coder import Coder

ROOM = 10_000
WAYS = st.builds(
    FimSettings,
    rate=st.sampled_from([0.5, 1.0]),
    spm_rate=st.sampled_from([0.0, 0.5, 1.0]),
    fragment_rate=st.sampled_from([0.5, 1.0]),
    cut=st.sampled_from(["character", "line"]),
    joint=st.booleans(),
    keep_head=st.booleans(),
    min_characters=st.sampled_from([1, 10]),
    megatron=st.booleans(),
)


@pytest.fixture(scope="module")
def tools_of(
    coder: Coder, vocabulary: Vocabulary, first_coder: Coder, first_vocabulary: Vocabulary
) -> Mapping[Family, tuple[Coder, Vocabulary]]:
    """Coder and vocabulary of both families."""
    return {"starcoder": (first_coder, first_vocabulary), "starcoder2": (coder, vocabulary)}


@pytest.mark.parametrize("family", ["starcoder", "starcoder2"])
@given(data=st.data(), fim=WAYS, seed=st.integers(0, 1000), end=st.booleans())
@settings(max_examples=300)
def test_any_text_comes_back(
    tools_of: Mapping[Family, tuple[Coder, Vocabulary]],
    family: Family,
    data: st.DataObject,
    fim: FimSettings,
    seed: int,
    end: bool,
) -> None:
    """Whatever is cut wherever in any text, in any order, file by file or as one, the text comes back.

    Texts have characters of several bytes, CRLF, what looks like special tokens, U+FFFD, and special tokens.
    """
    tools, table = tools_of[family]
    barred = {table.specials.prefix, table.specials.middle, table.specials.suffix, table.specials.end}
    atoms = data.draw(atoms_with([one for one in table.specials.control if one not in barred]))
    ids = as_ids(ids_of(atoms, tools))
    piece = Piece(ids, begins=True, opening=int(ids[0]) if len(ids) else -1)
    outcome = Permuter(fim, tools, table).permute(piece, np.random.default_rng(seed), ROOM)
    after = outcome.ids.tolist() + [table.specials.end] * end
    assert undo(after, table) == atoms
    marks = np.isin(outcome.ids, [table.specials.prefix, table.specials.middle, table.specials.suffix])
    assert int(marks.sum()) == 3 * len(outcome.gaps)


def test_both_orders_by_hand(coder: Coder, vocabulary: Vocabulary) -> None:
    """Prefix, then middle, then suffix, whichever came first; what follows a gap stands behind it."""
    marks = vocabulary.specials
    sep = marks.file_sep or 0
    first: list[Atom] = [marks.prefix, "a", marks.suffix, "c", marks.middle, "b"]
    second: list[Atom] = [marks.prefix, marks.suffix, "c", marks.middle, "ab"]
    assert undo(ids_of([*first, marks.end], coder), vocabulary) == ["abc"]
    assert undo(ids_of(second, coder), vocabulary) == ["abc"]
    both = ids_of([sep, *first, sep, "d", sep, *second], coder)
    assert undo(both, vocabulary) == [sep, "abc", sep, "d", sep, "abc"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["prefix", "suffix"], "expected <fim_middle> behind id 1, saw none up to the end .2 ids."),
        (["prefix"], "expected <fim_suffix> behind id 0"),
        (["middle"], "saw <fim_middle> at id 0 outside a gap"),
        (["suffix"], "saw <fim_suffix> at id 0 outside a gap"),
    ],
)
def test_half_a_gap_is_refused(vocabulary: Vocabulary, names: list[str], message: str) -> None:
    """A gap that was cut off, or that never began, is told and not guessed at."""
    with pytest.raises(BadInputError, match=message):
        undo([getattr(vocabulary.specials, name) for name in names], vocabulary)
