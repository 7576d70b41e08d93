"""A window of ids -> what a person is shown of it: segments, parts, tokens as text, what is no target.

    view_of(source, 7, limit=1500).segments[0].stretches
        -> (Stretch(part="plain", units=(Unit("<fim_prefix>", special=True, ...),), ...),
            Stretch(part="prefix", units=(Unit("def", ...), Unit(" add", ...)), ...), ...)

Tokens are shown one by one. Where a character is spread over several, these are shown as one unit with their
number. What only looks like a special token is text here too, as it is for the model. Draws nothing, in
either sense: see `terminal` and `page`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from training.data.windows import IGNORED, Segment, Window, sample
from training.fim.vocabulary import ATOM, Ints, Vocabulary
from training.preview.source import Source
from training.tokenise.store import Document

PartName = Literal["plain", "prefix", "middle", "suffix"]
CHARACTER = 4
"""Bytes of a character of UTF-8, at most."""
HEAD = 2 / 3
"""Share of the tokens of a long stretch that are shown at its beginning; the others at its end."""


class Unit(NamedTuple):
    """A token, or several that share a character."""

    text: str
    """Bytes that are no character are lone surrogates."""
    tokens: int
    special: bool
    """A command to the model, not text."""
    masked: bool
    """No target: nothing is learnt from predicting it."""
    number: int
    """Of its first token in the window; neighbours are told apart by it."""


class Stretch(NamedTuple):
    """Tokens of one part of a segment."""

    part: PartName
    units: tuple[Unit, ...]
    left_out: int
    """Tokens that are not shown, behind `units`."""
    tail: tuple[Unit, ...]
    """What follows them."""
    tokens: int
    """In all."""


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A piece of a document in a window."""

    segment: Segment
    about: Document
    length: int
    """Tokens of the whole document, without its end."""
    stretches: tuple[Stretch, ...]

    @property
    def tokens(self) -> int:
        """Ids of the window that it takes."""
        return self.segment.end - self.segment.start


@dataclass(frozen=True, slots=True)
class WindowView:
    """A window."""

    index: int
    """In the order in which windows are seen."""
    window: Window
    targets: int
    """Ids that are predicted."""
    segments: tuple[SegmentView, ...]
    left_out: int
    """Tokens that are not shown."""

    @property
    def tokens(self) -> int:
        """Of the window, padding included."""
        return len(self.window.ids)


def view_of(source: Source, index: int, *, isolate: bool, padding_counts: bool, limit: int) -> WindowView:
    """What is shown of a window.

    Args:
        source: Windows and documents.
        index: Of the window, in the order in which they are seen.
        isolate: Whether a document sees only itself (`packing.isolate`).
        padding_counts: Whether padding is predicted (`fim.megatron`).
        limit: Tokens that are shown, about; 0 for all.
    """
    window = source.windows.window(index)
    labels = sample(window, isolate=isolate, padding_counts=padding_counts)["labels"]
    masked = labels == IGNORED
    masked[0] = True  # nothing stands before it
    cuts = [list(_cuts(segment)) for segment in window.segments]
    lengths = [end - start for each in cuts for _, start, end in each]
    longest = _longest(lengths, limit) if limit else max(lengths, default=0)
    vocabulary = source.windows.vocabulary
    segments = tuple(
        SegmentView(
            segment,
            source.documents.about(segment.document),
            int(source.documents.lengths[segment.document]),
            tuple(
                _stretch(part, window.ids[start:end], masked[start:end], start, vocabulary, longest)
                for part, start, end in each
            ),
        )
        for segment, each in zip(window.segments, cuts, strict=True)
    )
    left_out = sum(stretch.left_out for one in segments for stretch in one.stretches)
    return WindowView(index, window, int((~masked).sum()), segments, left_out)


def _cuts(segment: Segment) -> Iterator[tuple[PartName, int, int]]:
    """Parts of a segment and what lies between them, from the first to the last of its ids."""
    done = segment.start
    for part in segment.parts:
        if done < part.start:
            yield "plain", done, part.start
        if part.start < part.end:
            yield part.name, part.start, part.end
        done = part.end
    if done < segment.end:
        yield "plain", done, segment.end


def _longest(lengths: Sequence[int], limit: int) -> int:
    """Tokens to which each stretch is cut, so that all together have about so many: short ones stay whole."""
    left, longest = limit, 0
    for place, length in enumerate(sorted(lengths)):
        longest = max(left // (len(lengths) - place), 2)
        if length > longest:
            return longest
        left -= length
    return max(lengths, default=0)


def _stretch(
    part: PartName,
    ids: Ints,
    masked: np.typing.NDArray[np.bool_],
    start: int,
    vocabulary: Vocabulary,
    longest: int,
) -> Stretch:
    """Tokens of a stretch, its middle left out where it is too long."""
    if len(ids) <= longest:
        return Stretch(part, tuple(units(ids, masked, start, vocabulary)), 0, (), len(ids))
    head = max(1, int(longest * HEAD))
    tail = len(ids) - (longest - head)
    return Stretch(
        part,
        tuple(units(ids[:head], masked[:head], start, vocabulary)),
        tail - head,
        tuple(units(ids[tail:], masked[tail:], start + tail, vocabulary)),
        len(ids),
    )


def units(
    ids: Ints, masked: np.typing.NDArray[np.bool_], start: int, vocabulary: Vocabulary
) -> Iterator[Unit]:
    """Tokens as text.

    Args:
        ids: Some ids that follow each other.
        masked: Which of them are no target.
        start: Place of the first in the window.
        vocabulary: Of the tokenizer.
    """
    names = vocabulary.specials.control
    held, first = b"", 0
    for place, number in enumerate(ids.tolist()):
        special = vocabulary.boundary[number] == ATOM
        if held and (special or masked[place] != masked[first]):
            yield _unit(held, place - first, bool(masked[first]), start + first)
            held = b""
        if special:
            yield Unit(
                names.get(number, f"<{number}>"),
                1,
                special=True,
                masked=bool(masked[place]),
                number=start + place,
            )
            continue
        first = first if held else place
        held += vocabulary.spelt[number]
        if not _goes_on(held):
            yield _unit(held, place - first + 1, bool(masked[first]), start + first)
            held = b""
    if held:
        yield _unit(held, len(ids) - first, bool(masked[first]), start + first)


def _unit(spelt: bytes, tokens: int, masked: bool, number: int) -> Unit:
    return Unit(spelt.decode("utf-8", "surrogateescape"), tokens, special=False, masked=masked, number=number)


def _goes_on(spelt: bytes) -> bool:
    """Whether bytes end inside a character."""
    for back in range(1, min(len(spelt), CHARACTER - 1) + 1):
        byte = spelt[-back]
        if byte >= 0xC0:
            return back < 2 + (byte >= 0xE0) + (byte >= 0xF0)
        if byte < 0x80:
            return False
    return False
