"""Exact Jaccard similarity of all pairs of a corpus that are near enough, to judge near-dedup by.

    python tests/benchmarks/near_dedup_truth.py /tmp/corpus --tokens words --floor 0.6

Reads the `content` column of a folder of parquet shards and writes CORPUS.truth-words.npz beside the folder:
`pairs` (lower and higher row, rows counted over the shards in order of their names), `jaccard` of each, and
the number of distinct 5-token shingles of every row in `sizes`. No pair at or above the floor is missed:
this is a join over the shingle sets themselves (AllPairs: only the rarest shingles of each set are looked
up, as many as two sets of that Jaccard cannot all miss), without MinHash, and shares no line with
`curation.dedup`; `--check N` also computes the sets of N rows in plain Python and compares all their pairs.

A token is, with `words`, a maximal run of [A-Za-z0-9_] and of letters, marks and numbers beyond ASCII, and
every letter of a script without spaces by itself; with `sc1-code`, what BigCode's split on [^A-Za-z_0-9]
leaves, empty strings included, of which shingles without any word are left out.
"""

import argparse
import json
import random
import re
import sys
import time
import unicodedata
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from curation.kernels import Bytes, Ints, kernel

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

WINDOW = 5
BATCH = 1000
SEPARATOR, INSIDE, ALONE = 0, 1, 2
UNSPACED = (
    *("CJK UNIFIED IDEOGRAPH", "CJK COMPATIBILITY IDEOGRAPH", "IDEOGRAPHIC", "VERTICAL IDEOGRAPHIC"),
    *("HIRAGANA", "KATAKANA", "HENTAIGANA", "HALFWIDTH KATAKANA", "COMBINING KATAKANA", "MASU MARK"),
    *("BOPOMOFO", "YI SYLLABLE", "THAI", "LAO", "KHMER", "MYANMAR", "TAI LE", "NEW TAI LUE"),
    *("TAI THAM", "TAI VIET", "AHOM", "BALINESE", "JAVANESE"),
)
SEED = np.uint64(0xCBF29CE484222325)
PRIME = np.uint64(0x100000001B3)
MIX = np.uint64(0x9FB21C651E98DF25)
SHIFT = np.uint64(32)


def kind(character: str, tokens: str) -> int:
    """Class of a character: separator, part of a word, or a token by itself."""
    if ord(character) < 0x80 or tokens == "sc1-code":
        return INSIDE if re.match("[A-Za-z0-9_]", character) else SEPARATOR
    if ord(character) >> 16 in {2, 3} and ord(character) & 0xFFFF <= 0xFFFD:
        return ALONE
    category = unicodedata.category(character)[0]
    if category not in "LMN":
        return SEPARATOR
    lone = category != "N" or character == "\u3007"
    return ALONE if lone and unicodedata.name(character, "").startswith(UNSPACED) else INSIDE


def shingles_of(text: str, tokens: str) -> set[tuple[str, ...]]:
    """The same sets in plain Python: what the compiled join is checked against."""
    if tokens == "sc1-code":
        found = re.split("[^A-Za-z_0-9]", text)
    else:
        marks = (f" {c} " if (k := kind(c, tokens)) == ALONE else c if k == INSIDE else " " for c in text)
        found = "".join(marks).split(" ")
        found = [token for token in found if token]
    windows = (tuple(found[at : at + WINDOW]) for at in range(len(found) - WINDOW + 1))
    return {window for window in windows if any(window)}


@kernel
def cut(data: Bytes, start: int, end: int, kinds: Bytes, empty: bool, out: Hashes) -> int:
    """Write a hash for every token of one text (0 for an empty one); how many there are."""
    count, at, value = 0, start, SEED
    while at < end:
        lead = int(data[at])
        length = 1 + (lead >= 0xC0) + (lead >= 0xE0) + (lead >= 0xF0)
        point = lead & (0x7F if length == 1 else 0x7F >> length)
        for n in range(1, length):
            point = point << 6 | int(data[at + n]) & 0x3F
        found = kinds[point]
        if found == INSIDE:
            for n in range(length):
                value = (value ^ np.uint64(data[at + n])) * PRIME
        else:
            if empty or value != SEED:
                out[count] = value ^ SEED
                count += 1
                value = SEED
            if found == ALONE:
                out[count] = np.uint64(point) * MIX | np.uint64(1)
                count += 1
        at += length
    if empty or value != SEED:
        out[count] = value ^ SEED
        count += 1
    return count


@kernel
def sets(
    data: Bytes, offsets: Ints, kinds: Bytes, empty: bool, sizes: Ints, table: Hashes, used: Ints
) -> Hashes:
    """Distinct shingle hashes of every text, one text behind the other; `sizes` gets how many each has.

    `table` is memory for a hash table, zeros: a power of two, over twice the longest text in bytes; `used`
    for the places in it that are filled.
    """
    out = np.empty(len(data) + 2 * len(sizes), np.uint64)
    hashes = np.empty(len(used) + 2, np.uint64)
    total = 0
    for n in range(len(sizes)):
        tokens = cut(data, offsets[n], offsets[n + 1], kinds, empty, hashes)
        size, need = 0, 64
        while need < 2 * tokens:
            need *= 2
        mask = np.uint64(need - 1)
        for at in range(tokens - WINDOW + 1):
            value, some = np.uint64(0), np.uint64(0)
            for step in range(WINDOW):
                token = hashes[at + step]
                some |= token
                value = (value ^ token) * MIX
                value ^= value >> SHIFT
                value *= PRIME
            value = (value ^ (value >> SHIFT)) | np.uint64(1)
            slot = (value >> np.uint64(20)) & mask
            while table[slot] != 0 and table[slot] != value:
                slot = (slot + np.uint64(1)) & mask
            if table[slot] == 0 and some != 0:
                table[slot] = value
                used[size] = np.int64(slot)
                out[total + size] = value
                size += 1
        for at in range(size):
            table[used[at]] = 0
        sizes[n] = size
        total += size
    return out[:total].copy()


def contents(corpus: Path) -> Iterator[Any]:
    """The texts of a corpus as Arrow string arrays, in order."""
    for shard in sorted(corpus.glob("*.parquet")):
        for batch in pq.ParquetFile(shard).iter_batches(BATCH, columns=["content"], use_threads=False):
            yield batch.column(0)


def all_sets(corpus: Path, tokens: str) -> tuple[Hashes, Ints]:
    """Shingle hashes of the whole corpus, and the size of every text's set."""
    kinds = np.array([kind(chr(point), tokens) for point in range(0x110000)], np.uint8)
    hashes, sizes = [], []
    for column in contents(corpus):
        _, ends, data = column.buffers()
        width = np.int64 if "large" in str(column.type) else np.int32
        offsets = np.frombuffer(ends, width)[column.offset :][: len(column) + 1].astype(np.int64)
        size = np.zeros(len(column), np.int64)
        longest = int(np.diff(offsets).max(initial=0))
        table = np.zeros(1 << max(6, (2 * longest + 4).bit_length()), np.uint64)
        part = np.frombuffer(data or b"", np.uint8)[offsets[0] : offsets[-1]]
        found = sets(
            part, offsets - offsets[0], kinds, tokens == "sc1-code", size, table, np.empty(longest + 2, int)
        )
        hashes.append(found)
        sizes.append(size)
    return np.concatenate(hashes), np.concatenate(sizes)


@kernel
def name(hashes: Hashes, order: Ints, names: Numbers) -> int:
    """Number equal hashes alike, in order of `order`; how many different ones there are."""
    count = -1
    for n in range(len(order)):
        if n == 0 or hashes[order[n]] != hashes[order[n - 1]]:
            count += 1
        names[order[n]] = count
    return count + 1


@kernel
def pack(ranks: Numbers, sizes: Ints, single: int, shared: Numbers, offsets: Ints) -> None:
    """Keep the shingles of several texts, whose ranks by rarity are not below `single`, rarest first.

    `shared` gets the ranks that stay, less `single`; `offsets` where each text's begin, shape (n + 1,).
    """
    at = to = 0
    for n in range(len(sizes)):
        offsets[n] = to
        for _ in range(sizes[n]):
            if ranks[at] >= single:
                shared[to] = ranks[at] - single
                to += 1
            at += 1
        shared[offsets[n] : to].sort()
    offsets[len(sizes)] = to


@kernel
def overlap(shared: Numbers, a: int, a_end: int, b: int, b_end: int, need: int) -> int:
    """Size of the intersection of two ascending lists, or -1 once it cannot reach `need`."""
    count = 0
    while a < a_end and b < b_end:
        if count + min(a_end - a, b_end - b) < need:
            return -1
        if shared[a] == shared[b]:
            count += 1
            a += 1
            b += 1
        elif shared[a] < shared[b]:
            a += 1
        else:
            b += 1
    return count


@kernel
def prefix(size: int, held: int, floor: float) -> int:
    """How many of a text's `held` shared shingles are looked up: the rarest, less those that occur once."""
    return min(held, held - int(np.ceil(floor * size - 1e-9)) + 1)


class Shared(NamedTuple):
    """The shingles that several texts have, rarest first within each text."""

    shingles: Numbers
    offsets: Ints
    """Where each text's begin, shape (texts + 1,)."""
    sizes: Ints
    """Size of every set, shingles that occur once included."""


class Posted(NamedTuple):
    """Texts by the shingles that they are looked up by, smallest set first."""

    first: Ints
    """For every shingle, the first of its texts that is not too small by now."""
    last: Ints
    """For every shingle, one behind its last text so far."""
    texts: Numbers


@kernel
def join(
    sets: Shared, posted: Posted, floor: float, order: Ints, at: int, pairs: Numbers, jaccard: Floats
) -> tuple[int, int]:
    """Pairs of the texts `order[at:]` with the texts before them.

    Args:
        sets: The texts.
        posted: The texts before them by shingle; gets these texts too.
        floor: Lowest Jaccard similarity to find.
        order: Texts in ascending size.
        at: Where to go on in `order`.
        pairs: Gets the pairs, shape (room, 2).
        jaccard: Gets their similarity.

    Returns:
        How many pairs there are, and where to go on once they have been taken away.
    """
    shared, offsets, sizes = sets.shingles, sets.offsets, sets.sizes
    first, last, texts = posted.first, posted.last, posted.texts
    seen = np.full(len(sizes), -1, np.int32)
    near = np.empty(len(sizes), np.int32)
    found = 0
    while at < len(order) and found + at <= len(jaccard):
        text = order[at]
        start, end, size = offsets[text], offsets[text + 1], sizes[text]
        count = 0
        for n in range(start, start + prefix(size, end - start, floor)):
            shingle = shared[n]
            while first[shingle] < last[shingle] and sizes[texts[first[shingle]]] < floor * size - 1e-9:
                first[shingle] += 1
            for place in range(first[shingle], last[shingle]):
                other = texts[place]
                if seen[other] != at:
                    seen[other] = at
                    near[count] = other
                    count += 1
            texts[last[shingle]] = text
            last[shingle] += 1
        for n in range(count):
            other = near[n]
            both = size + sizes[other]
            need = int(np.ceil(floor / (1 + floor) * both - 1e-9))
            common = overlap(shared, start, end, offsets[other], offsets[other + 1], need)
            if common >= need:
                pairs[found, 0], pairs[found, 1] = min(text, other), max(text, other)
                jaccard[found] = common / (both - common)
                found += 1
        at += 1
    return found, at


def postings(sets: Shared, floor: float) -> Posted:
    """Room for every text under each shingle that it will be looked up by."""
    held = np.diff(sets.offsets)
    looked_up = np.clip(held - np.ceil(floor * sets.sizes - 1e-9).astype(np.int64) + 1, 0, held)
    begins = np.zeros(int(sets.shingles.max(initial=-1)) + 2, np.int64)
    for start, count in zip(sets.offsets.tolist(), looked_up.tolist(), strict=False):
        begins[sets.shingles[start : start + count] + 1] += 1
    begins = np.cumsum(begins)
    return Posted(begins[:-1].copy(), begins[:-1].copy(), np.empty(begins[-1], np.int32))


def shared_shingles(hashes: Hashes, sizes: Ints) -> Shared:
    """Number the shingles by rarity, and leave out those of a single text."""
    order = np.argsort(hashes)
    names = np.empty(len(hashes), np.int32)
    count = name(hashes, order, names)
    often = np.bincount(names, minlength=count)
    ranks = np.empty(len(often), np.int32)
    ranks[np.argsort(often, kind="stable")] = np.arange(len(often), dtype=np.int32)
    single = int((often == 1).sum())
    ranks = ranks[names]
    sets = Shared(np.empty(int((ranks >= single).sum()), np.int32), np.zeros(len(sizes) + 1, np.int64), sizes)
    pack(ranks, sizes, single, sets.shingles, sets.offsets)
    return sets


def similar(hashes: Hashes, sizes: Ints, floor: float) -> tuple[Numbers, Floats]:
    """All pairs of sets whose Jaccard similarity is at least `floor`, sorted."""
    sets = shared_shingles(hashes, sizes)
    posted, by_size = postings(sets, floor), np.argsort(sizes, kind="stable")
    room = max(1 << 22, 2 * len(sizes))
    pairs, jaccard = np.empty((room, 2), np.int32), np.empty(room, np.float32)
    taken, at = [(pairs[:0], jaccard[:0])], int((sizes == 0).sum())
    while at < len(sizes):
        found, at = join(sets, posted, floor, by_size, at, pairs, jaccard)
        taken.append((pairs[:found].copy(), jaccard[:found].copy()))
    every = np.concatenate([found for found, _ in taken])
    sort = np.lexsort((every[:, 1], every[:, 0]))
    return every[sort], np.concatenate([values for _, values in taken])[sort]


def check(corpus: Path, tokens: str, truth: dict[str, Any], rows: int) -> None:
    """Compare the pairs among some rows, and the sizes of their sets, with plain Python."""
    near = truth["pairs"][:: max(1, len(truth["pairs"]) * 2 // max(rows, 1))].ravel()
    count = len(truth["sizes"])
    chosen = sorted({*near.tolist(), *random.Random(0).sample(range(count), min(rows, count))})
    texts = list(chain.from_iterable(column.to_pylist() for column in contents(corpus)))
    plain = {row: shingles_of(texts[row], tokens) for row in chosen}
    assert all(len(found) == truth["sizes"][row] for row, found in plain.items()), "sizes of sets differ"
    known = {
        tuple(pair): value for pair, value in zip(truth["pairs"].tolist(), truth["jaccard"], strict=True)
    }
    pairs = 0
    for n, low in enumerate(chosen):
        for high in chosen[n + 1 :]:
            common = len(plain[low] & plain[high])
            value = common / max(len(plain[low]) + len(plain[high]) - common, 1)
            expected = known.get((low, high))
            if value >= truth["floor"] or expected is not None:
                assert expected is not None, f"rows {low} and {high} of Jaccard {value} were missed"
                assert abs(value - expected) < 1e-6, f"rows {low} and {high}: {value}, not {expected}"
                pairs += 1
    sys.stdout.write(f"plain Python agrees: {len(chosen)} sets, {pairs} pairs\n")


def main() -> None:
    """Compute the truth of a corpus, unless it is there already."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path, help="folder of parquet shards with a column `content`")
    parser.add_argument("--tokens", choices=("words", "sc1-code"), default="words", help="what a token is")
    parser.add_argument("--floor", type=float, default=0.6, help="lowest Jaccard similarity (default 0.6)")
    parser.add_argument("--check", type=int, metavar="ROWS", help="compare so many rows with plain Python")
    arguments = parser.parse_args()
    corpus = arguments.corpus.resolve()
    path = corpus.with_name(f"{corpus.name}.truth-{arguments.tokens}.npz")
    mark = json.dumps([(shard.name, shard.stat().st_size) for shard in sorted(corpus.glob("*.parquet"))])
    stored = dict(np.load(path)) if path.exists() else {}
    if not stored or stored["corpus"] != mark or stored["floor"] > arguments.floor:
        started = time.perf_counter()
        hashes, sizes = all_sets(corpus, arguments.tokens)
        sys.stdout.write(
            f"{len(sizes):,} rows, {len(hashes):,} shingles, {time.perf_counter() - started:.0f} s\n"
        )
        pairs, jaccard = similar(hashes, sizes, arguments.floor)
        stored = {"pairs": pairs, "jaccard": jaccard, "sizes": sizes}
        stored |= {"floor": np.array(arguments.floor), "corpus": np.array(mark)}
        np.savez(path, **stored)
        sys.stdout.write(f"written in {time.perf_counter() - started:.0f} s\n")
    counts = [f"{(stored['jaccard'] >= floor).sum():,} at >= {floor}" for floor in (0.6, 0.7, 0.8, 0.9)]
    sys.stdout.write(f"{path}: pairs {', '.join(counts)}\n")
    if arguments.check:
        check(corpus, arguments.tokens, stored, arguments.check)


if __name__ == "__main__":
    main()
