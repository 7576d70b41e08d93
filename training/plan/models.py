"""The two families as operations on sizes: what a forward pass allocates, line by line as in transformers.

    model = build(Math(Tape(), cuda=True), sizes, step)
    loss = forward(model)             # `backward(loss, ...)` runs it back

Follows modeling_starcoder2.py, modeling_gpt_bigcode.py, modeling_layers.py (gradient checkpointing) of
transformers 5.23 and torch.utils.checkpoint, not reentrant: names of a function live here as long as they
live there. Knows nothing of devices' memory or of optimisers.
"""

from dataclasses import dataclass
from typing import Literal

from training.model.settings import Attention
from training.plan.attention import MASK, Heads, attend
from training.plan.operations import (
    LOGITS,
    Linear,
    Math,
    add,
    cross_entropy,
    dropout,
    embedding,
    gelu,
    linear,
    multiply,
    norm,
    product,
    split,
)
from training.plan.sizes import Layer, Sizes
from training.plan.tape import Back, Gradients, Kept, Parameter, Tensor, backward, leaf, record


@dataclass(frozen=True)
class Step:
    """How a step is done on one device."""

    length: int
    """Tokens of a window."""
    batch: int
    """Windows at once."""
    weights: int
    """Bytes of a weight."""
    cuda: bool
    """Whether on a GPU."""
    autocast: int = 0
    """Bytes of an element that matrix products are cast to; 0 without autocast."""
    adapters: int = 0
    """Bytes of an adapter's weight; 0 if all weights are trained."""
    rank: int = 0
    """Of the adapters."""
    targets: tuple[str, ...] = ()
    """Layers with adapters."""
    adapter_dropout: float = 0.0
    """Share of an adapter's inputs dropped."""
    held: Literal["whole", "8bit", "nf4"] = "whole"
    """How the matrices of blocks are held."""
    checkpointing: bool = True
    """Whether blocks are computed again on the way back."""
    attention: Attention = "sdpa"
    """Kernel of the attention."""
    isolate: bool = True
    """Whether documents of a window are apart."""


@dataclass(frozen=True)
class Block:
    """The weights of a block."""

    norms: tuple[Parameter, Parameter, Parameter, Parameter]
    layers: tuple[Linear, ...]


@dataclass(frozen=True)
class Model:
    """A model, and how a step is done with it."""

    math: Math
    sizes: Sizes
    step: Step
    blocks: tuple[Block, ...]
    tables: tuple[Parameter, ...]
    """Embedding, and learnt positions if there are any."""
    last: tuple[Parameter, Parameter]
    """The last norm."""
    head: Linear

    @property
    def rows(self) -> int:
        """Tokens at once."""
        return self.step.batch * self.step.length

    def parameters(self) -> list[Parameter]:
        """Every weight once."""
        found = [*self.tables, *self.last, self.head.weight]
        for block in self.blocks:
            found += block.norms
            for layer in block.layers:
                found += [one for one in (layer.weight, layer.bias) if one is not None]
                found += [one.weight for one in layer.adapter or ()]
        return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Beside:
    """What blocks are given besides their input: the mask, and cosines and sines of positions."""

    mask: Tensor | None
    turns: tuple[Tensor, ...]


def build(math: Math, sizes: Sizes, step: Step) -> Model:
    """A model of these sizes."""

    def weight(elements: int) -> Parameter:
        return Parameter(elements, step.weights, trainable=not step.adapters)

    def layer(one: Layer) -> Linear:
        matrix = weight(one.inputs * one.outputs)
        bias = weight(one.outputs) if one.bias else None
        beside = _adapter(step, one)
        return Linear(one.inputs, one.outputs, matrix, bias, step.held, beside, step.adapter_dropout)

    wide = sizes.hidden
    blocks = [
        Block((weight(wide), weight(wide), weight(wide), weight(wide)), tuple(map(layer, sizes.linear)))
        for _ in range(sizes.layers)
    ]
    tables = [weight(sizes.vocabulary * wide)]
    if sizes.family == "starcoder":
        tables.append(weight(sizes.positions * wide))
    head = Linear(wide, sizes.vocabulary, tables[0] if sizes.tied else weight(sizes.vocabulary * wide))
    return Model(math, sizes, step, tuple(blocks), tuple(tables), (weight(wide), weight(wide)), head)


def _adapter(step: Step, one: Layer) -> tuple[Linear, Linear] | None:
    if not step.adapters or one.name not in step.targets:
        return None
    narrow = Parameter(one.inputs * step.rank, step.adapters, trainable=True)
    wide = Parameter(step.rank * one.outputs, step.adapters, trainable=True)
    return Linear(one.inputs, step.rank, narrow), Linear(step.rank, one.outputs, wide)


def forward(model: Model) -> Tensor:
    """From ids to the loss."""
    hidden = _hidden(model)
    logits = product(model.math, hidden, model.head)
    logits.storage.relabel(LOGITS)
    return cross_entropy(model.math, logits)


def _hidden(model: Model) -> Tensor:
    """From ids to what the output layer reads."""
    math, sizes, step = model.math, model.sizes, model.step
    hidden = embedding(math, model.rows, sizes.hidden, model.tables[0])
    if step.adapters and step.checkpointing:
        hidden.node = leaf(_nowhere)
    mask = _mask(model)
    turns: tuple[Tensor, ...] = ()
    if sizes.family == "starcoder":
        hidden = add(math, hidden, embedding(math, model.rows, sizes.hidden, model.tables[1]))
    hidden = dropout(math, hidden, sizes.embedding_dropout)
    if sizes.family == "starcoder2":
        one = model.rows * sizes.head
        turns = (math.new(one, hidden.width), math.new(one, hidden.width))
    beside = Beside(mask, turns)
    run = _kept_input if step.checkpointing else _block
    for block in model.blocks:
        hidden = run(model, block, hidden, beside)
    return norm(math, hidden, *model.last)


def _nowhere(_gradients: Gradients, _kept: Kept) -> Gradients:
    """Where the gradient of the first block's input goes: it only had to be on the way."""
    return []


def _mask(model: Model) -> Tensor | None:
    """Which tokens see which, a byte for each pair; None where the kernel knows it without."""
    step, window = model.step, model.sizes.window
    if step.attention == "flash_attention_2":
        return None
    if not step.isolate and (window is None or window >= step.length):
        return None
    return model.math.new(model.rows * step.length, 1, MASK)


def _kept_input(model: Model, block: Block, x: Tensor, beside: Beside) -> Tensor:
    """A block of which only the input is kept: it is computed again when its turn comes."""
    math = model.math
    masked = beside.mask is not None

    def again(gradients: Gradients, kept: Kept) -> Gradients:
        caught: Gradients = []
        inner = kept[0].part(kept[0].elements)
        inner.node = leaf(_into(caught))
        there = Beside(kept[1] if masked else None, kept[2:] if masked else kept[1:])
        casts = dict(math.casts)
        math.casts.clear()
        out = [_block(model, block, inner, there)]
        math.casts.clear()
        math.casts.update(casts)
        backward(out.pop(), _only(gradients))
        return caught

    math.tape.recording = False
    out = _block(model, block, x, beside)
    math.tape.recording = True
    others = ((beside.mask,) if beside.mask else ()) + beside.turns
    record(math.tape, [x], [out], (x, *others), again)
    return out


def _into(caught: Gradients) -> Back:
    """What puts a gradient into a list."""

    def back(gradients: Gradients, _kept: Kept) -> Gradients:
        caught.append(gradients.pop())
        return []

    return back


def _only(gradients: Gradients) -> Tensor:
    """The one gradient of a list, which gives it away."""
    found = gradients.pop()
    assert found is not None, "a block without a gradient"
    return found


def _block(model: Model, block: Block, x: Tensor, beside: Beside) -> Tensor:
    """Attention and feed-forward, each added to what came in."""
    math = model.math
    first, second = block.norms[:2], block.norms[2:]
    hidden = norm(math, x, *first)
    hidden = _attention(model, block, hidden, beside)
    hidden = add(math, x, hidden)
    x = hidden
    hidden = norm(math, x, *second)
    hidden = _feed_forward(model, block, hidden)
    return add(math, x, hidden)


def _feed_forward(model: Model, block: Block, x: Tensor) -> Tensor:
    up, down = block.layers[-2:]
    x = linear(model.math, x, up)
    x = gelu(model.math, x)
    x = linear(model.math, x, down)
    return dropout(model.math, x, model.sizes.residual_dropout)


def _attention(model: Model, block: Block, x: Tensor, beside: Beside) -> Tensor:
    math, sizes, step = model.math, model.sizes, model.step
    heads = Heads(
        step.attention,
        step.batch,
        step.length,
        sizes.heads,
        sizes.kv_heads,
        sizes.head,
        sizes.attention_dropout,
    )
    if sizes.family == "starcoder2":
        q, k, v = (linear(math, x, layer) for layer in block.layers[:3])
        q, k = _turned(math, q, k, beside.turns)
    else:
        narrow = model.rows * sizes.kv_heads * sizes.head
        q, k, v = split(math, linear(math, x, block.layers[0]), (model.rows * sizes.hidden, narrow, narrow))
    read = attend(math, heads, q, k, v, beside.mask)
    read = linear(math, read, block.layers[-3])
    return dropout(math, read, sizes.residual_dropout)


def _turned(math: Math, q: Tensor, k: Tensor, turns: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
    """Rotary positions."""
    cosines, sines = turns

    def turned(x: Tensor) -> Tensor:
        return add(math, multiply(math, x, cosines), multiply(math, _halves_swapped(math, x), sines))

    return turned(q), turned(k)


def _halves_swapped(math: Math, x: Tensor) -> Tensor:
    """The second half of a head negated and put before the first."""
    half = math.new(x.elements // 2, x.width)
    out = math.new(x.elements, x.width)
    elements, width = x.elements, x.width
    del half

    def back(_gradients: Gradients, _kept: Kept) -> Gradients:
        whole = math.new(elements, width)
        other = math.new(elements, width)
        del other
        return [whole]

    record(math.tape, [x], [out], (), back)
    return out
