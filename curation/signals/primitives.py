r"""Small steps that several kernels share: a character, a position, a hash, a slot in a table.

    code_point(b"\xc3\xa9", 0) -> 233;  ratio(1, 4) -> 0.25

Positions are byte numbers in a padded document (`curation.signals.scan`). A kernel's cache does not notice a
change of this file (see `curation.kernels.kernel`): delete the caches after one.
"""

import numpy as np

from curation.kernels import Bytes, kernel
from curation.signals.bits import Mask, Masks, load64, lowest
from curation.signals.properties import ALPHANUMERIC

FACTOR = np.uint64(0x9FB21C651E98DF25)
LENGTH_FACTOR = np.uint64(0x9E3779B97F4A7C15)
HALF = np.uint64(32)
_KEEP = np.array([2 ** (8 * count) - 1 for count in range(9)], np.uint64)

_MOST_PROBES = 512
"""Steps along a row of taken slots before a table counts as full. A good hash takes fewer than 50; a file
made to collide can make a count of repeats too low, but not the run too long."""


@kernel
def code_point(data: Bytes, position: int) -> int:
    """The character whose first byte is at `position`."""
    first = int(data[position])
    if first < 0x80:
        return first
    length = 2 + (first >= 0xE0) + (first >= 0xF0)
    point = first & (0x7F >> length)
    for step in range(1, length):
        point = point << 6 | (int(data[position + step]) & 0x3F)
    return point


@kernel
def is_word(data: Bytes, table: Bytes, position: int) -> bool:
    r"""Whether the character whose first byte is at `position` is a word character, as \w is."""
    byte = int(data[position])
    if byte < 0x80:
        return (48 <= byte <= 57) or (97 <= byte | 0x20 <= 122) or byte == 95
    return int(table[code_point(data, position)]) & ALPHANUMERIC != 0


@kernel
def word_before(data: Bytes, table: Bytes, position: int) -> bool:
    """Whether the character that ends before `position` is a word character; False at the start."""
    if position == 0:
        return False
    first = position - 1
    while data[first] & 0xC0 == 0x80:
        first -= 1
    return is_word(data, table, first)


@kernel
def next_set(members: Masks, position: int, size: int) -> int:
    """The first byte from `position` whose bit is set; `size` if there is none."""
    block = position >> 6
    mask = members[block] & (~np.uint64(0) << np.uint64(position & 63))
    while mask == 0:
        block += 1
        if block == len(members):
            return size
        mask = members[block]
    return (block << 6) + lowest(mask)


@kernel
def mix(value: Mask, word: Mask) -> Mask:
    """One step of a hash: every bit of `word` reaches the upper half, and that the lower one."""
    value = (value ^ word) * FACTOR
    return value ^ value >> HALF


@kernel
def first_bytes(data: Bytes, start: int, count: int) -> Mask:
    """The first `count` of eight bytes as a number: none if it is below 0, all if it is above 8."""
    kept: Mask = load64(data, start) & _KEEP[min(max(count, 0), 8)]
    return kept


@kernel
def hash_bytes(data: Bytes, start: int, end: int) -> Mask:
    """64-bit hash of the bytes [start, end), never 0; `data` must reach 32 bytes past `end`.

    Takes 32 bytes a step whatever the length, as a branch that depends on the length of a word or line is
    guessed wrong so often that it costs more than hashing zeros.
    """
    left = right = np.uint64(end - start) * LENGTH_FACTOR
    while True:
        count = end - start
        left = mix(mix(left, first_bytes(data, start, count)), first_bytes(data, start + 8, count - 8))
        right = mix(
            mix(right, first_bytes(data, start + 16, count - 16)), first_bytes(data, start + 24, count - 24)
        )
        start += 32
        if start >= end:
            break
    return max(mix(left, right * LENGTH_FACTOR), np.uint64(1))


@kernel
def find_slot(table: Masks, value: Mask) -> int:
    """Slot that holds a hash, or else a free one, where the table is 0; -1 if it is full. Of 2**n slots."""
    last = np.uint64(len(table) - 1)
    slot = value & last
    for _ in range(_MOST_PROBES):
        if table[slot] == value or table[slot] == 0:
            return int(np.int64(slot))
        slot = (slot + np.uint64(1)) & last
    return -1


@kernel
def ratio(part: int, whole: int) -> float:
    """`part / whole`; a share of nothing is 0."""
    return part / whole if whole else 0.0
