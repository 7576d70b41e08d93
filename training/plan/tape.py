"""A step without numbers: tensors that have only a size, what is kept of them, and the way back.

    tape = Tape()
    x = tape.tensor(4096 * 3072, 2, "activations")     # bf16; counts while anything refers to it
    record(tape, [x], [y], kept=(x,), back=...)        # an operation; see `training.plan.operations`
    backward(y, tape.tensor(1, 4, "activations"))      # runs the operations back, the newest first
    tape.peak                                          -> bytes that were alive at once, at most

Does what torch's autograd does about memory, and nothing else: an operation keeps what its derivative needs
until that has been computed, gradients are added up where branches meet, and memory is free when nothing
refers to it any more, which Python's own counting of references decides here too. Imports no torch.
"""

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

WEIGHT = 1 << 60
"""Place in the order of time of what takes a weight's gradient: as soon as it is there."""
GRADIENTS = "gradients"
BUCKETS = "reduction buffers"
END = -1
"""Place of what takes the gradient of a passage's beginning."""


class Tape:
    """Counts bytes that are alive, by kind, and remembers the moment of the most."""

    def __init__(self) -> None:
        self.live: Counter[str] = Counter()
        self.now = 0
        self.peak = 0
        self.at_peak: Counter[str] = Counter()
        self.recording = True
        self._numbers = itertools.count()

    def tensor(self, elements: int, width: int, kind: str) -> "Tensor":
        """New memory.

        Args:
            elements: How many.
            width: Bytes of one.
            kind: What it is counted as.
        """
        return Tensor(Storage(self, elements * width, kind), elements, width)

    def take(self, size: int, kind: str) -> None:
        """Count bytes that have been allocated."""
        self.live[kind] += size
        self.now += size
        if self.now > self.peak:
            self.peak, self.at_peak = self.now, self.live.copy()

    def give(self, size: int, kind: str) -> None:
        """Count bytes that have been freed."""
        self.live[kind] -= size
        self.now -= size

    def number(self) -> int:
        """Place of the next operation in the order of time."""
        return next(self._numbers)


class Storage:
    """Memory that counts from here until nothing refers to it."""

    __slots__ = ("kind", "size", "tape")

    def __init__(self, tape: Tape, size: int, kind: str) -> None:
        self.tape, self.size, self.kind = tape, size, kind
        tape.take(size, kind)

    def __del__(self) -> None:
        self.tape.give(self.size, self.kind)

    def relabel(self, kind: str) -> None:
        """Count it as something else from here on."""
        self.tape.live[self.kind] -= self.size
        self.tape.live[kind] += self.size
        self.kind = kind


class Tensor:
    """A size, its memory, and the operation that it came from if it needs a gradient."""

    __slots__ = ("elements", "node", "output", "storage", "turned", "width")

    def __init__(self, storage: Storage, elements: int, width: int) -> None:
        self.storage, self.elements, self.width = storage, elements, width
        self.node: Node | None = None
        self.output = 0
        self.turned = False
        """Whether it is seen with rows and columns exchanged: then nothing is added to it in place."""

    @property
    def kind(self) -> str:
        """What its memory is counted as."""
        return self.storage.kind

    def part(self, elements: int) -> "Tensor":
        """A view of some of the same memory, without a gradient of its own."""
        return Tensor(self.storage, elements, self.width)


class Parameter:
    """A weight: it is counted with the states of the model, here only its gradients are."""

    __slots__ = ("elements", "node", "output", "trainable", "width")

    def __init__(self, elements: int, width: int, *, trainable: bool) -> None:
        self.elements, self.width, self.trainable = elements, width, trainable
        self.node: Node | None = None
        self.output = 0


Value = Tensor | Parameter
Kept = tuple[Tensor, ...]
Gradients = list[Tensor | None]
Back = Callable[[Gradients, Kept], Gradients]
"""Gradients of an operation's outputs, and what it has kept -> gradients of its inputs. It takes the
gradients out of the list when it needs them no more, and refers to no tensor by itself."""


class Node:
    """An operation that has a way back."""

    __slots__ = ("back", "edges", "kept", "number", "outputs")

    def __init__(
        self,
        number: int,
        edges: Sequence[tuple["Node", int] | None],
        kept: Kept,
        back: Back,
        outputs: int = 1,
    ) -> None:
        self.number, self.edges, self.kept, self.back, self.outputs = number, edges, kept, back, outputs


def leaf(back: Back, number: int = END) -> Node:
    """What takes gradients where the way back ends; it may do so in several passes."""
    return Node(number, (), (), back)


def record(tape: Tape, inputs: Sequence[Value], outputs: Sequence[Tensor], kept: Kept, back: Back) -> None:
    """Note an operation on the tape, if any of its inputs needs a gradient.

    Args:
        tape: The tape.
        inputs: What it was computed from.
        outputs: What it gave.
        kept: What its derivative needs.
        back: Its derivative.
    """
    if not tape.recording or all(one.node is None for one in inputs):
        return
    edges = [None if one.node is None else (one.node, one.output) for one in inputs]
    node = Node(tape.number(), edges, kept, back, len(outputs))
    for index, output in enumerate(outputs):
        output.node, output.output = node, index


def backward(result: Tensor, gradient: Tensor) -> None:
    """Run the operations back, the newest first, as torch's engine does.

    Args:
        result: What came out of the last of them.
        gradient: Its gradient; given away.
    """
    assert result.node is not None, "backward from what needs no gradient"
    waiting = _waiting(result.node)
    buffers: dict[Node, Gradients] = {}
    _add(buffers, result.node, result.output, gradient)
    queue = [(-result.node.number, 0, result.node)]
    del gradient, result
    while queue:
        node = heapq.heappop(queue)[2]
        found = node.back(buffers.pop(node), node.kept)
        node.kept = ()
        for place, edge in enumerate(node.edges):
            if edge is None:
                continue
            value, found[place] = found[place], None
            if value is not None:
                _add(buffers, *edge, value)
            del value
            waiting[edge[0]] -= 1
            if not waiting[edge[0]]:
                heapq.heappush(queue, (-edge[0].number, id(edge[0]), edge[0]))


def _waiting(root: Node) -> Counter[Node]:
    """How many operations give each one a gradient."""
    waiting: Counter[Node] = Counter()
    seen = {root}
    stack = [root]
    while stack:
        for edge in stack.pop().edges:
            if edge is not None:
                waiting[edge[0]] += 1
                if edge[0] not in seen:
                    seen.add(edge[0])
                    stack.append(edge[0])
    return waiting


def _add(buffers: dict[Node, Gradients], node: Node, index: int, value: Tensor) -> None:
    """Put a gradient where another may have come already: then it is added to that, in place if possible."""
    slots = buffers.setdefault(node, [None] * node.outputs)
    there = slots[index]
    if there is None:
        slots[index] = value
    elif there.turned:
        slots[index] = value.storage.tape.tensor(value.elements, value.width, value.kind)


class Held:
    """Where the gradients of weights go.

    Kept: the first is taken as it is, and others are added to it in place, so that from the second
    micro-batch of a step on all are there from the start. Not kept: each is freed at once, as where DeepSpeed
    copies it to a bucket; its buckets are allocated when the first gradient comes.
    """

    def __init__(
        self, tape: Tape, parameters: Iterable[Parameter], *, kept: bool, there: bool, buckets: int
    ) -> None:
        """Take the gradients of some weights.

        Args:
            tape: Where they are counted.
            parameters: The weights; only those that are trained matter.
            kept: Whether they stay.
            there: Whether they are there already.
            buckets: Bytes of buckets that they are copied to.
        """
        self._tape, self._kept, self._buckets = tape, kept and not there, buckets
        self._held: Gradients = []
        for parameter in parameters:
            if parameter.trainable:
                parameter.node = leaf(self._take, WEIGHT)
                if kept and there:
                    self._held.append(tape.tensor(parameter.elements, parameter.width, GRADIENTS))

    def _take(self, gradients: Gradients, _kept: Kept) -> Gradients:
        if self._buckets:
            self._held.append(self._tape.tensor(self._buckets, 1, BUCKETS))
            self._buckets = 0
        found = gradients.pop()
        if self._kept:
            self._held.append(found)
        return []
