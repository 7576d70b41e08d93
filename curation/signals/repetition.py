r"""Words in a row that come back -> the numbers of the repetition group.

    "to be or not to be" -> top_2gram_fraction 8 / 13 ("to be" is 4 characters, twice), unique words 4 / 6

Gopher's signals (Rae et al. 2021, A1.1) with the formulas of RedPajama-V2's quality signals, which OpenCoder
builds on (repositories togethercomputer/RedPajama-Data, OpenCoder-llm/opc_data_filtering). With words w split
at white space, n-grams g = n words in a row, |.| characters without the space between, C = sum of |w|:

    top_<n>gram_fraction        count(g) * |g| / C for the most frequent g, the first of equals; 0 if none
                                comes twice. Overlapping occurrences each count, so it can exceed 1.
    duplicate_<n>gram_fraction  sum of |w| over the words in any g with count(g) > 1, each word once, / C
    unique_word_fraction        distinct words / words
    assert_line_fraction        lines in which assert stands between word boundaries / lines

Words are taken as they stand: RedPajama lower-cases them and removes punctuation first, which would empty
most lines of code. Words and n-grams are compared by 64-bit hashes. An n-gram can only come twice if the two
(n-1)-grams in it do, so each length looks at what is left of the one before: code that does not repeat
itself costs little more than counting its words.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from curation.kernels import Bytes, Floats, Ints, kernel
from curation.signals.bits import Masks, load64, lowest, popcount
from curation.signals.primitives import (
    HALF,
    find_slot,
    hash_bytes,
    is_word,
    mix,
    next_set,
    ratio,
    word_before,
)
from curation.signals.scan import (
    CHARACTERS,
    LINES,
    MAP_CONTINUATION,
    MAP_LINE_END,
    MAP_NONSPACE,
    SPACES,
    WORDS,
)

Slots: TypeAlias = npt.NDArray[np.int32]

_LONGEST_GRAM = 10
_TOP_GRAMS = 4

_ASSERT = np.uint64(int.from_bytes(b"assert", "little"))
_SIX_BYTES = np.uint64(0xFFFFFFFFFFFF)


@kernel
def find_words(data: Bytes, maps: Masks, hashes: Masks, lengths: Slots) -> None:
    """Hash and length (characters) of each word, in order."""
    carry = np.uint64(0)
    start = wide_before = wide = word = 0
    inside = False
    for block in range(maps.shape[1]):
        nonspace, inner = maps[MAP_NONSPACE, block], maps[MAP_CONTINUATION, block]
        edges = nonspace ^ (nonspace << np.uint64(1) | carry)
        carry = nonspace >> np.uint64(63)
        while edges != 0:
            place = lowest(edges)
            edges &= edges - np.uint64(1)
            at = (block << 6) + place
            wide_here = wide + popcount(inner & ((np.uint64(1) << np.uint64(place)) - np.uint64(1)))
            if inside:
                hashes[word] = hash_bytes(data, start, at)
                lengths[word] = at - start - (wide_here - wide_before)
                word += 1
            inside = not inside
            start, wide_before = at, wide_here
        wide += popcount(inner)


@kernel
def slots_for(entries: int) -> int:
    """Size of a hash table, 2**n, that so many entries fill to at most two thirds."""
    size = 16
    while 2 * size < 3 * entries:
        size *= 2
    return size


@kernel
def count_grams(grams: Masks, uses: Slots, table: Masks, counts: Slots) -> int:
    """Keep the n-grams that come twice: how many different ones there are.

    Args:
        grams: In hashes, 0 where there is no n-gram to look at; out 0 also where it comes only once.
        uses: Out: how often the n-gram at each place comes, shape of `grams`.
        table: Scratch of `slots_for` as many as there are n-grams to look at.
        counts: Scratch of the same shape.
    """
    table[:] = 0
    counts[:] = 0
    different = 0
    for place in range(len(grams)):
        if grams[place] != 0:
            slot = find_slot(table, grams[place])
            uses[place] = slot
            if slot >= 0:
                table[slot] = grams[place]
                counts[slot] += 1
            different += slot < 0 or counts[slot] == 1
    for place in range(len(grams)):
        if grams[place] != 0:
            uses[place] = counts[uses[place]] if uses[place] >= 0 else 1
            if uses[place] == 1:
                grams[place] = 0
    return different


@kernel
def lengthen(grams: Masks) -> int:
    """Turn hashes of n-grams into (n + 1)-grams, 0 unless both n-grams in it come twice; how many do."""
    alive = 0
    for place in range(len(grams) - 1):
        following = grams[place + 1]
        if grams[place] == 0 or following == 0:
            grams[place] = 0
            continue
        grams[place] = max(mix(mix(grams[place], HALF), following), np.uint64(1))
        alive += 1
    if len(grams) > 0:
        grams[len(grams) - 1] = 0
    return alive


@kernel
def top_characters(grams: Masks, uses: Slots, lengths: Slots, n: int) -> int:
    """Count x characters of the most frequent n-gram, the first of equals; 0 if none comes twice."""
    most = characters = 0
    for place in range(len(grams)):
        if grams[place] != 0 and uses[place] > most:
            most = uses[place]
            characters = 0
            for word in range(place, place + n):
                characters += lengths[word]
    return most * characters


@kernel
def covered_characters(grams: Masks, lengths: Slots, n: int) -> int:
    """Characters of the words in n-grams that come twice, each word once."""
    characters = end = 0
    for place in range(len(grams)):
        if grams[place] != 0:
            for word in range(max(place, end), place + n):
                characters += lengths[word]
            end = place + n
    return characters


@kernel
def assert_lines(data: Bytes, size: int, maps: Masks, table: Bytes) -> int:
    """Lines in which assert stands between word boundaries."""
    lines = line_end = 0
    for place in range(size - 5):
        if load64(data, place) & _SIX_BYTES != _ASSERT or place < line_end:
            continue
        if not word_before(data, table, place) and not is_word(data, table, place + 6):
            lines += 1
            line_end = next_set(maps[MAP_LINE_END], place, size)
    return lines


@kernel
def measure_grams(data: Bytes, size: int, maps: Masks, table: Bytes, counts: Ints, out: Floats) -> None:
    """Fill in the repetition group.

    Args:
        data: The padded document.
        size: Bytes of the document.
        maps: Of `scan`, shape (MAPS, blocks).
        table: `properties()`, or `ASCII_ONLY` if the document is ASCII.
        counts: Of `scan`, shape (COUNTS,).
        out: In the order of the group, shape (11,).
    """
    words = counts[WORDS]
    characters = counts[CHARACTERS] - counts[SPACES]
    grams, lengths = np.empty(words, np.uint64), np.empty(words, np.int32)
    uses = np.empty(words, np.int32)
    seen, times = np.empty(slots_for(words), np.uint64), np.empty(slots_for(words), np.int32)
    find_words(data, maps, grams, lengths)
    out[9] = ratio(count_grams(grams, uses, seen, times), words)
    out[10] = ratio(assert_lines(data, size, maps, table), counts[LINES])
    out[:9] = 0.0
    for n in range(2, _LONGEST_GRAM + 1):
        alive = lengthen(grams)
        if alive == 0:
            break
        slots = slots_for(alive)
        count_grams(grams, uses, seen[:slots], times[:slots])
        if n <= _TOP_GRAMS:
            out[n - 2] = ratio(top_characters(grams, uses, lengths, n), characters)
        else:
            out[n - 2] = ratio(covered_characters(grams, lengths, n), characters)
