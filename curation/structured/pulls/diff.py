r"""Two versions of a file -> which lines changed, in time linear in their size whatever they hold.

    compare(["a\n", "b\n"], ["a\n", "c\n"]) -> Comparison((Change(1, 2, 1, 2),), exact=True)

Lines that both begin or end with are set aside; then lines that stand once in either version and in the
same order anchor the two to one another, as in patience diff; between anchors, Myers' greedy algorithm
(1986) looks for the fewest changes. Its work is bounded: where two stretches have too little in common for
it, one is said to be replaced by the other. Python's difflib finds the same kind of answer, but needs cubic
time on texts that repeat. What is not said to be changed is equal, always.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.kernels import Ints, kernel

Marks = npt.NDArray[np.uint8]
Trace = npt.NDArray[np.int32]

DEPTH = 1000
"""Most lines that may differ between two anchors and still be aligned; the trace holds its square."""
RATE = 64
"""Steps allowed per line."""
POOL = 2_000_000
"""Steps allowed per comparison besides, about 10 ms."""


class Change(NamedTuple):
    """Lines `start` to `stop` of the base have become lines `head_start` to `head_stop` of the head."""

    start: int
    """From 0."""
    stop: int
    """Behind the last one; equal to `start` where lines were only added."""
    head_start: int
    head_stop: int


class Comparison(NamedTuple):
    """How two versions differ."""

    changes: tuple[Change, ...]
    """In order, with at least one equal line between two of them."""
    exact: bool
    """Whether no stretch was given up as replaced."""


def split_lines(text: str) -> list[str]:
    """The lines of a text with their newline, which only the last one may lack; only LF ends a line."""
    lines = text.split("\n")
    last = lines.pop()
    lines = [f"{line}\n" for line in lines]
    if last:
        lines.append(last)
    return lines


def compare(before: Sequence[str], after: Sequence[str]) -> Comparison:
    """Which lines changed between two versions of a file, given as lines."""
    numbers: dict[str, int] = {}
    base = np.array([numbers.setdefault(line, len(numbers)) for line in before], np.int64)
    head = np.array([numbers.setdefault(line, len(numbers)) for line in after], np.int64)
    removed, added = np.zeros(len(base), np.uint8), np.zeros(len(head), np.uint8)
    exact = _align(base, head, len(numbers), removed, added)
    found = _runs(removed, added)
    return Comparison(tuple(Change(*run) for run in found.tolist()), exact)


@kernel
def _align(base: Ints, head: Ints, kinds: int, removed: Marks, added: Marks) -> bool:
    """Mark the lines that differ.

    Args:
        base: One number per line; equal lines have equal numbers, below `kinds`.
        head: The same of the other version.
        kinds: Different lines there are.
        removed: Zeros; becomes 1 for lines of the base that are not in the head.
        added: Zeros; becomes 1 for lines of the head that are not in the base.

    Returns:
        Whether every stretch was aligned.
    """
    start, stop, head_stop = 0, len(base), len(head)
    while start < min(stop, head_stop) and base[start] == head[start]:
        start += 1
    while min(stop, head_stop) > start and base[stop - 1] == head[head_stop - 1]:
        stop -= 1
        head_stop -= 1
    lefts, rights = _anchors(base, head, kinds, start, stop, head_stop)
    trace = np.empty((DEPTH + 1) * (DEPTH + 1), np.int32)
    pool, exact = POOL, True
    at, head_at = start, start
    for n in range(len(lefts) + 1):
        until = lefts[n] if n < len(lefts) else stop
        head_until = rights[n] if n < len(lefts) else head_stop
        used = _stretch(
            base[at:until],
            head[head_at:head_until],
            removed[at:until],
            added[head_at:head_until],
            trace,
            pool,
        )
        exact = exact and used >= 0
        pool -= min(abs(used), pool)
        at, head_at = until + 1, head_until + 1
    return exact


@kernel
def _anchors(base: Ints, head: Ints, kinds: int, start: int, stop: int, head_stop: int) -> tuple[Ints, Ints]:
    """Positions in base and head of lines that are unique in both and in the same order: the most of them."""
    counts = np.zeros((2, kinds), np.int64)
    places = np.zeros(kinds, np.int64)
    for n in range(start, stop):
        counts[0, base[n]] += 1
    for n in range(start, head_stop):
        counts[1, head[n]] += 1
        places[head[n]] = n
    lefts = np.empty(max(stop - start, 0), np.int64)
    count = 0
    for n in range(start, stop):
        if counts[0, base[n]] == 1 and counts[1, base[n]] == 1:
            lefts[count] = n
            count += 1
    # The longest increasing run of positions in the head; ends[k] ends the best run of k + 1 candidates.
    ends, before = np.empty(count, np.int64), np.empty(count, np.int64)
    longest = 0
    for n in range(count):
        place = places[base[lefts[n]]]
        low, high = 0, longest
        while low < high:
            middle = (low + high) // 2
            if places[base[lefts[ends[middle]]]] < place:
                low = middle + 1
            else:
                high = middle
        before[n] = ends[low - 1] if low else -1
        ends[low] = n
        longest = max(longest, low + 1)
    chosen, chosen_head = np.empty(longest, np.int64), np.empty(longest, np.int64)
    at = ends[longest - 1] if longest else -1
    for n in range(longest - 1, -1, -1):
        chosen[n] = lefts[at]
        chosen_head[n] = places[base[lefts[at]]]
        at = before[at]
    return chosen, chosen_head


@kernel
def _stretch(base: Ints, head: Ints, removed: Marks, added: Marks, trace: Trace, pool: int) -> int:
    """Mark the lines that differ between two anchors.

    Returns:
        Steps taken from the pool; negative (at least -1) if it ran out and the whole was marked.
    """
    start, stop, head_stop = 0, len(base), len(head)
    while start < min(stop, head_stop) and base[start] == head[start]:
        start += 1
    while min(stop, head_stop) > start and base[stop - 1] == head[head_stop - 1]:
        stop -= 1
        head_stop -= 1
    free = RATE * (stop + head_stop - 2 * start)
    steps, depth = 0, -1
    if start < min(stop, head_stop):
        depth, steps = _furthest(base[start:stop], head[start:head_stop], trace, free + pool)
    if depth < 0:
        removed[start:stop] = 1
        added[start:head_stop] = 1
        used = max(steps - free, 0)
        return -max(used, 1) if steps else 0
    left, right = stop - start, head_stop - start
    while depth > 0:
        diagonal = left - right
        row = (depth - 1) * (depth - 1) + depth - 1
        down = diagonal == -depth or (
            diagonal != depth and trace[row + diagonal - 1] < trace[row + diagonal + 1]
        )
        diagonal += 1 if down else -1
        left = int(trace[row + diagonal])
        right = left - diagonal
        if down:
            added[start + right] = 1
        else:
            removed[start + left] = 1
        depth -= 1
    return max(steps - free, 0)


@kernel
def _furthest(base: Ints, head: Ints, trace: Trace, budget: int) -> tuple[int, int]:
    """Fewest lines to remove and add, and the steps taken to find it; -1 if the budget did not suffice.

    Row d of the trace, 2 d + 1 numbers from d * d on, holds how far in the base d changes reach on each
    diagonal (line of the base minus line of the head) from -d to d; every other one.
    """
    size, head_size = len(base), len(head)
    steps = 0
    for depth in range(min(size + head_size, DEPTH) + 1):
        row = depth * depth + depth
        last = (depth - 1) * (depth - 1) + depth - 1
        for diagonal in range(-depth, depth + 1, 2):
            left = 0
            if depth:
                if diagonal == -depth or (
                    diagonal != depth and trace[last + diagonal - 1] < trace[last + diagonal + 1]
                ):
                    left = int(trace[last + diagonal + 1])
                else:
                    left = int(trace[last + diagonal - 1]) + 1
            right = left - diagonal
            steps += 1
            while left < size and right < head_size and base[left] == head[right]:
                left += 1
                right += 1
                steps += 1
            trace[row + diagonal] = left
            if left >= size and right >= head_size:
                return depth, steps
            if steps > budget:
                return -1, steps
    return -1, steps


@kernel
def _runs(removed: Marks, added: Marks) -> Ints:
    """Stretches of marked lines as rows of start, stop, start in the head, stop in the head."""
    rows = np.empty((len(removed) + len(added), 4), np.int64)
    count, left, right = 0, 0, 0
    while left < len(removed) or right < len(added):
        start, head_start = left, right
        while left < len(removed) and removed[left]:
            left += 1
        while right < len(added) and added[right]:
            right += 1
        if left > start or right > head_start:
            rows[count, 0], rows[count, 1] = start, left
            rows[count, 2], rows[count, 3] = head_start, right
            count += 1
        else:
            left += 1
            right += 1
    return rows[:count]
