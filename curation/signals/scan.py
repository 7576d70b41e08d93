r"""First pass over a document: count what single characters tell, and keep one bit per byte for the rest.

    "a = 10\n" -> counts: 7 characters, 1 letter, 2 digits, 3 spaces, 3 words, 1 line
                  maps: which bytes are not space, end a line, may be base64, end two hexadecimal digits ...

Works on blocks of 64 bytes (`curation.signals.bits`), so an ASCII block costs the same whatever it holds;
characters above U+007F are decoded one at a time and looked up in `curation.signals.properties`. The
passes after it (`text`, `encoded`, `repetition`) read the maps and touch the bytes only where a bit is set.
It reads UTF-8 that is valid; it computes no signal itself.
"""

import numpy as np

from curation.kernels import Bytes, Ints, kernel
from curation.signals.bits import (
    BACKSLASH,
    BASE64,
    BLOCK,
    CONTINUATION,
    DIGIT,
    HEX,
    LEAD,
    LETTER,
    LINE_FEED,
    RETURN,
    SPACE,
    WORD,
    ZERO,
    Mask,
    Masks,
    U,
    X,
    classify,
    lowest,
    popcount,
)
from curation.signals.primitives import code_point
from curation.signals.properties import ALPHABETIC, ALPHANUMERIC
from curation.signals.properties import DIGIT as DIGIT_BIT
from curation.signals.properties import SPACE as SPACE_BIT

MAP_NONSPACE, MAP_LINE_END, MAP_CONTINUATION, MAP_BASE64, MAP_HEX_END, MAP_ESCAPE_U, MAP_FREE = range(7)
"""Rows of `maps`. LINE_END: last byte of a line's terminator, or the position `size` if the last line has
none. CONTINUATION: bytes of a character after its first. HEX_END: first byte after what may be a two-digit
hexadecimal byte. ESCAPE_U: the u of a backslash and u. FREE: left for the passes to use."""
MAPS = 7

(
    CHARACTERS,
    ALPHANUMERICS,
    ALPHABETICS,
    DIGITS,
    SPACES,
    NON_ASCII,
    REPLACEMENTS,
    WORDS,
    HEX_WORDS,
    LINES,
    TERMINATORS,
) = range(11)
"""Positions in `counts`; TERMINATORS counts the characters of all line ends."""
COUNTS = 11

PADDING = b" " * (2 * BLOCK + 8)
"""Put after a document, so that its last block is whole and reading ahead stays inside."""

_REPLACEMENT = 0xFFFD
_FEED = 10


@kernel
def count_wide(data: Bytes, offset: int, leads: Mask, table: Bytes, counts: Ints) -> tuple[Mask, Mask]:
    """Count a block's characters above U+007F; which of its bytes, and of the next block's, are space."""
    spaces, spill = np.uint64(0), np.uint64(0)
    while leads != 0:
        place = lowest(leads)
        leads &= leads - np.uint64(1)
        point = code_point(data, offset + place)
        bits = int(table[point])
        counts[ALPHANUMERICS] += bits & ALPHANUMERIC
        counts[ALPHABETICS] += (bits & ALPHABETIC) >> 1
        counts[DIGITS] += (bits & DIGIT_BIT) >> 2
        counts[REPLACEMENTS] += point == _REPLACEMENT
        if bits & SPACE_BIT:
            counts[SPACES] += 1
            run = np.uint64(3 if point < 0x800 else 7)  # no space needs four bytes
            spaces |= run << np.uint64(place)
            if place > BLOCK - 3:
                spill |= run >> np.uint64(BLOCK - place)
    return spaces, spill


@kernel
def end_last_line(ends: Masks, size: int) -> int:
    """End the last line after the last byte if it has no terminator; how many lines that ends, 0 or 1."""
    if size == 0 or ends[(size - 1) // BLOCK] >> np.uint64((size - 1) % BLOCK) & np.uint64(1):
        return 0
    ends[size // BLOCK] |= np.uint64(1) << np.uint64(size % BLOCK)
    return 1


@kernel
def scan_document(data: Bytes, size: int, table: Bytes, maps: Masks, counts: Ints) -> None:
    """Fill the maps and the counts of a document.

    Args:
        data: Valid UTF-8 and then `PADDING`.
        size: Bytes without the padding.
        table: `properties()`, or `ASCII_ONLY` if every byte is below 128.
        maps: Out, shape (MAPS, blocks), where blocks = size // 64 + 1, so that a position after the last
            byte has a bit too.
        counts: In zeros, out the counts, shape (COUNTS,).
    """
    blocks = maps.shape[1]
    none, one, top = np.uint64(0), np.uint64(1), np.uint64(63)
    nonspace_was = zeros_were = hex_was = word_was = x_was = backslash_was = spill = none
    letters = digits = spaces = wide = continuations = words = hex_words = lines = terminators = 0
    for block in range(blocks):
        offset = block * BLOCK
        m = classify(data, offset)
        space, spill = m[SPACE] | spill, none
        if m[LEAD] != 0:
            wide += popcount(m[LEAD])
            wide_space, spill = count_wide(data, offset, m[LEAD], table, counts)
            space |= wide_space
        nonspace = ~space
        starts = nonspace & ~(nonspace << one | nonspace_was >> top)
        zeros = starts & m[ZERO]
        next_feed = np.uint64(1 if data[offset + BLOCK] == _FEED else 0)
        ends = m[LINE_FEED] | (m[RETURN] & ~(m[LINE_FEED] >> one | next_feed << top))
        spaces += popcount(m[SPACE])
        letters += popcount(m[LETTER])
        digits += popcount(m[DIGIT])
        continuations += popcount(m[CONTINUATION])
        words += popcount(starts)
        hex_words += popcount(m[X] & (zeros << one | zeros_were >> top))
        lines += popcount(ends)
        terminators += popcount(m[LINE_FEED]) + popcount(m[RETURN])
        digit_pair = (m[HEX] << one | hex_was >> top) & (m[HEX] << np.uint64(2) | hex_was >> np.uint64(62))
        word_before_pair = m[WORD] << np.uint64(3) | word_was >> np.uint64(61)
        x_before_pair = m[X] << np.uint64(3) | x_was >> np.uint64(61)
        maps[MAP_NONSPACE, block] = nonspace
        maps[MAP_LINE_END, block] = ends
        maps[MAP_CONTINUATION, block] = m[CONTINUATION]
        maps[MAP_BASE64, block] = m[BASE64]
        maps[MAP_HEX_END, block] = ~m[WORD] & digit_pair & (~word_before_pair | x_before_pair)
        maps[MAP_ESCAPE_U, block] = m[U] & (m[BACKSLASH] << one | backslash_was >> top)
        nonspace_was, zeros_were, hex_was, word_was = nonspace, zeros, m[HEX], m[WORD]
        x_was, backslash_was = m[X], m[BACKSLASH]
    counts[CHARACTERS] = size - continuations
    counts[ALPHANUMERICS] += letters + digits
    counts[ALPHABETICS] += letters
    counts[DIGITS] += digits
    counts[SPACES] += spaces - (blocks * BLOCK - size)
    counts[NON_ASCII] = wide
    counts[WORDS] = words
    counts[HEX_WORDS] = hex_words
    counts[LINES] = lines + end_last_line(maps[MAP_LINE_END], size)
    counts[TERMINATORS] = terminators
