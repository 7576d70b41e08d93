"""What the characters of a text are to the matcher: folded case, classes, reserved words.

    alphabet().folded[[ord("A"), ord("ß"), ord("İ")]]  ->  [97, 223, 304]

Case is folded character by character, so that no text gets longer or shorter: a character whose lower case
is more than one character stays as it is. White space is what `str.isspace` says; words are cut as for
near-dedup (`curation.dedup.token_classes`). It reads no document.
"""

from functools import cache
from importlib.resources import files

import numpy as np

from curation.decontaminate.tokens import BLANK, PADDING, Alphabet, Hashes, gear_of, hash_token
from curation.dedup.token_classes import CODE_POINTS, token_classes

ASCII = 0x80
SLOTS = 4096
"""Slots of the table of reserved words, of which each has one to itself."""
RESERVED = "reserved_words.txt"


@cache
def alphabet() -> Alphabet:
    """The tables, built on the first call (about 0.5 s); 5.6 MB."""
    folded = np.arange(CODE_POINTS, dtype=np.uint32)
    classes = token_classes().copy()
    for code in range(CODE_POINTS):
        character = chr(code)
        if character.isspace():
            classes[code] = BLANK
        elif len(lower := character.lower()) == 1:
            folded[code] = ord(lower)
    gears = np.array([gear_of(code) for code in folded[:ASCII]], np.uint64)
    gears[classes[:ASCII] == BLANK] = 0
    reserved, seed = _reserved([_hash(word, folded) for word in reserved_words()])
    tables = Alphabet(gears, folded, classes, reserved, np.uint64(seed))
    for table in tables[:-1]:
        table.setflags(write=False)
    return tables


def reserved_words() -> tuple[str, ...]:
    """Words that a renaming of identifiers leaves alone, sorted."""
    path = files("curation").joinpath("data", "benchmarks", RESERVED)
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(sorted({word for line in lines if not line.startswith("#") for word in line.split()}))


def _hash(word: str, folded: np.ndarray[tuple[int], np.dtype[np.uint32]]) -> int:
    data = np.frombuffer(word.encode() + bytes(PADDING), np.uint8)
    return int(hash_token(data, 0, len(word.encode()), True, folded))  # noqa: FBT003  # kernels take no keywords


def _reserved(hashes: list[int]) -> tuple[Hashes, int]:
    """A table in which every hash has a slot to itself, and the odd number that makes it so."""
    seed = 1
    while len({_slot(value, seed) for value in hashes}) < len(hashes):
        seed += 2
    table = np.zeros(SLOTS, np.uint64)
    for value in hashes:
        table[_slot(value, seed)] = value
    return table, seed


def _slot(value: int, seed: int) -> int:
    return (value * seed % 2**64) >> 52
