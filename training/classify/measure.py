"""A trained head and the texts that it was not trained on -> how good it is.

    measure(Path("runs/train/tagger/final"), material, "cpu", batch=16)
        -> {"target": "token", "held_out": {"EMAIL": {"labelled": 120, "exact": {"f1": 0.93, ...}, ...}}, ...}

It loads what was saved, on one process: what is measured is what is used later, and no process waits for
another. The figures themselves are in `scores`.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from training.classify import scores
from training.classify.align import tag_of, trimmed
from training.classify.examples import Material, class_name
from training.classify.head import load_trained
from training.classify.labelled import Mark, Row
from training.classify.predict import Answer, predict


def measure(final: Path, material: Material, device: str, *, batch: int) -> dict[str, Any]:
    """Let what was saved answer the held-out texts.

    Args:
        final: Folder of the trained model.
        material: What it was trained on, and the texts that were held out.
        device: cpu or cuda.
        batch: Windows in one forward pass.

    Raises:
        BadInputError: If the folder holds no model with a head.
        BrokenRunError: If the model says something that is no number.
    """
    trained = load_trained(final, device)
    said = list(predict(trained, (row.text for row in material.held_out), batch=batch))
    return {
        "target": material.answers.target,
        "counts": {side: asdict(count) for side, count in material.counts.items()},
        "held_out": figures(material, said),
    }


def figures(material: Material, said: Sequence[Answer]) -> dict[str, Any]:
    """Figures about the answers to the held-out texts.

    Args:
        material: The texts, and what those of the training were like.
        said: What the model says of them, in order.
    """
    held_out = material.held_out
    if material.answers.target == "token":
        known = set(map(tag_of, material.answers.names[1:]))
        pairs = [(_learnt(row, known), answer.spans) for row, answer in zip(held_out, said, strict=True)]
        return {tag: _row(score) for tag, score in scores.span_scores(pairs).items()}
    if material.answers.target == "classes":
        frequent = material.counts["train"].labels
        return scores.class_scores(
            [class_name(row.label) for row in held_out],
            [str(answer.label) for answer in said],
            most_frequent=max(sorted(frequent), key=lambda name: frequent[name]),
        )
    return scores.number_scores(
        [float(row.label) for row in held_out if row.label is not None],
        [answer.score for answer in said if answer.score is not None],
        mean=material.mean,
    )


def _row(score: scores.SpanScore) -> dict[str, Any]:
    return {
        "labelled": score.labelled,
        "found": score.found,
        "exact": score.exact._asdict(),
        "overlapping": score.overlapping._asdict(),
    }


def _learnt(row: Row, known: set[str]) -> list[Mark]:
    """Labelled spans with tags that are learnt, without white space at their ends."""
    marks = [
        Mark(*trimmed(row.text, mark.start, mark.end), mark.tag) for mark in row.spans if mark.tag in known
    ]
    return [mark for mark in marks if mark.start < mark.end]
