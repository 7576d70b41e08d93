"""How much of a window is kept free, so that pieces with gaps fit in it.

    Reserve.of(8192, FimSettings())   -> pieces of up to 8180 tokens, 3 more for each, 8 more for the window

A gap adds three special tokens, and the end of the document where there was none; and a text has more tokens
in three parts than as one: 2.1 more on average for cuts between characters, 9 at most in 634 documents
(measured). Half the pieces get no gap and leave their share to the others, so that only the average is kept
for each piece, and some for the whole window. Where that does not suffice, a piece stays as it is and is
counted: that happens to 0.4 % of what is drawn or less, and with 4 tokens in place of 8 to 2 % (measured by
tests/benchmarks/windows.py --kept). A piece of a repository may get a gap in each of its files, and keeps
more.
"""

import math
from typing import NamedTuple, Self

from training.fim.settings import FimSettings

GAP_TOKENS = 5
"""Tokens that a gap adds on average, rounded up: 4.6."""
WINDOW_TOKENS = 8
"""Tokens kept for each window."""
DEVIATIONS = 2
"""By how many standard deviations more gaps than on average have room in a repository that is drawn."""


class Reserve(NamedTuple):
    """What is kept free; in tokens."""

    sequence_length: int
    """Of a window."""
    piece: int
    """For each piece."""
    window: int
    """For each window."""
    rate: float
    """Share of pieces and repositories that are drawn, 0 to 1."""
    fragment_rate: float
    """Share of the files of a drawn repository that get a gap, 0 to 1."""

    @classmethod
    def of(cls, sequence_length: int, fim: FimSettings) -> Self:
        """What is kept with these settings; nothing if there are no gaps."""
        piece, window = math.ceil(GAP_TOKENS * fim.rate), WINDOW_TOKENS if fim.rate else 0
        return cls(sequence_length, piece, window, fim.rate, fim.fragment_rate)

    @property
    def capacity(self) -> int:
        """Tokens of a window that pieces and what is kept for each of them may take."""
        return self.sequence_length - self.window

    @property
    def limit(self) -> int:
        """Tokens of the longest piece, the end of the document not counted."""
        return self.capacity - self.piece - 1

    def more_for(self, files: int) -> int:
        """What is kept for a piece with so many files of a repository beyond what is kept for any piece.

        The average over drawn and other repositories, as for any piece; or, if that is more, what most of
        those that are drawn take, less what is kept for the window.
        """
        if not self.rate:
            return 0
        mean = files * self.fragment_rate
        many = min(mean + DEVIATIONS * math.sqrt(mean * (1 - self.fragment_rate)), files)
        kept = max(math.ceil(GAP_TOKENS * self.rate * mean), math.ceil(GAP_TOKENS * many) - self.window)
        return min(max(kept - self.piece, 0), self.limit // 2)
