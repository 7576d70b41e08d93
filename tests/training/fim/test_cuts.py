"""Where a gap begins and ends."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_tokens import TEXTS

from training.fim.cuts import Cut, cut
from training.fim.measure import Measured
from training.fim.vocabulary import Vocabulary, as_ids
from training.tokenizer.coder import Coder

DRAW = st.floats(0, 1, exclude_max=True)


@given(text=TEXTS, draws=st.tuples(DRAW, DRAW), kept=DRAW)
def test_gaps_are_within_what_may_be_cut(
    coder: Coder, vocabulary: Vocabulary, text: str, draws: tuple[float, float], kept: float
) -> None:
    """A gap begins behind what is kept, and ends neither before it begins nor behind the text."""
    first = int(kept * (len(text) + 1))
    wheres: tuple[Cut, ...] = ("character", "line")
    for where in wheres:
        begin, end = cut(Measured(as_ids(coder.encode(text)), vocabulary, coder), first, where, draws)
        assert first <= begin <= end <= len(text)


@given(text=TEXTS, draws=st.tuples(DRAW, DRAW))
def test_line_cuts_are_at_lines(
    coder: Coder, vocabulary: Vocabulary, text: str, draws: tuple[float, float]
) -> None:
    """With cuts at lines, a gap begins and ends where a line begins or the text ends."""
    for place in cut(Measured(as_ids(coder.encode(text)), vocabulary, coder), 0, "line", draws):
        assert place in {0, len(text)} or text[place - 1] == "\n"


@pytest.mark.parametrize(
    ("where", "first", "places"),
    [
        ("character", 0, [0, 1, 2, 3, 4, 5, 6]),
        ("character", 4, [4, 5, 6]),
        ("line", 0, [0, 2, 4, 6]),
        ("line", 3, [3, 4, 6]),
    ],
)
def test_every_place_is_as_likely_as_the_others(
    coder: Coder, vocabulary: Vocabulary, where: Cut, first: int, places: list[int]
) -> None:
    """Both ends are drawn alike from all places, the first and the last included."""
    run = Measured(as_ids(coder.encode("a\nb\ncd")), vocabulary, coder)
    found = Counter[tuple[int, int]]()
    grid = (np.arange(84) + 0.5) / 84
    for one in grid:
        found.update(cut(run, first, where, (one, other)) for other in grid)
    once = (84 // len(places)) ** 2
    expected = {(a, b): once if a == b else 2 * once for a in places for b in places if a <= b}
    assert found == expected


def test_a_special_token_is_never_cut(coder: Coder, vocabulary: Vocabulary) -> None:
    """The places of a text with special tokens are around them."""
    run = Measured(as_ids([vocabulary.specials.end, *coder.encode("a")]), vocabulary, coder)
    assert {cut(run, 0, "character", (draw, draw))[0] for draw in (0, 0.4, 0.9)} == {0, 1, 2}
