"""Ids <-> text in which special tokens are atoms."""

from hypothesis import given
from hypothesis import strategies as st
from made_tokens import TEXTS, atoms_with

from training.fim.text import atoms_of, ids_of, shown
from training.fim.vocabulary import Vocabulary
from training.tokenizer.coder import Coder


@given(data=st.data())
def test_atoms_come_back(coder: Coder, vocabulary: Vocabulary, data: st.DataObject) -> None:
    """Text and special tokens become ids and the same text and special tokens again."""
    atoms = data.draw(atoms_with(list(vocabulary.specials.control)))
    assert atoms_of(ids_of(atoms, coder), vocabulary) == atoms


@given(text=TEXTS, number=st.integers(0, 4))
def test_bytes_that_are_no_character_come_back(
    coder: Coder, vocabulary: Vocabulary, text: str, number: int
) -> None:
    """A run that begins inside a character gives text from which its bytes can be had again."""
    ids = coder.encode(f"\U0001f642\U0001f642{text}")[number:]
    spelt = b"".join(vocabulary.spelt[one] for one in ids)
    assert b"".join(
        atom.encode("utf-8", "surrogateescape")
        for atom in atoms_of(ids, vocabulary)
        if isinstance(atom, str)
    ) == spelt  # fmt: skip


def test_what_looks_like_a_special_token_is_text(coder: Coder, vocabulary: Vocabulary) -> None:
    """The text <fim_prefix> and the special token are different atoms, and look the same when shown."""
    prefix = vocabulary.specials.prefix
    ids = ids_of(["<fim_prefix>", prefix], coder)
    assert ids.count(prefix) == 1
    assert atoms_of(ids, vocabulary) == ["<fim_prefix>", prefix]
    assert shown(["<fim_prefix>", prefix], vocabulary) == "<fim_prefix><fim_prefix>"


def test_an_id_without_a_name_is_shown_by_number(vocabulary: Vocabulary) -> None:
    """A special token that no family has is shown as its number."""
    assert shown(["a", 99_999], vocabulary) == "a<99999>"
