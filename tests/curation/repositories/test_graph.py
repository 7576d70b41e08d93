"""What is needed comes first, and a cycle is broken where the least is missing."""

from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon

from curation.repositories.graph import needed_first

COUNT = 12
PAIRS = st.lists(st.tuples(st.integers(0, COUNT - 1), st.integers(0, COUNT - 1)), max_size=40)


def test_what_is_needed_comes_first() -> None:
    """A chain is turned around, what is alone stays in its place, and equals go by number."""
    assert needed_first(3, [(0, 1), (1, 2)]) == [2, 1, 0]
    assert needed_first(4, [(0, 3)]) == [3, 0, 1, 2]
    assert needed_first(4, [(3, 0), (3, 1), (3, 2)]) == [0, 1, 2, 3]
    assert needed_first(0, []) == []


def test_what_hangs_together_stays_together() -> None:
    """Two chains are not mixed, though the beginnings of both need nothing."""
    assert needed_first(4, [(0, 2), (1, 3)]) == [2, 0, 3, 1]


def test_a_cycle_is_broken_where_the_least_is_missing() -> None:
    """When 3 is there, 1 and 2 miss one thing and 0 two; when 1 is there as well, 0 misses one."""
    assert needed_first(4, [(0, 1), (1, 2), (2, 0), (0, 2), (2, 3), (0, 3)]) == [3, 1, 0, 2]
    assert needed_first(2, [(0, 1), (1, 0)]) == [0, 1]


def test_hubs_pass_needs_on() -> None:
    """0 needs hub 3, which stands for 1 and 2; hubs are not in the result."""
    assert needed_first(3, [(0, 3), (3, 1), (3, 2)], hubs=1) == [1, 2, 0]
    assert needed_first(3, [(1, 3), (3, 1), (3, 2), (2, 0)], hubs=1) == [0, 2, 1]


@given(PAIRS)
def test_every_number_comes_once(pairs: list[tuple[int, int]]) -> None:
    """Whatever the needs, cycles and repetitions included."""
    assert sorted(needed_first(COUNT, pairs)) == list(range(COUNT))


@given(PAIRS, st.permutations(range(COUNT)))
def test_without_cycles_every_need_is_met(pairs: list[tuple[int, int]], names: list[int]) -> None:
    """Pairs that all point to smaller names, in any numbering, are all kept."""
    needs = [(names[max(pair)], names[min(pair)]) for pair in pairs if pair[0] != pair[1]]
    place = {number: at for at, number in enumerate(needed_first(COUNT, needs))}
    assert all(place[other] < place[one] for one, other in needs)


@given(PAIRS, st.randoms())
def test_the_order_of_pairs_does_not_matter(pairs: list[tuple[int, int]], draw: object) -> None:
    """Nor how often each is named."""
    turned = [*pairs, *pairs[::-1]]
    draw.shuffle(turned)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert needed_first(COUNT, turned) == needed_first(COUNT, pairs)


@given(PAIRS)
def test_the_next_is_always_one_with_the_fewest_missing(pairs: list[tuple[int, int]]) -> None:
    """The rule of the paper, looked at in every step within what hangs together."""
    needs = {one: {other for mine, other in pairs if mine == one != other} for one in range(COUNT)}
    order = needed_first(COUNT, pairs)
    part = {one: {one} for one in range(COUNT)}
    for one, other in pairs:
        joined = part[one] | part[other]
        for each in joined:
            part[each] = joined
    for at, one in enumerate(order):
        left = {other: len(needs[other] - set(order[:at])) for other in part[one] & set(order[at:])}
        assert left[one] == min(left.values())


def test_large_graphs_end_soon() -> None:
    """A chain of 100,000 in the worst order, a ring, and a star."""
    count = 100_000
    for pairs in (
        [(n, n + 1) for n in range(count - 1)],
        [(n, (n + 1) % count) for n in range(count)],
        [(n, 0) for n in range(1, count)],
        [(0, n) for n in range(1, count)],
    ):
        with ends_soon("ordering 100,000 things"):
            assert len(needed_first(count, pairs)) == count
