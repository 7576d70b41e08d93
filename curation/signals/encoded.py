r"""Encoded data in a document -> the numbers of the encoded group.

    'k = "' + 70 * "A" + '"\n'  ->  base64_longest 70, base64_fraction 70 / 77

Three kinds, each as the StarCoder2 paper (section 2.1) gives it, with the exact matches that Python's `re`
would find from left to right on the text:

    base64          64 or more of the letters a-z and A-Z, digits, +, /, = and line feeds
    hexadecimal     8 or more elements: a word boundary, perhaps 0x or \x, two hexadecimal digits, and then a
                    comma, or a word boundary and all the white space that follows
    unicode escape  8 or more of \u and four hexadecimal digits

Where one element starts, there is only one way to match it, and no other element starts inside it. So a row
of elements is one chain, found in a single walk from candidate to candidate: the maps of
`curation.signals.scan` say where a candidate may end, and here it is checked. The work is linear in the
bytes, whatever they hold. Nothing is decoded and nothing is decided.
"""

import numpy as np

from curation.kernels import Bytes, Floats, Ints, kernel
from curation.signals.bits import Masks, highest, lowest, popcount
from curation.signals.primitives import is_word, next_set, word_before
from curation.signals.scan import (
    CHARACTERS,
    MAP_BASE64,
    MAP_CONTINUATION,
    MAP_ESCAPE_U,
    MAP_FREE,
    MAP_HEX_END,
    MAP_NONSPACE,
)

_BASE64_CHARACTERS = 64
_ELEMENTS = 8
_ESCAPE_BYTES = 6

_BASE64, _HEX, _ESCAPE = 0, 1, 2
"""Rows of `found`; its columns are the longest match and the sum of all, in characters."""


@kernel
def is_hex(byte: int) -> bool:
    """0-9, a-f or A-F."""
    low = byte | 0x20
    return (48 <= byte <= 57) or (97 <= low <= 102)


@kernel
def hex_start(data: Bytes, table: Bytes, end: int) -> int:
    """Where the element whose two digits end before `end` starts; -1 if there is none."""
    start = end - 2
    if start > 0 and data[start - 1] == ord("x"):
        start -= 2
        if start < 0:
            return -1
        if data[start] == ord("\\"):
            return start if word_before(data, table, start) else -1
        if data[start] != ord("0"):
            return -1
    return -1 if word_before(data, table, start) else start


@kernel
def note(found: Ints, maps: Masks, kind: int, start: int, end: int) -> None:
    """Count the match of the bytes [start, end), and mark them as covered."""
    characters = 0
    for block in range(start >> 6, ((end - 1) >> 6) + 1):
        first, last = max(start - (block << 6), 0), min(end - (block << 6), 64)
        mask = (~np.uint64(0) >> np.uint64(64 - (last - first))) << np.uint64(first)
        mask &= ~maps[MAP_CONTINUATION, block]
        maps[MAP_FREE, block] |= mask
        characters += popcount(mask)
    found[kind, 0] = max(found[kind, 0], characters)
    found[kind, 1] += characters


@kernel
def find_base64(maps: Masks, found: Ints) -> None:
    """Runs of 64 or more bytes of the base64 map; the last block always holds a byte that is not in it."""
    members = maps[MAP_BASE64]
    full = ~np.uint64(0)
    run = 0
    for block in range(len(members)):
        mask = members[block]
        if mask == full:
            run += 64
            continue
        end = (block << 6) + lowest(~mask)
        run = end - (block << 6) + run
        if run >= _BASE64_CHARACTERS:
            note(found, maps, _BASE64, end - run, end)
        # A run inside a block is shorter than 64: only the one at its end can go on.
        run = 63 - highest(~mask)


@kernel
def find_hex(data: Bytes, size: int, maps: Masks, table: Bytes, found: Ints) -> None:
    """Chains of 8 or more hexadecimal elements."""
    chain_start = chain_end = elements = 0
    for block in range(maps.shape[1]):
        candidates = maps[MAP_HEX_END, block]
        while candidates != 0:
            end = (block << 6) + lowest(candidates)
            candidates &= candidates - np.uint64(1)
            start = hex_start(data, table, end)
            if start < 0 or is_word(data, table, end):
                continue
            if elements > 0 and start == chain_end:
                elements += 1
            else:
                if elements >= _ELEMENTS:
                    note(found, maps, _HEX, chain_start, chain_end)
                chain_start, elements = start, 1
            chain_end = end + 1 if data[end] == ord(",") else next_set(maps[MAP_NONSPACE], end, size)
    if elements >= _ELEMENTS:
        note(found, maps, _HEX, chain_start, chain_end)


@kernel
def find_escapes(data: Bytes, maps: Masks, found: Ints) -> None:
    """Chains of 8 or more unicode escapes."""
    chain_start = chain_end = elements = 0
    for block in range(maps.shape[1]):
        candidates = maps[MAP_ESCAPE_U, block]
        while candidates != 0:
            start = (block << 6) + lowest(candidates) - 1
            candidates &= candidates - np.uint64(1)
            digits = 0
            while digits < 4 and is_hex(int(data[start + 2 + digits])):
                digits += 1
            if digits < 4:
                continue
            if elements > 0 and start == chain_end:
                elements += 1
            else:
                if elements >= _ELEMENTS:
                    note(found, maps, _ESCAPE, chain_start, chain_end)
                chain_start, elements = start, 1
            chain_end = start + _ESCAPE_BYTES
    if elements >= _ELEMENTS:
        note(found, maps, _ESCAPE, chain_start, chain_end)


@kernel
def measure_encoded(data: Bytes, size: int, maps: Masks, table: Bytes, counts: Ints, out: Floats) -> None:
    """Fill in the encoded group.

    Args:
        data: The padded document.
        size: Bytes of the document.
        maps: Of `scan`, shape (MAPS, blocks); its free row is used up.
        table: `properties()`, or `ASCII_ONLY` if the document is ASCII.
        counts: Of `scan`, shape (COUNTS,).
        out: In the order of the group, shape (8,).
    """
    found = np.zeros((3, 2), np.int64)
    maps[MAP_FREE] = 0
    find_base64(maps, found)
    find_hex(data, size, maps, table, found)
    find_escapes(data, maps, found)
    characters = max(counts[CHARACTERS], 1)
    longest = covered = 0
    for kind in range(3):
        out[2 * kind] = found[kind, 0]
        out[2 * kind + 1] = found[kind, 1] / characters
        longest = max(longest, found[kind, 0])
    if longest > 0:
        for block in range(maps.shape[1]):
            covered += popcount(maps[MAP_FREE, block])
    out[6] = longest
    out[7] = covered / characters
