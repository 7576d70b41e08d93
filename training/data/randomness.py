"""Draws that depend on a seed, an epoch and a number, and on nothing that came before.

    generator(1234, "gaps", epoch=0, number=7)       -> the same numbers in every process and at every resume
    shuffled(3, 10, seed=1234, epoch=0)              -> where place 3 of a shuffled range of 10 comes from

So there is no state to save or to share: the 7th window of an epoch is the same whoever asks for it, and
whenever. The order of an epoch is a keyed permutation that is computed for one place at a time; an array of
it would take 8 bytes for each window in every worker.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from training.fim.vocabulary import Ints

Purpose = Literal["order", "gaps", "documents", "stream"]
"""Draws for two purposes have nothing in common."""
ROUNDS = 10
"""Of the permutation. Four already make a Feistel network pseudo-random where its halves are long (Luby and
Rackoff 1988); small ranges have short halves, and more rounds cost microseconds."""
_MASK = (1 << 64) - 1
_FIRST_FACTOR, _SECOND_FACTOR = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def generator(seed: int, purpose: Purpose, epoch: int, number: int) -> np.random.Generator:
    """A generator of its own for each combination of arguments (Philox; Salmon et al. 2011).

    Args:
        seed: Of the run, below 2**64.
        purpose: What is drawn.
        epoch: From 0.
        number: Of the window or document.
    """
    key = np.array([seed, get_args(Purpose).index(purpose)], np.uint64)
    counter = np.array([0, number, epoch, 0], np.uint64)
    return np.random.Generator(np.random.Philox(counter=counter, key=key))


def shuffled(place: int, size: int, seed: int, epoch: int, purpose: Purpose = "order") -> int:
    """What stands at a place of the range from 0 to `size` after shuffling.

    A Feistel network permutes all numbers of as many bits as `size` needs; a number that is out of range is
    permuted again until one is in it (cycle walking), which takes two times on average at most.

    Args:
        place: From 0 up to, but not including, `size`.
        size: Of the range.
        seed: Of the run.
        epoch: Each has an order of its own.
        purpose: Which order.
    """
    bits = (size - 1).bit_length()
    low_bits = bits // 2
    high_bits = bits - low_bits
    low_mask, high_mask = (1 << low_bits) - 1, (1 << high_bits) - 1
    keys = _round_keys(seed, epoch, purpose)
    while True:
        low, high = place & low_mask, place >> low_bits
        for one, other in keys:
            high ^= _mixed(low, one) & high_mask
            low ^= _mixed(high, other) & low_mask
        place = high << low_bits | low
        if place < size:
            return place


def shuffled_all(size: int, seed: int, epoch: int, purpose: Purpose, block: int) -> Iterator[Ints]:
    """What `shuffled` gives for all places in turn, in blocks of so many places; 40 times as fast.

    Args:
        size: Of the range.
        seed: Of the run.
        epoch: Each has an order of its own.
        purpose: Which order.
        block: Places at a time; 80 bytes are needed for each.
    """
    low_bits = (size - 1).bit_length() // 2
    bits = np.uint64(low_bits)
    masks = [np.uint64((1 << many) - 1) for many in (low_bits, (size - 1).bit_length() - low_bits)]
    for first in range(0, size, block):
        places = np.arange(first, min(first + block, size), dtype=np.uint64)
        outside = np.arange(len(places))
        while len(outside):
            low, high = places[outside] & masks[0], places[outside] >> bits
            for one, other in _round_keys(seed, epoch, purpose):
                high ^= _mixed_all(low, one) & masks[1]
                low ^= _mixed_all(high, other) & masks[0]
            places[outside] = high << bits | low
            outside = outside[places[outside] >= size]
        yield places.astype(np.int64)


@lru_cache(maxsize=16)
def _round_keys(seed: int, epoch: int, purpose: Purpose) -> tuple[tuple[int, int], ...]:
    """Two keys of 64 bits for each pair of rounds."""
    keys = generator(seed, purpose, epoch, _MASK).integers(0, 1 << 64, (ROUNDS // 2, 2), np.uint64)
    return tuple((int(one), int(other)) for one, other in keys)


def _mixed_all(values: npt.NDArray[np.uint64], key: int) -> npt.NDArray[np.uint64]:
    """`_mixed` of many values."""
    values = values + np.uint64(key)
    values = (values ^ values >> np.uint64(30)) * np.uint64(_FIRST_FACTOR)
    values = (values ^ values >> np.uint64(27)) * np.uint64(_SECOND_FACTOR)
    return values ^ values >> np.uint64(31)


def _mixed(value: int, key: int) -> int:
    """64 bits that depend on all bits of both (the finaliser of SplitMix64; Steele et al. 2014)."""
    value = (value + key) & _MASK
    value = (value ^ value >> 30) * _FIRST_FACTOR & _MASK
    value = (value ^ value >> 27) * _SECOND_FACTOR & _MASK
    return value ^ value >> 31
