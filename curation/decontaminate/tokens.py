"""UTF-8 bytes -> words, and names and signs, each as a hash; compiled.

    if (count > 3)  ->  words  if count 3      names and signs  if ( NAME > 3 )

Words are cut as for near-dedup (`curation.dedup.token_classes`) and compared in lower case. In the stream of
names every word that is neither reserved nor a number is one and the same placeholder, and every other
character but white space is a token. Sixty-four bytes are classified at a time. Nothing is looked up here.
Kernels need `PADDING` readable bytes behind a text, and rely on `curation.signals.bits` (see
`curation.kernels` about caches).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.kernels import Bytes, Ints, kernel
from curation.signals.bits import CONTINUATION, LEAD, SPACE, WORD, Mask, classify, load64, lowest

Hashes = npt.NDArray[np.uint64]
Hash = np.uint64

SIGN, LETTER, ALONE, BLANK = 0, 1, 2, 3
"""Classes of characters: as `curation.dedup.token_classes`, and white space."""
LONGEST = 63
"""Tokens in a window, at most."""
PADDING = 128
"""Bytes that must be readable behind a text: a block of 64, and two numbers of 8."""
BLOCK = 64
ZERO, ONE, ALL = np.uint64(0), np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)
CASE, BEYOND = np.uint64(0x2020202020202020), np.uint64(0x8080808080808080)
"""The bit that makes letters small in every byte, and the one that ASCII does not have."""
PRIME, TAIL = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
"""Odd multipliers of the token hash."""
PLACEHOLDER = np.uint64(0x8E9D5A0B6C3F1E27)
"""Hash of every word that may be renamed."""
MIX_1, MIX_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
"""Multipliers of MurmurHash3's 64-bit finaliser (public domain)."""


class Alphabet(NamedTuple):
    """What kernels know of characters and words; read-only."""

    gears: Hashes
    """What each ASCII character adds to the hash of characters, shape (128,); 0 for white space."""
    folded: npt.NDArray[np.uint32]
    """Lower case of every code point, shape (0x110000,)."""
    classes: Bytes
    """Class of every code point, shape (0x110000,)."""
    reserved: Hashes
    """Hashes of reserved words, each at its product with `seed`, shifted; 0 where there is none."""
    seed: Hash


class Tokens(NamedTuple):
    """Tokens of a stream, with room for as many as a segment has bytes."""

    hashes: Hashes
    """Never 0 but where there is no token."""
    starts: Ints
    """First bytes, positions in the text."""


@kernel
def tokens_of(size: int) -> Tokens:
    """Room for `size` tokens, of which the first `LONGEST` are none; the rest is not cleared."""
    hashes, starts = np.empty(size, np.uint64), np.empty(size, np.int64)
    hashes[:LONGEST] = ZERO
    starts[:LONGEST] = 0
    return Tokens(hashes, starts)


@kernel
def finished(value: Hash) -> Hash:
    """Spread every bit over the whole hash: MurmurHash3's finaliser; 0 stays 0."""
    mixed = (value ^ (value >> np.uint64(33))) * MIX_1
    mixed = (mixed ^ (mixed >> np.uint64(33))) * MIX_2
    return mixed ^ (mixed >> np.uint64(33))


@kernel
def gear_of(symbol: int) -> Hash:
    """A random number for a folded code point; never 0."""
    return finished(np.uint64(symbol + 1) * PRIME)


@kernel
def character(data: Bytes, at: int) -> tuple[int, int]:
    """Code point and length in bytes of the character that starts at `at`; UTF-8, lone surrogates too."""
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
def _low_bytes(count: int) -> Mask:
    """A mask of the `count` lowest bytes of a word, 0 to 8."""
    missing = np.uint64(64 - 8 * count)
    half = missing >> ONE
    return (ALL >> half) >> (missing - half)


@kernel
def _word_hash(data: Bytes, start: int, end: int, folded: npt.NDArray[np.uint32]) -> Hash:
    """Hash of a word that is long or not all ASCII, character by character in lower case."""
    value = TAIL
    at = start
    while at < end:
        point, length = character(data, at)
        value = (value ^ np.uint64(folded[point])) * PRIME
        at += length
    return finished(value) | ONE


@kernel
def _masked(value: Mask, word: bool, length: int) -> Mask:
    """The first `length` bytes of eight, 0 to 8; in lower case if they are of a word."""
    return (value | (CASE & (ZERO - np.uint64(word)))) & _low_bytes(length)


@kernel
def hash_token(data: Bytes, start: int, end: int, word: bool, folded: npt.NDArray[np.uint32]) -> Hash:
    """Hash of a token, in lower case if it is a word; never 0."""
    length = end - start
    head = _masked(load64(data, start), word, min(length, 8))
    tail = _masked(load64(data, start + 8), word, min(max(length - 8, 0), 8))
    if (length > 16) | ((head | tail) & BEYOND != ZERO):
        return _word_hash(data, start, end, folded)
    return finished(head * PRIME + tail * TAIL) | ONE


@kernel
def name_of(token: Hash, first: int, word: bool, reserved: Hashes, seed: Hash) -> Hash:
    """What a token is in the stream of names: the placeholder if a word, but no number and not reserved."""
    stays = (not word) | ((first >= 48) & (first <= 57))
    stays |= reserved[(token * seed) >> np.uint64(52)] == token
    mask = ZERO - np.uint64(stays)  # which of the two it is cannot be predicted, so there is no branch
    return (token & mask) | (PLACEHOLDER & ~mask)


@kernel
def _beyond(data: Bytes, at: int, leads: Mask, classes: Bytes) -> tuple[Mask, Mask, Mask, Mask]:
    """Which bytes of a block belong to letters and to white space beyond ASCII.

    Returns:
        Masks of letters and of white space in this block, and of both in the next one.
    """
    letters, blanks, letters_next, blanks_next = ZERO, ZERO, ZERO, ZERO
    while leads != ZERO:
        bit = lowest(leads)
        leads &= leads - ONE
        point, length = character(data, at + bit)
        kind = classes[point]
        if kind & LETTER:  # LETTER or BLANK
            whole = (ONE << np.uint64(length)) - ONE
            now, later = whole << np.uint64(bit), ZERO
            if bit + length > BLOCK:
                later = whole >> np.uint64(BLOCK - bit)
            if kind == LETTER:
                letters |= now
                letters_next |= later
            else:
                blanks |= now
                blanks_next |= later
    return letters, blanks, letters_next, blanks_next


@kernel
def _cut(data: Bytes, start: int, end: int, classes: Bytes, starts: Ints, stops: Ints) -> int:
    """Write where all tokens of a segment start and where its words stop; how many tokens there are."""
    tokens = words = 0
    inside = letters_next = blanks_next = ZERO
    at = start
    while at < end:
        masks = classify(data, at)
        valid = ALL if end - at >= BLOCK else (ONE << np.uint64(end - at)) - ONE
        word, blank, leads = masks[WORD], masks[SPACE], masks[LEAD] & valid
        if (leads | letters_next | blanks_next) != ZERO:
            letters, blanks, ahead, blanks_ahead = _beyond(data, at, leads, classes)
            word |= letters | letters_next
            blank |= blanks | blanks_next
            letters_next, blanks_next = ahead, blanks_ahead
        word &= valid
        before = (word << ONE) | inside
        inside = word >> np.uint64(63)
        first = (word & ~before) | (~(word | blank | masks[CONTINUATION]) & valid)
        stop = before & ~word
        while first != ZERO:
            starts[tokens] = at + lowest(first)
            first &= first - ONE
            tokens += 1
        while stop != ZERO:
            stops[words] = at + lowest(stop)
            stop &= stop - ONE
            words += 1
        at += BLOCK
    stops[words] = end
    return tokens


@kernel
def tokenise(
    data: Bytes,
    span: tuple[int, int],
    alphabet: Alphabet,
    words: Tokens,
    names: Tokens,
    stay: tuple[int, int],
) -> tuple[int, int]:
    """Cut a segment into words, and into names and signs.

    Args:
        data: UTF-8 bytes, readable `PADDING` bytes beyond the segment.
        span: First byte of the segment and first behind it; no word goes on at either.
        alphabet: What is known of characters.
        words: Where words are written.
        names: Where names and signs are written.
        stay: Tokens at the front of `words` and of `names` that are left as they are.

    Returns:
        How many words, and how many names and signs there are then, with those at the front.
    """
    classes, folded, reserved, seed = alphabet.classes, alphabet.folded, alphabet.reserved, alphabet.seed
    word_hashes, word_starts, hashes, starts = words.hashes, words.starts, names.hashes, names.starts
    start, end = span
    first = stay[1]
    stops = np.empty(len(word_hashes), np.int64)
    count = first + _cut(data, start, end, classes, starts[first:], stops)
    written, stop = stay[0], 0
    for n in range(first, count):
        at = starts[n]
        point, length = int(data[at]), 1
        if point >= 0x80:
            point, length = character(data, at)
        kind = classes[point]
        word = kind == LETTER
        until = at + length + int(word) * (stops[stop] - at - length)
        stop += int(word)
        length = until - at
        head = _masked(load64(data, at), word, min(length, 8))
        tail = _masked(load64(data, at + 8), word, min(max(length - 8, 0), 8))
        token = np.uint64(finished(head * PRIME + tail * TAIL)) | ONE
        if (length > 16) | ((head | tail) & BEYOND != ZERO):  # as in `hash_token`, a call of which is dear
            token = np.uint64(_word_hash(data, at, until, folded))
        hashes[n] = name_of(token, point, word, reserved, seed)
        word_hashes[written] = token
        word_starts[written] = at
        written += int(kind != SIGN)
    return written, count
