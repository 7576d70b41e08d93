"""What the model sees of a window."""

import numpy as np
import pytest

from training.data.windows import IGNORED, Segment, Window, sample

SEGMENTS = (
    Segment(3, 0, 3, 0, 4, "plain", 0, (), ()),
    Segment(1, 5, 6, 4, 5, "plain", 0, (), ()),
    Segment(2, 0, 2, 5, 8, "plain", 0, (), ()),
)
"""Three segments of four, one and three ids."""


def window(padding: int) -> Window:
    """Ids 10, 11, ... and zeros as padding."""
    ids = np.concatenate([np.arange(10, 18), np.zeros(padding, np.int64)])
    return Window(0, 0, ids, SEGMENTS, padding, 0)


def test_isolated_documents_begin_anew() -> None:
    """Positions begin with 0 in each segment and in the padding; beginnings and padding are no targets."""
    seen = sample(window(2), isolate=True)
    assert seen["input_ids"].tolist() == [10, 11, 12, 13, 14, 15, 16, 17, 0, 0]
    assert seen["position_ids"].tolist() == [0, 1, 2, 3, 0, 0, 1, 2, 0, 1]
    x = IGNORED
    assert seen["labels"].tolist() == [x, 11, 12, 13, x, x, 16, 17, x, x]


def test_a_full_window_has_no_padding() -> None:
    """Without padding nothing is begun behind the last segment."""
    seen = sample(window(0), isolate=True)
    assert seen["position_ids"].tolist() == [0, 1, 2, 3, 0, 0, 1, 2]
    assert seen["labels"].tolist()[-3:] == [IGNORED, 16, 17]


@pytest.mark.parametrize("padding", [0, 2])
def test_without_isolation_positions_run_through(padding: int) -> None:
    """If all that comes before is seen, positions count the window, and only padding is no target."""
    seen = sample(window(padding), isolate=False)
    assert seen["position_ids"].tolist() == list(range(8 + padding))
    assert seen["labels"].tolist() == [*range(10, 18), *[IGNORED] * padding]


def test_padding_may_be_predicted() -> None:
    """As published, padding is a target, and belongs to the last segment."""
    seen = sample(window(2), isolate=True, padding_counts=True)
    assert seen["position_ids"].tolist() == [0, 1, 2, 3, 0, 0, 1, 2, 3, 4]
    assert seen["labels"].tolist()[-3:] == [17, 0, 0]


def test_the_window_itself_stays() -> None:
    """Labels are a copy: what the model reads still has the tokens that it does not predict."""
    one = window(2)
    seen = sample(one, isolate=True)
    assert all(array.dtype == np.int64 for array in (seen["input_ids"], seen["position_ids"], seen["labels"]))
    assert one.ids.tolist()[0] == 10
