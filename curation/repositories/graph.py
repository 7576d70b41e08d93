"""An order of things in which what is needed comes first.

    needed_first(3, [(0, 1), (1, 2)])  ->  [2, 1, 0]           0 needs 1, 1 needs 2

As in DeepSeek-Coder (section 2.2): what hangs together stays together, and in each such part the next is
always the one of which the fewest needs are still missing: none as long as there is no cycle, and a cycle is
broken where the least is missing. Equals go by number. Time for n things and m needs is that of sorting
n + m numbers.
"""

import heapq
from collections.abc import Iterable


def needed_first(count: int, needs: Iterable[tuple[int, int]], hubs: int = 0) -> list[int]:
    """Numbers from 0 up to `count`, each after what it needs, as far as that is possible.

    Args:
        count: How many things there are.
        needs: Pairs: the first needs the second. What repeats or needs itself does not count.
        hubs: How many further numbers from `count` on stand for several things together: they pass needs on,
            and are not in the result.
    """
    needed_by: list[list[int]] = [[] for _ in range(count + hubs)]
    missing = [0] * (count + hubs)
    for one, other in sorted({pair for pair in needs if pair[0] != pair[1]}):
        needed_by[other].append(one)
        missing[one] += 1
    done = [False] * (count + hubs)
    order: list[int] = []
    for part in _parts(needed_by):
        heap = [(missing[one], one) for one in part]
        heapq.heapify(heap)
        while heap:
            left, one = heapq.heappop(heap)
            if done[one] or left != missing[one]:
                continue
            done[one] = True
            if one < count:
                order.append(one)
            for other in needed_by[one]:
                missing[other] -= 1
                if not done[other]:
                    heapq.heappush(heap, (missing[other], other))
    return order


def _parts(needed_by: list[list[int]]) -> list[list[int]]:
    """What hangs together, whoever needs whom; the part with the smallest number first."""
    root = list(range(len(needed_by)))
    for other, those in enumerate(needed_by):
        for one in those:
            a, b = sorted((_root(root, one), _root(root, other)))
            root[b] = a
    parts: dict[int, list[int]] = {}
    for one in range(len(root)):
        parts.setdefault(_root(root, one), []).append(one)
    return list(parts.values())


def _root(root: list[int], one: int) -> int:
    """The smallest number that a thing hangs together with, as far as known; shortens the way there."""
    while root[one] != one:
        root[one] = root[root[one]]
        one = root[one]
    return one
