"""Labelled texts -> what the model gets: windows with labels, the same whatever the order they are asked for.

    material = prepare(rows, encoder, config)
    material.train[0]           -> {"input_ids": [...], "labels": [0, 1, 2, -100, ...]}
    Collator(pad=4)([...])      -> tensors input_ids, attention_mask and labels

For token, every window of a text is an example, and a token is learnt only where it is owned. For sequence,
a text is one example in each epoch, whatever its length: one of its windows, drawn. Order and windows are
drawn by seed and epoch alone, so that nothing but the step is needed to go on. All is held in memory: about
20 bytes per token.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from curation.draw import uniform
from curation.errors import BadInputError
from training.classify.align import align, names_of, tag_of
from training.classify.encoding import Encoder, windows
from training.classify.labelled import Row
from training.classify.settings import ClassifyConfig

IGNORED = -100
"""Label that no loss is computed of."""
MULTIPLE = 8
"""Batches are padded to a multiple of so many tokens."""
Ints = npt.NDArray[np.int64]
Target = Literal["token", "classes", "number"]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a head can say."""

    target: Target
    names: tuple[str, ...]
    """Names of its outputs; one, "score", for a number."""


@dataclass(slots=True)
class Counts:
    """What became of the labelled texts."""

    texts: int = 0
    empty: int = 0
    """Texts without tokens, set aside."""
    long: int = 0
    """Texts that were cut into several windows."""
    windows: int = 0
    tokens: int = 0
    labels: dict[str, int] = field(default_factory=dict)
    """Tag -> spans; class -> texts."""
    passed_over: int = 0
    """Spans with tags that are not learnt."""
    lost: int = 0
    """Spans that no token was left for, as they overlap others or are white space."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One window of a text."""

    ids: Ints
    """As the model gets them, special tokens included."""
    labels: Ints | int | float


class Examples:
    """A map-style data set without end: item i is in epoch i // len."""

    def __init__(self, texts: Sequence[Sequence[Piece]], *, one_each: bool, seed: int) -> None:
        """Prepare examples.

        Args:
            texts: Windows of each text, at least one.
            one_each: Whether a text is one example in each epoch, or as many as it has windows.
            seed: Of the order, and of which window it is.
        """
        self._texts = list(texts) if one_each else [[piece] for pieces in texts for piece in pieces]
        self._counts = np.array([len(pieces) for pieces in self._texts], np.int64)
        self._seed = seed
        self._epoch = functools.lru_cache(maxsize=2)(self._drawn)

    def __len__(self) -> int:
        """Examples of one epoch."""
        return len(self._texts)

    def __getitem__(self, number: int) -> dict[str, Any]:
        """An example; any number from 0 on."""
        epoch, place = divmod(int(number), len(self))
        order, chosen = self._epoch(epoch)
        text = order[place]
        piece = self._texts[text][chosen[text]]
        return {"input_ids": piece.ids, "labels": piece.labels}

    def _drawn(self, epoch: int) -> tuple[Ints, Ints]:
        """Order of the texts in an epoch, and which of its windows each is."""
        generator = np.random.Generator(np.random.Philox(key=np.array([self._seed, epoch], np.uint64)))
        order = generator.permutation(len(self))
        return order, (generator.random(len(self)) * self._counts).astype(np.int64)

    def stretch(self, total: int) -> "Stretch":
        """The first `total` examples, over as many epochs as that takes."""
        return Stretch(self, total)

    def __reduce__(self) -> Any:
        return _again, (self._texts, self._seed)


def _again(texts: Sequence[Sequence[Piece]], seed: int) -> Examples:
    return Examples(texts, one_each=True, seed=seed)


class Stretch:
    """As many examples as a run sees: a data set for a Trainer, which asks for its length."""

    def __init__(self, examples: Examples, total: int) -> None:
        self._examples = examples
        self._total = total

    def __len__(self) -> int:
        return self._total

    def __getitem__(self, number: int) -> dict[str, Any]:
        if not 0 <= number < self._total:
            raise IndexError(f"example {number} of {self._total}")
        return self._examples[number]


class Fixed:
    """Some windows in a fixed order, for the loss while training."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces

    def __len__(self) -> int:
        return len(self._pieces)

    def __getitem__(self, number: int) -> dict[str, Any]:
        piece = self._pieces[number]
        return {"input_ids": piece.ids, "labels": piece.labels}


@dataclass(frozen=True, slots=True)
class Material:
    """All that a run learns from and is measured with."""

    answers: Answers
    train: Examples
    held_out: list[Row]
    held_out_pieces: list[Piece]
    counts: dict[str, Counts]
    """train and held_out."""
    mean: float
    """Mean number over the texts of the training; 0 where they have none."""


class Collator:
    """Examples of different lengths -> one batch of tensors."""

    def __init__(self, pad: int) -> None:
        self.pad = pad

    def __call__(self, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Pad with the padding token on the right; padding is not attended to and has no label."""
        import torch

        longest = max(len(item["input_ids"]) for item in items)
        width = -(-longest // MULTIPLE) * MULTIPLE
        ids = torch.full((len(items), width), self.pad, dtype=torch.long)
        mask = torch.zeros((len(items), width), dtype=torch.long)
        by_token = isinstance(items[0]["labels"], np.ndarray)
        labels = (
            torch.full_like(ids, IGNORED) if by_token else torch.tensor([item["labels"] for item in items])
        )
        for row, item in enumerate(items):
            length = len(item["input_ids"])
            ids[row, :length] = torch.from_numpy(item["input_ids"])
            mask[row, :length] = 1
            if by_token:
                labels[row, :length] = torch.from_numpy(item["labels"])
        return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def prepare(rows: Iterable[Row], encoder: Encoder, config: ClassifyConfig) -> Material:
    """Split labelled texts, tell what the head says, and cut windows.

    Args:
        rows: All labelled texts.
        encoder: The model's tokenizer.
        config: What is learnt, and how texts are cut.

    Raises:
        BadInputError: If there is nothing to learn from, or nothing to measure with.
    """
    train, held_out = _split(rows, config)
    answers = _answers([*train, *held_out], config)
    counts = {"train": Counts(), "held_out": Counts()}
    learnt = [pieces for row in train if (pieces := _cut(row, encoder, config, answers, counts["train"]))]
    measured = [_cut(row, encoder, config, answers, counts["held_out"]) for row in held_out]
    if not learnt or not any(measured):
        raise BadInputError(f"{_files(config)}: every text is empty on one side; expected texts with tokens")
    return Material(
        answers=answers,
        train=Examples(learnt, one_each=answers.target != "token", seed=config.seed),
        held_out=[row for row, pieces in zip(held_out, measured, strict=True) if pieces],
        held_out_pieces=[piece for pieces in measured for piece in pieces],
        counts=counts,
        mean=fmean(float(row.label or 0) for row in train) if answers.target == "number" else 0.0,
    )


def _split(rows: Iterable[Row], config: ClassifyConfig) -> tuple[list[Row], list[Row]]:
    """Texts to learn from, and texts to measure with.

    Raises:
        BadInputError: If one of the two is empty.
    """
    sides: tuple[list[Row], list[Row]] = ([], [])
    for row in rows:
        sides[uniform(config.seed, row.group, "held out") < config.data.held_out].append(row)
    if not all(sides):
        raise BadInputError(
            f"{_files(config)}: {len(sides[0])} texts to learn from and {len(sides[1])} held out; expected "
            "some of both: give more texts, or change data.held_out or seed"
        )
    return sides


def _answers(rows: Sequence[Row], config: ClassifyConfig) -> Answers:
    """What the head can say, by what occurs.

    Raises:
        BadInputError: If that is nothing, or not what was asked for.
    """
    if config.head.task == "token":
        tags = config.head.tags or sorted({mark.tag for row in rows for mark in row.spans})
        wrong = [tag for tag in tags if tag == "O" or tag[:2] in {"B-", "I-"}]
        if not tags or wrong:
            raise BadInputError(
                f"{_files(config)}: saw the tags {list(tags)}; expected at least one, and none that is O or "
                "begins with B- or I-"
            )
        return Answers("token", names_of(tags, config.head.scheme))
    labels = {row.label for row in rows if row.label is not None}
    numbers = all(isinstance(label, float) for label in labels)
    if config.head.target == "number" and not numbers:
        named = sorted(str(label) for label in labels if not isinstance(label, float))
        raise BadInputError(
            f"{_files(config)}: head.target is number, but there are labels such as {named[:3]}"
        )
    names = tuple(sorted(set(map(class_name, labels))))
    if len(names) < 2:
        raise BadInputError(f"{_files(config)}: every label is {names}; expected at least two different ones")
    return (
        Answers("number", ("score",))
        if numbers and config.head.target != "classes"
        else Answers("classes", names)
    )


def class_name(label: str | float | None) -> str:
    """Name of a class: 3.0 is class 3."""
    return str(int(label)) if isinstance(label, float) and label == int(label) else str(label)


def _cut(row: Row, encoder: Encoder, config: ClassifyConfig, answers: Answers, counts: Counts) -> list[Piece]:
    """Windows of a text with labels; none if it has no tokens."""
    encoded = encoder.encode(row.text)
    counts.texts += 1
    if not len(encoded.ids):
        counts.empty += 1
        return []
    labels: Ints | None = None
    if answers.target == "token":
        aligned = align(row.text, encoded.starts, encoded.ends, row.spans, answers.names)
        labels = aligned.labels
        _count_spans(row, aligned.lost, answers, counts)
    else:
        name = class_name(row.label) if answers.target == "classes" else answers.names[0]
        counts.labels[name] = counts.labels.get(name, 0) + 1
    cut = windows(len(encoded.ids), encoder.room(config.data.sequence_length), config.data.overlap)
    counts.windows += len(cut)
    counts.long += len(cut) > 1
    counts.tokens += len(encoded.ids)
    return [
        Piece(
            encoder.framed(encoded.ids[window.start : window.end]),
            _target(row, answers) if labels is None else _owned(labels, window, encoder),
        )
        for window in cut
    ]


def _count_spans(row: Row, lost: int, answers: Answers, counts: Counts) -> None:
    known = set(map(tag_of, answers.names[1:]))
    for mark in row.spans:
        if mark.tag in known:
            counts.labels[mark.tag] = counts.labels.get(mark.tag, 0) + 1
        else:
            counts.passed_over += 1
    counts.lost += lost


def _target(row: Row, answers: Answers) -> int | float:
    if answers.target == "classes":
        return answers.names.index(class_name(row.label))
    assert isinstance(row.label, float)
    return row.label


def _owned(labels: Ints, window: tuple[int, int, int, int], encoder: Encoder) -> Ints:
    """Labels of a window, special tokens and tokens of other windows without one."""
    start, end, own_start, own_end = window
    own = np.full(len(encoder.before) + end - start + len(encoder.after), IGNORED, np.int64)
    first = len(encoder.before) + own_start - start
    own[first : first + own_end - own_start] = labels[own_start:own_end]
    return own


def _files(config: ClassifyConfig) -> str:
    return ", ".join(map(str, config.data.files))
