"""Answers for texts of any length: cut, tagged, averaged, and put together again."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from curation.errors import BrokenRunError
from training.classify import predict as module
from training.classify.encoding import load_encoder, windows
from training.classify.examples import Answers
from training.classify.head import Trained
from training.classify.predict import Answer, as_json, predict, tagged

BIO = Answers("token", ("O", "B-EMAIL", "I-EMAIL"))
CLASSES = Answers("classes", ("odd", "even"))


class Model:
    """Says of each token or text what can be told from its ids alone."""

    def __init__(self, answers: Answers, *, broken: bool = False) -> None:
        self.answers, self.broken = answers, broken
        self.config = SimpleNamespace(model_type="made up")
        self.device = "cpu"
        self.batches: list[int] = []

    def __call__(self, input_ids: Any, attention_mask: Any) -> Any:
        """Tokens with an odd id are B-EMAIL; the score of a text is its number of tokens."""
        import torch

        self.batches.append(len(input_ids))
        if self.answers.target == "token":
            logits = torch.nn.functional.one_hot(input_ids % 2, 3) * 20.0
        elif self.answers.target == "number":
            logits = attention_mask.sum(1, keepdim=True).float()
        else:
            logits = torch.nn.functional.one_hot(attention_mask.sum(1) % 2, 2).flip(1) * 20.0
        return SimpleNamespace(logits=logits * float("nan") if self.broken else logits)


@pytest.fixture
def encoder(models: Path) -> Any:
    return load_encoder(models / "starcoder2")


def trained(encoder: Any, answers: Answers, **more: Any) -> Trained:
    return Trained(Model(answers, **more), encoder, answers, sequence_length=16, overlap=4)


TEXTS = ["", "x = 1\n", "def f(value):\n    return value + 1\n" * 6, "y"]


def test_windows_give_what_the_whole_text_would(encoder: Any) -> None:
    """Each token is answered once, in whatever window and batch it was."""
    for batch in (1, 3, 100):
        for text, answer in zip(TEXTS, predict(trained(encoder, BIO), TEXTS, batch=batch), strict=True):
            encoded = encoder.encode(text)
            inside = {
                place
                for token, (start, end) in enumerate(zip(encoded.starts, encoded.ends, strict=True))
                if encoded.ids[token] % 2
                for place in range(start, end)
                if not text[place].isspace()
            }
            assert {n for found in answer.spans for n in range(found.start, found.end)} >= inside
            assert all(text[f.start : f.end].strip() == text[f.start : f.end] for f in answer.spans)
            assert all(found.score > 0.99 for found in answer.spans)


def test_windows_of_many_texts_share_batches(encoder: Any) -> None:
    """Long ones first; none is larger than asked for."""
    one = trained(encoder, BIO)
    answers = list(predict(one, TEXTS, batch=4))
    assert sum(one.model.batches) == sum(answer.windows for answer in answers)
    assert [answer.windows for answer in answers][:2] == [0, 1]
    assert max(one.model.batches) == 4


def test_the_score_of_a_long_text_is_the_mean_over_its_tokens(encoder: Any) -> None:
    """A short last window counts less than a whole one."""
    text = TEXTS[2]
    (answer,) = predict(trained(encoder, Answers("number", ("score",))), [text])
    cut = windows(len(encoder.encode(text).ids), 16, 4)
    owned = [window.own_end - window.own_start for window in cut]
    expected = np.average([window.end - window.start for window in cut], weights=owned)
    assert answer.score == pytest.approx(float(expected), rel=1e-6)
    assert answer.windows == len(cut) > 2


def test_a_class_is_the_likeliest_with_its_probability(encoder: Any) -> None:
    """A text without tokens has none."""
    texts = ["x", "x = 1", ""]
    answers = list(predict(trained(encoder, CLASSES), texts))
    expected = [CLASSES.names[1 - len(encoder.encode(text).ids) % 2] for text in texts[:2]]
    assert [answer.label for answer in answers] == [*expected, None]
    assert answers[0].score == pytest.approx(1.0, abs=1e-6)
    assert answers[2] == Answer([], None, None, 0)


def test_texts_are_held_a_stretch_at_a_time(encoder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers come before all texts are read."""
    monkeypatch.setattr(module, "AT_ONCE", 10)
    asked: list[int] = []

    def texts() -> Any:
        for number in range(5):
            asked.append(number)
            yield "x = 1234567890"

    answers = predict(trained(encoder, BIO), texts())
    next(answers)
    assert asked == [0]
    assert len(list(answers)) == 4


def test_scores_that_are_no_numbers_are_refused(encoder: Any) -> None:
    """A diverged model must not look like one that finds nothing."""
    with pytest.raises(BrokenRunError, match="the made up model answered with scores that are no numbers"):
        list(predict(trained(encoder, BIO, broken=True), ["x"]))


def test_begin_and_inside_count_together_when_tags_are_compared() -> None:
    """0.35 and 0.3 of EMAIL are more than 0.35 of none; which of the two it is, is told after that."""
    probabilities = np.array([[0.35, 0.35, 0.3], [0.6, 0.1, 0.3], [0.1, 0.4, 0.5]], np.float32)
    labels, scores = tagged(probabilities, BIO.names)
    assert [BIO.names[label] for label in labels] == ["B-EMAIL", "O", "I-EMAIL"]
    assert scores.tolist() == pytest.approx([0.65, 0.6, 0.9])


@pytest.mark.parametrize(
    ("answers", "answer", "fields"),
    [
        (CLASSES, Answer([], "odd", 0.5, 1), {"label": "odd", "score": 0.5}),
        (Answers("number", ("score",)), Answer([], None, 2.25, 1), {"score": 2.25}),
        (Answers("number", ("score",)), Answer([], None, None, 0), {"score": None}),
        (BIO, Answer([], None, None, 1), {"spans": []}),
    ],
)
def test_an_answer_has_the_fields_of_its_kind(
    answers: Answers, answer: Answer, fields: dict[str, Any]
) -> None:
    """Spans, or a label and how sure it is, or a score."""
    assert as_json(answer, answers) == fields
