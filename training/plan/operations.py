"""What the operations of a transformer allocate, and what each keeps for its derivative.

    y = linear(math, x, layer)        # a new tensor; keeps x if the weight is trained
    y = gelu(math, y)                 # a new tensor; keeps its input

Each function is one operation of torch, or a few, with the rules of its formula in torch's
tools/autograd/derivatives.yaml, of autocast (torch.amp's lists of operations), of peft's and of bitsandbytes'
layers. Sizes are in elements, widths in bytes of an element. Attention has a file of its own. Computes no
values.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from training.plan.tape import GRADIENTS, Gradients, Kept, Parameter, Tape, Tensor, record

ACTIVATIONS = "activations"
LOGITS = "logits"
CASTS = "weights cast by autocast"
FP32 = 4


@dataclass
class Math:
    """How operations are done in a step."""

    tape: Tape
    cuda: bool
    """Whether on a GPU; the kernels of a CPU keep other things in places."""
    autocast: int = 0
    """Bytes of an element that matrix products are cast to; 0 without autocast."""
    casts: dict[Parameter, Tensor] = field(default_factory=dict)
    """Weights that autocast has cast in this forward pass."""

    def new(self, elements: int, width: int, kind: str = ACTIVATIONS) -> Tensor:
        """New memory."""
        return self.tape.tensor(elements, width, kind)

    def of_weight(self, weight: Parameter | None, width: int = 0) -> Tensor | None:
        """A weight's gradient, if it is trained."""
        if weight is None or not weight.trainable:
            return None
        return self.new(weight.elements, width or weight.width, GRADIENTS)


@dataclass(frozen=True, eq=False)
class Linear:
    """A linear layer."""

    inputs: int
    outputs: int
    weight: Parameter
    bias: Parameter | None = None
    held: Literal["whole", "8bit", "nf4"] = "whole"
    """How bitsandbytes holds the weight, if it does."""
    adapter: "tuple[Linear, Linear] | None" = None
    """The two matrices of LoRA beside it."""
    dropout: float = 0.0
    """Share of the adapter's inputs dropped."""


def cast(math: Math, x: Tensor, width: int) -> Tensor:
    """The same values in another precision; itself if it has it."""
    if x.width == width:
        return x
    out = math.new(x.elements, width, x.kind)
    elements, before, kind = x.elements, x.width, x.kind

    def back(_gradients: Gradients, _kept: Kept) -> Gradients:
        return [math.new(elements, before, kind)]

    record(math.tape, [x], [out], (), back)
    return out


def add(math: Math, a: Tensor, b: Tensor) -> Tensor:
    """A sum; keeps nothing, and its gradient is that of both."""
    out = math.new(a.elements, max(a.width, b.width))
    widths = (a.width, b.width)

    def back(gradients: Gradients, _kept: Kept) -> Gradients:
        whole = gradients.pop()
        assert whole is not None, "a sum without a gradient"
        return [whole if width == whole.width else math.new(whole.elements, width) for width in widths]

    record(math.tape, [a, b], [out], (), back)
    return out


def multiply(math: Math, x: Tensor, factor: Tensor | None = None) -> Tensor:
    """Times a number, or times a tensor that needs no gradient, which is kept."""
    out = math.new(x.elements, max(x.width, factor.width if factor else 0))
    elements, before, width = x.elements, x.width, out.width

    def back(_gradients: Gradients, _kept: Kept) -> Gradients:
        found = math.new(elements, width)
        return [found if before == width else math.new(elements, before)]

    record(math.tape, [x], [out], (factor,) if factor else (), back)
    return out


def same_size(math: Math, x: Tensor, kept: Kept = ()) -> Tensor:
    """An operation on each element by itself, or a copy; its gradient is as large as its input."""
    out = math.new(x.elements, x.width)
    elements, width = x.elements, x.width

    def back(_gradients: Gradients, _kept: Kept) -> Gradients:
        return [math.new(elements, width)]

    record(math.tape, [x], [out], kept, back)
    return out


def gelu(math: Math, x: Tensor) -> Tensor:
    """The activation; keeps its input."""
    return same_size(math, x, (x,))


def dropout(math: Math, x: Tensor, rate: float) -> Tensor:
    """Drops a share; keeps which: a byte each on a GPU, a factor in its precision on a CPU."""
    if not rate:
        return x
    return same_size(math, x, (math.new(x.elements, 1 if math.cuda else x.width),))


def norm(math: Math, x: Tensor, weight: Parameter, bias: Parameter) -> Tensor:
    """Layer norm; keeps its input and two numbers of each row. In fp32 under autocast on a GPU."""
    if math.autocast and math.cuda:
        x = cast(math, x, FP32)
    statistics = math.new(2 * x.elements // weight.elements, FP32 if math.cuda else x.width)
    out = math.new(x.elements, x.width)
    elements, width, deeper = x.elements, x.width, x.node is not None

    def back(_gradients: Gradients, _kept: Kept) -> Gradients:
        gradient = math.new(elements, width) if deeper else None
        return [gradient, math.of_weight(weight), math.of_weight(bias)]

    record(math.tape, [x, weight, bias], [out], (x, statistics), back)
    return out


def embedding(math: Math, rows: int, hidden: int, weight: Parameter) -> Tensor:
    """Rows of a table; its gradient is as large as the table."""
    out = math.new(rows * hidden, weight.width)

    def back(_gradients: Gradients, _kept: Kept) -> Gradients:
        return [math.of_weight(weight)]

    record(math.tape, [weight], [out], (), back)
    return out


def split(math: Math, x: Tensor, sizes: Sequence[int]) -> list[Tensor]:
    """Views of parts, side by side; their gradients are put together into a new tensor."""
    outs = [x.part(size) for size in sizes]
    elements, width = x.elements, x.width

    def back(_gradients: Gradients, _kept: Kept) -> Gradients:
        return [math.new(elements, width)]

    record(math.tape, [x], outs, (), back)
    return outs


def linear(math: Math, x: Tensor, layer: Linear) -> Tensor:
    """A linear layer, and its adapter if it has one (peft, tuners/lora/layer.py and bnb.py)."""
    result = product(math, x, layer) if layer.held == "whole" else quantized(math, x, layer)
    if layer.adapter is None:
        return result
    width = result.width
    if layer.held == "nf4":
        result = same_size(math, result)
    narrow, wide = layer.adapter
    if layer.held == "whole" or not math.autocast:
        x = cast(math, x, narrow.weight.width)
    beside = product(math, product(math, dropout(math, x, layer.dropout), narrow), wide)
    beside = multiply(math, beside)
    result = add(math, result, beside)
    del beside
    return cast(math, result, width) if layer.held == "whole" else result


def product(math: Math, x: Tensor, layer: Linear) -> Tensor:
    """A matrix product; keeps its input if the weight is trained, and the weight that autocast has cast."""
    width = math.autocast or x.width
    x = cast(math, x, width)
    weight = cast_weight(math, layer.weight, width)
    bias = layer.bias
    deeper = x.node is not None
    out = math.new(x.elements // layer.inputs * layer.outputs, width)
    kept: Kept = (x,) if layer.weight.trainable else ()
    kept += (weight,) if deeper and isinstance(weight, Tensor) else ()
    elements = x.elements

    def back(_gradients: Gradients, _kept: Kept) -> Gradients:
        gradient = math.new(elements, width) if deeper else None
        of_weight = math.of_weight(layer.weight, width)
        if of_weight is not None:
            of_weight.turned = True
        return [gradient, of_weight, math.of_weight(bias)][: 3 if bias else 2]

    record(math.tape, [x, weight, bias] if bias else [x, weight], [out], kept, back)
    return out


def cast_weight(math: Math, weight: Parameter, width: int) -> Tensor | Parameter:
    """A weight as autocast gives it to a product: cast once in a forward pass if it is trained and fp32."""
    if weight.width == width:
        return weight
    if weight in math.casts:
        return math.casts[weight]
    out = math.new(weight.elements, width, CASTS)

    def back(_gradients: Gradients, _kept: Kept) -> Gradients:
        return [math.of_weight(weight)]

    record(math.tape, [weight], [out], (), back)
    if weight.trainable:
        math.casts[weight] = out
    return out


def quantized(math: Math, x: Tensor, layer: Linear) -> Tensor:
    """A product with a weight in 8 or 4 bits (bitsandbytes, autograd/_functions.py).

    Both make the whole weight again in the backward pass; 8 bits keep the input besides.
    """
    before, compute = x.width, x.width
    if layer.held == "nf4" and x.width == FP32 and math.autocast:
        compute = math.autocast
        x = cast(math, x, compute)
    elements, deeper = x.elements, x.node is not None
    whole = math.new(layer.weight.elements, compute)
    out = math.new(elements // layer.inputs * layer.outputs, compute)
    del whole

    def back(_gradients: Gradients, _kept: Kept) -> Gradients:
        if not deeper:
            return [None]
        whole = math.new(layer.weight.elements, compute)
        gradient = math.new(elements, compute)
        del whole
        return [gradient]

    record(math.tape, [x], [out], (x,) if layer.held == "8bit" else (), back)
    return cast(math, out, before)


def cross_entropy(math: Math, logits: Tensor) -> Tensor:
    """The loss, in fp32 (transformers, loss/loss_utils.py): keeps the logarithms of all probabilities.

    On the way back two more tensors of this size are alive with it: the gradients of them and of the logits.
    """
    whole = cast(math, logits, FP32)
    elements = whole.elements
    chances = math.new(elements, FP32, LOGITS)

    def back_softmax(_gradients: Gradients, _kept: Kept) -> Gradients:
        return [math.new(elements, FP32, LOGITS)]

    record(math.tape, [whole], [chances], (chances.part(elements),), back_softmax)
    loss = math.new(1, FP32)

    def back_loss(_gradients: Gradients, _kept: Kept) -> Gradients:
        return [math.new(elements, FP32, LOGITS)]

    record(math.tape, [chances], [loss], (chances.part(elements),), back_loss)
    return loss
