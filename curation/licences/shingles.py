"""The words of a licence text as hashes, and where known licences match them: the hot loops.

    shingle(bytes of "Permission is hereby granted, free")  -> three 32-bit hashes of three words each

Words are runs of ASCII letters and digits, lower-cased; everything else separates. A single letter or
digit at the start of a line (a list number) is skipped, so that "1." and "*" lists are the same. Three
words in a row make one shingle. Linear in the text; nothing here knows a licence's name.
"""

import numpy as np
import numpy.typing as npt

from curation.kernels import Bytes, Ints, kernel

WORDS = 3
"""Words per shingle."""
COST = 0.5
"""What a word that the licence does not explain costs, in explained words."""
Hashes = npt.NDArray[np.uint32]


@kernel
def shingle(text: Bytes) -> Hashes:
    """Hashes of every run of `WORDS` words, in order: shape (words - WORDS + 1,), or empty.

    The hash is FNV-1a over the lower-cased words, each closed by a space, folded to 32 bits.
    """
    hashes = np.empty(text.size // 2 + 2, np.uint64)
    words, size, value, line_start = 0, 0, np.uint64(14695981039346656037), True
    prime, basis = np.uint64(1099511628211), np.uint64(14695981039346656037)
    for i in range(text.size + 1):
        byte = np.uint8(10) if i == text.size else text[i]
        if 65 <= byte <= 90:
            byte += np.uint8(32)
        if 97 <= byte <= 122 or 48 <= byte <= 57:
            value = (value ^ np.uint64(byte)) * prime
            size += 1
            continue
        if size > 1 or (size == 1 and not line_start):
            hashes[words] = value
            words += 1
        if size > 0:
            line_start, size, value = False, 0, basis
        if byte == 10:
            line_start = True
    count = max(0, words - 2)
    result = np.empty(count, np.uint32)
    for i in range(count):
        mixed = (hashes[i] * prime) ^ hashes[i + 1]
        mixed = (mixed * prime) ^ hashes[i + 2]
        mixed *= prime
        result[i] = np.uint32((mixed ^ (mixed >> np.uint64(32))) & np.uint64(0xFFFFFFFF))
    return result


@kernel
def count_matches(
    text: Hashes, keys: Hashes, buckets: Ints, starts: Ints, owners: Ints, licences: int
) -> tuple[Ints, Ints]:
    """How many distinct shingles of each licence occur in a text.

    Args:
        text: Shingles of the text, shape (shingles,).
        keys: Sorted distinct shingles of all licences, shape (keys,).
        buckets: Where in `keys` the hashes with each value of the upper 16 bits begin, shape (65537,).
        starts: Where in `owners` each key's licences begin, shape (keys + 1,).
        owners: Licence numbers, shape (pairs,).
        licences: Number of licences.

    Returns:
        Counts, shape (licences,), and the key number at each position of the text or -1, shape (shingles,).
    """
    counts = np.zeros(licences, np.int64)
    found = np.full(text.size, -1, np.int64)
    seen = np.zeros(keys.size, np.bool_)
    for i in range(text.size):
        bucket = text[i] >> 16
        for key in range(buckets[bucket], buckets[bucket + 1]):
            if keys[key] == text[i]:
                found[i] = key
                if not seen[key]:
                    seen[key] = True
                    for pair in range(starts[key], starts[key + 1]):
                        counts[owners[pair]] += 1
    return counts, found


@kernel
def best_stretch(found: Ints, starts: Ints, owners: Ints, licence: int, gain: float) -> tuple[int, int, int]:
    """The stretch of a text that a licence fills best: the most matches with the fewest other words.

    The stretch is the one of greatest sum, where each match gains `gain` and each position costs `COST`.

    Args:
        found: Key number at each position, or -1, shape (shingles,).
        starts: As in `count_matches`.
        owners: As in `count_matches`.
        licence: Number of the licence.
        gain: Words of the licence per stored shingle, at least 1.

    Returns:
        Distinct shingles of the licence in it, first position, one past the last; (0, 0, 0) without any.
    """
    places, keys = np.empty(found.size, np.int64), np.empty(found.size, np.int64)
    total, first, last, start = 0, 0, 0, 0
    best, score = 0.0, 0.0
    for i in range(found.size):
        matches = False
        if found[i] >= 0:
            for pair in range(starts[found[i]], starts[found[i] + 1]):
                matches = matches or owners[pair] == licence
        if matches:
            places[total], keys[total] = i, found[i]
            total += 1
            if score <= 0.0:
                start, score = i, 0.0
            score += gain
            if score > best:
                best, first, last = score, start, i + 1
        score -= COST
    low, high = np.searchsorted(places[:total], first), np.searchsorted(places[:total], last)
    return np.unique(keys[low:high]).size, first, last
