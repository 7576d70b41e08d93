"""The lookup of windows: rolling hashes are those of plain Python, and nothing is lost in the tables."""

from typing import Any

import numpy as np
from decontaminate_twin import DOCSTRING, RENAMED, SOLUTION
from hypothesis import given
from hypothesis import strategies as st

from curation.decontaminate import streams
from curation.decontaminate.alphabet import alphabet
from curation.decontaminate.index import build, padded
from curation.decontaminate.settings import DecontaminateSettings
from curation.decontaminate.streams import GRAM_SALT, NAME_SALT, STEP, scan, symbols_of, windows_of
from curation.decontaminate.tokens import LONGEST, Hashes, tokenise, tokens_of
from curation.decontaminate.verify import EXACT

INDEX = build([DOCSTRING, SOLUTION], DecontaminateSettings())
NUMBERS = {int(key): number for number, key in enumerate(INDEX.table.keys)}
MEMBER = {
    number: int(INDEX.needles.members[INDEX.needles.offsets[number]])
    for number in NUMBERS.values()
    if INDEX.needles.streams[number] == EXACT
}
"""Of the keys of characters: `STEP` times the text, and which of its windows."""
TEXTS = st.lists(
    st.sampled_from(
        [DOCSTRING.text, SOLUTION.text, RENAMED, "x ", "é", "中", "\u2003", "(", "lake of the ", "\n"]
    ),
    max_size=12,
).map("".join)


def rotated(value: int, left: int) -> int:
    """64 bits turned to the left."""
    left %= 64
    return (value << left | value >> (64 - left)) % 2**64 if left else value


def twin_of_windows(hashes: list[int], length: int) -> list[int]:
    """Every window's hash from the start."""
    found = []
    for start in range(len(hashes) - length + 1):
        value = 0
        for place, token in enumerate(hashes[start : start + length]):
            value ^= rotated(token, length - 1 - place)
        found.append(value)
    return found


def twin_of_scan(text: str) -> set[tuple[int, int]]:
    """Number of the key and start of the last token of every window of tokens that is in the table."""
    data, size = padded(text)
    words, names = tokens_of(size + LONGEST), tokens_of(size + LONGEST)
    counts = tokenise(data, (0, size), alphabet(), words, names, (0, 0))
    found = set()
    lengths = (INDEX.windows.words, INDEX.windows.names)
    for tokens, count, length, salt in zip(
        (words, names), counts, lengths, (GRAM_SALT, NAME_SALT), strict=True
    ):
        hashes = tokens.hashes[:count].tolist()
        for place, value in enumerate(twin_of_windows(hashes, length), length - 1):
            if value ^ int(salt) in NUMBERS:
                found.add((NUMBERS[value ^ int(salt)], int(tokens.starts[place])))
    return found


def texts_by_characters(text: str) -> set[int]:
    """Texts of which all windows that they are found by are in a text, one behind the other."""
    data, size = padded(text)
    keys = [NUMBERS.get(int(key), -1) for key in symbols_of(data, size, INDEX.windows.turn, alphabet())[0]]
    rows = [keys[n : n + STEP] for n in range(len(keys) - STEP + 1)]
    wanted = {
        number: sorted((key for key in MEMBER if MEMBER[key] // STEP == number), key=MEMBER.__getitem__)
        for number in range(len(INDEX.texts))
    }
    return {number for number, windows in wanted.items() if windows in rows}


def scanned(text: str, run: Any = scan) -> set[tuple[int, int]]:
    """Number of the key and last byte of every candidate."""
    data, size = padded(text)
    room = np.empty((4 * size + 1, 3), np.int64)
    count = run(data, size, alphabet(), INDEX.table, INDEX.windows, room)
    return {(int(key), int(last)) for key, _, last in room[:count]}


@given(st.lists(st.integers(1, 2**64 - 1), max_size=80), st.integers(1, 63))
def test_a_rolled_hash_is_that_of_its_window(hashes: list[int], length: int) -> None:
    """Whatever came before, compiled or not."""
    array: Hashes = np.array(hashes, np.uint64)
    expected = twin_of_windows(hashes, length)
    assert windows_of(array, length).tolist() == expected
    with np.errstate(over="ignore"):
        assert windows_of.py_func(array, length).tolist() == expected


@given(TEXTS)
def test_every_window_of_tokens_that_is_looked_for_is_found(text: str) -> None:
    """The scan finds just the windows of words and of names that are in the table."""
    assert {one for one in scanned(text) if one[0] not in MEMBER} == twin_of_scan(text)


@given(st.integers(0, 70), TEXTS, st.sampled_from(["", " ", "\n\t", "\u2003", "\u2003 "]))
def test_one_of_the_windows_of_a_text_is_found_wherever_it_is(before: int, text: str, space: str) -> None:
    """Only every fourth byte is looked at, but of each text four windows in a row would be known."""
    text = "x" * before + space.join(text)
    found = {MEMBER[key] // STEP for key, _ in scanned(text) if key in MEMBER}
    assert found >= texts_by_characters(text)


def test_kernels_do_uncompiled_what_they_do_compiled() -> None:
    """The scan and the keys of characters, in plain Python, on a text of every kind of character."""
    text = f"é中 {DOCSTRING.text.upper()}\u2003{RENAMED}"
    data, size = padded(text)
    turn = INDEX.windows.turn
    with np.errstate(over="ignore"):
        assert scanned(text, scan.py_func) == scanned(text)
        for plain, compiled in zip(
            symbols_of.py_func(data, size, turn, alphabet()),
            symbols_of(data, size, turn, alphabet()),
            strict=True,
        ):
            assert plain.tolist() == compiled.tolist()


def test_what_there_is_no_room_for_is_counted() -> None:
    """The caller can ask again with more room."""
    data, size = padded(DOCSTRING.text)
    none = np.empty((0, 3), np.int64)
    count = scan(data, size, alphabet(), INDEX.table, INDEX.windows, none)
    assert count == len(scanned(DOCSTRING.text)) > 3


def test_windows_of_characters_forget() -> None:
    """After sixteen characters nothing is left of what came before."""
    keys = [
        symbols_of(*padded(start + "the same sixteen of them")[:2], np.uint64(4), alphabet())[0]
        for start in "ab"
    ]
    assert [int(one[-1]) for one in keys] == [int(keys[0][-1])] * 2
    assert int(keys[0][14]) != int(keys[1][14])


def test_a_shift_is_one_less_bit_per_doubling() -> None:
    """Entries of a table by the highest bits."""
    for power in range(1, 20):
        assert streams.shift_of(1 << power) == streams.shift_of.py_func(1 << power) == 64 - power
