"""Verified pairs -> who is kept, and for whom every other document is dropped.

    pairs a-b and b-c, policy order a, b, c   star:        b is dropped for a, c is kept
                                              components:  b and c are dropped for a

Star clusters (the default) take documents in policy order: one is kept unless a kept document before it is
similar to it; it is then dropped for the kept neighbour that is most like it. So nothing is dropped without
a kept document at or above the threshold, and no chain of pairs removes what is unlike all that is kept.
Plain connected components are there for comparison with tools that do nothing else.

Every pair is an edge from its better to its worse document by policy, so the graph has no cycles and the
kept set is unique, whatever the order of the edges. Edges come as a stream of arrays that is read several
times; memory is one byte per document and, for the last `SETTLED_AT_ONCE` undecided edges, 24 bytes each.
Components need thirteen
bytes per document, 13 GB for 10^9. The assignment of dropped documents lies in arrays that the
caller provides (memory-mapped files for large corpora). No text is read.
"""

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from curation.dedup.tokens import Hashes
from curation.kernels import Ints, kernel

Cluster = Literal["star", "components"]
EDGE = np.dtype([("better", "<u4"), ("worse", "<u4"), ("jaccard", "<f4")])
"""A verified pair: document numbers by policy, and Jaccard similarity."""
Edges = npt.NDArray[np.void]
States = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.uint32]
Similarities = npt.NDArray[np.float32]
EdgeStream = Callable[[], Iterable[Edges]]
"""Called for every reading of the edges."""

OPEN, KEPT, DROPPED, HELD = np.uint8(0), np.uint8(1), np.uint8(2), np.uint8(4)
"""States of a document; HELD is a mark on an open one that waits for a better neighbour."""
SETTLED_AT_ONCE = 32_000_000
"""Undecided edges that are settled in memory, at 24 bytes each."""


class Assignment(NamedTuple):
    """For whom each document is dropped; arrays of shape (documents,)."""

    keeper: Numbers
    """Number of the kept document; a kept document's own."""
    jaccard: Similarities
    """Similarity to the keeper, 1 for kept documents; NaN in components where the pair was not seen."""
    size: Numbers
    """Documents of the cluster, on its keeper's entry; 0 on those of dropped ones."""


def orient(
    first: Ints,
    second: Ints,
    policy: tuple[Hashes, Hashes],
    jaccard: npt.ArrayLike,
    behind: npt.NDArray[np.bool_] | None = None,
) -> Edges:
    """Edges from pairs: the better document is the one with the lower policy key, then the lower id.

    Args:
        first: Lower document numbers, shape (p,).
        second: Higher document numbers.
        policy: Policy keys of both.
        jaccard: Similarity of each pair.
        behind: Where the document of the lower number has the higher id; by default nowhere.
    """
    swap = policy[0] > policy[1]
    if behind is not None:
        swap |= (policy[0] == policy[1]) & behind
    edges = np.empty(len(first), EDGE)
    edges["better"] = np.where(swap, second, first)
    edges["worse"] = np.where(swap, first, second)
    edges["jaccard"] = jaccard
    return edges


@kernel
def _pass(better: Numbers, worse: Numbers, state: States) -> None:
    """Drop the worse neighbours of kept documents; hold those whose better neighbour is undecided."""
    for n in range(len(better)):
        over, under = state[better[n]], state[worse[n]]
        if under == DROPPED:
            continue
        if over == KEPT:
            state[worse[n]] = DROPPED
        elif over != DROPPED:
            state[worse[n]] = HELD


@kernel
def _decide(state: States) -> None:
    """Keep every open document that nothing holds, and open the held ones for the next pass."""
    for n in range(len(state)):
        if state[n] == OPEN:
            state[n] = KEPT
        elif state[n] == HELD:
            state[n] = OPEN


@kernel
def _settle(worse: Numbers, start: Ints, waits: Ints, dropped: States) -> None:
    """Decide everything by walking the edges from the best documents down.

    Args:
        worse: Local number of the worse document of each edge, edges sorted by the better one.
        start: First edge of each document, shape (n + 1,).
        waits: Edges that end at each document, shape (n,); used up.
        dropped: Set to 1 for documents that are dropped, shape (n,).
    """
    ready = np.empty(len(waits), np.int64)
    count = 0
    for n in range(len(waits)):
        if waits[n] == 0:
            ready[count] = n
            count += 1
    done = 0
    while done < count:
        document = ready[done]
        done += 1
        for edge in range(start[document], start[document + 1]):
            under = worse[edge]
            if not dropped[document]:
                dropped[under] = 1
            waits[under] -= 1
            if waits[under] == 0:
                ready[count] = under
                count += 1


def _undecided(edges: Edges, state: States) -> Edges:
    """Edges between two documents that are both undecided."""
    open_: Edges = edges[(state[edges["better"]] == OPEN) & (state[edges["worse"]] == OPEN)]
    return open_


def star(documents: int, edges: EdgeStream) -> States:
    """Which documents are kept: KEPT or DROPPED for each, shape (documents,).

    Args:
        documents: Number of documents.
        edges: The verified pairs; read once, and again while more than `SETTLED_AT_ONCE` are undecided.
    """
    state = np.zeros(documents, np.uint8)
    while True:
        rest: list[Edges] = []
        count = 0
        for chunk in edges():
            rest.append(_undecided(chunk, state))
            count += len(rest[-1])
            if count > SETTLED_AT_ONCE:
                break
        if count <= SETTLED_AT_ONCE:
            break
        rest.clear()
        for chunk in edges():
            _pass(chunk["better"], chunk["worse"], state)
        _decide(state)
        for chunk in edges():
            _drop_below_kept(chunk["better"], chunk["worse"], state)
    last = np.concatenate([np.empty(0, EDGE), *rest])
    nodes, local = np.unique(np.concatenate([last["better"], last["worse"]]), return_inverse=True)
    over, under = local[: len(last)], local[len(last) :]
    order = np.argsort(over, kind="stable")
    start = np.searchsorted(over[order], np.arange(len(nodes) + 1))
    waits = np.bincount(under, minlength=len(nodes)).astype(np.int64)
    dropped = np.zeros(len(nodes), np.uint8)
    _settle(under[order].astype(np.uint32), start, waits, dropped)
    state[nodes[dropped == 1]] = DROPPED
    state[state == OPEN] = KEPT
    return state


@kernel
def _drop_below_kept(better: Numbers, worse: Numbers, state: States) -> None:
    for n in range(len(better)):
        if state[better[n]] == KEPT and state[worse[n]] != KEPT:
            state[worse[n]] = DROPPED


@kernel
def _claim(
    better: Numbers, worse: Numbers, jaccard: Similarities, state: States, keeper: Numbers, best: Similarities
) -> None:
    """Give each dropped document to the most similar kept one; of equally similar ones to the lowest."""
    for n in range(len(better)):
        over, under = better[n], worse[n]
        if state[over] != KEPT or state[under] != DROPPED:
            continue
        if jaccard[n] > best[under] or (jaccard[n] == best[under] and over < keeper[under]):
            best[under] = jaccard[n]
            keeper[under] = over


@kernel
def _root(parent: Numbers, node: np.int64) -> np.int64:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = np.int64(parent[node])
    return node


@kernel
def _unite(better: Numbers, worse: Numbers, parent: Numbers) -> None:
    for n in range(len(better)):
        one, other = _root(parent, np.int64(better[n])), _root(parent, np.int64(worse[n]))
        if one < other:
            parent[other] = np.uint32(one)
        elif other < one:
            parent[one] = np.uint32(other)


@kernel
def _flatten(parent: Numbers) -> None:
    for n in range(len(parent)):
        parent[n] = np.uint32(_root(parent, np.int64(n)))


@kernel
def _elect(parent: Numbers, policy: Hashes, first: int, best: Numbers, lead: Hashes) -> None:
    """Remember, for each root, the document with the lowest policy key, then the lowest number."""
    for n in range(len(policy)):
        root = parent[first + n]
        if policy[n] < lead[root] or (policy[n] == lead[root] and np.uint32(first + n) < best[root]):
            lead[root] = policy[n]
            best[root] = np.uint32(first + n)


def components(
    documents: int, edges: EdgeStream, policy: Callable[[], Iterable[Hashes]], best: Numbers
) -> Numbers:
    """The keeper of every document, as connected components have it, shape (documents,).

    Args:
        documents: Number of documents.
        edges: The verified pairs.
        policy: Policy keys of all documents, in order of number, in pieces.
        best: Array of shape (documents,) to work in.
    """
    parent = np.arange(documents, dtype=np.uint32)
    for chunk in edges():
        _unite(chunk["better"], chunk["worse"], parent)
    _flatten(parent)
    lead = np.full(documents, np.iinfo(np.uint64).max, np.uint64)
    best[:] = np.iinfo(np.uint32).max
    first = 0
    for piece in policy():
        _elect(parent, piece, first, best, lead)
        first += len(piece)
    for start in range(0, documents, 1 << 24):
        part = slice(start, start + (1 << 24))
        parent[part] = best[parent[part]]
    return parent


def assign(
    cluster: Cluster,
    edges: EdgeStream,
    policy: Callable[[], Iterable[Hashes]],
    into: Assignment,
) -> None:
    """Decide every document and fill `into`.

    Args:
        cluster: Which clusters.
        edges: The verified pairs.
        policy: Policy keys of all documents, in order of number, in pieces; read for components only.
        into: Arrays of shape (documents,) to fill.
    """
    documents = len(into.keeper)
    into.jaccard[:] = -1.0
    into.keeper[:] = np.iinfo(np.uint32).max
    if cluster == "star":
        state = star(documents, edges)
    else:
        roots = components(documents, edges, policy, into.size)
        state = np.where(roots == np.arange(documents, dtype=np.uint32), KEPT, DROPPED)
    for chunk in edges():
        _claim(chunk["better"], chunk["worse"], chunk["jaccard"], state, into.keeper, into.jaccard)
    _finish(state, into, None if cluster == "star" else roots)


def _finish(state: States, into: Assignment, roots: Numbers | None) -> None:
    """Fill in the kept documents, and the sizes."""
    step = 1 << 24
    into.size[:] = 0
    for start in range(0, len(state), step):
        part = slice(start, start + step)
        own = np.arange(start, min(start + step, len(state)), dtype=np.uint32)
        kept = state[part] == KEPT
        if roots is not None:
            seen = into.keeper[part] == roots[part]
            into.jaccard[part] = np.where(seen, into.jaccard[part], np.float32(np.nan))
            into.keeper[part] = roots[part]
        into.keeper[part] = np.where(kept, own, into.keeper[part])
        into.jaccard[part] = np.where(kept, np.float32(1.0), into.jaccard[part])
        np.add.at(into.size, into.keeper[part], 1)
