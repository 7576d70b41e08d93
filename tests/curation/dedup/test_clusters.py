"""Who is kept and for whom the others are dropped equals the twin's, in memory and streamed."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from near_hash_twin import uncompiled
from near_twin import Edge, components, star
from patience import ends_soon

from curation.dedup import clusters
from curation.dedup.tokens import Hashes

Graph = tuple[int, list[Edge], list[int]]
"""Documents, pairs with their similarity, policy keys."""
TRIANGLE: Graph = (3, [(0, 1, 0.75), (1, 2, 0.875), (0, 2, 0.5)], [2, 1, 3])


@st.composite
def graphs(draw: st.DrawFn, *, ties: bool = False) -> Graph:
    """Random pairs of up to 14 documents; similarities are exact in 32 bits, and all different or few."""
    n = draw(st.integers(1, 14))
    every = [(a, b) for b in range(n) for a in range(b)]
    pairs = draw(st.lists(st.sampled_from(every), unique=True, max_size=40)) if every else []
    steps = [draw(st.integers(0, 1)) if ties else place for place in range(len(pairs))]
    shuffled = draw(st.permutations(steps))
    policy = draw(st.lists(st.integers(0, 3 if ties else 1000), min_size=n, max_size=n))
    edges = [(a, b, 0.5 + step / 128) for (a, b), step in zip(pairs, shuffled, strict=True)]
    return n, edges, policy


def order_of(policy: list[int]) -> list[int]:
    """Documents, best first."""
    return sorted(range(len(policy)), key=lambda n: (policy[n], n))


def edges_of(pairs: list[Edge], policy: list[int]) -> clusters.Edges:
    """Pairs as the functions take them."""
    keys = np.array(policy, np.uint64)
    first, second = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    similar = [pair[2] for pair in pairs]
    return clusters.orient(first, second, (keys[first], keys[second]), similar)


def assigned(graph: Graph, cluster: clusters.Cluster, pieces: int = 1) -> clusters.Assignment:
    """What `assign` decides, edges and policy keys given in so many pieces."""
    n, pairs, policy = graph
    edges, keys = edges_of(pairs, policy), np.array(policy, np.uint64)
    into = clusters.Assignment(np.empty(n, np.uint32), np.empty(n, np.float32), np.empty(n, np.uint32))

    def stream() -> Iterator[clusters.Edges]:
        yield from np.array_split(edges, pieces)

    def policies() -> Iterator[Hashes]:
        yield from np.array_split(keys, pieces)

    clusters.assign(cluster, stream, policies, into)
    return into


def as_twin(into: clusters.Assignment) -> list[tuple[int, float]]:
    """Keeper and similarity of every document."""
    return list(zip(into.keeper.tolist(), into.jaccard.tolist(), strict=True))


def check_promises(graph: Graph, into: clusters.Assignment) -> None:
    """What holds for stars whatever the ties."""
    n, pairs, _ = graph
    near = {frozenset(pair[:2]): pair[2] for pair in pairs}
    kept = {document for document in range(n) if into.keeper[document] == document}
    assert not any(pair <= kept for pair in near)
    for document in set(range(n)) - kept:
        keeper = int(into.keeper[document])
        assert keeper in kept
        assert near[frozenset((document, keeper))] == into.jaccard[document]
    assert into.size.sum() == n
    assert into.size.tolist() == np.bincount(into.keeper, minlength=n).tolist()


@given(graphs(), st.integers(1, 5))
def test_stars_equal_the_twin(graph: Graph, pieces: int) -> None:
    """A document is kept unless a better kept one is near it; the nearest of these is its keeper."""
    n, pairs, policy = graph
    into = assigned(graph, "star", pieces)
    assert as_twin(into) == star(n, pairs, order_of(policy), 0.5)
    check_promises(graph, into)


@given(graphs(ties=True))
def test_ties_go_to_the_lower_number(graph: Graph) -> None:
    """With equal policies the lower number is better; of equally near keepers, the lowest number is taken."""
    n, pairs, policy = graph
    order = order_of(policy)
    into = assigned(graph, "star")
    expected = star(n, pairs, order, 0.5)
    near = {frozenset(pair[:2]): pair[2] for pair in pairs}
    kept = [document for document, (keeper, _) in enumerate(expected) if keeper == document]
    for document, (keeper, similar) in enumerate(expected):
        equal = [
            other
            for other in kept
            if near.get(frozenset((document, other))) == similar
            and order.index(other) < order.index(document)
        ]
        assert into.keeper[document] == (min(equal) if keeper != document else document)
        assert into.jaccard[document] == similar
    check_promises(graph, into)


@pytest.mark.parametrize("at_once", [0, 3])
def test_streamed_equals_in_memory(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With memory for none or three undecided pairs the decisions are the same as with memory for all."""

    @given(graphs(), st.integers(1, 5))
    def check(graph: Graph, pieces: int) -> None:
        with monkeypatch.context() as patch:
            whole = assigned(graph, "star", pieces)
            patch.setattr(clusters, "SETTLED_AT_ONCE", at_once)
            assert as_twin(assigned(graph, "star", pieces)) == as_twin(whole)

    check()


@given(graphs(ties=True), st.integers(1, 5))
def test_components_equal_the_twin(graph: Graph, pieces: int) -> None:
    """Whatever a chain of pairs joins is one cluster; its best document by policy stays."""
    n, pairs, policy = graph
    into = assigned(graph, "components", pieces)
    assert into.keeper.tolist() == components(n, pairs, order_of(policy))
    near = {frozenset(pair[:2]): pair[2] for pair in pairs}
    for document, keeper in enumerate(into.keeper.tolist()):
        expected = 1.0 if keeper == document else near.get(frozenset((document, keeper)), float("nan"))
        assert into.jaccard[document] == pytest.approx(expected, nan_ok=True)
    assert into.size.tolist() == np.bincount(into.keeper, minlength=n).tolist()


@given(graphs())
def test_the_order_of_pairs_does_not_matter(graph: Graph) -> None:
    """Backwards or twice: the same pairs give the same clusters."""
    n, pairs, policy = graph
    for cluster in ("star", "components"):
        one = assigned(graph, cluster)
        other = assigned((n, pairs[::-1] + pairs, policy), cluster)
        assert one.keeper.tolist() == other.keeper.tolist()
        assert one.size.tolist() == other.size.tolist()


def test_a_chain_in_stars_and_components() -> None:
    """a-b-c: the star drops b for a and keeps c; the component drops both, c with an unknown similarity."""
    graph: Graph = (3, [(0, 1, 0.75), (1, 2, 0.75)], [1, 2, 3])
    stars, joined = assigned(graph, "star"), assigned(graph, "components")
    assert as_twin(stars) == [(0, 1.0), (0, 0.75), (2, 1.0)]
    assert stars.size.tolist() == [2, 0, 1]
    assert joined.keeper.tolist() == [0, 0, 0]
    assert joined.jaccard[:2].tolist() == [1.0, 0.75]
    assert np.isnan(joined.jaccard[2])


def test_a_pair_leads_from_the_better_document_to_the_worse() -> None:
    """The lower policy key is better, then the lower number, however the pair is given."""
    edges = edges_of([(0, 1, 0.5), (1, 0, 0.5), (0, 2, 0.75)], [7, 5, 7])
    assert edges["better"].tolist() == [1, 1, 0]
    assert edges["worse"].tolist() == [0, 0, 2]
    assert edges["jaccard"].tolist() == [0.5, 0.5, 0.75]


@pytest.mark.parametrize("at_once", [0, 1 << 20])
@pytest.mark.parametrize("cluster", ["star", "components"])
def test_no_pairs(cluster: clusters.Cluster, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a pair every document is kept; there may be none at all."""
    monkeypatch.setattr(clusters, "SETTLED_AT_ONCE", at_once)
    assert as_twin(assigned((3, [], [0, 0, 0]), cluster)) == [(0, 1.0), (1, 1.0), (2, 1.0)]
    assert as_twin(assigned((0, [], []), cluster)) == []


def chain(n: int) -> tuple[clusters.Edges, Hashes]:
    """Documents that are each near the next one, in the worst order for a walk: far ends first."""
    policy = np.arange(n, dtype=np.uint64)
    first = np.arange(n - 1)[::-1]
    return clusters.orient(first, first + 1, (policy[first], policy[first + 1]), 0.9), policy


def test_long_chains_settle() -> None:
    """A chain of a million documents: every second one is kept by stars, one by components."""
    n = 1_000_000
    edges, policy = chain(n)
    into = clusters.Assignment(np.empty(n, np.uint32), np.empty(n, np.float32), np.empty(n, np.uint32))
    expected: dict[clusters.Cluster, int] = {"star": n // 2, "components": 1}
    for cluster, kept in expected.items():
        clusters.assign(cluster, lambda: [edges[:10]], lambda: [policy], into)  # compiles
        with ends_soon(f"clustering a chain by {cluster}"):
            clusters.assign(cluster, lambda: [edges], lambda: [policy], into)
        assert np.count_nonzero(into.keeper == np.arange(n)) == kept
        assert into.size.sum() == n


def test_a_streamed_star_reads_the_pairs_again_only_while_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One reading when all undecided pairs fit; two more for every round in which they do not."""
    hub, policy = np.arange(1, 1000), np.arange(1000, dtype=np.uint64)
    edges = clusters.orient(np.zeros(999, np.int64), hub, (policy[:1].repeat(999), policy[hub]), 0.9)
    readings = []

    def stream() -> list[clusters.Edges]:
        readings.append(1)
        return [edges[:500], edges[500:]]

    for at_once, expected in ((999, 1), (998, 4)):
        readings.clear()
        monkeypatch.setattr(clusters, "SETTLED_AT_ONCE", at_once)
        state = clusters.star(1000, stream)
        assert (state == clusters.KEPT).tolist() == [True, *[False] * 999]
        assert len(readings) == expected


def test_uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernels mean the same as plain Python as when they are compiled, streamed too."""
    for cluster in ("star", "components"):
        compiled = assigned(TRIANGLE, cluster)
        for at_once in (0, 100):
            with uncompiled(monkeypatch), monkeypatch.context() as patch:
                patch.setattr(clusters, "SETTLED_AT_ONCE", at_once)
                plain = assigned(TRIANGLE, cluster)
            assert as_twin(plain) == as_twin(compiled) == [(1, 0.75), (1, 1.0), (1, 0.875)]
