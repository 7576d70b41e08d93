"""Texts -> near-duplicates of known similarity, and how many of them near-dedup finds (recall).

    1,000 texts, level 0.7  ->  1,000 edited copies at Jaccard 0.69 to 0.71, 84 % of them candidates

Words of a text are replaced, at places drawn at random, by words that occur nowhere else, until the exact
Jaccard similarity of the shingle sets is within `TOLERANCE` of the level; a text that is too short to be
brought there is left out at that level. Text and copy are sketched with the run's settings; the pair is a
candidate if a band is equal, and verified as the run would. The theory says what share to expect. What a
run does beyond that is not modelled: very large runs of equal bands, where not every pair is looked at.
"""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curation.dedup import jaccard, verify
from curation.dedup.audit.sample import wilson
from curation.dedup.audit.texts import TEXT_AT_ONCE
from curation.dedup.banding import candidate_probability
from curation.dedup.minhash import band_keys
from curation.dedup.near import NearSettings
from curation.dedup.tokens import texts as pieces_of
from curation.kernels import Floats, Ints

LEVELS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
"""Jaccard similarities that are planted."""
TOLERANCE = 0.01
"""How far a planted similarity may be from its level."""
GUESSES = 10
"""How often the number of replaced words is guessed before a text is given up."""
WORD = re.compile(r"[A-Za-z0-9_]+|[^\x00-\x7f]")
"""What is replaced as a whole: an ASCII word, or one character beyond ASCII; both change a token."""


class Editable(NamedTuple):
    """A text cut where words can be replaced."""

    pieces: list[str]
    """Everything, in order: what is between words, then a word, and so on."""
    order: list[int]
    """Places in `pieces` of words to replace, in random order."""
    fine: list[int]
    """Places of the first words of the text: each replaced one changes one shingle more."""
    words: list[str]
    """New words, as many as places."""

    def edited(self, count: int, fine: int) -> str:
        """The text with its first `count` words in random order replaced, and the first `fine` ones."""
        changed = self.pieces.copy()
        for place, word in zip([*self.fine[:fine], *self.order[:count]], self.words, strict=False):
            changed[place] = word
        return "".join(changed)


def editable(text: str, shingle: int, seed: int) -> Editable:
    """Prepare a text for replacements that the seed decides.

    Args:
        text: Any text.
        shingle: Tokens in a shingle.
        seed: Of the places and of the new words.
    """
    draw = random.Random(seed)  # noqa: S311 -- a sample that can be repeated, no secret
    pieces: list[str] = []
    end = 0
    for match in WORD.finditer(text):
        pieces += [text[end : match.start()], match.group()]
        end = match.end()
    pieces.append(text[end:])
    places = list(range(1, len(pieces), 2))
    fine, order = places[:shingle], places[shingle:]
    draw.shuffle(order)
    return Editable(pieces, order, fine, [f"q{draw.getrandbits(64):016x}" for _ in places])


class Planted(NamedTuple):
    """Edited copies; one entry per text and level that was reached."""

    text: Ints
    """Index of the text."""
    level: Ints
    """Index of the level."""
    jaccard: Floats
    """Exact similarity of text and copy."""
    copies: list[str]


class _Search:
    """The number of words to replace in one text for one level: a bracket that closes."""

    def __init__(self, text: int, level: int, goal: float, words: int, shingle: int) -> None:
        self.text, self.level, self.goal, self.shingle = text, level, goal, shingle
        self.low, self.high, self.fine, self.tries = 0, words, 0, 0
        self.count = self._guess(words)

    def _guess(self, words: float) -> int:
        """Words to replace if each of `words` carries its share of the shingles."""
        shared = 2 * self.goal / (1 + self.goal)
        return round(words * (1.0 - float(shared ** (1 / self.shingle))))

    def told(self, found: float) -> bool:
        """Choose the next try after similarity `found`; whether there is one."""
        self.tries += 1
        if self.fine or self.high - self.low <= 1 or self.tries > GUESSES:
            self.count = self.low
            self.fine += 1
            return self.fine <= self.shingle and self.high > 0
        if found > self.goal:
            self.low = self.count
        else:
            self.high = self.count
        shared = 2 * found / (1 + found)
        lost = 1 - shared ** (1 / self.shingle)
        guess = self._guess(self.count / lost) if 0 < lost < 1 else (self.low + self.high) // 2
        self.count = min(max(guess, self.low + 1), max(self.high - 1, self.low))
        return True


def plant(texts: Sequence[str], levels: Sequence[float], settings: NearSettings, seed: int = 0) -> Planted:
    """Edited copies of texts at given similarities.

    Args:
        texts: Where to start from, at most some MB in all.
        levels: Jaccard similarities, each above 0 and below 1.
        settings: What a shingle is.
        seed: Of the edits.
    """
    cut = [editable(text, settings.shingle, seed + n) for n, text in enumerate(texts)]
    open_ = [
        _Search(n, level, goal, len(cut[n].order), settings.shingle)
        for n in range(len(texts))
        for level, goal in enumerate(levels)
    ]
    originals = _column(texts)
    done: list[tuple[int, int, float, str]] = []
    while open_:
        copies = [cut[each.text].edited(each.count, each.fine) for each in open_]
        found = _similarities(originals, copies, np.array([each.text for each in open_]), settings)
        following = []
        for each, similar, copy in zip(open_, found.tolist(), copies, strict=True):
            if abs(similar - each.goal) <= TOLERANCE:
                done.append((each.text, each.level, similar, copy))
            elif each.told(similar):
                following.append(each)
        open_ = following
    done.sort(key=lambda entry: entry[:2])
    text, level, similarity = (np.array([entry[n] for entry in done]) for n in range(3))
    return Planted(text.astype(int), level.astype(int), similarity.astype(float), [e[3] for e in done])


def _column(texts: Sequence[str]) -> Any:
    return pa.array(texts, pa.large_string())


def _similarities(originals: Any, copies: list[str], of: Ints, settings: NearSettings) -> Floats:
    """Exact similarity of each copy to its original."""
    both = pa.concat_arrays([originals, _column(copies)])
    sets = jaccard.shingle_sets(
        pieces_of(both), np.arange(len(both)), size=settings.shingle, rule=settings.tokens
    )
    return jaccard.compare(sets, of, len(originals) + np.arange(len(copies)))


class Found(NamedTuple):
    """What near-dedup would make of pairs; arrays of shape (pairs,)."""

    candidate: npt.NDArray[np.bool_]
    """Whether a band is equal."""
    verified: npt.NDArray[np.bool_]
    """Whether the pair would then pass as near-duplicates."""


def find(texts: Sequence[str], planted: Planted, settings: NearSettings) -> Found:
    """Sketch texts and copies and match them as a run would.

    Args:
        texts: The texts that the copies were made from.
        planted: From `plant`.
        settings: Of the run.
    """
    sketched = settings.sketch(_column([*texts, *planted.copies]))
    groups = np.zeros(len(sketched.sketches), np.uint64)
    keys = band_keys(sketched.sketches, groups, *settings.banding)
    one, other = planted.text, len(texts) + np.arange(len(planted.copies))
    signed = settings.signed(sketched.shingles)
    both = signed[one] & signed[other]
    candidate = np.any(keys[:, one] == keys[:, other], axis=0) & both
    estimate = verify.estimates(sketched.sketches, one, other)
    verdicts = verify.judge(estimate, candidate, settings.bar)
    similar = planted.jaccard >= settings.threshold
    return Found(candidate, verdicts.accepted | (verdicts.open & similar))


@dataclass(frozen=True, slots=True)
class Level:
    """How many planted near-duplicates of one similarity are found."""

    jaccard: float
    planted: int
    """Copies within `TOLERANCE` of it."""
    candidates: int
    """Those that would be looked at."""
    verified: int
    """Those that would then pass as near-duplicates."""
    similar: int
    """Copies at the threshold or above: those that should pass."""
    found: int
    """Those of them that would."""
    share: float | None
    """candidates / planted."""
    low: float
    """Lower end of the 95 % interval of the share."""
    high: float
    expected: float | None
    """Share that the theory expects, for the very similarities that were planted."""


class Recall:
    """Adds up what is found, so that texts can come in batches of a bounded size."""

    def __init__(self, settings: NearSettings, levels: Sequence[float] = LEVELS, seed: int = 0) -> None:
        self.settings = settings
        self.levels = tuple(levels)
        self.seed = seed
        self.texts = 0
        self.counts = np.zeros((len(self.levels), 5), np.int64)
        self.expected = np.zeros(len(self.levels))

    def add(self, texts: Sequence[str]) -> None:
        """Plant copies of further texts and look for them."""
        planted = plant(texts, self.levels, self.settings, self.seed + self.texts)
        self.texts += len(texts)
        if not planted.copies:
            return
        found = find(texts, planted, self.settings)
        similar = planted.jaccard >= self.settings.threshold
        ones = np.ones(len(similar), bool)
        for column, mask in enumerate(
            (ones, found.candidate, found.verified, similar, found.verified & similar)
        ):
            self.counts[:, column] += np.bincount(planted.level[mask], minlength=len(self.levels))
        likely = candidate_probability(planted.jaccard, *self.settings.banding)
        self.expected += np.bincount(planted.level, likely, len(self.levels))

    def result(self) -> tuple[Level, ...]:
        """One row per level."""
        rows = []
        for goal, counts, expected in zip(
            self.levels, self.counts.tolist(), self.expected.tolist(), strict=True
        ):
            planted, candidates, verified, similar, found = counts
            low, high = wilson(candidates, planted)
            share, likely = (candidates / planted, expected / planted) if planted else (None, None)
            rows.append(Level(goal, planted, candidates, verified, similar, found, share, low, high, likely))
        return tuple(rows)


def recall(
    texts: Iterable[str], settings: NearSettings, levels: Sequence[float] = LEVELS, seed: int = 0
) -> tuple[Level, ...]:
    """How many near-duplicates of each similarity would be found, measured on copies of these texts.

    Args:
        texts: Real texts; those shorter than a shingle give no copy.
        settings: Of near-dedup.
        levels: Jaccard similarities, each above 0 and below 1.
        seed: Of the edits.
    """
    made = Recall(settings, levels, seed)
    batch: list[str] = []
    size = 0
    for text in texts:
        if batch and size + len(text) > TEXT_AT_ONCE // (8 * len(made.levels)):
            made.add(batch)
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        made.add(batch)
    return made.result()
