"""Sets of shingles -> exact Jaccard similarity of pairs of documents.

    {a, b, c} and {b, c, d}  ->  2 / 4 = 0.5

Shingles are compared by their 64-bit hashes. `distinct` removes repeats in order of first appearance;
`compare` looks every shingle of one document up in a table of the other's, which stays filled while
consecutive pairs share their first document. Which pairs are worth comparing is decided elsewhere.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.dedup.minhash import all_shingles
from curation.dedup.tokens import Hashes, Rule, Scratch, Texts, TokenRule, own_scratch, rule_of
from curation.kernels import Floats, Ints, kernel

COMPARED_SHINGLES = 1 << 25
"""Shingles of the sets that a task compares at a time: 0.25 GB, three times while they are collected."""
SMALLEST_TABLE = 64
"""Slots of the smallest hash table; a table has at least twice as many slots as shingles."""


class Sets(NamedTuple):
    """Sets of shingles of several documents, one after the other."""

    shingles: Hashes
    """All of them, shape (s,)."""
    offsets: Ints
    """Where each set begins and ends, shape (n + 1,)."""


class Table(NamedTuple):
    """An open hash table that is emptied by raising its generation."""

    slots: Hashes
    generation: npt.NDArray[np.int64]


def table(shingles: int) -> Table:
    """An empty table for sets of at most so many shingles."""
    slots = SMALLEST_TABLE
    while slots < 2 * shingles:
        slots *= 2
    return Table(np.empty(slots, np.uint64), np.zeros(slots, np.int64))


@kernel
def _distinct(shingles: Hashes, memory: Table, generation: int) -> Hashes:
    """Each shingle once, in order of first appearance."""
    size = 64
    while size < 2 * len(shingles):
        size *= 2
    mask = np.uint64(size - 1)
    found = np.empty(len(shingles), np.uint64)
    count = 0
    for shingle in shingles:
        slot = shingle & mask
        while memory.generation[slot] == generation and memory.slots[slot] != shingle:
            slot = (slot + np.uint64(1)) & mask
        if memory.generation[slot] != generation:
            memory.generation[slot] = generation
            memory.slots[slot] = shingle
            found[count] = shingle
            count += 1
    return found[:count]


@kernel
def _sets(text: Texts, wanted: Ints, rule: Rule, out: Scratch) -> tuple[Hashes, Ints]:
    """Sets of the wanted documents of a piece, and where each ends."""
    found = np.empty(1 << 16, np.uint64)
    ends = np.empty(len(wanted), np.int64)
    memory = Table(np.empty(1 << 12, np.uint64), np.zeros(1 << 12, np.int64))
    count = 0
    for n in range(len(wanted)):
        start, end = text.offsets[wanted[n]], text.offsets[wanted[n] + 1]
        every = all_shingles(text.data, start, end, rule, out)
        slots = len(memory.slots)
        if slots < 2 * len(every):
            while slots < 2 * len(every):
                slots *= 2
            memory = Table(np.empty(slots, np.uint64), np.zeros(slots, np.int64))
        own = _distinct(every, memory, n + 1)
        if count + len(own) > len(found):
            larger = np.empty(2 * (count + len(own)), np.uint64)
            larger[:count] = found[:count]
            found = larger
        found[count : count + len(own)] = own
        count += len(own)
        ends[n] = count
    return found[:count], ends


def shingle_sets(pieces: list[Texts], wanted: Ints, *, size: int, rule: TokenRule) -> Sets:
    """The shingle sets of some documents of a column.

    Args:
        pieces: The column, as `curation.dedup.tokens.texts` gives it.
        wanted: Positions in the column, ascending, shape (n,).
        size: Tokens in a shingle.
        rule: What a token is.
    """
    shingles, ends, first, taken = [np.empty(0, np.uint64)], [np.zeros(1, np.int64)], 0, 0
    for piece in pieces:
        after = first + len(piece.offsets) - 1
        low, high = np.searchsorted(wanted, (first, after))
        if high > low:
            memory = own_scratch(int(np.diff(piece.offsets).max()))
            here = wanted[low:high] - first
            found, stops = _sets(piece, here, rule_of(rule, size), memory)
            shingles.append(found)
            ends.append(stops + taken)
            taken += len(found)
        first = after
    return Sets(np.concatenate(shingles), np.concatenate(ends))


@kernel
def _compare(sets: Sets, first: Ints, second: Ints, memory: Table) -> Floats:
    result = np.empty(len(first), np.float64)
    filled = np.int64(-1)
    generation = np.int64(0)
    mask = np.uint64(0)
    for n in range(len(first)):
        start, end = sets.offsets[first[n]], sets.offsets[first[n] + 1]
        if first[n] != filled:
            filled = first[n]
            generation += 1
            size = 64
            while size < 2 * (end - start):
                size *= 2
            mask = np.uint64(size - 1)
            for shingle in sets.shingles[start:end]:
                slot = shingle & mask
                while memory.generation[slot] == generation:
                    slot = (slot + np.uint64(1)) & mask
                memory.generation[slot] = generation
                memory.slots[slot] = shingle
        other_start, other_end = sets.offsets[second[n]], sets.offsets[second[n] + 1]
        shared = 0
        for shingle in sets.shingles[other_start:other_end]:
            slot = shingle & mask
            while memory.generation[slot] == generation and memory.slots[slot] != shingle:
                slot = (slot + np.uint64(1)) & mask
            if memory.generation[slot] == generation:
                shared += 1
        union = (end - start) + (other_end - other_start) - shared
        result[n] = shared / union if union else 0.0
    return result


def compare(sets: Sets, first: Ints, second: Ints) -> Floats:
    """Exact Jaccard similarity of pairs; fastest if equal values of `first` stand together.

    Args:
        sets: Shingle sets.
        first: Index of a set, shape (p,).
        second: Index of the other set, shape (p,).
    """
    largest = int(np.diff(sets.offsets).max()) if len(sets.offsets) > 1 else 0
    return _compare(sets, first, second, table(largest))
