"""Shingles -> a sketch of 256 bytes whose agreement estimates the Jaccard similarity of two documents.

    agreement of sketches 0.90  ->  Jaccard 0.8996 +- 0.02        8 equal bytes in one band -> candidate pair

The sketch is a fast similarity sketch (Dahlgaard, Knudsen and Thorup, FOCS 2017): in round 0 each shingle
goes into one of k bins by one multiplication, and a bin keeps the smallest hash; only bins that are empty
are filled by further rounds, and after `ROUNDS` by a min-hash of their own. That is one hash per shingle
instead of 256. Of each value 8 bits are kept, so unequal values agree by chance once in 256
(`curation.dedup.banding` reckons with it). Band keys are hashes of consecutive sketch bytes, the band's
number and the document's group, so that documents of different groups never meet. `kernel: datasketch`
makes the same kind of sketch with datasketch's MinHash of as many permutations, for comparison.
Nothing is compared here. Documents with fewer tokens than a shingle have no sketch.
"""

from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from curation.dedup.tokens import (
    MIX_1,
    MIX_2,
    ONE,
    SEGMENT,
    SHORT,
    Hashes,
    Rule,
    Scratch,
    Texts,
    TokenRule,
    own_scratch,
    rule_of,
    segment_end,
    segment_shingles,
    texts,
)
from curation.kernels import Bytes, Ints, kernel

Kernel = Literal["sketch", "datasketch"]
Sketches = npt.NDArray[np.uint8]
"""Sketch bytes, shape (documents, values)."""
Words = npt.NDArray[np.uint32]

ROUNDS = 3
"""Binned rounds before the bins that are still empty get a min-hash of their own; fastest by measurement."""
SEED = 42
"""Of the random multipliers; changing it changes every sketch."""
EMPTY = np.uint32(0xFFFFFFFF)
STIR = np.uint32(0x9E3779B1)
"""Multiplier that brings all bits of a value into the eight that are kept."""
LOW = np.uint64(0xFFFFFFFF)
LANES = 16
"""Min-hashes are taken over this many shingles at a time, so that the loop becomes vector code."""


class Seeds(NamedTuple):
    """Random odd multipliers and addends of the sketch."""

    rounds: Hashes
    """One 64-bit multiplier per binned round."""
    factors: Words
    """One 32-bit multiplier per value, for its own min-hash."""
    addends: Words


class Bins(NamedTuple):
    """The sketch of one document while it is made."""

    values: Words
    """Smallest value of every bin so far."""
    open: Ints
    """Numbers of the bins that are empty after the binned rounds."""


@cache
def seeds(values: int) -> Seeds:
    """The multipliers of a sketch of `values` values, the same on every machine."""
    raw = np.random.PCG64(SEED).random_raw(ROUNDS + 2 * values)  # a stream that NumPy promises to keep
    halves = (raw[ROUNDS:] >> np.uint64(32)).astype(np.uint32)
    return Seeds(raw[:ROUNDS] | ONE, halves[:values] | np.uint32(1), halves[values:])


@kernel
def _fold_round(shingles: Hashes, count: int, number: int, multiplier: np.uint64, values: Words) -> None:
    """Put every shingle into the bin that its hash names, where the smallest value stays.

    Values of later rounds are larger than those of earlier ones, so they only fill empty bins.
    """
    bins = np.uint64(len(values))
    if number == 0:
        for n in range(count):
            mixed = shingles[n] * multiplier
            bin_ = ((mixed >> np.uint64(32)) * bins) >> np.uint64(32)
            values[bin_] = min(values[bin_], np.uint32((mixed & LOW) >> ONE))
        return
    later = np.uint32(0x80000000) | np.uint32(number << 26)
    for n in range(count):
        mixed = shingles[n] * multiplier
        bin_ = ((mixed >> np.uint64(32)) * bins) >> np.uint64(32)
        values[bin_] = min(values[bin_], np.uint32(later | np.uint32((mixed & LOW) >> np.uint64(6))))


@kernel
def _fold_rest(shingles: Hashes, count: int, open_: Ints, seeds: Seeds, values: Words, halves: Words) -> None:
    """Lower the values of the bins `open_` to the smallest min-hash of the shingles."""
    if count == 0:
        return
    for n in range(count):
        halves[n] = np.uint32(shingles[n] >> np.uint64(32))
    padded = (count + LANES - 1) & ~(LANES - 1)  # so that the loop below has no rest to do one by one
    for n in range(count, padded):
        halves[n] = halves[count - 1]
    for bin_ in open_:
        factor = seeds.factors[bin_]
        addend = seeds.addends[bin_]
        least = values[bin_]
        for n in range(padded):
            least = min(least, np.uint32(factor * halves[n] + addend))
        values[bin_] = least


@kernel
def _list_open(bins: Bins) -> int:
    """Write the numbers of the empty bins to `bins.open`; how many there are."""
    left = 0
    for bin_ in range(len(bins.values)):
        if bins.values[bin_] == EMPTY:
            bins.open[left] = bin_
            left += 1
    return left


@kernel
def _fill(data: Bytes, start: int, end: int, rule: Rule, seeds: Seeds, out: Scratch, bins: Bins) -> int:
    """The 32-bit sketch values of one document; the number of its shingles, 0 if it has no sketch.

    A document of one segment is tokenised once, a longer one again for every round.
    """
    bins.values[:] = EMPTY
    total = left = count = 0
    for number in range(ROUNDS + 1):
        at, carried = start, 0
        total = 0
        while at < end:
            stop, following = segment_end(data, at, end, rule)
            if number == 0 or end - start > SEGMENT:
                count, carried = segment_shingles(data, at, stop, carried, rule, out)
            total += count
            if number < ROUNDS:
                _fold_round(out.shingles, count, number, seeds.rounds[number], bins.values)
            else:
                _fold_rest(out.shingles, count, bins.open[:left], seeds, bins.values, out.halves)
            at = following
        empty = 0
        for value in bins.values:
            empty += 1 if value == EMPTY else 0
        if empty == 0 or total == 0:
            break
        if number == ROUNDS - 1:
            left = _list_open(bins)
    return total


@kernel
def _sketch(text: Texts, rule: Rule, seeds: Seeds, out: Scratch, sketches: Sketches, shingles: Words) -> None:
    """Sketches and numbers of shingles of all documents of a piece."""
    values = sketches.shape[1]
    bins = Bins(np.empty(values, np.uint32), np.empty(values, np.int64))
    for n in range(len(text.offsets) - 1):
        shingles[n] = _fill(text.data, text.offsets[n], text.offsets[n + 1], rule, seeds, out, bins)
        if shingles[n]:
            for k in range(values):
                sketches[n, k] = np.uint8((bins.values[k] * STIR) >> np.uint32(24))


@kernel
def band_keys(sketches: Sketches, groups: Hashes, bands: int, rows: int) -> Hashes:
    """One 64-bit key per band and document: equal sketch bytes, band and group give equal keys.

    Args:
        sketches: Shape (n, values), values >= bands x rows.
        groups: Documents of different groups never share a key, shape (n,).
        bands: Number of bands.
        rows: Sketch values in a band.

    Returns:
        Keys of shape (bands, n).
    """
    count = len(sketches)
    keys = np.empty((bands, count), np.uint64)
    for n in range(count):
        for band in range(bands):
            key = groups[n] + np.uint64(band + 1) * SHORT
            word = np.uint64(0)
            for row in range(rows):
                word = (word << np.uint64(8)) | np.uint64(sketches[n, band * rows + row])
                if row % 8 == 7 or row == rows - 1:
                    key = (key ^ word) * MIX_1
                    key = (key ^ (key >> np.uint64(32))) * MIX_2
                    key ^= key >> np.uint64(29)
                    word = np.uint64(0)
            keys[band, n] = key
    return keys


class Sketched(NamedTuple):
    """What `sketch` makes of a column of texts."""

    sketches: Sketches
    """Shape (n, values); rows of documents without a sketch hold nothing that means anything."""
    shingles: Words
    """Shingles of each document, repeats included; 0 says that it has no sketch. Shape (n,)."""


def sketch(column: Any, *, values: int, size: int, rule: TokenRule, kernel: Kernel = "sketch") -> Sketched:
    """Sketches of all texts of an Arrow string array.

    Args:
        column: `pa.StringArray` or `pa.LargeStringArray` without nulls.
        values: Values of a sketch, each kept as one byte.
        size: Tokens in a shingle.
        rule: What a token is.
        kernel: "sketch" for the fast similarity sketch, "datasketch" for datasketch's MinHash.
    """
    sketches = np.empty((len(column), values), np.uint8)
    shingles = np.zeros(len(column), np.uint32)
    at = 0
    for piece in texts(column):
        count = len(piece.offsets) - 1
        memory = own_scratch(int(np.diff(piece.offsets).max()))
        part = sketches[at : at + count], shingles[at : at + count]
        if kernel == "datasketch":
            _sketch_by_datasketch(piece, rule_of(rule, size), memory, *part)
        else:
            _sketch(piece, rule_of(rule, size), seeds(values), memory, *part)
        at += count
    return Sketched(sketches, shingles)


def _sketch_by_datasketch(
    piece: Texts, rule: Rule, memory: Scratch, sketches: Sketches, shingles: Words
) -> None:
    """The same with datasketch's MinHash over the 64-bit shingle hashes, `sketches.shape[1]` permutations."""
    from datasketch import MinHash  # noqa: PLC0415 -- heavy (scipy), and needed by this kernel only

    for n in range(len(shingles)):
        start, end = int(piece.offsets[n]), int(piece.offsets[n + 1])
        hashed = all_shingles(piece.data, start, end, rule, memory)
        shingles[n] = len(hashed)
        minhash = MinHash(num_perm=sketches.shape[1], seed=SEED)
        minhash.update_batch([value.tobytes() for value in np.unique(hashed)])
        sketches[n] = minhash.hashvalues.astype(np.uint64) & np.uint64(0xFF)


@kernel
def all_shingles(data: Bytes, start: int, end: int, rule: Rule, out: Scratch) -> Hashes:
    """Every shingle hash of one document, repeats included; memory grows with the document."""
    count, carried = 0, 0
    found = np.empty(min(end - start, SEGMENT) + 1, np.uint64)
    at = start
    while at < end:
        stop, following = segment_end(data, at, end, rule)
        more, carried = segment_shingles(data, at, stop, carried, rule, out)
        if count + more > len(found):
            larger = np.empty(2 * (count + more), np.uint64)
            larger[:count] = found[:count]
            found = larger
        found[count : count + more] = out.shingles[:more]
        count += more
        at = following
    return found[:count]
