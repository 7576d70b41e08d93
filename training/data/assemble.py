"""Pieces of documents -> a window: permuted, closed, put one behind the other, filled up.

    assembler.window([[3, 0, 90], [8, 200, 300]], number=7, epoch=0)   -> Window

The end of a document stands behind a piece that ends its document, as in the published loaders, and behind a
piece with a gap wherever it comes from: a model that fills gaps must learn where a middle ends. A piece
without a gap from inside a document has none, because its document does not end there.

Where the published loader is followed (`fim.megatron`), pieces come with the end of their document, nothing
is added, and what is too long is cut off, middles too. What that loader does by mistake is not followed: an
empty document loses its end, an empty last one becomes three special tokens without text, a file before which
nothing stands loses its <file_sep>, bytes at the edges that are no whole character become U+FFFD, text that
looks like a special token becomes one, and what it draws depends on what was read before. The name of a
repository is left alone, as in its successor in NeMo.
"""

import sys
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from training.data.cutting import Documents
from training.data.randomness import generator
from training.data.windows import Segment, SegmentOrder, Window
from training.fim.orders import Part
from training.fim.permute import Outcome, Permuter
from training.fim.pieces import Piece, is_repository
from training.fim.vocabulary import Ints, as_ids


class _Row(NamedTuple):
    """A piece as the plan has it."""

    document: int
    first: int
    last: int
    """One more than the document has tokens if its end is among them."""


class Assembler:
    """Makes windows; the same arguments give the same window always."""

    def __init__(self, documents: Documents, permuter: Permuter, sequence_length: int, seed: int) -> None:
        self._documents = documents
        self._permuter = permuter
        self._settings = permuter.settings
        self._length = sequence_length
        self._seed = seed

    def window(self, pieces: Ints, number: int, epoch: int) -> Window:
        """One window.

        Args:
            pieces: As in the plan, shape (pieces, 3).
            number: Of the window in the plan, which decides on its draws.
            epoch: Likewise, from 0.
        """
        draws = generator(self._seed, "gaps", epoch, number)
        published = self._settings.megatron
        rows = [_Row(*row) for row in pieces.tolist()]
        if published:
            room = sys.maxsize
        else:
            rows = [rows[place] for place in draws.permutation(len(rows)).tolist()]
            room = self._length - sum(row.last - row.first + self._ends(row) for row in rows)
        found: list[Ints] = []
        segments: list[Segment] = []
        filled = 0
        for row in rows:
            outcome = self._permuted(row, epoch, draws, room - (not self._ends(row)))
            closed = self._ends(row) or (bool(outcome.gaps) and not published)
            found += [outcome.ids] + [self._end(1)] * closed
            size = len(outcome.ids) + closed
            room -= size - (row.last - row.first) - self._ends(row)
            segments.append(_segment(row, outcome, filled, filled + size))
            filled += size
        return self._filled_up(found, segments, number, epoch)

    def _permuted(self, row: _Row, epoch: int, draws: np.random.Generator, room: int) -> Outcome:
        """A piece with its gaps, without the end of its document."""
        documents = self._documents
        length = int(documents.lengths[row.document])
        ids = as_ids(documents.tokens(row.document, row.first, min(row.last, length)))
        if not len(ids) or not self._settings.rate:
            return Outcome(ids, (), ())
        opening = ids if row.first == 0 else documents.tokens(row.document, 0, 1)
        piece = Piece(ids, row.first == 0, int(opening[0]))
        drawn = None
        if self._settings.level == "document" and not self._settings.megatron:
            chance, place = generator(self._seed, "documents", epoch, row.document).random(2).tolist()
            drawn = chance < self._settings.rate and (
                is_repository(piece, self._permuter.vocabulary) or row.first <= int(place * length) < row.last
            )
        return self._permuter.permute(piece, draws, room, drawn=drawn)

    def _filled_up(self, found: list[Ints], segments: list[Segment], number: int, epoch: int) -> Window:
        """What was made, in the length of a window."""
        ids = np.concatenate(found)
        padding = self._length - len(ids)
        if padding >= 0:
            ids = np.concatenate([ids, self._end(padding, pad=self._settings.megatron)])
            return Window(number, epoch, ids, tuple(segments), padding, 0)
        kept = tuple(_until(self._length, segments))
        return Window(number, epoch, ids[: self._length], kept, 0, -padding)

    def _ends(self, row: _Row) -> bool:
        """Whether a piece is the last of its document."""
        return row.last >= int(self._documents.lengths[row.document]) + self._settings.megatron

    def _end(self, times: int, *, pad: bool = False) -> Ints:
        """The end of a document, or what fills windows up, so many times."""
        specials = self._permuter.vocabulary.specials
        return np.full(times, specials.pad if pad else specials.end, np.int64)


def _segment(row: _Row, outcome: Outcome, start: int, end: int) -> Segment:
    """A piece as it stands in a window."""
    parts = tuple(part for gap in outcome.gaps for part in gap.moved(start).parts)
    orders = {gap.order for gap in outcome.gaps}
    order: SegmentOrder = "mixed" if len(orders) > 1 else orders.pop() if orders else "plain"
    return Segment(*row, start, end, order, len(outcome.gaps), parts, outcome.plain)


def _until(length: int, segments: Iterable[Segment]) -> Iterable[Segment]:
    """What is left of segments in a window that ends too early for them."""
    for segment in segments:
        if segment.start < length:
            parts = tuple(
                Part(part.name, part.start, min(part.end, length))
                for part in segment.parts
                if part.start < length
            )
            yield segment._replace(end=min(segment.end, length), parts=parts)
