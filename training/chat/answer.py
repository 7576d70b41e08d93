"""A dialogue -> what the model answers.

    answer(model, marked, template, [Message("user", "Hi")], Decoding())     -> "Hello! What can I do?"

The answer ends where the model writes the end of its turn, begins another or ends the document; these tokens
are no part of it. Where a dialogue and its answer are longer than the model can see, the first turns are left
out, whole, as in training. Under ZeRO-3 all processes must call it, with the same arguments: each step
gathers the weights from all. Loads nothing.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from curation.errors import BadInputError
from training.chat.dialogue import DialogueTemplate, Message
from training.chat.mask import encode
from training.chat.vocabulary import Marked

ROOM = 32
"""Tokens that an answer gets at least, in a dialogue that nearly fills what the model can see."""


class Decoding(NamedTuple):
    """How tokens of an answer are chosen."""

    max_new_tokens: int = 256
    """Tokens of an answer, at most."""
    temperature: float = 0.2
    """0 for the likeliest token always."""
    top_p: float = 0.95
    """Tokens are drawn from the likeliest that have this probability together."""
    seed: int = 0
    """Of the draws."""


class Where(NamedTuple):
    """Where a model computes."""

    device: str | None = None
    """Such as cuda:1; None for where its weights are, which ZeRO-3 may keep elsewhere."""
    synced: bool = False
    """Whether its weights are split over processes, all of which ask it the same."""


ALONE = Where()
"""One process, where the weights are."""


class Prompt(NamedTuple):
    """A dialogue, ready to be answered."""

    ids: list[int]
    left_out: int
    """First turns that were left out, so that there is room for an answer."""


def prompt_of(
    template: DialogueTemplate, messages: Sequence[Message], marked: Marked, positions: int, wanted: int
) -> Prompt:
    """Encode a dialogue up to the mark of the answer, and leave out its first turns where it is too long.

    Args:
        template: How turns are marked.
        messages: The turns, the last a user's.
        marked: The tokenizer.
        positions: Tokens that the model can see.
        wanted: Tokens that the answer may have.

    Raises:
        BadInputError: If the last turn alone is too long.
    """
    longest = positions - min(wanted, ROOM)
    head = list(messages[:1]) if messages and messages[0].role == "system" else []
    turns = list(messages[len(head) :])
    for first in range(max(len(turns), 1)):
        ids = encode(template, [*head, *turns[first:]], marked.coder, marked.marks, prompt=True).ids
        if len(ids) <= longest and (first == 0 or turns[first].role == "user"):
            return Prompt(ids, first)
    raise BadInputError(
        f"the last turn has {len(ids)} tokens with its marks, the model sees {positions}; shorten it"
    )


def answer(
    model: Any,
    marked: Marked,
    template: DialogueTemplate,
    messages: Sequence[Message],
    decoding: Decoding,
    *,
    where: Where = ALONE,
    streamer: Any = None,
) -> str:
    """What the model answers.

    Args:
        model: A causal language model in eval mode.
        marked: Its tokenizer.
        template: How turns are marked.
        messages: The turns, the last a user's.
        decoding: How tokens are chosen.
        where: On which device, and whether together with other processes.
        streamer: Gets tokens as they are chosen, as transformers' streamers do.

    Raises:
        BadInputError: If the last turn is longer than the model can see.
    """
    import torch

    positions = int(model.config.max_position_embeddings)
    prompt = prompt_of(template, messages, marked, positions, decoding.max_new_tokens)
    ids = torch.tensor([prompt.ids], device=where.device or next(model.parameters()).device)
    torch.manual_seed(decoding.seed)
    with torch.inference_mode():
        written = model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            generation_config=_config(marked, decoding, positions - len(prompt.ids)),
            synced_gpus=where.synced,
            streamer=streamer,
        )
    return text_of(marked, written[0, len(prompt.ids) :].tolist())


def _config(marked: Marked, decoding: Decoding, room: int) -> Any:
    """How tokens are chosen, with nothing left to what a checkpoint says."""
    from transformers import GenerationConfig

    drawn = {"temperature": decoding.temperature, "top_p": decoding.top_p} if decoding.temperature else {}
    return GenerationConfig(
        max_new_tokens=min(decoding.max_new_tokens, room),
        do_sample=bool(drawn),
        eos_token_id=stops(marked),
        pad_token_id=marked.coder.specials.pad,
        use_cache=True,  # a checkpoint of training has it off
        **drawn,
    )


def stops(marked: Marked) -> list[int]:
    """Ids after which nothing is written: ends of a turn and of a document, then marks that begin turns."""
    *begins, end = marked.marks.values()
    return list(dict.fromkeys([end, marked.coder.specials.end, *begins]))


def text_of(marked: Marked, ids: Sequence[int]) -> str:
    """Text of an answer's ids, up to where it ends."""
    ending = {*stops(marked), marked.coder.specials.pad}
    length = next((number for number, id_ in enumerate(ids) if id_ in ending), len(ids))
    return marked.coder.decode(ids[:length])
