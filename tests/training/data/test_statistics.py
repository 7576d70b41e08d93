"""What windows are made of, in figures."""

import numpy as np
import pytest

from training.data.statistics import statistics_of
from training.data.windows import Segment, Window


def window(*segments: Segment, padding: int, lost: int = 0) -> Window:
    """A window of these segments."""
    return Window(0, 0, np.arange(segments[-1].end + padding), segments, padding, lost)


WINDOWS = (
    window(
        Segment(0, 0, 8, 0, 12, "psm", 1, (), ()),
        Segment(1, 0, 5, 12, 18, "plain", 0, (), ("short",)),
        padding=2,
    ),
    window(
        Segment(2, 0, 9, 0, 18, "mixed", 3, (), ("no_room", "short")),
        Segment(3, 0, 1, 18, 19, "plain", 0, (), ()),
        padding=1,
    ),
)


def test_counts_and_shares() -> None:
    """Counts are added up over windows, and shares are of what they say."""
    found = statistics_of(WINDOWS, isolate=True).as_json()
    counts = {"windows", "tokens", "content", "padding", "segments", "gaps"}
    assert {name: found[name] for name in counts} == {
        "windows": 2, "tokens": 40, "content": 23, "padding": 3, "segments": 4, "gaps": 4
    }  # fmt: skip
    assert found["not_cut"] == {"no_room": 1, "short": 2}
    assert (found["plain"], found["psm"], found["spm"], found["mixed"]) == (0.5, 0.25, 0.0, 0.25)
    assert (found["fill"], found["waste"]) == (pytest.approx(37 / 40), 3 / 40)
    assert found["not_cut_share"] == 3 / 7
    assert found["targets"] == 11 + 5 + 17 + 0
    assert found["target_share"] == 33 / 40
    assert found["lost"] == 0


def test_targets_are_those_of_the_sample() -> None:
    """Without isolation, only the first id of a window and the padding are no targets."""
    assert statistics_of(WINDOWS, isolate=False).targets == 17 + 18
    assert statistics_of(WINDOWS, isolate=False, padding_counts=True).targets == 19 + 19


def test_what_was_cut_off_is_counted() -> None:
    """Tokens that the published way loses are counted."""
    cut = window(Segment(0, 0, 8, 0, 12, "psm", 1, (), ()), padding=0, lost=5)
    assert statistics_of([cut, cut], isolate=False).lost == 10


def test_nothing_has_no_share() -> None:
    """Over no windows all is 0 and nothing is divided by it."""
    found = statistics_of([], isolate=True).as_json()
    assert (found["windows"], found["fill"], found["not_cut_share"]) == (0, 1.0, 0.0)
