"""Spans of characters <-> labels of tokens.

    text    mail ann@x.org          span (5, 14, "EMAIL")
    tokens  mail| ann|@x|.|org      -> O, B-EMAIL, I-EMAIL, I-EMAIL, I-EMAIL

A token has the tag of the span that any of its characters that is no white space belongs to. White space at
the ends of tokens does not count: a byte-level tokenizer says that " ann" begins at the space, another one
that it does not, and both give the same labels. So does white space at the ends of spans. Back again, spans
end where their tokens do, without white space.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from training.classify.labelled import Mark

Scheme = Literal["bio", "tag"]
Places = npt.NDArray[np.int64]
OUTSIDE = "O"


class Found(NamedTuple):
    """`text[start:end]` has a tag, the model says."""

    start: int
    end: int
    tag: str
    score: float
    """Mean probability of the tag over the tokens, 0 to 1."""


class Aligned(NamedTuple):
    """Labels of the tokens of a text."""

    labels: Places
    """Place in `names_of` for each token."""
    lost: int
    """Spans that no token is left for: they overlap an earlier one, or hold only white space."""


def names_of(tags: Sequence[str], scheme: Scheme) -> tuple[str, ...]:
    """Names of the labels, O first.

    Args:
        tags: Names of the tags.
        scheme: bio for B-TAG and I-TAG, tag for one label each.
    """
    if scheme == "tag":
        return (OUTSIDE, *tags)
    return (OUTSIDE, *(f"{part}-{tag}" for tag in tags for part in "BI"))


def align(text: str, starts: Places, ends: Places, spans: Iterable[Mark], names: Sequence[str]) -> Aligned:
    """Labels of tokens from spans.

    Args:
        text: The whole text.
        starts: First character of each token, never falling.
        ends: Character after each token, never falling.
        spans: What is tagged; where two overlap, the one that begins first keeps its tokens, the longer
            one if they begin together.
        names: From `names_of`; spans with other tags are left out.
    """
    places = {name: place for place, name in enumerate(names)}
    labels = np.zeros(len(starts), np.int64)
    lost = 0
    for mark in sorted(spans, key=lambda one: (one.start, -one.end)):
        begin = places.get(f"B-{mark.tag}", places.get(mark.tag))
        if begin is None:
            continue
        start, end = trimmed(text, mark.start, mark.end)  # so a token that reaches into it does so visibly
        first = int(np.searchsorted(ends, start, "right"))
        last = int(np.searchsorted(starts, end, "left")) if start < end else first
        mine = [token for token in range(first, last) if not labels[token]]
        labels[mine] = places.get(f"I-{mark.tag}", begin)
        labels[mine[:1]] = begin
        lost += not mine
    return Aligned(labels, lost)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without white space at its ends; where there is nothing else, empty and at its start."""
    piece = text[start:end]
    first = start + len(piece) - len(piece.lstrip())
    return (first, start + len(piece.rstrip())) if first < end else (start, start)


def spans_of(
    text: str,
    starts: Places,
    ends: Places,
    labels: Sequence[int] | Places,
    scores: Sequence[float] | npt.NDArray[np.float32],
    names: Sequence[str],
) -> list[Found]:
    """Spans from labels of tokens, in the order of the text.

    Args:
        text: The whole text.
        starts: First character of each token.
        ends: Character after each token.
        labels: Place in `names` for each token. An I- that follows no token of its tag begins a span.
        scores: Probability of each token's tag.
        names: From `names_of`.
    """
    spans: list[Found] = []
    group: list[int] = []
    for token in [*np.flatnonzero(labels).tolist(), -1]:
        if group and not (token == group[-1] + 1 and _goes_on(names, labels[group[-1]], labels[token])):
            start, end = trimmed(text, int(starts[group[0]]), int(ends[group[-1]]))
            tag = tag_of(names[labels[group[0]]])
            if start < end:
                spans.append(Found(start, end, tag, round(float(np.mean([scores[n] for n in group])), 4)))
            group = []
        group.append(token)
    return spans


def tag_of(name: str) -> str:
    """The tag of a label's name: EMAIL of B-EMAIL, I-EMAIL and EMAIL."""
    return name[2:] if name[:2] in {"B-", "I-"} else name


def _goes_on(names: Sequence[str], before: int, label: int) -> bool:
    """Whether a label continues the span of the one before it."""
    return tag_of(names[before]) == tag_of(names[label]) and not names[label].startswith("B-")
