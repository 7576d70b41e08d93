"""The encoder that is several times as fast, and the texts that it must not see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.tokenizer.convert import Converted, symbol_of_byte
from training.tokenizer.fast import BLOCK, FastEncoder, too_much_space

RANKS = {bytes([byte]): byte for byte in range(256)} | {b"ab": 256, b"abc": 257}


def test_ranks_are_joined_in_their_order() -> None:
    """The pair that was merged first when the tokenizer was trained is joined first."""
    encoder = FastEncoder(Converted(r"\w+|\W", RANKS, None))
    assert encoder.encode("abc ab cab") == [257, 32, 256, 32, 99, 256]
    assert encoder.token(b"abc") == 257


def test_ranks_become_ids() -> None:
    """Where ids are in another order, they are looked up."""
    ids = [1000 - rank for rank in range(258)]
    encoder = FastEncoder(Converted(r"\w+|\W", RANKS, ids))
    assert encoder.encode("abc a") == [743, 968, 903]
    assert encoder.token(b"ab") == 744


@pytest.mark.parametrize("space", [" ", "\n", "\t ", "\r\n", "\u3000", "\u00a0"])
@given(before=st.integers(0, 2 * BLOCK), more=st.integers(0, 100))
def test_a_long_run_of_white_space_is_always_told(space: str, before: int, more: int) -> None:
    """Wherever it begins, and of whatever it is made."""
    run = (space * (2 * BLOCK))[: 2 * BLOCK + more]
    assert too_much_space("x" * before + run + "x")


@given(before=st.integers(0, 2 * BLOCK))
def test_a_run_of_less_than_a_block_is_never_told(before: int) -> None:
    """Ordinary texts are encoded fast."""
    assert not too_much_space("x" * before + " " * (BLOCK - 1) + "x" * BLOCK)


def test_the_limit_is_far_from_where_tiktoken_gives_up() -> None:
    """The longest run that can pass is encoded without a panic, in every place where it may stand."""
    ranks = {content: rank for rank, content in enumerate(bytes([byte]) for byte in range(256))}
    assert len(symbol_of_byte()) == len(ranks)
    from training.tokenizer.convert import SINGLE_DIGITS

    encoder = FastEncoder(Converted(SINGLE_DIGITS, ranks, None))
    run = " \n" * BLOCK
    for text in (run, f"{run}x", f"{run}1", f"x{run}", f"{run}é{run}"):
        assert bytes(encoder.encode(text)).decode() == text
