"""What a trained head says of texts of any length.

    predict(trained, ["# ask ann@x.org"])  -> [Answer(spans=[Found(6, 15, "EMAIL", 0.98)], ...)]

Long texts are cut into windows as in training; for token each token's tag is taken from the window that owns
it, so that spans go on over borders; for sequence the answers of the windows are averaged, weighted with the
tokens that each owns. Windows of like length share a forward pass. It writes no file.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from curation.errors import BrokenRunError
from training.classify.align import Found, spans_of, tag_of
from training.classify.encoding import Encoded, Window, windows
from training.classify.examples import Answers, Collator
from training.classify.head import Trained

AT_ONCE = 1 << 22
"""Characters of texts that are tokenised and answered together, at least one text."""
Floats = npt.NDArray[np.float32]


class Answer(NamedTuple):
    """What the model says of one text."""

    spans: list[Found]
    """For token."""
    label: str | None
    """For classes: the likeliest; None for a text without tokens."""
    score: float | None
    """For classes its probability, for a number the number; None for a text without tokens."""
    windows: int
    """Windows that the text was cut into."""


def predict(trained: Trained, texts: Iterable[str], *, batch: int = 16) -> Iterator[Answer]:
    """Answers, in the order of the texts.

    Args:
        trained: A model, its tokenizer and its windows.
        texts: Whole texts; about 4 million characters are held at once.
        batch: Windows in one forward pass.

    Raises:
        BrokenRunError: If the model says something that is no number.
    """
    held: list[str] = []
    size = 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size >= AT_ONCE:
            yield from _answers(trained, held, batch)
            held, size = [], 0
    yield from _answers(trained, held, batch)


def _answers(trained: Trained, texts: Sequence[str], batch: int) -> Iterator[Answer]:
    """Answers for texts that are held at once.

    Raises:
        BrokenRunError: If the model says something that is no number.
    """
    encoded = [trained.encoder.encode(text) for text in texts]
    room = trained.encoder.room(trained.sequence_length)
    cut = [windows(len(one.ids), room, trained.overlap) for one in encoded]
    work = [(number, window) for number, each in enumerate(cut) for window in each]
    work.sort(key=lambda item: (item[1].start - item[1].end, item))
    said = [np.zeros((len(one.ids), len(trained.answers.names)), np.float32) for one in encoded]
    for first in range(0, len(work), batch):
        some = work[first : first + batch]
        for (number, window), scores in zip(some, _scores(trained, encoded, some), strict=True):
            said[number][window.own_start : window.own_end] = scores
    for text, one, each, scores in zip(texts, encoded, cut, said, strict=True):
        yield _answer(text, one, len(each), scores, trained.answers)


def _scores(
    trained: Trained, encoded: Sequence[Encoded], work: Sequence[tuple[int, Window]]
) -> Iterator[Floats]:
    """For each window what the model says of its own tokens: a row each, or one row for all.

    Raises:
        BrokenRunError: If that is no number.
    """
    import torch

    encoder, model = trained.encoder, trained.model
    rows = [encoder.framed(encoded[number].ids[window.start : window.end]) for number, window in work]
    batch = Collator(encoder.pad)([{"input_ids": row, "labels": 0} for row in rows])
    with torch.inference_mode():
        logits = model(
            input_ids=batch["input_ids"].to(model.device),
            attention_mask=batch["attention_mask"].to(model.device),
        ).logits.float()
        scores = (logits if trained.answers.target == "number" else logits.softmax(-1)).cpu().numpy()
    for row, (_, window) in enumerate(work):
        first = len(encoder.before) + window.own_start - window.start
        own = slice(first, first + window.own_end - window.own_start)
        mine = scores[row, own] if trained.answers.target == "token" else scores[row]
        if not np.isfinite(mine).all():
            raise BrokenRunError(
                f"the {model.config.model_type} model answered with scores that are no numbers; expected a "
                "model whose training did not diverge"
            )
        yield mine


def _answer(text: str, encoded: Encoded, count: int, scores: Floats, answers: Answers) -> Answer:
    """What the scores of a text's tokens say."""
    if answers.target == "token":
        labels, sure = tagged(scores, answers.names)
        return Answer(
            spans_of(text, encoded.starts, encoded.ends, labels, sure, answers.names), None, None, count
        )
    if not len(scores):
        return Answer([], None, None, count)
    mean = scores.mean(axis=0, dtype=np.float64)
    best = int(mean.argmax())
    return Answer([], answers.names[best] if answers.target == "classes" else None, float(mean[best]), count)


def tagged(probabilities: Floats, names: Sequence[str]) -> tuple[npt.NDArray[np.int64], Floats]:
    """The label of each token, and the probability of its tag.

    B- and I- of a tag count together when tags are compared: a token that is surely a name is one, also where
    it is open whether it begins it.

    Args:
        probabilities: Tokens x labels.
        names: Of the labels.
    """
    kinds = list(dict.fromkeys(map(tag_of, names)))
    member = np.array([[tag_of(name) == kind for name in names] for kind in kinds])
    by_kind = probabilities @ member.T.astype(np.float32)
    kind = by_kind.argmax(axis=1)
    labels = np.where(member[kind], probabilities, -1.0).argmax(axis=1)
    return labels, by_kind[np.arange(len(kind)), kind]


def as_json(answer: Answer, answers: Answers) -> dict[str, Any]:
    """The fields that a prediction adds to a row."""
    if answers.target == "token":
        return {"spans": [found._asdict() for found in answer.spans]}
    fields: dict[str, Any] = {"score": None if answer.score is None else round(answer.score, 6)}
    return fields if answers.target == "number" else {"label": answer.label} | fields
