"""Sizes -> bins of one capacity, as few as can be: best-fit decreasing.

    fit([60, 50, 40, 30], 100)   -> [0, 1, 0, 1], 2 bins

Largest first, each goes into the bin with the least room that is enough. The loop is compiled when it is
first needed, so that importing this module imports no compiler; `place` is also its plain-Python twin.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

from training.fim.vocabulary import Flags, Ints

Place = Callable[[Ints, Ints, Flags, Ints, Ints, Ints], int]


def fit(sizes: Ints, capacity: int, *, compiled: bool = True) -> tuple[Ints, int]:
    """The bin of each size, and how many bins there are.

    Takes 24 bytes for each size and up to 12 for each unit of capacity. Equal sizes keep their order, so that
    the same sizes give the same bins everywhere.

    Args:
        sizes: From 1 to `capacity`.
        capacity: Of every bin.
        compiled: Whether the compiled loop is used; it gives the same.
    """
    assert not len(sizes) or (sizes.min() >= 1 and sizes.max() <= capacity)
    leaves = 1 << capacity.bit_length()
    tree = np.zeros(2 * leaves, np.bool_)
    tree[0] = True
    newest = np.full(capacity + 1, -1, np.int64)
    older = np.full(len(sizes), -1, np.int64)
    bins = np.zeros(len(sizes), np.int64)
    order = np.argsort(-sizes, kind="stable")
    loop = _compiled() if compiled else place
    return bins, int(loop(sizes, order, tree, newest, older, bins))


def place(sizes: Ints, order: Ints, tree: Flags, newest: Ints, older: Ints, bins: Ints) -> int:
    """Write the bin of each size, and count bins.

    Bins with the same room are a list: `newest` of each room, `older` of each bin. Which rooms have bins is
    told by the leaves of a tree, and a node tells whether any leaf below it does, so that the least room that
    is enough is found in about as many steps as the capacity has bits.

    Args:
        sizes: From 1 to the capacity, which is the last index of `newest`.
        order: Which size is placed first, second, ...
        tree: Node n has children 2n and 2n + 1; the second half are leaves, one for each room. All False but
            node 0, which is none and ends the way up.
        newest: All -1.
        older: All -1.
        bins: Where the bin of each size is written.
    """
    leaves = len(tree) // 2
    count = 0
    for item in order:
        size = sizes[item]
        node = leaves + size
        while node > 1 and not tree[node]:
            node += 1
            node //= node & -node  # up to the largest subtree that begins there; 1 behind the last leaf
        if node == 1:
            chosen, room = count, len(newest) - 1
            count += 1
        else:
            while node < leaves:
                node = 2 * node if tree[2 * node] else 2 * node + 1
            room = node - leaves
            chosen = newest[room]
            newest[room] = older[chosen]
            tree[node] = newest[room] >= 0
            while node > 1:
                node //= 2
                tree[node] = tree[2 * node] or tree[2 * node + 1]
        bins[item] = chosen
        room -= size
        older[chosen] = newest[room]
        newest[room] = chosen
        node = leaves + room
        while not tree[node]:
            tree[node] = True
            node //= 2
    return count


@cache
def _compiled() -> Place:
    """The loop in machine code, cached on disk."""
    from numba import njit

    compiled: Place = njit(cache=True, nogil=True)(place)
    return compiled


def windows_of(bins: Ints, count: int) -> tuple[Ints, npt.NDArray[np.int64]]:
    """Items ordered by bin, and where each bin begins among them; one more than there are bins."""
    order = np.argsort(bins, kind="stable")
    starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(bins, minlength=count), out=starts[1:])
    return order, starts
