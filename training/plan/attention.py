"""What attention allocates and keeps, by the kernel that torch takes for it.

    out = attend(math, heads, q, k, v, mask)      # mask: None, or 1 for each pair of tokens of a window

With `sdpa` and no mask: flash attention, which keeps its inputs, its output and one number of each row. With
a mask (packed windows): the memory-efficient kernel on a GPU, flash attention on a CPU; either keeps the mask
in the precision of the computation, made anew in each layer, and keys and values for every head. Where no
kernel will do (eager; dropout on a CPU) the weights of all pairs of tokens are kept several times.
`flash_attention_2` knows where documents end without a mask. Sources: torch 2.13 (aten/native/transformers),
transformers 5.23 (integrations/sdpa_attention.py).
"""

from dataclasses import dataclass

from training.model.settings import Attention
from training.plan.operations import FP32, Math, cast, dropout, multiply, same_size
from training.plan.tape import Gradients, Kept, Tensor, record

MASK = "attention mask"


@dataclass(frozen=True)
class Heads:
    """Sizes of attention."""

    kernel: Attention
    batch: int
    length: int
    """Tokens of a window."""
    heads: int
    kv_heads: int
    width: int
    """Of a head."""
    dropout: float

    @property
    def pairs(self) -> int:
        """Weights of one layer's attention."""
        return self.batch * self.heads * self.length * self.length


def attend(math: Math, sizes: Heads, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """Attention, from queries, keys and values to what is read."""
    if sizes.kernel == "eager":
        return _explicit(math, sizes, _repeated(math, sizes, q, k, v), mask, upcast=False)
    if math.autocast:
        q, k, v = (cast(math, one, math.autocast) for one in (q, k, v))
    if sizes.kernel == "flash_attention_2" or (mask is None and not _no_kernel(math, sizes)):
        return _fused(math, sizes, (q, k, v), None)
    if mask is not None:
        q, k, v = _repeated(math, sizes, q, k, v)
        mask = math.new(mask.elements, q.width, MASK)
    if _no_kernel(math, sizes):
        return _explicit(math, sizes, (q, k, v), mask, upcast=True)
    return _fused(math, sizes, (q, k, v), mask)


def _no_kernel(math: Math, sizes: Heads) -> bool:
    """Whether torch has no fused kernel: on a CPU with dropout."""
    return not math.cuda and sizes.dropout > 0


def _repeated(math: Math, sizes: Heads, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Keys and values copied for every head, where heads share them."""
    if sizes.kv_heads == sizes.heads:
        return q, k, v
    return q, _repeat(math, sizes, k), _repeat(math, sizes, v)


def _repeat(math: Math, sizes: Heads, x: Tensor) -> Tensor:
    many = x.elements * sizes.heads // sizes.kv_heads
    out = x.part(many) if sizes.kv_heads == 1 else math.new(many, x.width)  # one head repeated is a view
    elements, width = x.elements, x.width

    def back(_gradients: Gradients, _kept: Kept) -> Gradients:
        return [math.new(elements, width)]

    record(math.tape, [x], [out], (), back)
    return out


def _fused(math: Math, sizes: Heads, inputs: tuple[Tensor, Tensor, Tensor], mask: Tensor | None) -> Tensor:
    """A kernel that keeps inputs, output, one fp32 number of each row, and the mask."""
    q = inputs[0]
    out = math.new(q.elements, q.width)
    statistics = math.new(sizes.batch * sizes.heads * sizes.length, FP32)
    widths = [(one.elements, one.width) for one in inputs]
    bytes_of_sums = _sums(sizes, q, masked=mask is not None) if math.cuda else 0

    def back(_gradients: Gradients, _kept: Kept) -> Gradients:
        sums = math.new(bytes_of_sums, 1)
        found: Gradients = [math.new(*one) for one in widths]
        del sums
        return found

    kept = (*inputs, out.part(out.elements), statistics)
    record(math.tape, inputs, [out], kept if mask is None else (*kept, mask), back)
    return out


def _sums(sizes: Heads, q: Tensor, *, masked: bool) -> int:
    """Bytes in which a GPU's kernel adds up gradients: in fp32, and for every head where heads share keys."""
    if masked:
        return 3 * q.elements * FP32
    shared = 2 * q.elements * q.width if sizes.kv_heads < sizes.heads else 0
    return q.elements * FP32 + shared


def _explicit(
    math: Math, sizes: Heads, inputs: tuple[Tensor, Tensor, Tensor], mask: Tensor | None, *, upcast: bool
) -> Tensor:
    """Weights of all pairs as tensors: scores, probabilities, and what dropout left of them.

    Args:
        math: How operations are done.
        sizes: Of attention.
        inputs: Queries, keys and values.
        mask: What is added to the scores, if anything.
        upcast: Whether all of it is in fp32 (torch's own); otherwise only the probabilities (transformers').
    """
    before = inputs[0].width
    width = FP32 if upcast else math.autocast or before
    q, k, v = (cast(math, one, width) for one in inputs)
    if upcast:
        q, k = same_size(math, q), same_size(math, k)
    weights = _pairs(math, q, k, sizes.pairs)
    if not upcast:
        weights = multiply(math, weights)
    if mask is not None:
        weights = _added(math, weights)
    weights = _softmax(math, cast(math, weights, FP32))
    weights = cast(math, weights, FP32 if upcast else before)
    weights = cast(math, dropout(math, weights, sizes.dropout), width)
    out = _pairs(math, weights, v, q.elements)
    del weights
    return same_size(math, cast(math, out, before if upcast else width))


def _pairs(math: Math, a: Tensor, b: Tensor, elements: int) -> Tensor:
    """A product of two tensors, which keeps both."""
    out = math.new(elements, a.width)
    widths = [(one.elements, one.width) for one in (a, b)]

    def back(_gradients: Gradients, _kept: Kept) -> Gradients:
        return [math.new(*one) for one in widths]

    record(math.tape, [a, b], [out], (a, b), back)
    return out


def _added(math: Math, x: Tensor) -> Tensor:
    """A sum with what needs no gradient."""
    out = math.new(x.elements, x.width)
    record(math.tape, [x], [out], (), lambda gradients, _kept: [gradients.pop()])
    return out


def _softmax(math: Math, x: Tensor) -> Tensor:
    """Probabilities, which are kept."""
    out = math.new(x.elements, x.width)
    elements, width = x.elements, x.width

    def back(_gradients: Gradients, _kept: Kept) -> Gradients:
        return [math.new(elements, width)]

    record(math.tape, [x], [out], (out.part(elements),), back)
    return out
