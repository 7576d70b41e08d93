"""Held-out documents -> loss, perplexity and bits per byte, as they are and with gaps.

    losses(model, coder, documents, EvaluateSettings())
        -> {"plain": {"Python": Loss(documents=180, tokens=91_204, loss=1.31, perplexity=3.7, ...)}, ...}

Documents are measured one by one, in pieces of one length; the first token of a piece is not predicted, its
end is, as in training. With gaps, pieces are rearranged exactly as in training (see `training.fim`), prefix
first in one measurement and suffix first in another, and the middles are told too: how well a gap is filled.
Bits per byte count only tokens of text, so that models with different tokenizers can be compared.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from training.errors import OutOfDeviceMemoryError
from training.evaluate.documents import Held
from training.evaluate.settings import EvaluateSettings
from training.fim.permute import Permuter
from training.fim.pieces import Piece
from training.fim.settings import FimSettings
from training.fim.vocabulary import Vocabulary, vocabulary_of
from training.generate.load import positions
from training.tokenizer.coder import Coder

Mode = Literal["plain", "psm", "spm"]
MODES: tuple[Mode, ...] = ("plain", "psm", "spm")
ALL = "all"
"""Group of all documents."""
LONGEST = 4096
"""Tokens of a piece if nothing else is asked for; StarCoder2's sliding window."""
RESERVE = 32
"""Tokens of a piece that are left free for what a gap adds: three marks, the end, and tokens cut in two."""
AT_A_TIME = 1024
"""Pieces that are prepared, sorted by length and measured together; bounds memory."""
LOGIT_ROWS = 1024
"""Rows of logits that are turned into losses at a time."""


class Told(NamedTuple):
    """What a model said about the tokens of a sequence, the first left out."""

    nats: npt.NDArray[np.float64]
    """-ln p of each."""
    hits: npt.NDArray[np.bool_]
    """Whether each was the likeliest."""


class Loss(NamedTuple):
    """What was measured over a group of documents."""

    documents: int
    tokens: int
    """That were predicted."""
    loss: float
    """Mean of -ln p over the tokens."""
    perplexity: float
    """e to the power of the loss."""
    accuracy: float
    """Share of the tokens that were the likeliest, given all before them."""
    bits_per_byte: float | None
    """Of text; None if there was none."""
    middle_loss: float | None
    """Mean over the tokens of middles, and the end behind them; None without gaps."""
    middle_accuracy: float | None
    """As `accuracy`, over these; None without gaps."""


class _Sequence(NamedTuple):
    """What the model sees at once."""

    group: str
    document: int
    ids: list[int]
    middle: npt.NDArray[np.bool_]
    """Whether each id is in a middle, or ends one."""


def losses(
    model: Any,
    coder: Coder,
    documents: Sequence[Held],
    settings: EvaluateSettings,
    show: Callable[[int], None] | None = None,
) -> dict[Mode, dict[str, Loss]]:
    """Measure documents in each order.

    Args:
        model: As `load_for_generation` gives it.
        coder: Its tokenizer.
        documents: What is measured.
        settings: Lengths and seed.
        show: Is told how many documents have been measured since, in one of the orders.

    Returns:
        For each order the groups, all documents first, then by name. Documents in which no gap could be cut
        are missing where gaps are.
    """
    length = length_of(model, settings)
    vocabulary = vocabulary_of(coder)
    bytes_of = np.array([len(spelt) for spelt in vocabulary.spelt], np.int64)
    found: dict[Mode, dict[str, Loss]] = {}
    for mode in MODES:
        sums: dict[str, _Sums] = defaultdict(_Sums)
        sequences = _sequences(documents, mode, coder, vocabulary, length, settings.seed)
        done = 0
        while part := list(islice(sequences, AT_A_TIME)):
            tables = token_losses(model, [one.ids for one in part], coder, settings.batch_tokens)
            for one, told in zip(part, tables, strict=True):
                for group in (ALL, one.group):
                    sums[group].add(one, told, bytes_of)
            if show:
                show(part[-1].document - done)
                done = part[-1].document
        if show:
            show(len(documents) - done)
        found[mode] = {name: sums[name].loss() for name in sorted(sums, key=lambda name: (name != ALL, name))}
    return found


def length_of(model: Any, settings: EvaluateSettings) -> int:
    """Tokens that a model is shown at once.

    Args:
        model: As `load_for_generation` gives it.
        settings: With `length`, if one was asked for.
    """
    return min(settings.length or LONGEST, positions(model))


def token_losses(
    model: Any, sequences: Sequence[Sequence[int]], coder: Coder, batch_tokens: int
) -> list[Told]:
    """What a model says about every token of every sequence but its first.

    Sequences stand beside each other, filled up on the right, which no token on the left can see: they stay
    apart without a mask.

    Args:
        model: As `load_for_generation` gives it.
        sequences: Ids, two at least each.
        coder: The model's tokenizer.
        batch_tokens: Tokens at the same time, one sequence at least.

    Raises:
        OutOfDeviceMemoryError: If a batch does not fit.
    """
    import torch

    found = [Told(np.zeros(0), np.zeros(0, np.bool_))] * len(sequences)
    order = sorted(range(len(sequences)), key=lambda number: -len(sequences[number]))
    first = 0
    while first < len(order):
        width = len(sequences[order[first]])
        part = order[first : first + max(1, batch_tokens // width)]
        first += len(part)
        rows = [
            [*ids, *[coder.specials.pad] * (width - len(ids))] for ids in map(sequences.__getitem__, part)
        ]
        try:
            table = _token_losses(model, rows)
        except torch.OutOfMemoryError as error:
            raise OutOfDeviceMemoryError(
                f"{len(rows)} pieces of {width} tokens do not fit on the device ({error}); take shorter ones "
                "(--length) or hold the model in fewer bits (--quantize)"
            ) from error
        for number, nats, hits in zip(part, *table, strict=True):
            last = len(sequences[number]) - 1
            found[number] = Told(nats[:last], hits[:last])
    return found


def _token_losses(model: Any, rows: list[list[int]]) -> Told:
    """The same for rows of one length; a row for each in both arrays."""
    import torch

    with torch.inference_mode():
        ids = torch.tensor(rows, device=model.device)
        logits = model(input_ids=ids, use_cache=False).logits[:, :-1].flatten(0, 1)
        targets = ids[:, 1:].flatten().to(logits.device)
        nats, hits = [], []
        for some, wanted in zip(logits.split(LOGIT_ROWS), targets.split(LOGIT_ROWS), strict=True):
            nats.append(torch.nn.functional.cross_entropy(some.float(), wanted, reduction="none"))
            hits.append(some.argmax(-1) == wanted)
    shape = (len(rows), -1)
    return Told(torch.cat(nats).view(shape).double().cpu().numpy(), torch.cat(hits).view(shape).cpu().numpy())


def _sequences(
    documents: Sequence[Held], mode: Mode, coder: Coder, vocabulary: Vocabulary, length: int, seed: int
) -> Iterator[_Sequence]:
    """What the model sees of the documents."""
    wanted = FimSettings(rate=1.0, fragment_rate=1.0, spm_rate=float(mode == "spm"))
    permuter = Permuter(wanted, coder, vocabulary)
    step = max(2, length - RESERVE)
    for number, document in enumerate(documents):
        for first in range(0, len(document.ids), step):
            ids = document.ids[first : first + step]
            end = [coder.specials.end] if first + step >= len(document.ids) else []
            middle = np.zeros(length + 1, np.bool_)
            if mode != "plain":
                piece = Piece(ids, begins=first == 0, opening=int(document.ids[0]))
                # the same places in both orders: the generator knows nothing of the order
                generator = np.random.Generator(np.random.Philox(key=_key(seed, document.id, first)))
                outcome = permuter.permute(piece, generator, length - len(ids) - len(end), drawn=True)
                if not outcome.gaps:
                    continue
                ids = outcome.ids
                for gap in outcome.gaps:
                    [place] = [part for part in gap.parts if part.name == "middle"]
                    middle[place.start : place.end + 1] = True  # and what ends it, if it is there
            if len(ids) + len(end) > 1:
                yield _Sequence(document.group, number, [*ids.tolist(), *end], middle[: len(ids) + len(end)])


def _key(seed: int, document: str, first: int) -> int:
    digest = hashlib.blake2b(
        f"{seed}\x1f{document}\x1f{first}".encode("utf-8", "surrogatepass"), digest_size=16
    )
    return int.from_bytes(digest.digest(), "little")


class _Sums:
    """What is added up over a group."""

    def __init__(self) -> None:
        self.documents: set[int] = set()
        self.tokens = self.hits = self.bytes = self.middle_tokens = self.middle_hits = 0
        self.nats = self.text_nats = self.middle_nats = 0.0

    def add(self, one: _Sequence, told: Told, bytes_of: npt.NDArray[np.int64]) -> None:
        """Add a sequence."""
        sizes, middle = bytes_of[np.array(one.ids[1:])], one.middle[1:]
        self.documents.add(one.document)
        self.tokens += len(told.nats)
        self.nats += float(told.nats.sum())
        self.hits += int(told.hits.sum())
        self.bytes += int(sizes.sum())
        self.text_nats += float(told.nats[sizes > 0].sum())
        self.middle_tokens += int(middle.sum())
        self.middle_nats += float(told.nats[middle].sum())
        self.middle_hits += int(told.hits[middle].sum())

    def loss(self) -> Loss:
        """The means."""
        mean = self.nats / self.tokens
        return Loss(
            documents=len(self.documents),
            tokens=self.tokens,
            loss=mean,
            perplexity=math.exp(min(mean, 700.0)),
            accuracy=self.hits / self.tokens,
            bits_per_byte=self.text_nats / math.log(2) / self.bytes if self.bytes else None,
            middle_loss=self.middle_nats / self.middle_tokens if self.middle_tokens else None,
            middle_accuracy=self.middle_hits / self.middle_tokens if self.middle_tokens else None,
        )
