"""Each operation allocates and keeps what torch's does."""

from collections.abc import Callable

import pytest

from training.plan import operations
from training.plan.operations import Linear, Math
from training.plan.tape import Parameter, Tape, Tensor, backward, leaf

ROWS, INS, OUTS = 10, 8, 16


def weight(elements: int, width: int = 2, *, trained: bool = True) -> Parameter:
    """A weight; what takes its gradient forgets it."""
    found = Parameter(elements, width, trainable=trained)
    if trained:
        found.node = leaf(lambda _gradients, _kept: [])
    return found


def layer(*, trained: bool = True, width: int = 2, **more: object) -> Linear:
    """A linear layer with a bias."""
    matrix, bias = weight(INS * OUTS, width, trained=trained), weight(OUTS, width, trained=trained)
    return Linear(INS, OUTS, matrix, bias, **more)  # type: ignore[arg-type]


def remaining(
    operation: Callable[[Math, Tensor], Tensor], *, cuda: bool = True, autocast: int = 0, width: int = 2
) -> tuple[int, int]:
    """Bytes that stay beside the result when the input's name is gone, and those after the way back."""
    tape = Tape()
    x = tape.tensor(ROWS * INS, width, "in")
    x.node = leaf(lambda _gradients, _kept: [])
    math = Math(tape, cuda=cuda, autocast=autocast)
    out = operation(math, x)
    math.casts.clear()
    del x
    kept = tape.now - out.storage.size
    backward(out, tape.tensor(out.elements, out.width, "gradient"))
    return kept, tape.now - out.storage.size


X = ROWS * INS * 2
"""Bytes of the input in bf16."""


@pytest.mark.parametrize(
    ("name", "operation", "cuda", "kept"),
    [
        ("gelu keeps its input", operations.gelu, True, X),
        ("a sum keeps nothing", lambda math, x: operations.add(math, x, x), True, 0),
        ("dropout keeps a byte each", lambda math, x: operations.dropout(math, x, 0.1), True, X // 2),
        ("on a CPU a factor each", lambda math, x: operations.dropout(math, x, 0.1), False, X),
        ("a number times keeps nothing", operations.multiply, True, 0),
        ("a copy keeps nothing", operations.same_size, True, 0),
        ("a cast keeps nothing", lambda math, x: operations.cast(math, x, 4), True, 0),
        ("a trained layer keeps its input", lambda math, x: operations.product(math, x, layer()), True, X),
        (
            "a frozen layer keeps nothing",
            lambda math, x: operations.product(math, x, layer(trained=False)),
            True,
            0,
        ),
        (
            "in 4 bits it keeps nothing",
            lambda math, x: operations.linear(math, x, layer(trained=False, held="nf4")),
            True,
            0,
        ),
        (
            "in 8 bits its input",
            lambda math, x: operations.linear(math, x, layer(trained=False, held="8bit")),
            True,
            X,
        ),
        (
            "a norm keeps its input and two numbers of a row",
            lambda math, x: operations.norm(math, x, weight(INS), weight(INS)),
            True,
            X + 2 * ROWS * 4,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_operation_keeps_what_its_derivative_needs(
    name: str, operation: Callable[[Math, Tensor], Tensor], cuda: bool, kept: int
) -> None:
    """And nothing of it is left when it has run back."""
    assert remaining(operation, cuda=cuda) == (kept, 0), name


def test_no_dropout_is_no_operation() -> None:
    """A rate of 0 gives the same tensor."""
    tape = Tape()
    x = tape.tensor(4, 2, "in")
    assert operations.dropout(Math(tape, cuda=True), x, 0.0) is x
    assert operations.cast(Math(tape, cuda=True), x, 2) is x


def test_autocast_casts_inputs_and_trained_weights_and_keeps_both() -> None:
    """A weight is cast once in a pass, however often it is used; the result is in the lower precision."""
    tape = Tape()
    math = Math(tape, cuda=True, autocast=2)
    one = layer(width=4)
    x = tape.tensor(ROWS * INS, 4, "in")
    x.node = leaf(lambda _gradients, _kept: [])
    first = operations.product(math, x, one)
    assert first.width == 2
    assert tape.live[operations.CASTS] == INS * OUTS * 2
    second = operations.product(math, x, one)
    assert tape.live[operations.CASTS] == INS * OUTS * 2
    math.casts.clear()
    del x
    assert tape.now == 2 * (first.storage.size + ROWS * INS * 2) + INS * OUTS * 2
    assert second.elements == ROWS * OUTS


def test_a_frozen_weight_is_cast_for_each_use_only() -> None:
    """Autocast remembers no weight that is not trained."""
    math = Math(Tape(), cuda=True, autocast=2)
    operations.product(math, math.new(ROWS * INS, 4), layer(trained=False, width=4))
    assert math.casts == {}
    assert math.tape.now == 0


def test_a_norm_under_autocast_is_in_fp32_on_a_gpu_only() -> None:
    """A CPU keeps the precision it is given."""
    for cuda, width in ((True, 4), (False, 2)):
        math = Math(Tape(), cuda=cuda, autocast=2)
        assert operations.norm(math, math.new(ROWS * INS, 2), weight(INS), weight(INS)).width == width


def test_an_adapter_keeps_its_narrow_inputs() -> None:
    """Rank 2: beside the frozen layer it keeps the dropped inputs, which dropout, and the narrow product."""
    narrow, wide = Linear(INS, 2, weight(INS * 2)), Linear(2, OUTS, weight(2 * OUTS))
    one = layer(trained=False, adapter=(narrow, wide), dropout=0.05)
    kept, after = remaining(lambda math, x: operations.linear(math, x, one))
    assert kept == ROWS * INS * (2 + 1) + ROWS * 2 * 2
    assert after == 0


def test_an_fp32_adapter_beside_bf16_weights_gets_its_input_cast() -> None:
    """As peft does without autocast; the result is bf16 again."""
    narrow, wide = Linear(INS, 2, weight(INS * 2, 4)), Linear(2, OUTS, weight(2 * OUTS, 4))
    math = Math(Tape(), cuda=True)
    out = operations.linear(math, math.new(ROWS * INS, 2), layer(trained=False, adapter=(narrow, wide)))
    assert out.width == 2
    assert math.tape.now == out.storage.size + ROWS * (INS + 2) * 4


def test_weights_in_few_bits_are_made_whole_in_passing() -> None:
    """Forward and back, for one layer at a time."""
    math = Math(Tape(), cuda=True)
    x = math.new(ROWS * INS, 2)
    x.node = leaf(lambda _gradients, _kept: [])
    out = operations.linear(math, x, layer(trained=False, held="nf4"))
    whole = INS * OUTS * 2
    assert math.tape.peak == x.storage.size + whole + out.storage.size
    backward(out, math.new(out.elements, 2))
    assert math.tape.peak == x.storage.size + out.storage.size * 2 + whole + x.storage.size


def test_an_embedding_gets_a_gradient_as_large_as_its_table() -> None:
    """However few rows were looked up."""
    math = Math(Tape(), cuda=True)
    out = operations.embedding(math, ROWS, INS, weight(1000 * INS))
    backward(out, math.new(out.elements, 2))
    assert math.tape.peak == 2 * out.storage.size + 1000 * INS * 2


def test_parts_of_a_tensor_share_its_memory_and_their_gradients_become_one() -> None:
    """Queries, keys and values out of one product."""
    math = Math(Tape(), cuda=True)
    x = math.new(30, 2)
    x.node = leaf(lambda _gradients, _kept: [])
    q, k, v = operations.split(math, x, (10, 10, 10))
    assert math.tape.now == x.storage.size
    total = operations.add(math, operations.add(math, q, k), v)
    backward(total, math.new(10, 2))
    assert math.tape.live[operations.ACTIVATIONS] == x.storage.size + total.storage.size


def test_the_loss_keeps_one_fp32_tensor_of_all_logits_and_takes_two_more_on_the_way_back() -> None:
    """Three times four bytes for each token and entry of the vocabulary: often the most of all."""
    math = Math(Tape(), cuda=True)
    logits = math.new(1000, 2, operations.LOGITS)
    logits.node = leaf(lambda _gradients, _kept: [])
    loss = operations.cross_entropy(math, logits)
    del logits
    assert math.tape.peak == 1000 * (2 + 4 + 4) + 4
    assert math.tape.now == 1000 * 4 + 4
    backward(loss, math.new(1, 4))
    assert math.tape.peak == 1000 * 3 * 4 + 4
