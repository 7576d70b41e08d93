"""Prompts as ids -> completions as text, in batches, the same whatever else is in the batch.

    complete(model, coder, [prompt.ids], Sampling(max_new_tokens=64))  -> [[Completion("    return x", ...)]]

Prompts of a batch are padded on the left. Each completion has its own random numbers, drawn from the seed and
its prompt's key: neither the size of the batch nor its neighbours change what is drawn (the numbers of a
batched matrix product differ in the last digits, so that a near tie can still fall otherwise).
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from training.errors import OutOfDeviceMemoryError
from training.generate.settings import Sampling
from training.generate.stops import cut, stop_ids, watcher
from training.tokenizer.coder import Coder


class Completion(NamedTuple):
    """What a model wrote."""

    text: str
    tokens: int
    """That were generated, the one that ended it included."""
    ended: Literal["end", "stop", "length"]
    """By a token of the model, by a text of the user, or by the number of tokens."""


class _Row(NamedTuple):
    """One completion to be made."""

    prompt: int
    sample: int
    key: str


def complete(
    model: Any,
    coder: Coder,
    prompts: Sequence[Sequence[int]],
    sampling: Sampling,
    *,
    keys: Sequence[str] | None = None,
    show: Callable[[int], None] | None = None,
) -> list[list[Completion]]:
    """Continue prompts.

    Args:
        model: As `load_for_generation` gives it.
        coder: Its tokenizer.
        prompts: Ids, at least one each.
        sampling: How tokens are chosen.
        keys: Names of the prompts that their draws depend on; by default their numbers.
        show: Is told how many completions have been made since.

    Returns:
        For each prompt its samples.

    Raises:
        OutOfDeviceMemoryError: If a batch does not fit.
    """
    import torch

    names = keys or [str(number) for number in range(len(prompts))]
    rows = [
        _Row(prompt, sample, names[prompt])
        for prompt in sorted(range(len(prompts)), key=lambda number: len(prompts[number]))
        for sample in range(sampling.samples)
    ]
    made: list[list[Completion]] = [[] for _ in prompts]
    for first in range(0, len(rows), sampling.batch):
        part = rows[first : first + sampling.batch]
        try:
            answers = _batch(model, coder, [prompts[row.prompt] for row in part], part, sampling)
        except torch.OutOfMemoryError as error:
            raise OutOfDeviceMemoryError(
                f"{len(part)} completions of up to {sampling.max_new_tokens} tokens do not fit on the device "
                f"({error}); make fewer at a time (--batch-size) or hold the model in fewer bits (--quantize)"
            ) from error
        for row, answer in zip(part, answers, strict=True):
            made[row.prompt].append(answer)
        if show:
            show(len(part))
    return made


def _batch(
    model: Any, coder: Coder, prompts: Sequence[Sequence[int]], rows: Sequence[_Row], sampling: Sampling
) -> list[Completion]:
    """Completions of prompts that are made at the same time."""
    import torch
    from transformers import GenerationConfig

    width = max(map(len, prompts))
    pad = coder.specials.pad
    ids = torch.tensor([[pad] * (width - len(prompt)) + list(prompt) for prompt in prompts])
    seen = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    with torch.inference_mode():
        out = model.generate(
            input_ids=ids.to(model.device),
            attention_mask=seen.to(model.device),
            generation_config=GenerationConfig(
                max_new_tokens=sampling.max_new_tokens,
                do_sample=False,  # the draw is in `_Draw`
                eos_token_id=list(stop_ids(coder.specials)),
                pad_token_id=pad,
                use_cache=True,  # a checkpoint of training has it off
            ),
            logits_processor=[_Draw(rows, sampling)] if sampling.temperature else [],
            stopping_criteria=[watcher(coder, sampling.stops, width)] if sampling.stops else [],
        )
    return [_read(coder, row, sampling) for row in out[:, width:].tolist()]


def _read(coder: Coder, ids: list[int], sampling: Sampling) -> Completion:
    """The text of generated ids, up to where it ends."""
    ends = set(stop_ids(coder.specials))
    length = next((place for place, number in enumerate(ids) if number in ends), len(ids))
    text, stopped = cut(coder.decode(ids[:length]), sampling.stops)
    if stopped:
        return Completion(text, length, "stop")
    if length < len(ids):
        return Completion(text, length + 1, "end")
    return Completion(text.rstrip("\ufffd"), length, "length")  # a character may be cut in two


class _Draw:
    """Draws the next token of each row with the row's own random numbers.

    The token with the largest p / e, e exponentially distributed, is token t with probability p(t).
    """

    def __init__(self, rows: Sequence[_Row], sampling: Sampling) -> None:
        import torch
        from transformers import TopPLogitsWarper

        self._sampling = sampling
        self._likeliest = TopPLogitsWarper(sampling.top_p) if sampling.top_p < 1 else None
        self._numbers = [
            torch.Generator().manual_seed(_seed(sampling.seed, row.key, row.sample)) for row in rows
        ]

    def __call__(self, ids: Any, scores: Any) -> Any:
        import torch

        scores = scores.float() / self._sampling.temperature
        if self._likeliest is not None:
            scores = self._likeliest(ids, scores)
        waits = [torch.empty(scores.shape[1]).exponential_(generator=one) for one in self._numbers]
        return scores.log_softmax(-1) - torch.stack(waits).to(scores.device).log()


def _seed(seed: int, key: str, sample: int) -> int:
    """64 bits for the draws of one completion."""
    digest = hashlib.blake2b(f"{seed}\x1f{key}\x1f{sample}".encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "little")
