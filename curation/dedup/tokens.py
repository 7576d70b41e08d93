r"""UTF-8 bytes -> tokens -> one 64-bit hash per window of five tokens (a shingle), without making strings.

    def f(x): return x  ->  tokens def f x return x  ->  1 shingle of 5 tokens, as a hash

Two rules say what a token is:

    words     a maximal run of [A-Za-z0-9_] and of letters, marks and numbers beyond ASCII; a character of a
              script without spaces between words is a token by itself, so that no script collapses
    sc1-code  BigCode's split on [^A-Za-z_0-9]: the empty strings between separators are tokens too, and
              every character beyond ASCII is a separator (minhash_deduplication_spark.py of bigcode-dataset)

A shingle that holds no word at all is none: upstream, files of only such shingles all become one cluster.
Sixty-four bytes are classified at a time; a document is taken in segments of about `SEGMENT` bytes, so
scratch memory does not grow with it. Shingles may repeat here; who needs a set removes repeats
(`curation.dedup.jaccard`). Nothing is compared here. The kernels rely on `PADDING` readable bytes behind
the document, on `curation.signals.bits`, and on that file not having changed (see `curation.kernels`).
"""

import threading
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curation.dedup.token_classes import token_classes
from curation.kernels import Bytes, Ints, kernel
from curation.signals.bits import CONTINUATION, LEAD, WORD, Mask, classify, load64, lowest, popcount

TokenRule = Literal["words", "sc1-code"]
Hashes = npt.NDArray[np.uint64]
"""One hash per token or shingle."""
Positions = npt.NDArray[np.int32]

SEGMENT = 1 << 20
"""Bytes of a document that are in scratch memory at a time, about."""
PADDING = 128
"""Bytes that must be readable behind a document: a block of 64, a token of 16, a character of 4."""
SLACK = 64
"""Entries that scratch arrays have more than needed: positions are written four at a time."""
ALONE = 2
"""Class of a character that is a token by itself; see `curation.dedup.token_classes`."""
BLOCK = 64

ZERO, ONE, ALL = np.uint64(0), np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)
SHORT, TAIL, CHAIN = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xD6E8FEB86659FD93),
    np.uint64(0xA0761D6478BD642F),
)
"""Odd multipliers of the token hash: for its first 8 bytes, the next 8, and all that follow."""
MIX_1, MIX_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
"""Multipliers of MurmurHash3's 64-bit finaliser (public domain)."""
TURN = 13
"""Bits by which the hash of each further token of a shingle is rotated."""


class Rule(NamedTuple):
    """How texts are cut into shingles, as the kernels take it."""

    classes: Bytes
    """Token class of every code point, read for the rule `words` only."""
    empty: bool
    """Whether empty tokens count (sc1-code)."""
    size: int
    """Tokens in a shingle."""


def rule_of(tokens: TokenRule, size: int) -> Rule:
    """The rule of a name, for shingles of `size` tokens."""
    return Rule(token_classes(), tokens == "sc1-code", size)


class Scratch(NamedTuple):
    """Memory that the kernels of this module and of `curation.dedup.minhash` reuse; not thread-safe."""

    starts: Positions
    stops: Positions
    places: Positions
    tokens: Hashes
    shingles: Hashes
    halves: npt.NDArray[np.uint32]


def scratch(largest: int) -> Scratch:
    """Scratch memory for documents of up to `largest` bytes: at most 32 times `SEGMENT`."""
    size = min(largest, SEGMENT) + SLACK + PADDING
    return Scratch(
        np.empty(size, np.int32),
        np.empty(size, np.int32),
        np.empty(size, np.int32),
        np.empty(size, np.uint64),
        np.empty(size, np.uint64),
        np.empty(size, np.uint32),
    )


_OWN = threading.local()


def own_scratch(largest: int) -> Scratch:
    """The scratch memory of this thread, made larger if it must be; fresh pages are dear."""
    memory: Scratch | None = getattr(_OWN, "memory", None)
    if memory is None or len(memory.starts) < min(largest, SEGMENT) + SLACK + PADDING:
        memory = scratch(largest)
        _OWN.memory = memory
    return memory


@kernel
def _low_bytes(count: int) -> Mask:
    """A mask of the `count` lowest bytes of a word, 0 to 8."""
    missing = np.uint64(64 - 8 * count)
    half = missing >> ONE
    return (ALL >> half) >> (missing - half)


@kernel
def _character(data: Bytes, at: int) -> tuple[int, int]:
    """Code point and length in bytes of the character that starts at `at`; the text is valid UTF-8."""
    lead = int(data[at])
    if lead < 0x80:
        return lead, 1
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | int(data[at + 1]) & 0x3F, 2
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | (int(data[at + 1]) & 0x3F) << 6 | int(data[at + 2]) & 0x3F, 3
    high = (lead & 0x07) << 18 | (int(data[at + 1]) & 0x3F) << 12
    return high | (int(data[at + 2]) & 0x3F) << 6 | int(data[at + 3]) & 0x3F, 4


@kernel
def _letters(data: Bytes, at: int, leads: Mask, classes: Bytes) -> tuple[Mask, Mask, Mask, Mask]:
    """Which bytes of a block belong to letters beyond ASCII, and before which bytes a token ends.

    Returns:
        Masks of letters and of breaks in this block, and of both in the next one.
    """
    letters, breaks, letters_next, breaks_next = ZERO, ZERO, ZERO, ZERO
    while leads != ZERO:
        bit = lowest(leads)
        leads &= leads - ONE
        point, length = _character(data, at + bit)
        kind = classes[point] if point < len(classes) else np.uint8(0)
        if kind:
            whole = (ONE << np.uint64(length)) - ONE
            letters |= whole << np.uint64(bit)
            after = bit + length
            if after > BLOCK:
                letters_next |= whole >> np.uint64(BLOCK - bit)
            if kind == ALONE:
                breaks |= ONE << np.uint64(bit)
                if after < BLOCK:
                    breaks |= ONE << np.uint64(after)
                else:
                    breaks_next |= ONE << np.uint64(after - BLOCK)
    return letters, breaks, letters_next, breaks_next


@kernel
def _find(data: Bytes, start: int, end: int, rule: Rule, out: Scratch) -> tuple[int, int]:
    """Write where the word tokens of a segment start and stop, relative to its start.

    Args:
        data: UTF-8 bytes, readable `PADDING` bytes beyond `end`.
        start: First byte of the segment.
        end: First byte behind it.
        rule: What a token is.
        out: Where `starts` and `stops` are written, and with empty tokens the `places` of the word tokens.

    Returns:
        Number of word tokens, and of separators (0 unless empty tokens count).
    """
    words = stopped = separators = 0
    inside = letters_next = breaks_next = ZERO
    at = start
    while at < end:
        masks = classify(data, at)
        rest = end - at
        valid = ALL if rest >= BLOCK else (ONE << np.uint64(rest)) - ONE
        token = masks[WORD]
        breaks = ZERO
        if not rule.empty:
            leads = masks[LEAD] & valid
            if (leads | letters_next | breaks_next) != ZERO:
                letters, breaks, ahead, ahead_breaks = _letters(data, at, leads, rule.classes)
                token |= letters | letters_next
                breaks |= breaks_next
                letters_next, breaks_next = ahead, ahead_breaks
        token &= valid
        before = (token << ONE) | inside
        inside = token >> np.uint64(63)
        first = token & (~before | breaks)
        stop = before & (~token | breaks)
        offset = at - start
        count = popcount(first)
        done = 0
        while done < count:
            for step in range(4):
                out.starts[words + done + step] = offset + lowest(first)
                first &= first - ONE
            done += 4
        words += count
        count = popcount(stop)
        done = 0
        if rule.empty:
            separator = ~token & ~masks[CONTINUATION] & valid
            for _ in range(count):
                low = stop & (~stop + ONE)
                out.stops[stopped] = offset + lowest(stop)
                out.places[stopped] = separators + popcount(separator & (low - ONE))
                stop ^= low
                stopped += 1
            separators += popcount(separator)
        else:
            while done < count:
                for step in range(4):
                    out.stops[stopped + done + step] = offset + lowest(stop)
                    stop &= stop - ONE
                done += 4
            stopped += count
        at += BLOCK
    if stopped < words:
        out.stops[stopped] = end - start
        out.places[stopped] = separators
    return words, separators


@kernel
def _long_token(data: Bytes, start: int, length: int, value: Mask) -> Mask:
    """Fold the bytes of a token beyond the sixteenth into its hash."""
    at = 16
    while at < length:
        word = load64(data, start + at) & _low_bytes(min(length - at, 8))
        value = (value ^ (value >> np.uint64(29))) * CHAIN + word * SHORT
        at += 8
    return value


@kernel
def _hash_tokens(data: Bytes, start: int, words: int, empty: bool, out: Scratch, first: int) -> None:
    """Write the hash of every word token to `out.tokens`, from entry `first` on."""
    for n in range(words):
        at = start + int(out.starts[n])
        length = int(out.stops[n]) - int(out.starts[n])
        value = (load64(data, at) & (ALL >> np.uint64(64 - 8 * min(length, 8)))) * SHORT
        value += (load64(data, at + 8) & _low_bytes(min(max(length - 8, 0), 8))) * TAIL
        if length > 16:
            value = _long_token(data, at, length, value)
        value ^= value >> np.uint64(32)
        out.tokens[first + (int(out.places[n]) if empty else n)] = value


@kernel
def _finalise(value: Mask) -> Mask:
    """Spread every bit of a sum of token hashes over the whole hash; 0 stays 0."""
    value = (value ^ (value >> np.uint64(33))) * MIX_1
    value = (value ^ (value >> np.uint64(33))) * MIX_2
    return value ^ (value >> np.uint64(33))


@kernel
def _turned(token: Mask, left: Mask) -> Mask:
    return (token << left) | (token >> (np.uint64(64) - left))


@kernel
def _join_five(tokens: Hashes, count: int, shingles: Hashes) -> None:
    """`_join` for windows of five tokens, in one pass."""
    for n in range(count):
        value = tokens[n] * SHORT + _turned(tokens[n + 1], np.uint64(TURN))
        value += _turned(tokens[n + 2], np.uint64(2 * TURN)) + _turned(tokens[n + 3], np.uint64(3 * TURN))
        shingles[n] = _finalise(value + _turned(tokens[n + 4], np.uint64(4 * TURN)))


@kernel
def _join(tokens: Hashes, count: int, size: int, shingles: Hashes) -> None:
    """Hash `count` windows of `size` tokens each, in order."""
    if size == 5:
        _join_five(tokens, count, shingles)
        return
    for n in range(count):
        shingles[n] = tokens[n] * SHORT
    for place in range(1, size):
        left = np.uint64((TURN * place) % 64)
        for n in range(count):
            shingles[n] += _turned(tokens[n + place], left)
    for n in range(count):
        shingles[n] = _finalise(shingles[n])


@kernel
def _squeeze(shingles: Hashes, count: int) -> int:
    """Remove shingles without a word, whose hash is 0, and those equal to the one before; how many stay."""
    kept = 0
    previous = ZERO
    for n in range(count):
        value = shingles[n]
        shingles[kept] = value
        if value and value != previous:
            kept += 1
        previous = value
    return kept


@kernel
def segment_end(data: Bytes, start: int, end: int, rule: Rule) -> tuple[int, int]:
    """Where a segment that starts at `start` ends, and where the next one starts.

    A segment ends between two tokens, at the first such place `SEGMENT` bytes behind its start, so a token
    is never cut, however long it is.
    """
    at = start + SEGMENT
    if at >= end:
        return end, end
    while at < end and data[at] & 0xC0 == 0x80:
        at += 1
    while at < end:
        point, length = _character(data, at)
        if point < 0x80:
            letter = point | 0x20
            word = 97 <= letter <= 122 or 48 <= point <= 57 or point == 95
            kind = np.uint8(1) if word else np.uint8(0)
        else:
            known = not rule.empty and point < len(rule.classes)
            kind = rule.classes[point] if known else np.uint8(0)
        if kind == 0 and at + length < end:
            return at, at + length
        if kind == ALONE:
            return at, at
        at += length
    return end, end


@kernel
def segment_shingles(
    data: Bytes, start: int, end: int, carried: int, rule: Rule, out: Scratch
) -> tuple[int, int]:
    """Shingle hashes of one segment, written to `out.shingles`.

    Args:
        data: UTF-8 bytes, readable `PADDING` bytes beyond `end`.
        start: First byte of the segment.
        end: First byte behind it.
        carried: Tokens of the segment before that stand at the front of `out.tokens`, at most size - 1.
        rule: What a token is, and how many make a shingle.
        out: Scratch memory.

    Returns:
        Number of shingles, and of tokens that now stand at the front of `out.tokens` for the next segment.
    """
    words, separators = _find(data, start, end, rule, out)
    count = words
    if rule.empty:
        count = separators + 1
        for n in range(carried, carried + count):
            out.tokens[n] = ZERO
    _hash_tokens(data, start, words, rule.empty, out, carried)
    count += carried
    shingles = max(count - rule.size + 1, 0)
    _join(out.tokens, shingles, rule.size, out.shingles)
    if rule.empty:
        shingles = _squeeze(out.shingles, shingles)
    carry = min(count, rule.size - 1)
    for n in range(carry):
        out.tokens[n] = out.tokens[count - carry + n]
    return shingles, carry


class Texts(NamedTuple):
    """Documents as the kernels read them."""

    data: Bytes
    """UTF-8 bytes, with `PADDING` bytes behind the last document; read-only."""
    offsets: Ints
    """Where documents begin and end, shape (n + 1,)."""


def texts(column: Any) -> list[Texts]:
    """An Arrow string array as one or two pieces, in order; only its last documents are copied, for padding.

    Args:
        column: `pa.StringArray` or `pa.LargeStringArray` without nulls.
    """
    assert not column.null_count
    kind = np.int64 if pa.types.is_large_string(column.type) else np.int32
    _, ends, buffer = column.buffers()
    if not len(column):
        return []
    offsets = np.frombuffer(ends, kind)[column.offset : column.offset + len(column) + 1].astype(np.int64)
    data = np.frombuffer(buffer or b"", np.uint8)
    data.flags.writeable = False  # kernels are compiled for one type of array
    safe = int(np.searchsorted(offsets[1:], len(data) - PADDING, side="right"))
    tail = np.concatenate([data[offsets[safe] : offsets[-1]], np.zeros(PADDING, np.uint8)])
    tail.flags.writeable = False
    pieces = [Texts(data, offsets[: safe + 1]), Texts(tail, offsets[safe:] - offsets[safe])]
    return [piece for piece in pieces if len(piece.offsets) > 1]
