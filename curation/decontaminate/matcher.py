"""A document -> the benchmark texts that it holds, in one pass whatever their number.

    matcher_of(settings).find("def has_close_elements(numbers, threshold): ...")
    ->  [Hit("humaneval", "HumanEval/0", "solution", "whitespace_free", ...)]

Built once in a process from settings. Every window of a text is looked up by its hash, what is found is
compared in full; most documents end after the first step. Nothing is edited or dropped here. Time is linear
in a text; memory beside the tables is a copy of the text in UTF-8.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np

from curation.decontaminate.alphabet import alphabet
from curation.decontaminate.benchmarks import Text, files_of, load_all
from curation.decontaminate.hits import Hit
from curation.decontaminate.index import build, padded
from curation.decontaminate.settings import DecontaminateSettings, Method
from curation.decontaminate.streams import scan
from curation.decontaminate.verify import EXACT, FREE, GRAM, NAMES, verify
from curation.kernels import Bytes, Ints

ROOM = 64
"""Candidates and findings that there is room for at first."""
RANKS: dict[Method, int] = {"exact": 0, "whitespace_free": 1, "ngram": 2, "identifiers": 3}


class Matcher:
    """The benchmark texts of some settings, ready to be found."""

    def __init__(self, texts: list[Text], settings: DecontaminateSettings) -> None:
        """Build the tables.

        Args:
            texts: Of all benchmarks.
            settings: Methods and their thresholds.
        """
        self.settings = settings
        self.index = build(texts, settings)
        digest = hashlib.blake2b(digest_size=16)
        for text in texts:
            for part in (text.benchmark, text.item, text.field, text.kind, text.text):
                encoded = part.encode("utf-8", "surrogatepass")
                digest.update(len(encoded).to_bytes(8, "little") + encoded)
        self.fingerprint = digest.hexdigest()
        """32 hex characters by which a run that goes on notices other benchmark texts."""

    def find(self, text: str) -> list[Hit]:
        """What a document holds, the surest first: contaminated before near misses, strict methods first.

        Args:
            text: A whole document; any string.
        """
        data, size = padded(text)
        rows = self._rows(data, size)
        if not len(rows):
            return []
        best: dict[int, Hit] = {}
        for number, hit in self._compared(rows[rows[:, 0] != GRAM]):
            if number not in best or _order(hit) < _order(best[number]):
                best[number] = hit
        for number, hit in self._shared(rows[rows[:, 0] == GRAM], best):
            if number not in best or _order(hit) < _order(best[number]):
                best[number] = hit
        found = sorted(best.values(), key=_order)
        return found if text.isascii() else _in_characters(found, data[:size])

    def _rows(self, data: Bytes, size: int) -> Ints:
        """Rows of `verify`."""
        index = self.index
        candidates = np.empty((ROOM, 3), np.int64)
        count = scan(data, size, alphabet(), index.table, index.windows, candidates)
        if not count:
            return candidates[:0]
        if count > ROOM:
            candidates = np.empty((count, 3), np.int64)
            scan(data, size, alphabet(), index.table, index.windows, candidates)
        rows = np.empty((4 * count, 6), np.int64)
        found = verify(data, size, candidates[:count], index.needles, alphabet(), rows)
        if found > len(rows):
            rows = np.empty((found, 6), np.int64)
            verify(data, size, candidates[:count], index.needles, alphabet(), rows)
        return rows[:found]

    def _compared(self, rows: Ints) -> Iterator[tuple[int, Hit]]:
        """Hits by characters and names, with the number of their text, offsets in bytes."""
        exact: Method = "exact" if "exact" in self.settings.methods else "ngram"
        near = self.settings.identifiers.near
        for method, number, start, end, agreeing, names in rows.tolist():
            if method == EXACT:
                yield number, self._hit(number, exact, (start, end))
            elif method == FREE:
                yield number, self._hit(number, "whitespace_free", (start, end))
            elif method == NAMES:
                score = agreeing / max(names, 1) if agreeing < names else 1.0
                if score == 1.0 or near <= score:
                    yield number, self._hit(number, "identifiers", (start, end), score, bad=score == 1.0)

    def _shared(self, rows: Ints, known: Mapping[int, Hit]) -> Iterator[tuple[int, Hit]]:
        """Hits by n-grams of texts that no stricter method has found: how many, and the longest run."""
        needles, ngram = self.index.needles, self.settings.ngram
        keys, first = np.unique(rows[:, 1], return_index=True)
        counts = needles.offsets[keys + 1] - needles.offsets[keys]
        places = np.repeat(needles.offsets[keys] - np.cumsum(counts) + counts, counts) + np.arange(
            counts.sum()
        )
        texts, spans = needles.members[places], np.repeat(first, counts)
        order = np.lexsort((spans, texts))
        texts, spans = texts[order], spans[order]
        numbers, begins, shared = np.unique(texts, return_index=True, return_counts=True)
        shares = shared / self.index.totals[numbers]
        for place in np.flatnonzero(shares >= min(ngram.share, ngram.near)):
            number, share = int(numbers[place]), float(shares[place])
            bad = share >= ngram.share
            if (bad or ngram.near < 1) and not (
                number in known and RANKS[known[number].method] < RANKS["ngram"]
            ):
                mine = rows[spans[begins[place] : begins[place] + shared[place]]]
                yield number, self._hit(number, "ngram", _longest_run(mine), share, bad=bad)

    def _hit(
        self, number: int, method: Method, span: tuple[int, int], score: float = 1.0, *, bad: bool = True
    ) -> Hit:
        text = self.index.texts[number]
        return Hit(text.benchmark, text.item, text.field, method, *span, score, bad)


def _order(hit: Hit) -> tuple[bool, int, int, str, str, str]:
    return not hit.contaminated, RANKS[hit.method], hit.start, hit.benchmark, hit.item, hit.field


def _longest_run(rows: Ints) -> tuple[int, int]:
    """First byte of the longest run of windows that touch each other, and the byte behind it."""
    starts, ends = rows[:, 2], rows[:, 3]
    breaks = np.flatnonzero(starts[1:] > ends[:-1]) + 1
    begins = np.concatenate([[0], breaks])
    stops = np.concatenate([breaks, [len(rows)]])
    best = int(np.argmax(stops - begins))
    return int(starts[begins[best]]), int(ends[stops[best] - 1])


def _in_characters(found: list[Hit], data: Bytes) -> list[Hit]:
    """The hits with offsets in characters in place of bytes."""
    starts = np.flatnonzero((data & 0xC0) != 0x80)
    spans = np.searchsorted(starts, [(hit.start, hit.end) for hit in found]).tolist()
    return [
        Hit(
            hit.benchmark,
            hit.item,
            hit.field,
            hit.method,
            start,
            end,
            hit.score,
            hit.contaminated,
        )
        for hit, (start, end) in zip(found, spans, strict=True)
    ]


def matcher_of(settings: DecontaminateSettings) -> Matcher:
    """The matcher of some settings; built once in a process.

    Raises:
        BadConfigError: If a benchmark is no preset and has no path or fields.
        BadInputError: If a benchmark cannot be read, lacks a column or gives no text.
    """
    return _built(settings.model_dump_json())


@cache
def _built(settings: str) -> Matcher:
    read = DecontaminateSettings.model_validate_json(settings)
    return Matcher(load_all(read.benchmarks), read)


def check(settings: DecontaminateSettings) -> None:
    """Find out before a run starts whether its benchmarks can be read.

    Raises:
        BadConfigError: If a benchmark is no preset and has no path or fields.
        BadInputError: If a benchmark cannot be read, lacks a column or gives no text.
    """
    if settings.enabled:
        matcher_of(settings)


def files(settings: DecontaminateSettings) -> list[Path]:
    """Local files that decide what is found; what is on the hub shows in `Matcher.fingerprint` only.

    Raises:
        BadConfigError: If a benchmark is no preset and has no path or fields.
        BadInputError: If a file is not there.
    """
    return [path for benchmark in settings.benchmarks for path in files_of(benchmark)]
