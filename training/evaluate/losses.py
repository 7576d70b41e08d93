"""Held-out documents -> loss, perplexity and bits per byte, as they are and with gaps.

    losses(model, coder, documents, EvaluateSettings())
        -> {"plain": {"Python": Loss(documents=180, tokens=91_204, loss=1.31, perplexity=3.7, ...)}, ...}

Documents are measured one by one, in pieces of one length; the first token of a piece is not predicted, its
end is, as in training. With gaps, pieces are rearranged exactly as in training (see `training.fim`), prefix
first in one measurement and suffix first in another, and the loss of the middles is told too: how well a gap
is filled. Bits per byte count only tokens of text, so that models with different tokenizers can be compared.
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


class Loss(NamedTuple):
    """What was measured over a group of documents."""

    documents: int
    tokens: int
    """That were predicted."""
    loss: float
    """Mean of -ln p over the tokens."""
    perplexity: float
    """e to the power of the loss."""
    bits_per_byte: float | None
    """Of text; None if there was none."""
    middle_loss: float | None
    """Mean over the tokens of middles, and the end behind them; None without gaps."""


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
    length = min(settings.length or LONGEST, positions(model))
    vocabulary = vocabulary_of(coder)
    bytes_of = np.array([len(spelt) for spelt in vocabulary.spelt], np.int64)
    found: dict[Mode, dict[str, Loss]] = {}
    for mode in MODES:
        sums: dict[str, _Sums] = defaultdict(_Sums)
        sequences = _sequences(documents, mode, coder, vocabulary, length, settings.seed)
        done = 0
        while part := list(islice(sequences, AT_A_TIME)):
            tables = token_losses(model, [one.ids for one in part], coder, settings.batch_tokens)
            for one, table in zip(part, tables, strict=True):
                for group in (ALL, one.group):
                    sums[group].add(one, table, bytes_of)
            if show:
                show(part[-1].document - done)
                done = part[-1].document
        if show:
            show(len(documents) - done)
        found[mode] = {name: sums[name].loss() for name in sorted(sums, key=lambda name: (name != ALL, name))}
    return found


def token_losses(
    model: Any, sequences: Sequence[Sequence[int]], coder: Coder, batch_tokens: int
) -> list[npt.NDArray[np.float64]]:
    """-ln p of every token of every sequence but its first.

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

    found: list[npt.NDArray[np.float64]] = [np.zeros(0)] * len(sequences)
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
        for number, row in zip(part, table, strict=True):
            found[number] = row[: len(sequences[number]) - 1]
    return found


def _token_losses(model: Any, rows: list[list[int]]) -> npt.NDArray[np.float64]:
    import torch

    with torch.inference_mode():
        ids = torch.tensor(rows, device=model.device)
        logits = model(input_ids=ids, use_cache=False).logits[:, :-1].flatten(0, 1)
        targets = ids[:, 1:].flatten().to(logits.device)
        parts = [
            torch.nn.functional.cross_entropy(some.float(), wanted, reduction="none")
            for some, wanted in zip(logits.split(LOGIT_ROWS), targets.split(LOGIT_ROWS), strict=True)
        ]
        table: npt.NDArray[np.float64] = torch.cat(parts).view(len(rows), -1).double().cpu().numpy()
    return table


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
        self.tokens = self.bytes = self.middle_tokens = 0
        self.nats = self.text_nats = self.middle_nats = 0.0

    def add(self, one: _Sequence, table: npt.NDArray[np.float64], bytes_of: npt.NDArray[np.int64]) -> None:
        """Add a sequence."""
        sizes = bytes_of[np.array(one.ids[1:])]
        self.documents.add(one.document)
        self.tokens += len(table)
        self.nats += float(table.sum())
        self.bytes += int(sizes.sum())
        self.text_nats += float(table[sizes > 0].sum())
        self.middle_tokens += int(one.middle[1:].sum())
        self.middle_nats += float(table[one.middle[1:]].sum())

    def loss(self) -> Loss:
        """The means."""
        mean = self.nats / self.tokens
        bits = self.text_nats / math.log(2) / self.bytes if self.bytes else None
        middle = self.middle_nats / self.middle_tokens if self.middle_tokens else None
        return Loss(len(self.documents), self.tokens, mean, math.exp(min(mean, 700.0)), bits, middle)
