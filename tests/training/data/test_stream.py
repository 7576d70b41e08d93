"""The published way: one stream of documents, cut into windows."""

from hypothesis import given
from hypothesis import strategies as st
from made_tokens import MadeSplit

from training.data.randomness import shuffled
from training.data.stream import laid_out


@given(
    lengths=st.lists(st.integers(0, 30), min_size=1, max_size=40),
    length=st.integers(1, 50),
    block=st.integers(1, 50),
)
def test_windows_are_slices_of_the_stream(lengths: list[int], length: int, block: int) -> None:
    """Documents with their ends, in shuffled order, one behind the other; each window is the next slice."""
    stream = [
        (document, token)
        for place in range(len(lengths))
        for document in [shuffled(place, len(lengths), 5, 0, "stream")]
        for token in range(lengths[document] + 1)
    ]
    windows = [
        [(document, token) for document, first, last in rows for token in range(first, last)]
        for one in laid_out(MadeSplit([[0] * many for many in lengths]), length, 5, block)
        for start, end in zip(one.starts[:-1].tolist(), one.starts[1:].tolist(), strict=True)
        for rows in [one.pieces[start:end].tolist()]
    ]
    whole = len(stream) // length
    assert windows == [stream[number * length : (number + 1) * length] for number in range(whole)]


def test_the_seed_decides_on_the_order() -> None:
    """Another seed is another order of documents."""
    split = MadeSplit([[0] * 9] * 20)
    orders = [
        [row[0] for one in laid_out(split, 10, seed, 7) for row in one.pieces.tolist()] for seed in (1, 2)
    ]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(20))
    assert orders[0] != orders[1]
