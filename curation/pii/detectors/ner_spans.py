"""From what a model says of tokens to spans of a text.

    labels B-NAME I-NAME on "Ann" " Lee," -> [Span(0, 7, "NAME", "ner", 0.97)]

Neighbouring tokens of one tag are one span, also with white space between them; words are completed,
punctuation around them is dropped (reference-facts 13.2), and a name has two words. It runs no model.
"""

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.errors import BadConfigError
from curation.pii.detectors.people import is_placeholder_name
from curation.pii.detectors.placeholders import is_placeholder
from curation.pii.replacements import is_fake
from curation.pii.settings import NerSettings
from curation.pii.spans import TAGS, Span

RULE = "ner"
THRESHOLD = 0.5
MIN_CHARACTERS = 4
"""Shorter findings are not redacted by StarCoder's rule either (reference-facts 13.3)."""
MAX_COMPLETED = 32
"""Characters by which a word is completed to each side, at most."""

INSIDE, BEGIN, END, SINGLE = range(4)
_PARTS = {"B": BEGIN, "I": INSIDE, "M": INSIDE, "E": END, "L": END, "S": SINGLE, "U": SINGLE}
_PREFIX = re.compile(r"([BIMELSU])-(.+)\Z")
_LEADING = re.compile(r"[^\w]*")


class Labels(NamedTuple):
    """What each output of a model means."""

    tags: tuple[int, ...]
    """For each output its place in `TAGS`, -1 for none."""
    parts: tuple[int, ...]
    """For each output which part of a span it marks: inside, begin, end or single."""
    thresholds: tuple[float, ...]
    """For each of `TAGS` the probability from which a token counts."""


class Tokens(NamedTuple):
    """What is known of each token of a text."""

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    """Characters that the token stands for."""
    tags: npt.NDArray[np.int8]
    """Place in `TAGS`, -1 for none."""
    parts: npt.NDArray[np.int8]
    scores: npt.NDArray[np.float32]
    """Probability of the tag."""


def read_labels(names: dict[int, str], settings: NerSettings) -> Labels:
    """The meaning of a model's outputs.

    Args:
        names: The model's own label of each output.
        settings: Which label is which tag, and the thresholds.

    Raises:
        BadConfigError: If a label is no tag and `settings.labels` does not name it, if no label is a tag, or
            if settings name a tag that does not exist.
    """
    for tag in [*filter(None, settings.labels.values()), *settings.thresholds]:
        if tag not in TAGS:
            raise BadConfigError(f"pii.ner names the tag {tag!r}; a tag is one of {', '.join(TAGS)}")
    tags, parts = [], []
    for number in range(len(names)):
        label = names[number]
        prefixed = _PREFIX.match(label)
        bare = prefixed[2] if prefixed and label not in settings.labels else label
        tag = settings.labels.get(bare, "" if bare == "O" else bare)
        if tag and tag not in TAGS:
            raise BadConfigError(
                f"the model {settings.model} has the label {label!r}, which is no tag ({', '.join(TAGS)});"
                f' say in pii.ner.labels what it is: {{"{bare}": "NAME"}}, or {{"{bare}": ""}} to ignore it'
            )
        tags.append(TAGS.index(tag) if tag else -1)
        parts.append(_PARTS[prefixed[1]] if prefixed else INSIDE)
    if max(tags, default=-1) < 0:
        raise BadConfigError(
            f"the model {settings.model} finds nothing: all of its labels {names} are ignored"
        )
    return Labels(tuple(tags), tuple(parts), tuple(settings.thresholds.get(tag, THRESHOLD) for tag in TAGS))


def spans_of(text: str, tokens: Tokens) -> list[Span]:
    """Spans that the tagged tokens of a text make up, in its order.

    Args:
        text: A whole document.
        tokens: What the model said of each of its tokens.
    """
    spans: list[Span] = []
    group: list[int] = []
    for token in np.flatnonzero(tokens.tags >= 0).tolist():
        if group and not _goes_on(text, tokens, group[-1], token):
            spans += _span(text, tokens, group)
            group = []
        group.append(token)
    if group:
        spans += _span(text, tokens, group)
    return spans


def _goes_on(text: str, tokens: Tokens, last: int, token: int) -> bool:
    """Whether a token belongs to the span of the one before: same tag, and only white space between them."""
    if tokens.tags[last] != tokens.tags[token]:
        return False
    gap = text[tokens.ends[last] : tokens.starts[token]]
    if not gap and not text[tokens.starts[token]].isspace():
        return True  # the same word, whatever its pieces are called
    if "\n" in gap and TAGS[tokens.tags[token]] != "KEY":
        return False  # only a key goes over several lines
    ended = tokens.parts[last] in {END, SINGLE} or tokens.parts[token] in {BEGIN, SINGLE}
    return not ended and (not gap or gap.isspace())


def _span(text: str, tokens: Tokens, group: list[int]) -> list[Span]:
    """The span of some tokens, cleaned; none if nothing is left that counts."""
    tag = TAGS[tokens.tags[group[0]]]
    start, end = int(tokens.starts[group[0]]), int(tokens.ends[group[-1]])
    start, end = _completed(text, start, end)
    leading = _LEADING.match(text, start, end)
    start = leading.end() if leading else start
    while end > start and (text[end - 1].isspace() or (tag != "KEY" and not _is_word(text[end - 1]))):
        end -= 1
    value = text[start:end]
    if len(value) < MIN_CHARACTERS or value in TAGS or (tag == "NAME" and len(value.split()) < 2):
        return []
    made_up = is_placeholder(value) if tag in {"KEY", "PASSWORD"} else is_placeholder_name(value)
    if made_up or is_fake(value):
        return []
    score = float(tokens.scores[group].mean(dtype=np.float64))
    return [Span(start, end, tag, RULE, round(score, 4))]


def _completed(text: str, start: int, end: int) -> tuple[int, int]:
    """The place with the words that it cuts, so that no rest of a value stands beside its replacement."""
    first, last = max(0, start - MAX_COMPLETED), min(len(text), end + MAX_COMPLETED)
    while first < start < len(text) and _is_word(text[start]) and _is_word(text[start - 1]):
        start -= 1
    while 0 < end < last and _is_word(text[end - 1]) and _is_word(text[end]):
        end += 1
    return start, end


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
