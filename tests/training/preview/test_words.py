"""Figures and segments in words."""

from typing import Any, get_args

import numpy as np
import pytest

from training.data.windows import Segment, SegmentOrder, Window
from training.fim.permute import Reason
from training.preview.view import SegmentView, WindowView
from training.preview.words import (
    ORDERS,
    REASONS,
    measured,
    order_of,
    reasons,
    rows,
    segment_line,
    window_line,
)
from training.tokenise.store import Document

FIGURES: dict[str, Any] = {
    "estimated": False,
    "windows": 5120,
    "tokens": 2_560_000,
    "documents": 21_662,
    "sequence_length": 512,
    "batch": 16,
    "steps_per_epoch": 320.0,
    "epochs": 0.09375,
    "measured_windows": 200,
    "fill": 0.985,
    "waste": 0.015,
    "segments_per_window": 2.34,
    "fim_share": 0.5,
    "psm": 0.25,
    "spm": 0.2,
    "mixed": 0.05,
    "target_share": 0.97,
    "bytes_per_token": 3.456,
    "tokens_per_byte": 0.289,
    "vocabulary": 49152,
    "lost": 0,
    "not_cut": {"short": 3, "no_room": 12},
    "not_cut_share": 0.05,
}


def shown(**changes: Any) -> str:
    return "\n".join("  ".join(row) for row in rows({**FIGURES, **changes}))


def segment(**changes: Any) -> SegmentView:
    values = {"document": 7, "first": 0, "last": 90, "start": 0, "end": 96, "order": "plain", "gaps": 0}
    made = Segment(**{**values, "parts": (), "plain": (), **changes})
    return SegmentView(made, Document("000000-00000004", "code", "Python", "octo/\u202ehello"), 90, ())


@pytest.mark.parametrize(
    "words",
    [
        "windows in an epoch  5,120  of 512 tokens: 2,560,000 tokens of 21,662 documents",
        "steps in an epoch  320  of 16 windows; the run sees the corpus 0.0938 times",
        "fill  98.50%  1.50% of the tokens are padding",
        "pieces in a window  2.3",
        "pieces with gaps  50.0%  PSM 25.0%, SPM 20.0%, both 5.0%",
        "targets  97.00%",
        "bytes per token  3.46  0.289 tokens per byte, 49,152 entries",
    ],
)
def test_each_figure_has_a_line(words: str) -> None:
    """With its unit, and what it means."""
    assert words in shown()


def test_an_estimate_is_said_to_be_one() -> None:
    """And what is cut off by the published way to pack is told where it happens."""
    assert "windows in an epoch  about 5,120" in shown(estimated=True)
    assert "steps in an epoch  12.5" in shown(steps_per_epoch=12.5)
    assert "steps in an epoch  0.0234" in shown(steps_per_epoch=12 / 512)
    assert "tokens cut off  9  at the ends of windows (fim.megatron)" in shown(lost=9)
    assert "cut off" not in shown()
    assert measured(FIGURES, "Few were read.") == "Shares are measured on 200 windows. Few were read."


def test_reasons_come_with_what_they_mean_most_frequent_first() -> None:
    """Every reason that there is has words."""
    assert reasons(FIGURES) == [
        ("no room", 12, "the gap would have made the window too long"),
        ("short", 3, "fewer characters than fim.min_characters"),
    ]
    assert {*REASONS} == {*get_args(Reason)}
    assert {*ORDERS} == {*get_args(SegmentOrder)}


def test_a_segment_says_what_it_is_of() -> None:
    """Names are made visible; a piece says which one it is."""
    assert segment_line(segment()) == (
        "Python · octo/⟨U+202E⟩hello · 000000-00000004 · document 7 · all 90 tokens"
    )
    assert segment_line(segment(first=10)).endswith("tokens 10 to 90 of 90")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "no gap"),
        ({"order": "psm", "gaps": 1}, "PSM"),
        ({"order": "mixed", "gaps": 3}, "PSM and SPM, 3 gaps"),
        ({"plain": ("short", "short", "no_room")}, "no gap (drawn, but short, no room)"),
    ],
)
def test_an_order_says_why_there_is_no_gap(changes: dict[str, Any], words: str) -> None:
    """What was drawn and not cut is told, each reason once."""
    assert order_of(segment(**changes)) == words


def test_a_window_says_what_it_holds() -> None:
    """Tokens, pieces, targets and padding, and where it is from."""
    window = Window(3, 1, np.zeros(512, np.int64), (), 12, 5)
    view = WindowView(20, window, 498, (segment(),), 0)
    assert window_line(view) == (
        "512 tokens · 1 piece · 498 targets · 12 padding · 5 cut off · number 3 of the plan, epoch 2"
    )
