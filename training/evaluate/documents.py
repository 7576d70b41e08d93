r"""Held-out documents of a token store, as the ids of the model that is measured.

    held_out(Path("runs/train/smoke/tokens"), coder, limit=200, seed=0)
        -> [Held(id="...", language="Python", ids=array([...]), text="import os\n..."), ...]

Which documents are taken is drawn by their ids, so that two models see the same ones. If the store was made
with another tokenizer, its ids are turned into text and encoded anew, special tokens kept apart. Measures
nothing.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curation.draw import uniform
from curation.errors import BadInputError
from training.tokenise.store import TokenSplit, open_tokens
from training.tokenizer.coder import Coder
from training.tokenizer.load import load_coder

Ids = npt.NDArray[np.int64]


class Held(NamedTuple):
    """A document that the model was not trained on."""

    id: str
    group: str
    """Programming language, or the kind of document where there is none."""
    ids: Ids
    """In the model's tokenizer, without the end of the document."""
    text: str
    """Of the longest stretch without special tokens: the document, or one file of a repository."""


def held_out(tokens: Path, coder: Coder, *, limit: int | None, seed: int) -> list[Held]:
    """Documents to measure with.

    Args:
        tokens: Folder of the token store.
        coder: The model's tokenizer.
        limit: Documents at most; None for all.
        seed: Of the choice.

    Raises:
        BadInputError: If the store holds no document out, or was made with a tokenizer that is gone.
    """
    split = open_tokens(tokens, "held_out")
    numbers: dict[str, int] = {}  # a document that is seen several times in training is measured once
    for number in range(split.documents):
        if split.lengths[number] > 1:
            numbers.setdefault(split.about(number).id, number)
    if not numbers:
        raise BadInputError(
            f"{tokens}: no document is held out; tokenise with corpus.held_out above 0, such as 0.01, or "
            "with more repositories"
        )
    drawn = sorted(numbers, key=lambda name: uniform(seed, name, "evaluated document"))[:limit]
    theirs = _coder_of(split, coder, tokens)
    return [_held(split, numbers[name], coder, theirs) for name in sorted(drawn, key=numbers.__getitem__)]


def runs(ids: npt.NDArray[np.integer], coder: Coder) -> Iterator[tuple[bool, list[int]]]:
    """Stretches of ids without special tokens (False), and single special tokens (True).

    Args:
        ids: Of a document.
        coder: Whose ids they are.
    """
    control = np.isin(ids, list(coder.specials.control))
    first = 0
    for place in np.flatnonzero(control).tolist():
        if first < place:
            yield False, ids[first:place].tolist()
        yield True, [int(ids[place])]
        first = place + 1
    if first < len(ids):
        yield False, ids[first:].tolist()


def _coder_of(split: TokenSplit, coder: Coder, tokens: Path) -> Coder:
    """The tokenizer of the store: the model's own if they are the same.

    Raises:
        BadInputError: If it is another one, which cannot be had any more.
    """
    about = split.manifest["tokenizer"]
    if about["sha256"] == coder.sha256:
        return coder
    theirs = load_coder(about["name"])
    if theirs.sha256 != about["sha256"]:
        raise BadInputError(
            f"{tokens}: made with a tokenizer that {about['name']} is no longer; tokenise the corpus again "
            "or name a model with the store's tokenizer"
        )
    return theirs


def _held(split: TokenSplit, number: int, coder: Coder, theirs: Coder) -> Held:
    about = split.about(number)
    ids = np.asarray(split.tokens(number), np.int64)
    stretches = list(runs(ids, theirs))
    longest = max((run for special, run in stretches if not special), key=len, default=[])
    if theirs is not coder:
        ids = np.array([one for run in stretches for one in _again(*run, coder, theirs)], np.int64)
    return Held(about.id, about.language or about.kind, ids, theirs.decode(longest))


def _again(special: bool, run: list[int], coder: Coder, theirs: Coder) -> list[int]:
    """The ids of a stretch in another tokenizer; a special token that it lacks becomes its name."""
    text = theirs.decode(run)
    return coder.encode_layout(text) if special else coder.encode(text)
