"""Words, names and characters of a text -> rolling hashes of windows, looked up in one pass; compiled.

    symbols  every character but white space, in lower case; windows of the last 5 to 13 of them
    words    windows of n of them (n-grams)
    names    names and signs; windows of k of them

A hash of characters is a sum of random numbers, shifted by `turn` bits with each character, so that a
character has left it after ceil(64 / turn) of them; that of a window of tokens is a cyclic polynomial. A bit
table is asked first, then sorted keys, so most windows cost one load. What is found here are candidates;
`curation.decontaminate.verify` looks at them. A text is taken in segments, so scratch memory does not grow
with it. Kernels need `PADDING` readable bytes behind a text, and rely on `curation.decontaminate.tokens`.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.decontaminate.tokens import (
    BLANK,
    LETTER,
    LONGEST,
    ONE,
    PRIME,
    ZERO,
    Alphabet,
    Hash,
    Hashes,
    Tokens,
    character,
    gear_of,
    tokenise,
    tokens_of,
)
from curation.kernels import Bytes, Ints, kernel
from curation.signals.bits import Mask

SEGMENT = 4096
"""Bytes that are cut into tokens at a time; a segment goes on to the end of its last word."""
STEP = 4
"""Characters from one lookup of their windows to the next, at most."""
GRAM_SALT, NAME_SALT = np.uint64(0xA0761D6478BD642F), np.uint64(0xE7037ED1A0B428DB)
"""What keeps the keys of the streams apart."""


class Table(NamedTuple):
    """The hashes that are looked for: a bit table for each stream, before the sorted keys of all."""

    symbols: Hashes
    """The highest bits of a hash say which 64 bits, bits in its middle which two of them; a power of two."""
    grams: Hashes
    names: Hashes
    keys: Hashes
    """Hashes, those of words and names changed by their salt; sorted, each once."""
    buckets: npt.NDArray[np.int32]
    """Where the keys begin with each value of the highest bits, and one more: a power of two and one."""


class Windows(NamedTuple):
    """How long the windows of the three streams are."""

    turn: Hash
    """Bits by which the hash of characters is shifted with each; the window is ceil(64 / turn)."""
    words: int
    names: int
    """Tokens, 1 to `LONGEST`."""


@kernel
def _segment_end(data: Bytes, start: int, end: int, classes: Bytes) -> int:
    """Where a segment ends: at the first place between two tokens, `SEGMENT` bytes behind its start."""
    at = start + SEGMENT
    if at >= end:
        return end
    while at < end and data[at] & 0xC0 == 0x80:
        at += 1
    while at < end:
        point, length = character(data, at)
        if classes[point] != LETTER:
            return at
        at += length
    return end


@kernel
def shift_of(entries: int) -> Hash:
    """By how much a hash is shifted to be a number below `entries`, a power of two of at least 2."""
    shift = 64
    while entries > 1:
        entries >>= 1
        shift -= 1
    return np.uint64(shift)


@kernel
def symbol_key(value: Hash) -> Hash:
    """The key of a window of characters, of their shifted sum."""
    return value * PRIME


@kernel
def probes(key: Hash) -> Mask:
    """The two bits that a key has in its 64 bits of a bit table."""
    low = np.uint64(63)
    return (ONE << ((key >> np.uint64(20)) & low)) | (ONE << ((key >> np.uint64(26)) & low))


@kernel
def _place(keys: Hashes, buckets: npt.NDArray[np.int32], shift: Hash, key: Hash) -> int:
    """Which of the keys this is; -1 if none."""
    bucket = key >> shift
    for n in range(buckets[bucket], buckets[bucket + ONE]):
        if keys[n] == key:
            return int(n)
    return -1


@kernel
def _note(found: Ints, count: int, key: int, start: int, end: int) -> int:
    """Write a candidate if there is room for it, and count it in any case."""
    if count < len(found):
        found[count, 0] = key
        found[count, 1] = start
        found[count, 2] = end
    return count + 1


@kernel
def rolled(value: Hash, new: Hash, old: Hash, length: int) -> Hash:
    """The hash of a window of `length` tokens, one token further on."""
    value = (value << ONE) | (value >> np.uint64(63))
    return value ^ new ^ (old << np.uint64(length)) ^ (old >> np.uint64(64 - length))


@kernel
def _look_up_tokens(
    tokens: Tokens,
    span: tuple[int, int],
    rolling: tuple[Hash, Hash],
    bits: Hashes,
    table: Table,
    found: Ints,
    count: int,
) -> tuple[int, Hash]:
    """Look up all windows that end in new tokens; the last tokens are moved to the front.

    Args:
        tokens: As many as a window has from the segment before, then the new ones.
        span: Tokens in a window, and tokens in all.
        rolling: Hash of the window before, and what keys of this stream are changed by.
        bits: Bit table of this stream.
        table: For its keys.
        found: Where candidates are written.
        count: How many there are already.

    Returns:
        How many candidates there are then, and the hash of the last window.
    """
    hashes, starts, keys, buckets = tokens.hashes, tokens.starts, table.keys, table.buckets
    length, size = span
    window, salt = rolling
    shift, bucket_shift = shift_of(len(bits)), shift_of(len(buckets) - 1)
    for n in range(length, size):
        window = np.uint64(rolled(window, hashes[n], hashes[n - length], length))
        wanted = np.uint64(probes(window))
        if bits[window >> shift] & wanted == wanted and hashes[n - length + 1] != ZERO:
            key = _place(keys, buckets, bucket_shift, window ^ salt)
            if key >= 0:
                count = _note(found, count, key, starts[n - length + 1], starts[n])
    for n in range(length):
        hashes[n] = hashes[size - length + n]
        starts[n] = starts[size - length + n]
    return count, window


@kernel
def _look_up_symbols(
    data: Bytes,
    span: tuple[int, int],
    rolling: tuple[Hash, Hash],
    alphabet: Alphabet,
    table: Table,
    found: Ints,
    count: int,
) -> tuple[int, Hash]:
    """Look up windows of characters of a segment, at least one of each `STEP`; candidates have no start.

    Between two lookups there are at most `STEP` characters, and of each text `STEP` windows in a row are in
    the table: one of them is looked up wherever the text is, whatever its white space.
    """
    gears, folded, classes = alphabet.gears, alphabet.folded, alphabet.classes
    bits, keys, buckets = table.symbols, table.keys, table.buckets
    shift, bucket_shift = shift_of(len(bits)), shift_of(len(buckets) - 1)
    at, end = span
    value, turn = rolling
    while at < end:
        moved = ZERO
        if at + STEP <= end and data[at] | data[at + 1] | data[at + 2] | data[at + 3] < 0x80:
            for n in range(at, at + STEP):
                gear = gears[data[n]]
                value = (value << turn) + gear if gear != ZERO else value
                moved |= gear
            at += STEP
        else:
            point, length = character(data, at)
            if classes[point] != BLANK:
                moved = np.uint64(gear_of(folded[point]))
                value = (value << turn) + moved
            at += length
        mixed = np.uint64(symbol_key(value))
        wanted = np.uint64(probes(mixed))
        if bits[mixed >> shift] & wanted == wanted and moved != ZERO:
            key = _place(keys, buckets, bucket_shift, mixed)
            if key >= 0:
                count = _note(found, count, key, -1, at)
    return count, value


@kernel
def symbols_of(data: Bytes, size: int, turn: Hash, alphabet: Alphabet) -> tuple[Hashes, Ints]:
    """Keys of all windows of characters of a text, and the bytes behind them; the first are too short."""
    keys, ends = np.empty(size, np.uint64), np.empty(size, np.int64)
    value = ZERO
    count = at = 0
    while at < size:
        point, length = character(data, at)
        at += length
        if alphabet.classes[point] != BLANK:
            value = (value << turn) + np.uint64(gear_of(alphabet.folded[point]))
            keys[count] = symbol_key(value)
            ends[count] = at
            count += 1
    return keys[:count], ends[:count]


@kernel
def windows_of(hashes: Hashes, length: int) -> Hashes:
    """Hashes of all windows of `length` tokens."""
    count = max(len(hashes) - length + 1, 0)
    windows = np.empty(count, np.uint64)
    value = ZERO
    for n in range(len(hashes)):
        value = np.uint64(rolled(value, hashes[n], hashes[n - length] if n >= length else ZERO, length))
        if n >= length - 1:
            windows[n - length + 1] = value
    return windows


@kernel
def scan(data: Bytes, size: int, alphabet: Alphabet, table: Table, windows: Windows, found: Ints) -> int:
    """Look up every window of the three streams of a text.

    Args:
        data: UTF-8 bytes, readable `PADDING` bytes beyond `size`.
        size: Bytes of the text.
        alphabet: What is known of characters.
        table: What is looked for.
        windows: How long the windows are.
        found: Where candidates are written, shape (n, 3): number of the key, byte at which the window
            starts (-1 for characters), byte behind it.

    Returns:
        How many candidates there are; if more than `found` has room for, the rest is not written.
    """
    room = min(size, SEGMENT) + LONGEST + 8
    words, names = tokens_of(room), tokens_of(room)
    value = gram = name = ZERO
    count = start = 0
    while start < size:
        end = _segment_end(data, start, size, alphabet.classes)
        span = (start, end)
        count, value = _look_up_symbols(data, span, (value, windows.turn), alphabet, table, found, count)
        word_count, name_count = tokenise(data, span, alphabet, words, names, (windows.words, windows.names))
        ends = (windows.words, word_count)
        count, gram = _look_up_tokens(words, ends, (gram, GRAM_SALT), table.grams, table, found, count)
        ends = (windows.names, name_count)
        count, name = _look_up_tokens(names, ends, (name, NAME_SALT), table.names, table, found, count)
        start = end
    return count
