"""Benchmark texts -> the tables in which the windows of a document are looked up.

    build([Text("humaneval", "HumanEval/0", "solution", "code", "for idx, elem in ...")], settings)

A text is found by one window of its characters and one of its names, each the one that is rarest among all
benchmark texts, and by its n-grams. Texts that are trivial are left out, and listed with the rule. It sees
no document. Time and memory grow with the texts (tests/benchmarks/decontaminate.py measures both).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from curation.decontaminate.alphabet import alphabet
from curation.decontaminate.benchmarks import Text
from curation.decontaminate.settings import DecontaminateSettings
from curation.decontaminate.streams import (
    GRAM_SALT,
    NAME_SALT,
    STEP,
    Table,
    Windows,
    probes,
    shift_of,
    symbols_of,
    windows_of,
)
from curation.decontaminate.tokens import PADDING, Hashes, tokenise, tokens_of
from curation.decontaminate.trivial import Trivial
from curation.decontaminate.verify import (
    EXACT,
    GRAM,
    NAMES,
    WANTS_EXACT,
    WANTS_FREE,
    Needles,
    Small,
    names_of,
)
from curation.kernels import Bytes, Ints, kernel

BITS = 16
"""Bits in the bit tables for each key, at least."""
LONGEST_WINDOW = 16
"""Characters from the first to the last that `STEP` windows in a row have, at most."""
Kind = TypeVar("Kind", bound=np.generic)
RARITY = 1 << 20
"""Counters of windows, of which the rarest of a text is chosen; several windows may share one."""


class Exempt(NamedTuple):
    """A text that is not looked for."""

    text: Text
    reason: str
    """Rule of `curation.decontaminate.trivial`."""


@dataclass(frozen=True, slots=True)
class Index:
    """All that is looked for."""

    texts: tuple[Text, ...]
    exempt: tuple[Exempt, ...]
    windows: Windows
    table: Table
    needles: Needles
    totals: Ints
    """Different n-grams of each text; 0 where they are not looked for."""


class _Cut(NamedTuple):
    """A text, cut."""

    data: Bytes
    """UTF-8, padded."""
    size: int
    words: Hashes
    names: Hashes
    starts: Ints
    """Of the names."""


def padded(text: str) -> tuple[Bytes, int]:
    """UTF-8 bytes as kernels take them, and how many are of the text; lone surrogates stay."""
    encoded = text.encode("utf-8", "surrogatepass")
    return np.frombuffer(encoded + bytes(PADDING), np.uint8), len(encoded)


def windows_for(settings: DecontaminateSettings) -> Windows:
    """How long the windows are; of characters so long that the shortest text has `STEP` of them."""
    turn = -(-64 // (min(settings.trivial.characters, LONGEST_WINDOW) - STEP + 1))
    return Windows(np.uint64(turn), settings.ngram.size, settings.identifiers.window)


def build(texts: Iterable[Text], settings: DecontaminateSettings) -> Index:
    """The tables for some texts.

    Args:
        texts: Of all benchmarks.
        settings: Methods and their thresholds.
    """
    windows = windows_for(settings)
    kept, cuts, exempt = _sorted_out(texts, settings)
    wants = np.array([_wants(cut, settings) for cut in cuts], np.uint8)
    pool, bounds, anchors, symbols = _characters(cuts, wants, windows)
    grams = [_grams(cut.words, settings) for cut in cuts]
    coded = [_is_code(text, cut, settings) for text, cut in zip(kept, cuts, strict=True)]
    names, ids, name_bounds, name_anchors, name_keys = _names(cuts, coded, windows.names)
    streams = (
        (EXACT, symbols, _repeated(np.repeat(wants != 0, STEP))),
        (GRAM, _joined(grams, np.uint64), _owners(grams)),
        (NAMES, name_keys, _repeated(np.array(coded, bool))),
    )
    table, key_streams, offsets, members = _table(streams)
    needles = Needles(
        key_streams,
        offsets,
        members,
        pool,
        bounds,
        anchors,
        wants,
        settings.ignore_case,
        names,
        ids,
        name_bounds,
        name_anchors,
    )
    totals = np.array([len(one) for one in grams], np.int64)
    return Index(tuple(kept), tuple(exempt), windows, table, needles, totals)


def _sorted_out(
    texts: Iterable[Text], settings: DecontaminateSettings
) -> tuple[list[Text], list[_Cut], list[Exempt]]:
    """Texts that are looked for, cut, and those that are trivial."""
    trivial = Trivial(settings.trivial)
    kept: list[Text] = []
    cuts: list[_Cut] = []
    exempt: list[Exempt] = []
    for text in texts:
        cut = _cut(text.text)
        reason = trivial.reason(text.text, len(np.unique(cut.words)))
        if reason:
            exempt.append(Exempt(text, reason))
        else:
            kept.append(text)
            cuts.append(cut)
    return kept, cuts, exempt


def _cut(text: str) -> _Cut:
    data, size = padded(text)
    words, names = tokens_of(size + 1), tokens_of(size + 1)
    word_count, name_count = tokenise(data, (0, size), alphabet(), words, names, (0, 0))
    hashes = words.hashes[:word_count].copy()
    return _Cut(data, size, hashes, names.hashes[:name_count].copy(), names.starts[:name_count].copy())


def _wants(cut: _Cut, settings: DecontaminateSettings) -> int:
    """What is asked about the characters of a text."""
    ngram = settings.ngram
    short = "ngram" in settings.methods and 0 < ngram.short <= len(cut.words) < ngram.size
    exact = "exact" in settings.methods or short
    return WANTS_EXACT * exact | WANTS_FREE * ("whitespace_free" in settings.methods)


def _is_code(text: Text, cut: _Cut, settings: DecontaminateSettings) -> bool:
    """Whether a text is looked for under other names."""
    rules = settings.identifiers
    wanted = "identifiers" in settings.methods and text.kind == "code"
    return wanted and len(cut.names) >= rules.tokens and len(np.unique(cut.names)) >= rules.distinct


def _characters(cuts: Sequence[_Cut], wants: Bytes, windows: Windows) -> tuple[Bytes, Ints, Ints, Hashes]:
    """All texts in one, their bounds, the bytes behind the windows that each is found by, and their keys."""
    length = -(-64 // int(windows.turn))
    seen = np.zeros(RARITY, np.int64)
    for cut in cuts:
        count_windows(seen, symbols_of(cut.data, cut.size, windows.turn, alphabet())[0][length - 1 :])
    sizes = np.array([cut.size for cut in cuts], np.int64)
    stops = np.cumsum(sizes)
    anchors, keys = np.zeros((len(cuts), STEP), np.int64), np.zeros((len(cuts), STEP), np.uint64)
    for n, cut in enumerate(cuts):
        found, ends = symbols_of(cut.data, cut.size, windows.turn, alphabet())
        best = length - 1 + rarest(seen, found[length - 1 :], STEP)
        anchors[n] = stops[n] - sizes[n] + ends[best : best + STEP]
        keys[n] = found[best : best + STEP]
    pool = _joined([*(cut.data[: cut.size] for cut in cuts), np.zeros(PADDING, np.uint8)], np.uint8)
    return pool, np.stack([stops - sizes, stops], axis=1), anchors, keys[wants != 0].ravel()


def _grams(words: Hashes, settings: DecontaminateSettings) -> Hashes:
    """Keys of the different n-grams of a text that count."""
    size = settings.ngram.size
    if "ngram" not in settings.methods or len(words) < size:
        return np.zeros(0, np.uint64)
    return np.unique(windows_of(words, size)[distinct_in(words, size) >= settings.ngram.distinct])


def _names(
    cuts: Sequence[_Cut], coded: Sequence[bool], length: int
) -> tuple[Hashes, Small, Ints, Ints, Hashes]:
    """Names of the texts that are code, which name each is, bounds, windows they are found by, their keys."""
    wanted = [cut if code else None for cut, code in zip(cuts, coded, strict=True)]
    seen = np.zeros(RARITY, np.int64)
    for text in filter(None, wanted):
        count_windows(seen, windows_of(text.names, length))
    stops = np.cumsum(np.array([len(cut.names) if cut else 0 for cut in wanted], np.int64))
    sizes = np.diff(stops, prepend=0)
    anchors = stops - sizes
    keys: list[np.uint64] = []
    for n, cut in enumerate(wanted):
        if cut:
            found = windows_of(cut.names, length)
            best = rarest(seen, found, 1)
            anchors[n] += best
            keys.append(found[best])
    ids = [_ids(cut) for cut in wanted if cut]
    names = _joined([cut.names for cut in wanted if cut], np.uint64)
    bounds = np.stack([stops - sizes, stops], axis=1)
    return names, _joined(ids, np.int32), bounds, anchors, np.array(keys, np.uint64)


def _ids(cut: _Cut) -> Small:
    """Which name each token is; -1 if none."""
    raw = names_of(cut.data, cut.size, cut.starts, cut.names, alphabet())
    _, numbers = np.unique(raw[raw > 0], return_inverse=True)
    ids = np.full(len(raw), -1, np.int32)
    ids[raw > 0] = numbers
    return ids


def _table(
    streams: Sequence[tuple[int, Hashes, Ints]],
) -> tuple[Table, Bytes, Ints, Small]:
    """Bit tables and sorted keys of all streams; of each key the stream, and which texts have it."""
    salts = {EXACT: np.uint64(0), GRAM: GRAM_SALT, NAMES: NAME_SALT}
    keys = np.concatenate([hashes ^ salts[stream] for stream, hashes, _ in streams])
    order = np.argsort(keys, kind="stable")
    kinds = np.concatenate([np.full(len(hashes), stream, np.uint8) for stream, hashes, _ in streams])[order]
    members = np.concatenate([owners for *_, owners in streams])[order].astype(np.int32)
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys, prepend=~keys[:1]))
    offsets = np.append(first, len(keys)).astype(np.int64)
    keys, kinds = keys[first], kinds[first]
    entries = 1 << max(1, len(keys).bit_length() - 1)
    shift = shift_of(entries)
    buckets = np.searchsorted(keys >> shift, np.arange(entries + 1, dtype=np.uint64)).astype(np.int32)
    symbols, grams, names = (_bits(hashes) for _, hashes, _ in streams)
    return Table(symbols, grams, names, keys, buckets), kinds, offsets, members


def _bits(hashes: Hashes) -> Hashes:
    """The bit table of a stream."""
    size = 1 << max(1, (len(hashes) * BITS // 64).bit_length())
    bits = np.zeros(size, np.uint64)
    set_bits(bits, hashes)
    return bits


def _owners(grams: Sequence[Hashes]) -> Ints:
    """The number of the text of each n-gram."""
    return np.repeat(np.arange(len(grams), dtype=np.int64), [len(one) for one in grams])


def _repeated(mask: npt.NDArray[np.bool_]) -> Ints:
    return np.flatnonzero(mask).astype(np.int64)


def _joined(arrays: Sequence[npt.NDArray[Kind]], kind: type[Kind]) -> npt.NDArray[Kind]:
    return np.concatenate([*arrays, np.zeros(0, kind)])


@kernel
def set_bits(bits: Hashes, hashes: Hashes) -> None:
    """Set the bits of all hashes in a bit table."""
    shift = shift_of(len(bits))
    for value in hashes:
        bits[value >> shift] |= probes(value)


@kernel
def count_windows(seen: Ints, hashes: Hashes) -> None:
    """Count windows, several in one counter."""
    for value in hashes:
        seen[value >> np.uint64(44)] += 1


@kernel
def rarest(seen: Ints, hashes: Hashes, length: int) -> int:
    """Where `length` windows in a row begin whose counters are lowest; of several the middle."""
    counts = np.empty(len(hashes) - length + 1, np.int64)
    for start in range(len(counts)):
        counts[start] = 0
        for n in range(start, start + length):
            counts[start] += seen[hashes[n] >> np.uint64(44)]
    best = np.flatnonzero(counts == counts.min())
    return int(best[len(best) // 2])


@kernel
def distinct_in(hashes: Hashes, length: int) -> Ints:
    """How many different tokens each window has."""
    counts = np.zeros(len(hashes) - length + 1, np.int64)
    for start in range(len(counts)):
        for n in range(start, start + length):
            new = 1
            for earlier in range(start, n):
                if hashes[earlier] == hashes[n]:
                    new = 0
                    break
            counts[start] += new
    return counts
