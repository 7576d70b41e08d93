"""A piece of a document -> the same with gaps, or as it is and why.

    permuter = Permuter(FimSettings(), coder, vocabulary)
    permuter.permute(Piece(ids, begins=True, opening=ids[0]), generator, room=16)
        -> Outcome(ids, gaps, plain=())

Whether, where and in which order is drawn from the generator, in an order that depends on nothing but the
piece. A middle is never shortened: what would grow by more than there is room for stays as it is, and is
counted, as is all that was drawn for a gap and cannot have one.
"""

from typing import Literal, NamedTuple

import numpy as np

from training.fim.cuts import cut
from training.fim.measure import Measured
from training.fim.orders import Order, Permuted, permute
from training.fim.pieces import Piece, Stretch, files, is_repository, whole
from training.fim.settings import FimSettings
from training.fim.vocabulary import Flags, Ints, Vocabulary
from training.tokenizer.coder import Coder

Reason = Literal["no_room", "short", "split_character", "special_tokens"]
"""Why something that was drawn got no gap: it would grow too much; it has too few characters; it begins or
ends inside a character; it has the end of a document or tokens of gaps already."""
DRAWS = 4
"""Numbers that are drawn for each stretch: whether, in which order, and two places."""


class Outcome(NamedTuple):
    """What became of a piece."""

    ids: Ints
    gaps: tuple[Permuted, ...]
    """Those that it got, with parts placed in `ids`; the ids of a gap are only its own."""
    plain: tuple[Reason, ...]
    """Why others, which were drawn too, are not among them."""


class Permuter:
    """Cuts gaps as settings say."""

    def __init__(self, settings: FimSettings, coder: Coder, vocabulary: Vocabulary) -> None:
        self.settings = settings
        self.vocabulary = vocabulary
        self._coder = coder
        self._keep_head = settings.keep_head and not settings.megatron
        self._joint = settings.joint and not settings.megatron
        self._floor = 1 if settings.megatron else settings.min_characters
        specials = vocabulary.specials
        self._barred: Flags = np.zeros(len(vocabulary.characters), np.bool_)
        self._barred[[specials.prefix, specials.middle, specials.suffix, specials.pad, specials.end]] = True

    def permute(
        self, piece: Piece, generator: np.random.Generator, room: int, *, drawn: bool | None = None
    ) -> Outcome:
        """The piece, with gaps if they are drawn and fit.

        Args:
            piece: Left as it is.
            generator: Of this piece, or of all pieces of a window in their order.
            room: Ids by which it may grow.
            drawn: Whether the piece was chosen; None to draw it here.
        """
        settings = self.settings
        by_file = is_repository(piece, self.vocabulary)
        if by_file:
            found = list(files(piece, self.vocabulary, keep_head=self._keep_head))
            rate = settings.fragment_rate
        else:
            found = [whole(piece, self.vocabulary, keep_head=self._keep_head)]
            rate = 1.0
        chance = float(generator.random())
        draws = generator.random((len(found), DRAWS))
        if not (chance < settings.rate if drawn is None else drawn):
            return Outcome(piece.ids, (), ())
        chosen = [number for number in range(len(found)) if draws[number, 0] < rate]
        return self._with_gaps(piece.ids, [found[n] for n in chosen], draws[chosen], room)

    def _with_gaps(
        self, ids: Ints, stretches: list[Stretch], draws: np.typing.NDArray[np.float64], room: int
    ) -> Outcome:
        """The ids with a gap in each of the stretches that can have one."""
        pieces: list[Ints] = []
        gaps: list[Permuted] = []
        plain: list[Reason] = []
        done, length = 0, 0
        for stretch, (_, order, one, other) in zip(stretches, draws.tolist(), strict=True):
            gap = self._gap(ids[stretch.start : stretch.end], stretch, order, (one, other))
            if not isinstance(gap, Permuted):
                plain.append(gap)
                continue
            growth = len(gap.ids) - (stretch.end - stretch.start)
            if growth > room:
                plain.append("no_room")
                continue
            room -= growth
            pieces += (ids[done : stretch.start], gap.ids)
            length += stretch.start - done
            gaps.append(gap.moved(length))
            length += len(gap.ids)
            done = stretch.end
        pieces.append(ids[done:])
        return Outcome(np.concatenate(pieces) if gaps else ids, tuple(gaps), tuple(plain))

    def _gap(
        self, ids: Ints, stretch: Stretch, order_draw: float, places: tuple[float, float]
    ) -> Permuted | Reason:
        """A stretch with its gap, or why it cannot have one."""
        if bool(self._barred[ids].any()):
            return "special_tokens"
        if not self.vocabulary.is_clean(ids):
            return "split_character"
        run = Measured(ids, self.vocabulary, self._coder)
        head = run.first_line_end() if stretch.lines_kept else 0
        if head is None or run.characters - head < self._floor:
            return "short"
        gap = cut(run, head, self.settings.cut, places)
        order: Order = "spm" if order_draw < self.settings.spm_rate else "psm"
        return permute(run, gap, order, self.vocabulary, joint=self._joint)
