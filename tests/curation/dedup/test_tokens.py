"""Token and shingle hashes equal their twin in Python integers, on any text, however long."""

from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from near_hash_twin import run_tokens, shingle_hashes, token_hash, uncompiled
from near_twin import tokens

from curation.dedup import minhash
from curation.dedup.tokens import (
    PADDING,
    SEGMENT,
    Texts,
    TokenRule,
    rule_of,
    scratch,
    segment_end,
    segment_shingles,
    texts,
)

RULES: tuple[TokenRule, ...] = get_args(TokenRule)
PIECES = [
    *" \n.-(\0aZ_9é中カกัЖ🙂\u0301\u0661\u2028",
    "word",
    "x" * 7,
    "y" * 8,
    "z" * 17,
    "é" * 9,
    "ab.cd(e) ",
]
TEXTS = (
    st.text(max_size=300)
    | st.text(st.characters(max_codepoint=127), max_size=300)
    | st.lists(st.sampled_from(PIECES), max_size=150).map("".join)
)
HAN = [chr(point) for point in range(0x4E00, 0x9F00)]


def shingles_of(text: str, rule: TokenRule, size: int = 5) -> list[int]:
    """All shingle hashes of a text, as the kernels make them."""
    (piece,) = texts(pa.array([text]))
    memory = scratch(len(piece.data))
    return list(
        map(int, minhash.all_shingles(piece.data, 0, int(piece.offsets[1]), rule_of(rule, size), memory))
    )


def pieces_as_text(pieces: list[Texts]) -> list[str]:
    """The documents of all pieces, in order."""
    return [
        piece.data[start:end].tobytes().decode()
        for piece in pieces
        for start, end in zip(piece.offsets[:-1], piece.offsets[1:], strict=True)
    ]


@given(TEXTS, st.sampled_from(RULES))
def test_the_two_twins_agree(text: str, rule: TokenRule) -> None:
    """The twin that is fast enough for megabytes cuts a text as the plain one does."""
    assert run_tokens(text, rule) == tokens(text, rule)


@given(TEXTS, st.sampled_from(RULES), st.sampled_from([1, 2, 5, 13, 64]))
def test_shingles_equal_the_twin(text: str, rule: TokenRule, size: int) -> None:
    """Every shingle hash of a text is the twin's, in order, for both rules and any number of tokens."""
    assert shingles_of(text, rule, size) == shingle_hashes(text, rule, size)


@settings(max_examples=40)
@given(TEXTS, st.sampled_from(RULES), st.integers(1, 70))
def test_shingles_across_blocks(text: str, rule: TokenRule, before: int) -> None:
    """The same where blocks of 64 bytes meet anywhere in the text."""
    whole = "x" * before + text + "-" + text[::-1]
    assert shingles_of(whole, rule) == shingle_hashes(whole, rule, 5)


@pytest.mark.parametrize("length", [*range(1, 34), 63, 64, 65, 127, 128, 129])
def test_tokens_of_any_length(length: int) -> None:
    """A token is hashed over all of its bytes: the shingle of one token is the twin's, and no other's."""
    token = "".join(chr(97 + n % 23) for n in range(length))
    changed = [token[:n] + "_" + token[n + 1 :] for n in range(length)]
    found = [shingles_of(text, "words", 1)[0] for text in (token, token + "x", *changed)]
    assert found[0] == shingle_hashes(token, "words", 1)[0]
    assert len(set(found)) == length + 2


def test_the_empty_token_hashes_to_nothing() -> None:
    """The empty token is 0, which no other short one is, so a shingle of empty tokens is known by it."""
    assert token_hash("") == 0
    assert len({token_hash(chr(point)) for point in range(1, 0xD800)}) == 0xD7FF
    assert shingles_of("." * 200, "sc1-code") == []


@settings(max_examples=60)
@given(st.lists(TEXTS, max_size=8), st.sampled_from(RULES))
def test_a_document_ends_where_the_next_begins(documents: list[str], rule: TokenRule) -> None:
    """What stands before or behind a document in the buffer does not change its shingles."""
    for piece in texts(pa.array(documents, pa.string())):
        memory = scratch(len(piece.data))
        for start, end in zip(piece.offsets[:-1], piece.offsets[1:], strict=True):
            found = minhash.all_shingles(piece.data, int(start), int(end), rule_of(rule, 5), memory)
            text = piece.data[start:end].tobytes().decode()
            assert list(map(int, found)) == shingle_hashes(text, rule, 5)


def long_texts() -> dict[str, str]:
    """Texts of two or three segments."""
    numbers = np.random.Generator(np.random.PCG64(1)).integers(0, len(HAN), 400_000)
    chinese = "".join(HAN[n] for n in numbers)
    return {
        "code": "".join(f"value_{n} = f({n * 7 % 1000}, 'é{n % 97}')\n" for n in range(40_000)),
        "one enormous token": "before it " + "identifier" * 250_000 + " and behind it",
        "no separator": "x" * 3_000_000,
        "no ASCII": chinese,
        "no word": "-+*/ " * 220_000,
        "token at the border": "abcdefghijklmno " * ((SEGMENT >> 4) - 1) + "é" * 40 + " b c d e f" * 1_000,
    }


LONG = long_texts()


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("rule", RULES)
def test_several_segments(name: str, rule: TokenRule) -> None:
    """A text of several segments has the shingles of the whole, as if it had never been cut."""
    text = LONG[name]
    assert len(text.encode()) > SEGMENT
    found, expected = shingles_of(text, rule), shingle_hashes(text, rule, 5)
    if rule == "words":
        assert found == expected
    assert set(found) == set(expected)


@pytest.mark.parametrize("rule", RULES)
def test_uncompiled(rule: TokenRule, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernels mean the same as plain Python as when they are compiled, with short segments too."""
    documents = [
        "",
        "x",
        "def f(x): return x + 1  # é中カก🙂 done",
        "a" * 40 + " b.c" * 9,
        "中文" * 30,
        "." * 70,
    ]
    for segment in (None, 16, 7, 1):
        with uncompiled(monkeypatch, segment):
            for text in documents:
                found, expected = shingles_of(text, rule), shingle_hashes(text, rule, 5)
                assert set(found) == set(expected)
                assert segment is not None or found == expected


@settings(max_examples=60)
@given(TEXTS, st.sampled_from(RULES), st.integers(1, 40))
def test_short_segments(text: str, rule: TokenRule, segment: int) -> None:
    """Wherever a text is cut into segments, the set of its shingles stays the twin's."""
    with pytest.MonkeyPatch.context() as patch, uncompiled(patch, segment):
        assert set(shingles_of(text + "x", rule)) == set(shingle_hashes(text + "x", rule, 5))


def test_a_segment_that_ends_at_the_last_separator() -> None:
    """The empty token behind a separator counts where the separator is all that is left of a text, too."""
    text = "a b c " + "w" * SEGMENT + "."
    assert shingles_of(text, "sc1-code") == shingle_hashes(text, "sc1-code", 5)


def test_a_segment_ends_between_tokens() -> None:
    """A segment ends behind the token that holds its last byte, and before the next one."""
    word = "w" * (SEGMENT + 10)
    for text, expected in [
        ("a b", (3, 3)),
        (word, (len(word), len(word))),
        (word + ".b", (SEGMENT + 10, SEGMENT + 11)),
        (word + "é.b", (SEGMENT + 12, SEGMENT + 13)),
        (word + "中文", (SEGMENT + 10, SEGMENT + 10)),
        (word + "🙂b", (SEGMENT + 10, SEGMENT + 14)),
    ]:
        (piece,) = texts(pa.array([text]))
        assert segment_end(piece.data, 0, len(text.encode()), rule_of("words", 5)) == expected, text[-3:]


def test_tokens_are_carried_from_segment_to_segment() -> None:
    """The last four tokens of a segment stand before those of the next, so no shingle is lost between."""
    (piece,) = texts(pa.array(["a b c d e f g h"]))
    rule, memory = rule_of("words", 5), scratch(20)
    assert segment_shingles(piece.data, 0, 5, 0, rule, memory) == (0, 3)
    assert segment_shingles(piece.data, 6, 15, 3, rule, memory) == (4, 4)
    assert list(map(int, memory.shingles[:4])) == shingle_hashes("a b c d e f g h", "words", 5)


@settings(max_examples=60)
@given(
    st.lists(st.text(max_size=60), max_size=30), st.data(), st.sampled_from([pa.string(), pa.large_string()])
)
def test_texts_are_the_documents_in_order(documents: list[str], data: st.DataObject, kind: Any) -> None:
    """Sliced or not, of 32-bit or 64-bit offsets: the pieces hold all documents, each with padding behind."""
    start = data.draw(st.integers(0, len(documents)))
    length = data.draw(st.integers(0, len(documents) - start))
    pieces = texts(pa.array(documents, kind).slice(start, length))
    assert pieces_as_text(pieces) == documents[start : start + length]
    assert all(piece.offsets[-1] + PADDING <= len(piece.data) for piece in pieces)


def test_texts_cannot_be_written_to() -> None:
    """All pieces are read-only, so the kernels are compiled for one type of array."""
    pieces = texts(pa.array(["x" * 50] * 100))
    assert [piece.data.flags.writeable for piece in pieces] == [False, False]


def test_only_the_tail_is_copied() -> None:
    """All documents but those within the padding of the buffer's end are read where they lie."""
    column = pa.array([f"{n:08d}" for n in range(1000)])
    first, tail = texts(column)
    assert np.shares_memory(first.data, np.frombuffer(column.buffers()[2], np.uint8))
    room = len(column.buffers()[2]) - 8000
    assert len(tail.offsets) - 1 == -(-(PADDING - room) // 8)
    assert len(tail.data) == 8 * (len(tail.offsets) - 1) + PADDING
    assert pieces_as_text([first, tail]) == column.to_pylist()


@pytest.mark.parametrize(
    "column", [pa.array([], pa.string()), pa.array([], pa.large_string()), pa.array(["a"])[:0]]
)
def test_no_documents(column: Any) -> None:
    """An empty array has no pieces."""
    assert texts(column) == []


def test_empty_documents() -> None:
    """Documents without a byte are documents; the array may have no buffer at all."""
    assert pieces_as_text(texts(pa.array(["", "", ""]))) == ["", "", ""]
    assert pieces_as_text(texts(pa.array([""], pa.large_string()))) == [""]


def test_the_twins_tokens_are_what_is_hashed() -> None:
    """A shingle of one token is the token: as many as there are, the same for the same token."""
    text = "if (x) return 中文 x;"
    found = shingles_of(text, "words", 1)
    assert len(found) == len(tokens(text, "words")) == 6
    assert found[1] == found[5]
    assert len(set(found)) == 5
