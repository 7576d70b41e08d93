"""What each id is in bytes and characters."""

import json
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_tokens import TEXTS

from training.errors import BadTokenizerError
from training.fim.vocabulary import ATOM, INSIDE, Vocabulary, as_ids, vocabulary_of
from training.tokenizer.coder import Coder


@given(text=TEXTS)
def test_bytes_and_characters_of_ids_are_those_of_the_text(
    coder: Coder, vocabulary: Vocabulary, text: str
) -> None:
    """The bytes of a text's ids are its bytes, and the characters that begin in them are its characters."""
    ids = coder.encode(text)
    assert b"".join(vocabulary.spelt[one] for one in ids) == text.encode()
    assert int(vocabulary.characters[as_ids(ids)].sum()) == len(text)


@given(text=TEXTS, ends=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_clean_runs_are_those_that_are_utf8(
    coder: Coder, vocabulary: Vocabulary, text: str, ends: tuple[float, float]
) -> None:
    """A run of a text's ids is clean exactly if its bytes are UTF-8 by themselves."""
    ids = coder.encode(text)
    first, last = sorted(round(end * len(ids)) for end in ends)
    spelt = b"".join(vocabulary.spelt[one] for one in ids[first:last])
    try:
        whole = spelt.decode() is not None
    except UnicodeDecodeError:
        whole = False
    assert vocabulary.is_clean(as_ids(ids[first:last])) == whole


@pytest.mark.parametrize(
    ("spelt", "clean"),
    [
        (b"", True),
        (b"a", True),
        (b"\xc3\xa9", True),
        (b"a\xc3", False),
        (b"\xa9a", False),
        (b"a\xf0\x9f\x99", False),
        (b"\xf0\x9f\x99\x82", True),
        ("\ufffd".encode(), True),
        (b"a\x99\x82\x99\x82\x99", False),
    ],
)
def test_edges_inside_characters_are_seen_byte_by_byte(
    vocabulary: Vocabulary, spelt: bytes, clean: bool
) -> None:
    """Whether a run begins or ends inside a character is told by its bytes, also if each is a token."""
    of_byte = {one: number for number, one in enumerate(vocabulary.spelt) if len(one) == 1}
    assert vocabulary.is_clean(as_ids([of_byte[bytes([byte])] for byte in spelt])) == clean


def test_a_special_token_is_clean_whatever_is_before(vocabulary: Vocabulary) -> None:
    """A run that ends with a special token ends between characters."""
    assert vocabulary.is_clean(as_ids([vocabulary.specials.prefix]))


def test_special_tokens_are_atoms_of_one_character(vocabulary: Vocabulary) -> None:
    """Every special token is one character without bytes, and a boundary."""
    for number in vocabulary.specials.control:
        assert (vocabulary.spelt[number], int(vocabulary.characters[number])) == (b"", 1)
        assert vocabulary.boundary[number] == ATOM


def test_boundaries_are_before_a_space_and_a_letter(vocabulary: Vocabulary) -> None:
    """Among ordinary tokens, just those that begin with a space and an ASCII letter are boundaries."""
    for number, spelt in enumerate(vocabulary.spelt):
        begins_word = spelt[:1] == b" " and spelt[1:2].isalpha()
        assert (vocabulary.boundary[number] == INSIDE) == begins_word
    assert np.count_nonzero(vocabulary.boundary == INSIDE) > 100


def test_newlines_at_the_edges_of_tokens_are_known(coder: Coder, vocabulary: Vocabulary) -> None:
    """Tokens that begin or end with a newline are marked."""
    for number, spelt in enumerate(vocabulary.spelt):
        assert vocabulary.begins_with_newline[number] == spelt.startswith((b"\n", b"\r\n"))
        assert vocabulary.ends_with_newline[number] == spelt.endswith(b"\n")
    assert vocabulary.ends_with_newline[coder.encode("\n")[0]]


def _with(coder: Coder, **changes: Any) -> Coder:
    """A coder whose tokenizer is defined otherwise."""
    definition = json.loads(coder.hf.backend_tokenizer.to_str()) | changes
    backend = SimpleNamespace(to_str=lambda: json.dumps(definition))
    stand_in = SimpleNamespace(
        hf=SimpleNamespace(backend_tokenizer=backend), specials=coder.specials, size=coder.size + 1
    )
    return cast("Coder", stand_in)


def _added(coder: Coder, **more: Any) -> dict[str, Any]:
    """Another added token."""
    definition = json.loads(coder.hf.backend_tokenizer.to_str())
    token = {**definition["added_tokens"][0], "id": coder.size, "content": "<more>", **more}
    return {"added_tokens": [*definition["added_tokens"], token]}


@pytest.mark.parametrize(
    "change",
    [
        {"normalizer": {"type": "NFC"}},
        {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False}},
        {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True, "use_regex": True}},
        {"pre_tokenizer": None},
    ],
)
def test_an_unknown_way_to_split_has_no_boundaries_in_text(coder: Coder, change: dict[str, Any]) -> None:
    """Where text is split in a way that is not known, only special tokens are boundaries."""
    assert not np.any(vocabulary_of(_with(coder, **change)).boundary == INSIDE)


def test_a_token_that_is_found_in_text_is_text_and_forbids_boundaries(coder: Coder) -> None:
    """An added token that is not special has bytes; it may reach over words, so there are no boundaries."""
    vocabulary = vocabulary_of(_with(coder, **_added(coder, special=False)))
    assert vocabulary.spelt[coder.size] == b"<more>"
    assert not np.any(vocabulary.boundary == INSIDE)


def test_another_special_token_is_an_atom(coder: Coder) -> None:
    """A special token that no family has is an atom like the others."""
    vocabulary = vocabulary_of(_with(coder, **_added(coder, special=True)))
    assert vocabulary.boundary[coder.size] == ATOM
    assert np.any(vocabulary.boundary == INSIDE)


def test_special_tokens_are_atoms_however_they_were_saved(coder: Coder) -> None:
    """A family's special tokens are atoms, and forbid nothing, also if their file says otherwise."""
    definition = json.loads(coder.hf.backend_tokenizer.to_str())
    plain = [{**token, "special": False} for token in definition["added_tokens"]]
    vocabulary = vocabulary_of(_with(coder, added_tokens=plain))
    assert vocabulary.boundary[coder.specials.prefix] == ATOM
    assert np.any(vocabulary.boundary == INSIDE)


def test_a_number_that_no_token_has_is_an_atom(coder: Coder) -> None:
    """A gap in the numbering is never taken for text."""
    vocabulary = vocabulary_of(_with(coder))
    assert vocabulary.boundary[coder.size] == ATOM
    assert int(vocabulary.characters[coder.size]) == 1


def test_tokens_that_are_no_bytes_are_refused(coder: Coder) -> None:
    """A tokenizer with tokens that are not written in bytes is refused, naming one."""
    definition = json.loads(coder.hf.backend_tokenizer.to_str())
    model = definition["model"]
    with pytest.raises(BadTokenizerError, match="1 tokens such as '▁the' that are not made of bytes"):
        vocabulary_of(_with(coder, model={**model, "vocab": {**model["vocab"], "▁the": coder.size}}))
