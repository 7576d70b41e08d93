"""Candidates of a scan -> what really is in the text, and where; compiled.

    candidate "window 7 ends at byte 812"  ->  Row(text=3, method=EXACT, start=790, end=846, ...)

A candidate says that one window of a benchmark text is there. From it the text is compared in both
directions, in the document's own bytes: white space is skipped (or not), case folded (or not), names are
renamed one to one. Nothing is copied, so memory does not grow with a document. An n-gram needs no further
look. Kernels rely on `curation.decontaminate.tokens` (see `curation.kernels` about caches).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.decontaminate.streams import STEP
from curation.decontaminate.tokens import (
    BLANK,
    LETTER,
    PLACEHOLDER,
    Alphabet,
    Hash,
    Hashes,
    character,
    finished,
    hash_token,
    name_of,
)
from curation.kernels import Bytes, Ints, kernel

EXACT, FREE, GRAM, NAMES = 0, 1, 2, 3
"""Methods, and streams of keys: EXACT and FREE share the stream of characters, whose keys are EXACT."""
WANTS_EXACT, WANTS_FREE = 1, 2
"""Bits of what is asked about a text."""
RETURN = 13
Small = npt.NDArray[np.int32]


class Needles(NamedTuple):
    """What is known of the benchmark texts, for the kernels."""

    streams: Bytes
    """Of each key: EXACT (characters), GRAM or NAMES."""
    offsets: Ints
    """Where the texts of each key begin in `members`, and one more."""
    members: Small
    """Texts that hold the window of the key; for characters `STEP` times that, and which of its windows."""
    pool: Bytes
    """The texts one after the other, UTF-8, and padding."""
    bounds: Ints
    """First byte of each text in `pool`, and first behind it, shape (texts, 2)."""
    anchors: Ints
    """Bytes of `pool` behind the windows by which a text is found, shape (texts, `STEP`)."""
    wants: Bytes
    """Bits of what is asked about the characters of a text."""
    ignore_case: bool
    """Whether case counts for nothing where white space does."""
    names: Hashes
    """Tokens of the texts as in the stream of names, one text after the other."""
    ids: Small
    """Which name of its text a token is, from 0; -1 if it is not to be renamed."""
    name_bounds: Ints
    """First token of each text and first behind it, shape (texts, 2)."""
    name_anchors: Ints
    """Token at which the window begins by which a text is found."""


@kernel
def after(data: Bytes, at: int, end: int, alphabet: Alphabet, fold: bool, spaces: bool) -> tuple[int, int]:
    """The next character that counts and the byte behind it; -1 if there is none before `end`.

    Args:
        data: UTF-8 bytes.
        at: Where to begin.
        end: Where to stop.
        alphabet: What is known of characters.
        fold: Whether it comes in lower case.
        spaces: Whether white space counts; carriage returns never do.
    """
    while at < end:
        point, length = character(data, at)
        at += length
        if point != RETURN and (spaces or alphabet.classes[point] != BLANK):
            return (int(alphabet.folded[point]) if fold else point), at
    return -1, at


@kernel
def before(data: Bytes, at: int, start: int, alphabet: Alphabet, fold: bool, spaces: bool) -> tuple[int, int]:
    """The last character that counts before `at`, and its first byte; -1 if there is none from `start` on."""
    while at > start:
        at -= 1
        while data[at] & 0xC0 == 0x80:
            at -= 1
        point, _ = character(data, at)
        if point != RETURN and (spaces or alphabet.classes[point] != BLANK):
            return (int(alphabet.folded[point]) if fold else point), at
    return -1, at


@kernel
def same_characters(
    data: Bytes,
    ends: tuple[int, int, int],
    text: int,
    needles: Needles,
    alphabet: Alphabet,
    flags: tuple[bool, bool],
) -> tuple[int, int]:
    """First byte of a text in a document and the byte behind it; (-1, -1) if it is not there.

    Args:
        data: The document.
        ends: Bytes of the document, the byte behind the window that was found, and that in the pool.
        text: Which text.
        needles: The texts.
        alphabet: What is known of characters.
        flags: Whether case is folded, and whether white space counts.
    """
    fold, spaces = flags
    size, at, anchor = ends
    pool = needles.pool
    first, last = needles.bounds[text, 0], needles.bounds[text, 1]
    _, at = before(data, at, 0, alphabet, fold, False)  # noqa: FBT003  # kernels take no keywords
    at += character(data, at)[1]  # white space may stand between the window and the byte of the lookup
    start = at
    mine = anchor
    while True:
        wanted, mine = before(pool, mine, first, alphabet, fold, spaces)
        if wanted < 0:
            break
        seen, start = before(data, start, 0, alphabet, fold, spaces)
        if seen != wanted:
            return -1, -1
    mine = anchor
    while True:
        wanted, mine = after(pool, mine, last, alphabet, fold, spaces)
        if wanted < 0:
            return start, at
        seen, at = after(data, at, size, alphabet, fold, spaces)
        if seen != wanted:
            return -1, -1


@kernel
def token_end(data: Bytes, start: int, size: int, classes: Bytes) -> int:
    """The byte behind the token that starts at `start`."""
    point, length = character(data, start)
    at = start + length
    if classes[point] == LETTER:
        while at < size:
            point, length = character(data, at)
            if classes[point] != LETTER:
                break
            at += length
    return at


@kernel
def token_after(data: Bytes, at: int, size: int, alphabet: Alphabet) -> tuple[Hash, int, int]:
    """The next token as in the stream of names, its first byte and the byte behind it; 0 if there is none."""
    while at < size:
        point, length = character(data, at)
        if alphabet.classes[point] != BLANK:
            end = token_end(data, at, size, alphabet.classes)
            word = alphabet.classes[point] == LETTER
            token = np.uint64(hash_token(data, at, end, word, alphabet.folded))
            return name_of(token, point, word, alphabet.reserved, alphabet.seed), at, end
        at += length
    return np.uint64(0), at, at


@kernel
def token_start_before(data: Bytes, at: int, classes: Bytes) -> int:
    """First byte of the last token before `at`; -1 if there is none."""
    start = -1
    while at > 0:
        at -= 1
        while data[at] & 0xC0 == 0x80:
            at -= 1
        kind = classes[character(data, at)[0]]
        if start >= 0 and kind != LETTER:
            break
        if kind != BLANK:
            start = at
            if kind != LETTER:
                break
    return start


@kernel
def raw_hash(data: Bytes, start: int, end: int) -> Hash:
    """Hash of a name as it is written, case and all; never 0."""
    value = np.uint64(end - start)
    for at in range(start, end):
        value = (value ^ np.uint64(data[at])) * np.uint64(0x9E3779B97F4A7C15)
    return finished(value) | np.uint64(1)


@kernel
def same_names(
    data: Bytes, size: int, at: int, text: int, needles: Needles, alphabet: Alphabet
) -> tuple[int, int, int, int]:
    """Where a text is in a document but for its names, and how well these were renamed one to one.

    Args:
        data: The document.
        size: Its bytes.
        at: First byte of the window that was found.
        text: Which text.
        needles: The texts.
        alphabet: What is known of characters.

    Returns:
        First byte, byte behind it, names in their places that are renamed as at the first one, and names in
        all; (-1, -1, 0, 0) if it is not there.
    """
    first, last = needles.name_bounds[text, 0], needles.name_bounds[text, 1]
    for n in range(needles.name_anchors[text] - 1, first - 1, -1):
        at = token_start_before(data, at, alphabet.classes)
        if at < 0 or token_after(data, at, size, alphabet)[0] != needles.names[n]:
            return -1, -1, 0, 0
    start = at
    renamed = np.zeros(needles.ids[first:last].max() + 1, np.uint64)
    agreeing = names = 0
    for n in range(first, last):
        token, begin, at = token_after(data, at, size, alphabet)
        if token != needles.names[n]:
            return -1, -1, 0, 0
        if token == PLACEHOLDER:
            own = raw_hash(data, begin, at)
            if renamed[needles.ids[n]] == 0:
                renamed[needles.ids[n]] = own
            agreeing += int(renamed[needles.ids[n]] == own)
            names += 1
    if agreeing == names and len(np.unique(renamed)) < len(renamed):
        agreeing -= 1  # two names became one
    return start, at, agreeing, names


@kernel
def _check_text(
    data: Bytes, ends: tuple[int, int, int], text: int, needles: Needles, alphabet: Alphabet, done: int
) -> tuple[int, int, int]:
    """By which method a text is found at a candidate that no better one has found yet, and where.

    Returns:
        Method (-1 for none), first byte, byte behind it.
    """
    wants = needles.wants[text]
    start, end = same_characters(data, ends, text, needles, alphabet, (True, False))
    if start < 0:
        return -1, -1, -1
    if wants & WANTS_EXACT and same_characters(data, ends, text, needles, alphabet, (True, True))[0] >= 0:
        return EXACT, start, end
    if not wants & WANTS_FREE or done > 0:
        return -1, -1, -1
    if not needles.ignore_case:
        start, end = same_characters(data, ends, text, needles, alphabet, (False, False))
    return (FREE if start >= 0 else -1), start, end


@kernel
def verify(data: Bytes, size: int, candidates: Ints, needles: Needles, alphabet: Alphabet, rows: Ints) -> int:
    """Look at all candidates of a document.

    Args:
        data: UTF-8 bytes, readable beyond `size` as for a scan.
        size: Bytes of the document.
        candidates: From `curation.decontaminate.streams.scan`.
        needles: The benchmark texts.
        alphabet: What is known of characters.
        rows: Where findings are written, shape (n, 6): method, text (of an n-gram: its key), first byte,
            byte behind it, names that agree, names. One text has at most two rows of a method.

    Returns:
        How many rows there are; if more than there is room for, the rest is not written.
    """
    count = 0
    characters, names = np.zeros(len(needles.wants), np.uint8), np.zeros(len(needles.wants), np.uint8)
    for n in range(len(candidates)):
        key, first, last = candidates[n]
        stream = needles.streams[key]
        if stream == GRAM:
            end = token_end(data, last, size, alphabet.classes)
            count = _write(rows, count, (GRAM, key, first, end, 0, 0))
            continue
        for place in range(needles.offsets[key], needles.offsets[key + 1]):
            member = int(needles.members[place])
            text = member // STEP if stream == EXACT else member
            if stream == NAMES and names[text] < 2:
                start, end, agreeing, total = same_names(data, size, first, text, needles, alphabet)
                better = 2 if agreeing == total else 1
                if start >= 0 and better > names[text]:
                    names[text] = better
                    count = _write(rows, count, (NAMES, text, start, end, agreeing, total))
            elif stream == EXACT and characters[text] < 2:
                ends = (size, last, needles.anchors[text, member % STEP])
                method, start, end = _check_text(data, ends, text, needles, alphabet, characters[text])
                if method >= 0:
                    surest = method == EXACT or not needles.wants[text] & WANTS_EXACT
                    characters[text] = 2 if surest else 1
                    count = _write(rows, count, (method, text, start, end, 0, 0))
    return count


@kernel
def _write(rows: Ints, count: int, row: tuple[int, int, int, int, int, int]) -> int:
    if count < len(rows):
        method, number, start, end, agreeing, names = row
        rows[count, 0], rows[count, 1] = method, number
        rows[count, 2], rows[count, 3] = start, end
        rows[count, 4], rows[count, 5] = agreeing, names
    return count + 1


@kernel
def names_of(data: Bytes, size: int, starts: Ints, hashes: Hashes, alphabet: Alphabet) -> Hashes:
    """Hash of each name as it is written; 0 for tokens that are no names."""
    raw = np.zeros(len(starts), np.uint64)
    for n in range(len(starts)):
        if hashes[n] == PLACEHOLDER:
            raw[n] = raw_hash(data, starts[n], token_end(data, starts[n], size, alphabet.classes))
    return raw
