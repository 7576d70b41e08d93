"""A window as what it is made of: ids, and which of them are which part of which document.

    Window(number=7, ids=[2, 40, ...], segments=(Segment(document=3, first=0, last=90, start=0, end=96), ...))

A segment is a piece of one document with what was added to it. Windows are what previews and statistics look
at; `sample` gives what the model is trained on. Nothing here draws or reads.
"""

from typing import Literal, NamedTuple, TypedDict

import numpy as np

from training.fim.orders import Part
from training.fim.permute import Reason
from training.fim.vocabulary import Ints

IGNORED = -100
"""Label of a token that is no target (PyTorch's cross entropy, ignore_index)."""


class Sample(TypedDict):
    """What the model sees of a window: three arrays of as many int64 as the window has tokens."""

    input_ids: Ints
    position_ids: Ints
    """Token of its document, if documents are isolated; else of the window."""
    labels: Ints


SegmentOrder = Literal["plain", "psm", "spm", "mixed"]


class Segment(NamedTuple):
    """A piece of a document in a window."""

    document: int
    """Number of the document in its split."""
    first: int
    last: int
    """Tokens of the document from the first up to, but not including, the second."""
    start: int
    end: int
    """Ids of the window, likewise; with special tokens that were added."""
    order: SegmentOrder
    """plain: as it was. mixed: files of a repository in both orders."""
    gaps: int
    """Gaps that were cut; more than one only in repositories."""
    parts: tuple[Part, ...]
    """Prefix, middle and suffix of each gap, in the order of the ids; places are those of the window."""
    plain: tuple[Reason, ...]
    """Why what was drawn for a gap has none."""


class Window(NamedTuple):
    """A row of a batch, as it was made."""

    number: int
    """In the plan."""
    epoch: int
    ids: Ints
    """As many as a window has, padding included."""
    segments: tuple[Segment, ...]
    """In the order of the ids."""
    padding: int
    """Ids at the end that belong to no document; ends of documents stand there, and are no targets. Where the
    published loader is followed, <fim_pad>, which is one."""
    lost: int
    """Tokens that were cut off at the end because gaps made the window too long; only where the published
    loader is followed."""


def sample(window: Window, *, isolate: bool, padding_counts: bool = False) -> Sample:
    """What the model is trained on.

    Args:
        window: As it was made.
        isolate: Whether a document sees only itself. Positions then begin anew with each segment and with the
            padding, by which attention is told where one ends; and the first token of each, before which the
            model sees nothing, is no target.
        padding_counts: Whether padding is predicted, as part of the last segment.
    """
    length = len(window.ids)
    labels = window.ids.copy()
    positions = np.arange(length)
    filled = length if padding_counts else length - window.padding
    labels[filled:] = IGNORED
    if isolate:
        begins = np.array([segment.start for segment in window.segments] + [filled] * (filled < length))
        positions -= np.repeat(begins, np.diff([*begins, length]))
        labels[begins] = IGNORED
    return {"input_ids": window.ids, "position_ids": positions, "labels": labels}
