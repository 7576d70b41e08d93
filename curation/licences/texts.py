"""Which licences a licence file's text holds: SPDX ids by overlap with known texts.

    identify_licence_text(open("LICENSE", "rb").read())  -> ("MIT",)

The known texts are those of the SPDX licence list, kept as at most 256 hashes of three-word shingles per
licence (`data/licence_fingerprints.json`, written by `curation.licences.build`). A licence is found where
at least 0.9 of its hashes stand within a stretch about as long as the licence; among those that fit about
equally well the one that explains most words wins (BSD-3-Clause over BSD-2-Clause). Its words are then
taken away and the search repeats, so that a file may hold several licences. One licence under several
SPDX ids has one name here (GPL-3.0-only for the text of the GPL: "or later" is said by headers).

It does not judge, and does not read modified clauses: words added to a licence are ignored here
(`curation.licences.evidence` looks for restrictions such as the Commons Clause).
"""

import base64
from dataclasses import dataclass
from functools import cache

import numpy as np
import orjson

from curation.kernels import Ints
from curation.licences.shingles import Hashes, best_stretch, count_matches, shingle
from curation.licences.tables import DATA

READ_BYTES = 1 << 16
"""So many bytes of a licence file are looked at."""
FOUND = 0.9
"""Least share of a licence's shingles that must be there; 1.0 for licences under `SHORT` shingles."""
SHORT = 20
MOST = 8
"""At most so many licences are looked for in one file."""


@dataclass(frozen=True, slots=True)
class Library:
    """Every known licence text, as hashes."""

    names: tuple[str, ...]
    sizes: Ints
    """Words of the whole licence, shape (licences,)."""
    kept: Ints
    """Shingles that are stored, shape (licences,)."""
    keys: Hashes
    buckets: Ints
    starts: Ints
    owners: Ints


@dataclass(frozen=True, slots=True)
class Match:
    """One licence found in a text."""

    licence: str
    share: float
    """Share of the licence's shingles that are there, 0 to 1."""
    first: int
    last: int
    """Stretch of the text's shingles that it covers."""


def _read_library() -> Library:
    rows = orjson.loads((DATA / "licence_fingerprints.json").read_bytes())["licences"]
    sets = [np.frombuffer(base64.b64decode(row["hashes"]), "<u4") for row in rows]
    owner = np.repeat(np.arange(len(sets)), [part.size for part in sets])
    every = np.concatenate(sets)
    order = np.lexsort((owner, every))
    keys, starts = np.unique(every[order], return_index=True)
    return Library(
        names=tuple(row["licence"] for row in rows),
        sizes=np.array([row["size"] for row in rows]),
        kept=np.array([part.size for part in sets]),
        keys=keys.astype(np.uint32),
        buckets=np.searchsorted(keys, np.arange((1 << 16) + 1) << 16).astype(np.int64),
        starts=np.append(starts, every.size).astype(np.int64),
        owners=owner[order].astype(np.int64),
    )


library = cache(_read_library)
"""The known licences, read once per process (about 10 ms)."""


def match_licence_text(content: bytes) -> tuple[Match, ...]:
    """The licences whose text stands in `content`, in the order of their place in it.

    Args:
        content: A licence file in UTF-8 or any ASCII-like encoding; the first 64 KiB are read.
    """
    text = shingle(np.frombuffer(content[:READ_BYTES], np.uint8))
    known = library()
    if not text.size:
        return ()
    counts, found = count_matches(
        text, known.keys, known.buckets, known.starts, known.owners, len(known.names)
    )
    needed = np.where(known.kept < SHORT, known.kept, np.ceil(FOUND * known.kept))
    candidates = np.flatnonzero(counts >= needed)
    matches: list[Match] = []
    while candidates.size and len(matches) < MOST:
        fits = [fit for fit in (_fit(known, found, int(number)) for number in candidates) if fit is not None]
        if not fits:
            break
        _, best, match = max(fits, key=lambda fit: fit[0])
        matches.append(match)
        found[match.first : match.last] = -1
        candidates = np.array([number for _, number, _ in fits if number != best], np.int64)
    return tuple(sorted(matches, key=lambda match: match.first))


def _fit(known: Library, found: Ints, number: int) -> tuple[float, int, Match] | None:
    """How well licence `number` fits where it fits best, and that place; None if it is not there.

    The fit counts words: those explained, less those of the stretch that are not, less twice those
    that the licence has and the text has not.
    """
    size, kept = int(known.sizes[number]), int(known.kept[number])
    hits, first, last = best_stretch(found, known.starts, known.owners, number, size / kept)
    share = hits / kept
    if share < (1.0 if kept < SHORT else FOUND):
        return None
    explained = share * size
    foreign = max(0.0, last - first - explained)
    fit = explained - foreign - 2 * (size - explained)
    return fit, number, Match(known.names[number], share, first, last)


def identify_licence_text(content: bytes) -> tuple[str, ...]:
    """SPDX ids of the licences whose text stands in `content`, each once; () if none is known.

    Args:
        content: A licence file; the first 64 KiB are read.
    """
    return tuple(dict.fromkeys(match.licence for match in match_licence_text(content)))
