"""Attention takes what its kernel takes."""

import pytest

from training.model.settings import Attention
from training.plan.attention import MASK, Heads, attend
from training.plan.operations import Math
from training.plan.tape import Tape, backward, leaf

BATCH, LENGTH, HEADS, KEYS, WIDTH = 2, 64, 4, 2, 8
Q = BATCH * LENGTH * HEADS * WIDTH * 2
"""Bytes of all queries in bf16."""
STATISTICS = BATCH * LENGTH * HEADS * 4
MASK_BYTES = BATCH * LENGTH * LENGTH


def kept(
    kernel: Attention = "sdpa",
    *,
    masked: bool = False,
    cuda: bool = True,
    keys: int = KEYS,
    dropout: float = 0.0,
    autocast: int = 0,
) -> tuple[int, int]:
    """Bytes that attention keeps, its output too, and those of its mask among them."""
    tape = Tape()
    math = Math(tape, cuda=cuda, autocast=autocast)
    sizes = Heads(kernel, BATCH, LENGTH, HEADS, keys, WIDTH, dropout)
    width = 4 if autocast else 2
    many = BATCH * LENGTH * WIDTH
    inputs = [math.new(many * count, width) for count in (HEADS, keys, keys)]
    for one in inputs:
        one.node = leaf(lambda _gradients, _kept: [])
    mask = math.new(MASK_BYTES, 1, MASK) if masked else None
    out = attend(math, sizes, inputs[0], inputs[1], inputs[2], mask)
    del inputs, one, mask
    found = tape.now, tape.live[MASK]
    backward(out, math.new(out.elements, out.width))
    assert tape.now == out.storage.size
    return found


@pytest.mark.parametrize("kernel", ["sdpa", "flash_attention_2"])
def test_without_a_mask_no_pairs_of_tokens_are_kept(kernel: Attention) -> None:
    """Queries, keys, values, output and one number of each row."""
    assert kept(kernel) == (Q + 2 * Q * KEYS // HEADS + Q + STATISTICS, 0)


def test_a_mask_is_kept_in_the_precision_of_the_computation_and_keys_for_every_head() -> None:
    """So each layer keeps two bytes for each pair of tokens of a window, not for each head."""
    assert kept(masked=True) == (4 * Q + STATISTICS + 2 * MASK_BYTES, 2 * MASK_BYTES)


def test_one_head_of_keys_is_repeated_without_a_copy() -> None:
    """StarCoder's keys and values are views."""
    assert kept(masked=True, keys=1)[0] == 2 * Q + 2 * Q // HEADS + STATISTICS + 2 * MASK_BYTES


def test_flash_attention_2_takes_no_mask() -> None:
    """It is told where documents end."""
    assert kept("flash_attention_2", masked=True) == kept("flash_attention_2")


def test_autocast_keeps_inputs_in_the_lower_precision() -> None:
    """fp32 queries are not kept."""
    assert kept(autocast=2) == kept()


@pytest.mark.parametrize(
    ("kernel", "cuda", "dropout"), [("eager", True, 0.0), ("sdpa", False, 0.1), ("eager", False, 0.1)]
)
def test_without_a_kernel_all_pairs_of_tokens_are_kept(kernel: Attention, cuda: bool, dropout: float) -> None:
    """Eager attention, and dropout on a CPU: several numbers for each pair and head."""
    pairs = BATCH * HEADS * LENGTH * LENGTH
    assert kept(kernel, cuda=cuda, dropout=dropout)[0] > 4 * pairs


def test_dropout_has_a_kernel_on_a_gpu() -> None:
    """It draws again on the way back."""
    assert kept(dropout=0.1) == kept()
