r"""A dialogue -> ids, and which of them the model learns to write: what the assistant says and nothing else.

    encode(template, messages, coder, ids)
        -> Encoded(ids=[<|user|>, ..., <|end|>, ...], targets=[False, ..., True, False])

    <|user|>\nHi<|end|>\n<|assistant|>\nHello<|end|>\n
                                       ^^^^^^^^^^^^        targets

Marks of turns become their ids by position only: text that looks like one, or like any other special token,
becomes ordinary ids, whoever wrote it. `fit` shortens a dialogue by whole turns. Knows no windows.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from training.chat.dialogue import DialogueTemplate, Message

IGNORED = -100
"""Label of a token that is not learnt, as torch's cross entropy has it."""


class Encodes(Protocol):
    """What is needed of a `training.tokenizer.coder.Coder`."""

    def encode(self, text: str) -> list[int]:
        """Ordinary ids of a text."""
        ...


class Encoded(NamedTuple):
    """A dialogue as ids."""

    ids: list[int]
    targets: list[bool]
    """For each id, whether the model learns to write it."""
    messages: tuple[Message, ...]
    """The turns that are in it, without a system turn of the template's."""
    left_out: int
    """First turns that were left out, so that it fits."""

    @property
    def labels(self) -> list[int]:
        """Ids of targets, IGNORED elsewhere; models shift them themselves."""
        return [id_ if target else IGNORED for id_, target in zip(self.ids, self.targets, strict=True)]


def encode(
    template: DialogueTemplate,
    messages: Sequence[Message],
    coder: Encodes,
    marks: Mapping[str, int],
    *,
    prompt: bool = False,
) -> Encoded:
    """Encode a dialogue.

    Args:
        template: How turns are marked.
        messages: The turns.
        coder: Encodes ordinary text.
        marks: Mark -> id.
        prompt: Whether the mark of an answer follows.
    """
    ids: list[int] = []
    targets: list[bool] = []
    for piece in template.pieces(messages, prompt=prompt):
        new = [marks[piece.text]] if piece.mark else coder.encode(piece.text)
        ids.extend(new)
        targets.extend([piece.target] * len(new))
    return Encoded(ids, targets, tuple(messages), 0)


def fit(
    template: DialogueTemplate,
    messages: Sequence[Message],
    coder: Encodes,
    marks: Mapping[str, int],
    length: int,
) -> Encoded | None:
    """Encode a dialogue, and leave out its first turns, whole, until it fits.

    What is left begins with the system turn, if there is one, and then with a turn of a user; it has an
    answer. Nothing is left out of a dialogue that fits.

    Args:
        template: How turns are marked.
        messages: The turns.
        coder: Encodes ordinary text.
        marks: Mark -> id.
        length: Tokens, at most.

    Returns:
        The dialogue, or None if no part of it fits.
    """
    whole = encode(template, messages, coder, marks)
    if len(whole.ids) <= length:
        return whole
    head = 1 if messages[0].role == "system" else 0
    sizes = [len(encode(template.without_system(), [one], coder, marks).ids) for one in messages]
    rest = len(whole.ids) - sum(sizes[head:])
    for first in range(head, len(messages)):
        if messages[first].role == "user" and rest + sum(sizes[first:]) <= length:
            kept = [*messages[:head], *messages[first:]]
            return encode(template, kept, coder, marks)._replace(left_out=first - head)
    return None
