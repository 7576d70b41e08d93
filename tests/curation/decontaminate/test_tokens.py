"""How the kernels cut texts: as plain Python does."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from decontaminate_twin import folded, is_name, tokens, words
from hypothesis import given
from hypothesis import strategies as st

from curation.decontaminate import tokens as kernels
from curation.decontaminate.alphabet import alphabet
from curation.decontaminate.index import padded
from curation.decontaminate.tokens import LONGEST, PLACEHOLDER, hash_token, tokenise, tokens_of
from curation.decontaminate.verify import token_end

NAMES = ("x", "Name", "ÄrgerÖ", "é", "_", "\U0001d4b3", "e\u0301", "abcdefgh", "abcdefghi")
OTHERS = ("if", "Return", "9", "1e5", "中文", "(", "+=", "→", "\ud800", "\0", " ", "\n\t", "\u2003", "\u00a0")
PIECES = st.sampled_from((*NAMES, *OTHERS, "a_much_longer_name_than_sixteen_bytes"))
TEXTS = st.lists(PIECES, max_size=80).map("".join)


def cut(text: str, run: Callable[..., Any] = tokenise) -> tuple[list[int], list[str], list[int]]:
    """Hashes of words, names and signs as they are written, and hashes of these."""
    data, size = padded(text)
    found, names = tokens_of(size + 1), tokens_of(size + 1)
    word_count, count = run(data, (0, size), alphabet(), found, names, (0, 0))
    spans = [(at, token_end(data, at, size, alphabet().classes)) for at in names.starts[:count].tolist()]
    written = [bytes(data[start:end]).decode("utf-8", "surrogatepass") for start, end in spans]
    return found.hashes[:word_count].tolist(), written, names.hashes[:count].tolist()


def hash_of(token: str, *, word: bool) -> int:
    """The hash of a token."""
    data, size = padded(token)
    return int(hash_token(data, 0, size, word, alphabet().folded))


@given(TEXTS)
def test_words_names_and_signs_are_those_of_plain_python(text: str) -> None:
    """Same tokens, same words in lower case, and the placeholder for just the names."""
    hashes, written, names = cut(text)
    assert written == tokens(text)
    assert hashes == [hash_of(word, word=not "一" <= word <= "鿿") for word in words(text)]
    assert [name == int(PLACEHOLDER) for name in names] == [is_name(token) for token in tokens(text)]


@given(st.lists(PIECES, max_size=12).map("".join))
def test_a_kernel_does_uncompiled_what_it_does_compiled(text: str) -> None:
    """The plain function gives the same."""
    with np.errstate(over="ignore"):
        assert cut(text, tokenise.py_func) == cut(text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Name", "nAME", True),
        ("ÄRGER", "ärger", True),
        ("A_LONGER_NAME_THAN_16", "a_longer_name_than_16", True),
        ("name", "nam", False),
        ("abcdefghi", "abcdefgh", False),
        ("sixteen_bytes_ab", "sixteen_bytes_ac", False),
    ],
)
def test_words_are_equal_but_for_case(one: str, other: str, same: bool) -> None:
    """Words that differ in case only have one hash, others have not."""
    assert (hash_of(one, word=True) == hash_of(other, word=True)) == same
    assert (folded(one) == folded(other)) == same


def test_signs_keep_their_case() -> None:
    """The bit that makes letters small would make { of [."""
    assert hash_of("[", word=False) != hash_of("{", word=False)
    assert hash_of("@", word=False) != hash_of("`", word=False)


@given(TEXTS, st.booleans())
def test_helpers_do_uncompiled_what_they_do_compiled(text: str, word: bool) -> None:
    """The hash of a token and its end, in plain Python."""
    data, size = padded(text + "x")
    with np.errstate(over="ignore"):
        for name, values in (
            ("hash_token", (data, 0, size, word, alphabet().folded)),
            ("character", (data, 0)),
            ("gear_of", (7,)),
            ("name_of", (np.uint64(5), 60, word, alphabet().reserved, alphabet().seed)),
            ("finished", (np.uint64(size),)),
        ):
            run = getattr(kernels, name)
            assert run.py_func(*values) == run(*values)
    assert len(tokens_of.py_func(LONGEST).hashes) == LONGEST
