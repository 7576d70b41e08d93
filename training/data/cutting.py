"""Documents that are longer than a window -> pieces, cut where little is torn.

    lengths [10, 30000], limit 8180   -> (0, 0, 10), (1, 0, 8174), (1, 8174, 16350), ...

A piece is cut off as late as it can be before a file of a repository, else at the end or beginning of a line,
else between two characters, never inside one. What is behind the cut begins the next piece. Documents without
tokens have no piece. The content of documents is read at the cuts only, but for repositories, whose files are
counted.
"""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from training.data.reserve import Reserve
from training.fim.vocabulary import Ints, Vocabulary

SHARE = 16
"""A file of a repository, or a line, is looked for in the last 1/16 of a piece."""
LINE_TOKENS = 64
"""Tokens at the end of a piece among which a line is looked for, at most: 99.3 % of cuts in Python or more
are then at lines, in place of 9 %, which costs 0.2 % of windows of 2,048 tokens and nothing of 8,192
(measured by tests/benchmarks/windows.py --look)."""
CHARACTER_TOKENS = 8
"""Tokens among which the end of a character is looked for, at least; a character has 4 at most."""
BLOCK_PIECES = 1 << 20
"""Pieces that are cut and packed at a time, more if one document alone has more; about 150 bytes each."""

_NONE = np.zeros(0, np.int64)


class Documents(Protocol):
    """What is read of a split of the tokens."""

    @property
    def lengths(self) -> Ints:
        """Tokens of each document, its end not counted."""
        ...

    def tokens(self, document: int, first: int = 0, last: int | None = None) -> npt.NDArray[Any]:
        """Ids of a document, or of a part of it."""
        ...


class Cutter:
    """Cuts documents."""

    def __init__(self, reserve: Reserve, vocabulary: Vocabulary, *, repositories: bool) -> None:
        """Say how.

        Args:
            reserve: Length of windows, and what is kept free in them.
            vocabulary: Of the tokenizer.
            repositories: Whether documents may be repositories, whose files are counted.
        """
        self.reserve = reserve
        self._limit = reserve.limit
        self._specials = vocabulary.specials
        self._repositories = repositories
        self._ends_line = vocabulary.ends_with_newline.tobytes()
        self._begins_line = vocabulary.begins_with_newline.tobytes()
        self._begins_inside = vocabulary.begins_inside.tobytes()

    def pieces(self, documents: Documents, first: int, last: int) -> tuple[Ints, Ints]:
        """The pieces of some documents: document, first token, token behind the last; and what each takes.

        Args:
            documents: The split.
            first: The first of the documents.
            last: The one behind the last.
        """
        lengths = np.asarray(documents.lengths[first:last])
        files: dict[int, Ints] = {}
        if self._repositories:
            every = ((number, self._files(documents, number)) for number in range(first, last))
            files = {number: found for number, found in every if len(found)}
        by_file = np.zeros(len(lengths), np.bool_)
        by_file[[number - first for number in files]] = True
        short = np.flatnonzero((lengths > 0) & (lengths <= self._limit) & ~by_file)
        whole = np.stack([short + first, np.zeros_like(short), lengths[short]], axis=1)
        rows = [
            (number, start, end, more)
            for number in (np.flatnonzero((lengths > self._limit) | by_file) + first).tolist()
            for start, end, more in self._parts(documents, number, files.get(number, _NONE))
        ]
        parts = np.array(rows, np.int64).reshape(-1, 4)
        pieces = np.concatenate([whole, parts[:, :3]])
        ends = pieces[:, 2] == lengths[pieces[:, 0] - first]
        sizes = pieces[:, 2] - pieces[:, 1] + ends + self.reserve.piece
        sizes[len(whole) :] += parts[:, 3]
        return pieces, sizes

    def _files(self, documents: Documents, document: int) -> Ints:
        """Where the files of a repository begin; none if it is none."""
        specials = self._specials
        if documents.lengths[document] and documents.tokens(document, 0, 1)[0] in {
            specials.file_sep,
            specials.repo_name,
        }:
            return np.flatnonzero(documents.tokens(document) == specials.file_sep)
        return _NONE

    def _parts(self, documents: Documents, document: int, files: Ints) -> Iterator[tuple[int, int, int]]:
        """First token, token behind the last, and what more than usual is kept, for each piece."""
        length, start = int(documents.lengths[document]), 0
        while start < length:
            more = self._more(files, start, min(start + self._limit, length))
            limit = self._limit - more
            end = length
            if length - start > limit:
                look = max(limit // SHARE, CHARACTER_TOKENS)
                if not len(files):
                    look = min(look, LINE_TOKENS)
                latest = start + limit
                end = (
                    latest - look + self._best(documents.tokens(document, latest - look, latest + 1).tolist())
                )
            yield start, end, self._more(files, start, end)
            start = end

    def _more(self, files: Ints, start: int, end: int) -> int:
        """What is kept for the files in a part of a document, one of which may begin before it."""
        if not len(files):
            return 0
        first, last = np.searchsorted(files, (start, end)).tolist()
        begun = start > files[0] and (first == len(files) or files[first] > start)
        return self.reserve.more_for(last - first + begun)

    def _best(self, ids: list[int]) -> int:
        """Before which of the ids, not the first, it is cut."""
        latest = len(ids) - 1
        if self._repositories and self._specials.file_sep in ids[1:]:
            return latest - ids[::-1].index(self._specials.file_sep)
        between = None
        for place in range(latest, max(latest - LINE_TOKENS, 0), -1):
            if self._begins_inside[ids[place]]:
                continue
            if self._begins_line[ids[place]] or self._ends_line[ids[place - 1]]:
                return place
            between = between or place
        return between or latest


def blocks(lengths: Ints, limit: int, pieces: int = BLOCK_PIECES) -> Iterator[tuple[int, int]]:
    """Runs of documents that have about so many pieces at most: the first, and the one behind the last."""
    for start in range(0, len(lengths), pieces):
        counts = np.cumsum(-(-np.asarray(lengths[start : start + pieces]) // limit))
        first = 0
        while first < len(counts):
            done = int(counts[first - 1]) if first else 0
            last = max(first + 1, int(np.searchsorted(counts, done + pieces, side="right")))
            yield start + first, start + last
            first = last
