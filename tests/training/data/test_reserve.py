"""What is kept free in a window."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.reserve import DEVIATIONS, GAP_TOKENS, WINDOW_TOKENS, Reserve
from training.fim.settings import FimSettings


def test_without_gaps_only_the_end_of_the_document_is_kept() -> None:
    """With rate 0 a piece may fill a window but for the end of its document."""
    reserve = Reserve.of(2048, FimSettings(rate=0))
    assert (reserve.capacity, reserve.limit, reserve.more_for(9)) == (2048, 2047, 0)


@pytest.mark.parametrize(("rate", "piece"), [(0.5, 3), (1.0, 5), (0.1, 1)])
def test_with_gaps_some_tokens_are_kept(rate: float, piece: int) -> None:
    """Room is kept for the window, for the gap that a piece has on average, and for the document's end."""
    reserve = Reserve.of(2048, FimSettings(rate=rate))
    assert reserve.capacity == 2048 - WINDOW_TOKENS
    assert reserve.limit == 2048 - WINDOW_TOKENS - piece - 1


@given(
    length=st.integers(32, 1 << 20),
    files=st.integers(0, 5000),
    rate=st.floats(0, 1),
    other=st.floats(0, 1),
)
def test_what_is_kept_never_takes_a_window(length: int, files: int, rate: float, other: float) -> None:
    """Whatever the settings, a piece of half a window or so has place, and what is kept is not negative."""
    reserve = Reserve.of(length, FimSettings(rate=rate, fragment_rate=other))
    assert reserve.limit >= 18
    assert 0 <= reserve.more_for(files) <= reserve.limit // 2


@pytest.mark.parametrize(
    ("files", "rate", "fragment_rate", "kept"),
    [
        (0, 0.5, 0.5, 0),
        (1, 0.5, 0.5, 0),
        (2, 1.0, 1.0, GAP_TOKENS * 2),
        (16, 0.5, 0.5, GAP_TOKENS * (8 + DEVIATIONS * 2) - WINDOW_TOKENS),
        (20, 0.5, 1.0, GAP_TOKENS * 20 - WINDOW_TOKENS),
    ],
)
def test_repositories_keep_more(files: int, rate: float, fragment_rate: float, kept: int) -> None:
    """For files of a repository: the average, or twice the deviation above that of those that are drawn."""
    reserve = Reserve.of(8192, FimSettings(rate=rate, fragment_rate=fragment_rate))
    assert reserve.more_for(files) == max(0, kept - reserve.piece)
