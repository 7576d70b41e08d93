"""How tokens of a long text are cut into overlapping windows, and which of two that see a token decides.

    windows(count=10, size=6, overlap=2)  ->  [Window(0, 6, 0, 5), Window(4, 10, 5, 10)]

A token is decided by the window in which it stands farther from a border that is no end of the text. Time
and memory are linear in the number of tokens. It runs no model.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

MAX_BLOCK = 1 << 18
"""Characters that a tokeniser gets at once; longer texts are cut, after a line end where there is one."""


class Window(NamedTuple):
    """Tokens `start` to `end` are seen together; what is said of `own_start` to `own_end` counts."""

    start: int
    end: int
    own_start: int
    own_end: int


def windows(count: int, size: int, overlap: int) -> list[Window]:
    """Windows that see `count` tokens, each token owned by exactly one.

    Args:
        count: Tokens of a text.
        size: Tokens of a window, at most.
        overlap: Tokens that neighbours share; at most half of `size`.
    """
    assert 0 <= overlap <= size // 2
    if not count:
        return []
    starts = list(range(0, max(count - overlap, 1), size - overlap))
    ends = [min(start + size, count) for start in starts]
    borders = [(start + end) // 2 for start, end in zip(starts[1:], ends, strict=False)]
    return [Window(*window) for window in zip(starts, ends, [0, *borders], [*borders, count], strict=True)]


def blocks(text: str) -> Iterator[tuple[int, str]]:
    """Pieces of a text that a tokeniser takes at once, each with its first character's place.

    Args:
        text: A whole document.
    """
    start = 0
    while start < len(text):
        end = min(start + MAX_BLOCK, len(text))
        if end < len(text):
            line = text.rfind("\n", start + MAX_BLOCK // 2, end)
            end = line + 1 if line >= 0 else end
        yield start, text[start:end]
        start = end


def batches(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Which windows run together: such of like length, so that little is padded.

    Args:
        lengths: Tokens of each window.
        size: Windows of a batch, at most.
    """
    order = sorted(range(len(lengths)), key=lambda number: (-lengths[number], number))
    for first in range(0, len(order), size):
        yield order[first : first + size]
