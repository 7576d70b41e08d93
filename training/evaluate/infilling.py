r"""Held-out documents -> gaps to fill, and how well they were filled.

    gaps = draw_gaps(documents, ("single-line", "random-span"), seed=0)
    gaps[0]                    -> Gap("single-line", "Python", ..., "def f(x):\n", "    y = x\n", ...)
    score(gaps[0], "  y=x\n")  -> Score(exact=False, similarity=0.6)

single-line: one line that holds a letter or digit, compared without the space around it; what the model
writes counts up to its first line break. multi-line: 2 to 8 lines, compared without the space around them.
random-span: 1 to 128 characters anywhere, compared as they are, so that the model has to end by itself. The
kinds are those of HumanEval-Infilling (Bavarian et al. 2022), but on documents of the corpus, and judged by
text: a filling that is right in another way counts as wrong, so these numbers tell models apart, no more.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from curation.draw import whole
from training.evaluate.documents import Held
from training.evaluate.intervals import interval
from training.evaluate.losses import ALL, length_of
from training.evaluate.settings import EvaluateSettings, GapKind
from training.evaluate.similarity import similarity
from training.generate.complete import Completion, complete
from training.generate.prompts import build
from training.generate.settings import Sampling
from training.tokenizer.coder import Coder

MOST_LINES, FEWEST_LINES = 8, 2
"""Lines of a gap of several."""
MOST_CHARACTERS = 128
"""Characters of a random span."""
AROUND = 1 << 16
"""Characters of text that are kept on each side of a gap."""


class Gap(NamedTuple):
    """A gap that a model is asked to fill."""

    kind: GapKind
    group: str
    """Programming language, or the kind of document where there is none."""
    document: str
    """Its id."""
    prefix: str
    middle: str
    suffix: str


class Score(NamedTuple):
    """How well a gap was filled."""

    exact: bool
    similarity: float
    """1 for the same text."""


class Filled(NamedTuple):
    """A gap and what a model put there."""

    gap: Gap
    completion: Completion
    score: Score
    cut: bool
    """Whether the prompt was cut to what the model sees."""


def draw_gaps(documents: Sequence[Held], kinds: Sequence[GapKind], seed: int) -> list[Gap]:
    """One gap of each kind in each document that has room for it.

    Args:
        documents: Where gaps are cut.
        kinds: Which ones.
        seed: Of the places.
    """
    return [gap for kind in kinds for held in documents if (gap := _gap(held, kind, seed))]


def fill(
    model: Any,
    coder: Coder,
    gaps: Sequence[Gap],
    settings: EvaluateSettings,
    show: Callable[[int], None] | None = None,
) -> list[Filled]:
    """Let a model fill gaps, and compare.

    Args:
        model: As `load_for_generation` gives it.
        coder: Its tokenizer.
        gaps: What is to be filled.
        settings: Order, and numbers of tokens.
        show: Is told how many have been filled since.
    """
    seen = length_of(model, settings)
    new = min(settings.max_new_tokens, seen // 2)
    room = seen - new
    filled: list[Filled | None] = [None] * len(gaps)
    for lines in (True, False):  # a line ends at a line break, anything else where the model ends it
        numbers = [number for number, gap in enumerate(gaps) if (gap.kind == "single-line") == lines]
        prompts = [
            build(coder, gaps[number].prefix, gaps[number].suffix, room, order=settings.order)
            for number in numbers
        ]
        sampling = Sampling(max_new_tokens=new, batch=settings.batch, stops=("\n",) if lines else ())
        answers = complete(model, coder, [prompt.ids for prompt in prompts], sampling, show=show)
        for number, prompt, [answer] in zip(numbers, prompts, answers, strict=True):
            score_ = score(gaps[number], answer.text)
            filled[number] = Filled(gaps[number], answer, score_, bool(prompt.losses))
    return [one for one in filled if one is not None]


def score(gap: Gap, text: str) -> Score:
    """Compare what was put into a gap with what stood there.

    Args:
        gap: With what stood there.
        text: What was put there.
    """
    expected = gap.middle
    if gap.kind == "single-line":
        text = text.partition("\n")[0]
    if gap.kind != "random-span":
        expected, text = expected.strip(), text.strip()
    return Score(text == expected, similarity(text, expected))


def summary(filled: Sequence[Filled], seed: int) -> dict[str, dict[str, dict[str, Any]]]:
    """Means and their intervals, for each kind of gap all documents and then each group.

    Args:
        filled: What was measured.
        seed: Of the intervals.
    """
    table: dict[str, dict[str, list[Filled]]] = defaultdict(lambda: defaultdict(list))
    for one in filled:
        for group in (ALL, one.gap.group):
            table[one.gap.kind][group].append(one)
    return {
        kind: {group: _means(groups[group], seed) for group in [ALL, *sorted(groups.keys() - {ALL})]}
        for kind, groups in table.items()
    }


def _means(filled: Sequence[Filled], seed: int) -> dict[str, Any]:
    exact = np.array([one.score.exact for one in filled], np.float64)
    alike = np.array([one.score.similarity for one in filled], np.float64)
    return {
        "gaps": len(filled),
        "cut": sum(one.cut for one in filled),
        "exact_match": float(exact.mean()),
        "exact_match_interval": interval(exact, seed),
        "edit_similarity": float(alike.mean()),
        "edit_similarity_interval": interval(alike, seed),
    }


def _gap(held: Held, kind: GapKind, seed: int) -> Gap | None:
    """A gap in a document, or None if there is no place for one."""
    place = _span(held, seed) if kind == "random-span" else _lines(held, seed, several=kind == "multi-line")
    if place is None:
        return None
    first, last = place
    before, after = held.text[max(0, first - AROUND) : first], held.text[last : last + AROUND]
    return Gap(kind, held.group, held.id, before, held.text[first:last], after)


def _span(held: Held, seed: int) -> tuple[int, int] | None:
    """Characters of a gap anywhere; never all of them, and never white space alone."""
    length = len(held.text)
    if length < FEWEST_LINES:
        return None
    size = 1 + whole(seed, held.id, "length of a span", min(MOST_CHARACTERS, length - 1))
    first = whole(seed, held.id, "place of a span", length - size + 1)
    return (first, first + size) if held.text[first : first + size].strip() else None


def _lines(held: Held, seed: int, *, several: bool) -> tuple[int, int] | None:
    """Characters of a gap of whole lines, the first and last of which say something."""
    lines = held.text.split("\n")
    telling = [number for number, line in enumerate(lines) if any(map(str.isalnum, line))]
    if len(telling) < FEWEST_LINES + several:
        return None
    first = last = telling[whole(seed, held.id, "place of a line", len(telling) - several)]
    if several:
        ends = [number for number in telling if first < number < first + MOST_LINES]
        near = ends if first > telling[0] else [number for number in ends if number < telling[-1]]
        if not near:
            return None
        last = near[whole(seed, held.id, "end of lines", len(near))]
    starts = np.cumsum([0, *(len(line) + 1 for line in lines)])
    return int(starts[first]), min(int(starts[last + 1]), len(held.text))
