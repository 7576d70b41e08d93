"""A run of ids measured in characters, and any stretch of it as ids: compared with encoding the text."""

import dataclasses
import itertools
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_tokens import TEXTS, atoms_with, characters_of, joined
from made_tokens import coder as made
from tiny import texts

from training.fim.measure import Measured
from training.fim.text import Atom, ids_of
from training.fim.vocabulary import Vocabulary, as_ids, vocabulary_of
from training.tokenizer.coder import Coder
from training.tokenizer.load import load_coder

SHORT = " \nab1('é"
"""Characters of which all short texts are tried."""


def measured(atoms: Sequence[Atom], coder: Coder, vocabulary: Vocabulary) -> Measured:
    """A run of text and special tokens."""
    return Measured(as_ids(ids_of(atoms, coder)), vocabulary, coder)


@given(data=st.data())
def test_a_stretch_has_the_ids_of_its_text(coder: Coder, vocabulary: Vocabulary, data: st.DataObject) -> None:
    """Any stretch of any text with special tokens has the ids that it has when it is encoded alone."""
    atoms = data.draw(atoms_with(list(vocabulary.specials.control)))
    run, characters = measured(atoms, coder, vocabulary), characters_of(atoms)
    assert run.characters == len(characters)
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(characters))] * 2)))
    assert run.stretch(first, last).tolist() == ids_of(joined(characters[first:last]), coder)


def test_every_stretch_of_every_short_text_has_the_ids_of_its_text(
    coder: Coder, vocabulary: Vocabulary
) -> None:
    """The same for all texts of up to three characters that matter to how text is split, between words."""
    encoded: dict[str, list[int]] = {}
    for length in range(4):
        for some in itertools.product(SHORT, repeat=length):
            text = f" a{''.join(some)} b"
            run = measured([text], coder, vocabulary)
            for first, last in itertools.combinations_with_replacement(range(len(text) + 1), 2):
                part = text[first:last]
                if part not in encoded:
                    encoded[part] = coder.encode(part)
                assert run.stretch(first, last).tolist() == encoded[part], (text, first, last)


def test_stretches_of_real_files_have_the_ids_of_their_text(coder: Coder, vocabulary: Vocabulary) -> None:
    """The same for real files, cut at random."""
    generator = np.random.default_rng(0)
    for text in texts(25):
        run = measured([text], coder, vocabulary)
        for first, last in np.sort(generator.integers(0, len(text) + 1, (8, 2))).tolist():
            assert run.stretch(first, last).tolist() == coder.encode(text[first:last])


def test_only_what_is_near_the_ends_is_encoded(
    coder: Coder, vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a long text no more than a few words are encoded again; the rest is taken from the run."""
    text = "".join(texts(5))
    run = measured([text], coder, vocabulary)
    seen: list[str] = []
    encode = coder.encode

    def seeing(part: str) -> list[int]:
        seen.append(part)
        return encode(part)

    monkeypatch.setattr(coder, "encode", seeing)
    run.stretch(1000, len(text) - 1000)
    assert 0 < sum(map(len, seen)) < 200


@pytest.fixture(scope="module")
def slow(coder: Coder, tmp_path_factory: pytest.TempPathFactory) -> Coder:
    """The same coder with the encoder of Hugging Face."""
    assert coder.fast
    return made("starcoder2", tmp_path_factory.getbasetemp(), fast=False)


@given(text=TEXTS, data=st.data())
def test_without_the_fast_encoder_it_is_the_same(
    slow: Coder, vocabulary: Vocabulary, text: str, data: st.DataObject
) -> None:
    """Stretches are exact with the encoder of Hugging Face too."""
    run = measured([text], slow, vocabulary)
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    assert run.stretch(first, last).tolist() == slow.encode(text[first:last])


@pytest.fixture(scope="module")
def unsplit(coder: Coder, tmp_path_factory: pytest.TempPathFactory) -> Coder:
    """A coder that does not split text before it merges, and has learnt a token over two words."""
    folder = tmp_path_factory.mktemp("unsplit")
    definition: dict[str, Any] = json.loads(coder.hf.backend_tokenizer.to_str())
    definition["pre_tokenizer"] = {
        "type": "ByteLevel", "add_prefix_space": False, "use_regex": False, "trim_offsets": True
    }  # fmt: skip
    definition["model"]["vocab"]["ĠinĠself"] = coder.size
    definition["model"]["merges"].append(["Ġin", "Ġself"])
    coder.hf.save_pretrained(folder)
    (folder / "tokenizer.json").write_text(json.dumps(definition))
    return load_coder(folder)


def test_where_text_is_not_split_stretches_are_encoded_whole(unsplit: Coder) -> None:
    """A token over a space and a letter, which such a tokenizer may have, is never taken apart."""
    text = "x in self or in self\n"
    vocabulary = vocabulary_of(unsplit)
    run = Measured(as_ids(unsplit.encode(text)), vocabulary, unsplit)
    assert unsplit.size - 1 in run.ids
    for first, last in itertools.combinations_with_replacement(range(len(text) + 1), 2):
        assert run.stretch(first, last).tolist() == unsplit.encode(text[first:last])


@given(data=st.data())
def test_lines_begin_behind_newlines_and_special_tokens(
    coder: Coder, vocabulary: Vocabulary, data: st.DataObject
) -> None:
    """Beginnings of lines are 0 and all places behind a newline or a special token, but not the end."""
    atoms = data.draw(atoms_with(list(vocabulary.specials.control)))
    characters = characters_of(atoms)
    behind = [place + 1 for place, one in enumerate(characters) if one == "\n" or isinstance(one, int)]
    expected = [0, *(place for place in behind if place < len(characters))]
    assert measured(atoms, coder, vocabulary).line_starts.tolist() == expected


@given(text=TEXTS)
def test_the_first_line_ends_with_its_newline(coder: Coder, vocabulary: Vocabulary, text: str) -> None:
    """The first line has all characters up to and with the first newline; without one there is no end."""
    expected = text.index("\n") + 1 if "\n" in text else None
    assert measured([text], coder, vocabulary).first_line_end() == expected


def test_a_line_may_end_inside_a_token(coder: Coder, vocabulary: Vocabulary) -> None:
    """A newline is found where one token has it and what is around."""
    ids = as_ids(coder.encode("é:\n    x"))
    assert any(b"\n" in vocabulary.spelt[one] and len(vocabulary.spelt[one]) > 1 for one in ids)
    assert Measured(ids, vocabulary, coder).first_line_end() == 3


def test_characters_before_a_newline_in_its_token_are_counted(coder: Coder, vocabulary: Vocabulary) -> None:
    """A token may begin with white space of several bytes before its newline."""
    newline = coder.encode("\n")[0]
    spelt = [b"\xe3\x80\x80\n" if one == b"\n" else one for one in vocabulary.spelt]
    characters = vocabulary.characters.copy()
    characters[newline] = 2
    wide = dataclasses.replace(vocabulary, spelt=spelt, characters=characters)
    assert Measured(as_ids([*coder.encode("x"), newline]), wide, coder).first_line_end() == 3


def test_nothing_is_a_run_too(coder: Coder, vocabulary: Vocabulary) -> None:
    """A run without ids has no characters, and one line that begins."""
    run = measured([], coder, vocabulary)
    assert (run.characters, run.stretch(0, 0).tolist(), run.line_starts.tolist()) == (0, [], [0])
    assert run.first_line_end() is None
