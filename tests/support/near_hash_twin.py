"""The hashes of near-dedup in slow Python integers: what the kernels must equal bit for bit.

    shingle_hashes("a b c d e f", "words", 5)  ->  two numbers of 64 bits

The multipliers are the package's own constants. `run_tokens` is `near_twin.tokens` in linear time, for texts
of megabytes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

import numpy as np
import pytest
from near_twin import SEPARATOR_OF_BIGCODE

from curation.dedup import clusters, jaccard, match, minhash, verify
from curation.dedup import tokens as tokens_of
from curation.dedup.token_classes import ALONE, WORD, token_classes

MASK_64, MASK_32 = (1 << 64) - 1, (1 << 32) - 1
SHORT, TAIL, CHAIN = int(tokens_of.SHORT), int(tokens_of.TAIL), int(tokens_of.CHAIN)
MIX_1, MIX_2, TURN = int(tokens_of.MIX_1), int(tokens_of.MIX_2), tokens_of.TURN
STIR, EMPTY, ROUNDS = int(minhash.STIR), int(minhash.EMPTY), minhash.ROUNDS


def run_tokens(text: str, mode: str) -> list[str]:
    """The tokens of a text, in order, by the rule `words` or `sc1-code`."""
    if mode == "sc1-code":
        return SEPARATOR_OF_BIGCODE.split(text)
    kinds = token_classes().tobytes()
    found: list[str] = []
    for kind, run in groupby(text, lambda character: kinds[ord(character)]):
        if kind in {WORD, ALONE}:
            joined = "".join(run)
            found += [joined] if kind == WORD else joined
    return found


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def token_hash(token: str) -> int:
    """Hash of a token by its UTF-8 bytes; 0 for the empty one."""
    data = token.encode()
    value = _number(data[:8]) * SHORT + _number(data[8:16]) * TAIL & MASK_64
    for at in range(16, len(data), 8):
        value = (value ^ value >> 29) * CHAIN + _number(data[at : at + 8]) * SHORT & MASK_64
    return value ^ value >> 32


def _turned(value: int, bits: int) -> int:
    return (value << bits | value >> 64 - bits) & MASK_64


def _mixed(value: int) -> int:
    value = (value ^ value >> 33) * MIX_1 & MASK_64
    value = (value ^ value >> 33) * MIX_2 & MASK_64
    return value ^ value >> 33


def shingle_hashes(text: str, mode: str, size: int) -> list[int]:
    """Hashes of all windows of `size` tokens, in order, repeats included.

    With empty tokens, windows of nothing else are left out, and those equal to the one just before.
    """
    hashes = [token_hash(token) for token in run_tokens(text, mode)]
    found: list[int] = []
    for first in range(len(hashes) - size + 1):
        window = hashes[first : first + size]
        if not any(window):
            found.append(0)
            continue
        turned = (_turned(token, TURN * place % 64) for place, token in enumerate(window) if place)
        found.append(_mixed((window[0] * SHORT + sum(turned)) & MASK_64))
    if mode == "words":
        return found
    return [value for value, before in zip(found, [0, *found], strict=False) if value not in {0, before}]


def sketch_bytes(shingles: Sequence[int], values: int) -> bytes | None:
    """The sketch of a document by its shingle hashes; None if it has none."""
    if not shingles:
        return None
    seeds = minhash.seeds(values)
    bins = [EMPTY] * values
    for number in range(ROUNDS):
        if EMPTY not in bins:
            break
        for shingle in set(shingles):
            mixed = shingle * int(seeds.rounds[number]) & MASK_64
            place, low = (mixed >> 32) * values >> 32, mixed & MASK_32
            new = 1 << 31 | number << 26 | low >> 6 if number else low >> 1
            bins[place] = min(bins[place], new)
    halves = {shingle >> 32 for shingle in shingles}
    for place, value in enumerate(bins):
        if value == EMPTY:
            factor, addend = int(seeds.factors[place]), int(seeds.addends[place])
            bins[place] = min((factor * half + addend) & MASK_32 for half in halves)
    return bytes((value * STIR & MASK_32) >> 24 for value in bins)


def band_keys(sketch: bytes, group: int, bands: int, rows: int) -> list[int]:
    """One key per band of a sketch."""
    keys = []
    for band in range(bands):
        key = group + (band + 1) * SHORT & MASK_64
        part = sketch[band * rows : (band + 1) * rows]
        for at in range(0, rows, 8):
            key = (key ^ int.from_bytes(part[at : at + 8], "big")) * MIX_1 & MASK_64
            key = (key ^ key >> 32) * MIX_2 & MASK_64
            key ^= key >> 29
        keys.append(key)
    return keys


@contextmanager
def uncompiled(patch: pytest.MonkeyPatch, segment: int | None = None) -> Iterator[None]:
    """Let every kernel of near-dedup run as the plain Python that it is, with segments of so many bytes."""
    with patch.context() as patched, np.errstate(over="ignore"):  # 64-bit hashes wrap around
        for module in (tokens_of, minhash, jaccard, match, verify, clusters):
            for name, value in vars(module).copy().items():
                if hasattr(value, "py_func"):
                    patched.setattr(module, name, value.py_func)
        if segment is not None:
            for module in (tokens_of, minhash):
                patched.setattr(module, "SEGMENT", segment)
        yield
