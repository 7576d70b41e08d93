"""Known secrets that are found, and findings of a run -> how many secrets are probably left in it.

    residual_estimate({"KEY": 120}, 10**9, measure_planted(find))
        -> KEY: 120 found in 1 GB, 96 % of the planted ones are found, so 5 are left (95 %: 3 to 8)

If a share r of the secrets is found, n found ones stand for n (1 - r) / r that are not. r is measured on
made-up secrets in small clean files that the package makes itself (`plant`); the interval is that of r. What
it rests on is said in `ASSUMPTION`. It reads no run.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from curation.pii.context import Context
from curation.pii.engine import DetectorError
from curation.pii.scorecard.judge import Find, is_covered
from curation.pii.scorecard.measure import share
from curation.pii.scorecard.plant import Planted, clean_text, languages, plant
from curation.pii.scorecard.plant_values import KINDS
from curation.pii.spans import TAGS

PER_DOCUMENT = 3
"""Secrets planted in one file."""
GB = 10**9
NONE_SEEN = 3.0
"""Upper end of the 95 % interval of a count of which none was seen (rule of three)."""
ASSUMPTION = (
    "Assumes that planted secrets are found as often as real ones of the same tag, and that every finding is "
    "real. Kinds of secrets that were not planted may be missed more often; for them the estimate is a "
    "floor, as it is for names, which are planted as those of authors only."
)


@dataclass(frozen=True, slots=True)
class PlantedScore:
    """How many planted secrets of one kind are found."""

    kind: str
    """A key of `curation.pii.plant_values.KINDS`."""
    tag: str
    planted: int
    found: int
    """Those of which at least 80 % is covered by findings of any tag, and so is replaced."""

    def as_json(self) -> dict[str, Any]:
        """Counts, share and its 95 % interval as JSON values."""
        return {**asdict(self), "recall": share(self.found, self.planted)._asdict()}


@dataclass(frozen=True, slots=True)
class Left:
    """What is probably left of one tag."""

    tag: str
    found: int
    """Findings of the run."""
    found_per_gb: float
    """Per 10^9 bytes of text."""
    recall: float | None
    """Share of the planted secrets of this tag that are found; None if none was planted."""
    left_per_gb: float | None
    """Secrets that are probably left per 10^9 bytes; None if that cannot be told."""
    low: float | None
    """Lower end of the interval of `left_per_gb`."""
    high: float | None
    """Upper end; None if there is no bound."""


@dataclass(frozen=True, slots=True)
class Residual:
    """What is probably left in a run."""

    bytes: int
    """UTF-8 bytes of the texts that were searched."""
    tags: tuple[Left, ...]
    left_per_gb: float | None
    """All tags together, without those of which it cannot be told."""
    low: float | None
    """Sum of the lower ends: wider than a 95 % interval of the sum."""
    high: float | None
    """Sum of the upper ends; None if there is no bound."""
    assumption: str = ASSUMPTION

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return asdict(self)


def planted_documents(documents: int, seed: int) -> Iterator[tuple[str, Planted]]:
    """Language and text with known secrets: languages and kinds in turn, the rest by the seed.

    Args:
        documents: How many.
        seed: Another seed makes other secrets in other places.
    """
    names, kinds = languages(), tuple(KINDS)
    for n in range(documents):
        language = names[n % len(names)]
        first = n // len(names) + n * PER_DOCUMENT
        wanted = [kinds[(first + k) % len(kinds)] for k in range(PER_DOCUMENT)]
        rng = Random(f"{seed}:{n}")  # noqa: S311 -- a sample that can be repeated, no secret
        yield language, plant(clean_text(language), language, rng, kinds=wanted, count=PER_DOCUMENT)


def measure_planted(find: Find, documents: int = 400, seed: int = 0) -> tuple[PlantedScore, ...]:
    """How many secrets of each kind are found in files that the package makes.

    Args:
        find: Finds spans, with the settings of the run.
        documents: Files, of `PER_DOCUMENT` secrets each.
        seed: Of the secrets and their places.
    """
    return planted_scores(find, planted_documents(documents, seed))


def planted_scores(find: Find, documents: Iterable[tuple[str, Planted]]) -> tuple[PlantedScore, ...]:
    """How many planted secrets of each kind are found; documents that are set aside do not count.

    Args:
        find: Finds spans.
        documents: Language and planted text.
    """
    counts: dict[tuple[str, str], list[int]] = {}
    for language, planted in documents:
        try:
            spans = find(planted.text, Context(language))
        except DetectorError:
            continue
        for label in planted.spans:
            count = counts.setdefault((label.kind.partition("/")[0], label.tag), [0, 0])
            count[0] += 1
            count[1] += is_covered(label, spans)
    order = {kind: place for place, kind in enumerate(KINDS)}
    rows = sorted(counts.items(), key=lambda row: (order.get(row[0][0], len(order)), TAGS.index(row[0][1])))
    return tuple(PlantedScore(kind, tag, *count) for (kind, tag), count in rows)


def residual_estimate(
    counts_by_tag: Mapping[str, int], size: int, planted: Sequence[PlantedScore]
) -> Residual:
    """What is probably left in a run.

    Args:
        counts_by_tag: Findings of the run, by tag.
        size: UTF-8 bytes of the texts that were searched, above 0.
        planted: From `measure_planted`, with the settings of the run.
    """
    assert size > 0, "a run that read nothing has nothing left"
    rows = tuple(
        _left(tag, counts_by_tag.get(tag, 0), size, [one for one in planted if one.tag == tag])
        for tag in TAGS
        if counts_by_tag.get(tag) or any(one.tag == tag for one in planted)
    )
    told = [row for row in rows if row.recall is not None]
    return Residual(
        bytes=size,
        tags=rows,
        left_per_gb=sum(row.left_per_gb or 0.0 for row in told) if told else None,
        low=sum(row.low or 0.0 for row in told) if told else None,
        high=None
        if any(row.high is None for row in told) or not told
        else sum(row.high or 0.0 for row in told),
    )


def _left(tag: str, found: int, size: int, planted: Sequence[PlantedScore]) -> Left:
    recall = share(sum(one.found for one in planted), sum(one.planted for one in planted))
    per_gb = found * GB / size
    if recall.share is None:
        return Left(tag, found, per_gb, None, None, None, None)
    most = (found or NONE_SEEN) * GB / size
    return Left(
        tag,
        found,
        per_gb,
        recall.share,
        _unseen(per_gb, recall.share),
        _unseen(per_gb, recall.high),
        _unseen(most, recall.low),
    )


def _unseen(found: float, recall: float) -> float | None:
    """Secrets that are not found for `found` ones that are; None if none ever is."""
    return found * (1 - recall) / recall if recall else None
