"""Prefix, middle and suffix in the order in which the model sees them.

    "abc" without "b", prefix first (PSM)   -> <fim_prefix>a<fim_suffix>c<fim_middle>b
    suffix first (SPM, variant 2)           -> <fim_prefix><fim_suffix>c<fim_middle>ab

In the second order prefix and middle stand side by side behind <fim_middle>. Each is encoded alone, as in
Megatron-LM (gpt_dataset.py, permute): there is a boundary of tokens at every cut, also inside words, and a
prompt that ends inside a word has one there, too. Encoded as one (`fim.joint`) what follows a prefix looks as
it does in any text, but such a prompt then looks like nothing that was trained on.
In the first order special tokens stand at the cuts, and what is between them is encoded alone in any case.
"""

from typing import Literal, NamedTuple

import numpy as np

from training.fim.measure import Measured
from training.fim.vocabulary import Ints, Vocabulary

Order = Literal["psm", "spm"]
PartName = Literal["prefix", "middle", "suffix"]


class Part(NamedTuple):
    """A stretch of ids that is prefix, middle or suffix, without the special token before it."""

    name: PartName
    start: int
    end: int


class Permuted(NamedTuple):
    """A run with a gap."""

    ids: Ints
    order: Order
    parts: tuple[Part, Part, Part]
    """In the order of the ids. Where prefix and middle are encoded as one, the token that holds the last of
    the one and the first of the other belongs to the middle."""

    def moved(self, places: int) -> "Permuted":
        """The same with parts as many places further on."""
        first, second, third = (Part(p.name, p.start + places, p.end + places) for p in self.parts)
        return self._replace(parts=(first, second, third))


def permute(
    run: Measured, gap: tuple[int, int], order: Order, vocabulary: Vocabulary, *, joint: bool = False
) -> Permuted:
    """The run with the characters of the gap last.

    Args:
        run: What the gap is in.
        gap: Its first character, and the first behind it.
        order: Prefix or suffix first.
        vocabulary: Of the run's tokenizer.
        joint: Whether prefix and middle are encoded as one where the suffix comes first.
    """
    specials = vocabulary.specials
    first, last = gap
    suffix = run.stretch(last, run.characters)
    if order == "psm" or not joint:
        prefix, middle = run.stretch(0, first), run.stretch(first, last)
    else:
        both = run.stretch(0, last)
        within = int(np.searchsorted(np.cumsum(vocabulary.characters[both]), first, side="right"))
        prefix, middle = both[:within], both[within:]
    if order == "psm":
        named: list[tuple[PartName, Ints, Ints]] = [
            ("prefix", _ids(specials.prefix), prefix),
            ("suffix", _ids(specials.suffix), suffix),
            ("middle", _ids(specials.middle), middle),
        ]
    else:
        named = [
            ("suffix", _ids(specials.prefix, specials.suffix), suffix),
            ("prefix", _ids(specials.middle), prefix),
            ("middle", _ids(), middle),
        ]
    ends = np.cumsum([len(before) + len(part) for _, before, part in named]).tolist()
    one, two, three = (
        Part(name, end - len(part), end) for (name, _, part), end in zip(named, ends, strict=True)
    )
    ids = np.concatenate([some for _, before, part in named for some in (before, part)])
    return Permuted(ids, order, (one, two, three))


def _ids(*ids: int) -> Ints:
    """Special tokens as a run of ids."""
    return np.array(ids, np.int64)
