"""Gaps and padding of windows are counted where the batch is."""

from typing import Any

import numpy as np
import pytest
from tiny import tiny_tokenizer

from training.tokenizer.load import load_coder
from training.tokenizer.specials import Specials
from training.train.counting import counter

IGNORED = -100


@pytest.fixture(scope="module")
def specials(tmp_path_factory: pytest.TempPathFactory) -> Specials:
    return load_coder(tiny_tokenizer("starcoder2", tmp_path_factory.mktemp("tokenizer"), 512)).specials


def batch(specials: Specials, *rows: str) -> dict[str, Any]:
    """Windows spelled by letters: p, m, s and e are special tokens, B begins a piece, . is padding."""
    import torch

    ids = {"m": specials.middle, "e": specials.end, ".": specials.end}
    tokens = np.array([[ids.get(letter, 400) for letter in row] for row in rows])
    labels = tokens.copy()
    positions = np.ones_like(tokens)
    for number, row in enumerate(rows):
        for place, letter in enumerate(row):
            if letter in "B." or place == 0:
                labels[number, place] = IGNORED
                positions[number, place] = letter == "." and row[place - 1 : place] == "."
    whole = {"input_ids": tokens, "labels": labels, "position_ids": positions}
    return {name: torch.from_numpy(values) for name, values in whole.items()}


@pytest.mark.parametrize(
    ("rows", "with_gap", "pieces", "padding"),
    [
        (["BbceBbce"], 0, 2, 0),
        (["BsmabeBb", "Bbceabe."], 1, 3, 1),
        (["BasmceBe", "Bsambe.."], 2, 3, 2),
        (["BbcdBbcd"], 0, 2, 0),
        (["........"], 0, 0, 8),
        (["BbcdefBg", "Bbce...."], 0, 3, 4),
    ],
)
def test_windows_are_counted(
    specials: Specials, rows: list[str], with_gap: int, pieces: int, padding: int
) -> None:
    """Gaps by their middle, pieces by their beginning, padding by what has no target after it."""
    counted = counter(specials, 8)(batch(specials, *rows))
    found = {name: int(value) for name, value in counted.items()}
    assert found == {"with_gap": with_gap, "pieces": pieces, "padding": padding, "slots": 8 * len(rows)}


def test_one_row_of_windows_is_the_same(specials: Specials) -> None:
    """Flash attention gets all windows of a micro-batch one after the other."""
    made = batch(specials, "BsmabeBb", "Bbceabe.")
    count = counter(specials, 8)
    flat = {name: values.reshape(1, -1) for name, values in made.items()}
    one, other = ({name: int(value) for name, value in count(form).items()} for form in (flat, made))
    assert one == other


@pytest.mark.parametrize(
    ("rows", "with_gap", "pieces"),
    [
        (["abceabce", "abceabcd"], 0, 4),
        (["abceabe.", "abcdabc."], 0, 3),
        (["abmcefme", "pmcemmbe"], 4, 4),
    ],
)
def test_pieces_without_positions_are_told_by_their_ends(
    specials: Specials, rows: list[str], with_gap: int, pieces: int
) -> None:
    """Where documents see each other: whether they end in the window, go on behind it, or end in padding."""
    counted = counter(specials, 8, isolate=False)(batch(specials, *rows))
    assert (int(counted["with_gap"]), int(counted["pieces"])) == (with_gap, pieces)


def test_a_repository_with_several_gaps_is_one_piece(specials: Specials) -> None:
    """So that the share is one of pieces, at most 1."""
    counted = counter(specials, 8)(batch(specials, "BmambmeB", "BabeBmme"))
    assert (int(counted["with_gap"]), int(counted["pieces"])) == (2, 3)
