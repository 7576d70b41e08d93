"""A run -> everything that says whether its near-dedup can be trusted.

    audit(Path("runs/demo")).precision.share  ->  1.0

Puts together what the other modules of this package find, for the command line, the HTML report and the
notebook. The same run, sample and seed give the same result.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from curation.dedup.audit import clusters, plant, scan
from curation.dedup.audit.books import NearBooks, open_near
from curation.dedup.audit.rates import Rate, keep_rates
from curation.dedup.audit.sample import Precision, precision
from curation.dedup.audit.texts import Places, columns, locate
from curation.report.views import connect

LARGEST = 10
"""Clusters that are listed."""
DIFFS = 3
"""Clusters of which a dropped document is shown next to the kept one."""
PLANTED_BYTES = 1 << 18
"""Size of a document up to which copies of it are planted; each is edited in memory several times."""
SHOWN_SETTINGS = (
    *("profile", "tokens", "shingle", "values", "threshold", "verify", "margin", "cluster", "scope", "drop"),
)


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found."""

    run: str
    state: str
    settings: dict[str, Any]
    """The settings that matter here, and bands and rows."""
    counts: dict[str, int]
    """Documents and pairs, from the manifest."""
    left_to_exact: dict[str, int]
    """Documents that were not compared, by reason."""
    precision: Precision
    planted_texts: int
    """Kept documents drawn to plant copies of."""
    recall: tuple[plant.Level, ...]
    rates: tuple[Rate, ...]
    """One per language; none if the run is not finished."""
    sizes: dict[int, int]
    """Documents in a cluster -> clusters of that size."""
    clusters: tuple[clusters.Cluster, ...]
    """The largest ones."""

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return asdict(self)


def audit(run: Path, *, sample: int = 1000, seed: int = 0, diffs: int = DIFFS, width: int = 80) -> Audit:
    """Audit the near-dedup of a run.

    Args:
        run: Folder of a run whose documents have been clustered.
        sample: Dropped documents that are compared again, and kept ones that copies are planted of; at most.
        seed: Of both samples and of the edits.
        diffs: Clusters of which two texts are shown side by side.
        width: Characters of a line that is shown, at most.

    Raises:
        BadInputError: If `run` is not the folder of a run, or one without near-dedup.
        BrokenRunError: If a file of the run is missing or damaged.
    """
    books = open_near(run)
    found = scan.scan(books.decisions, sample=sample, seed=seed, largest=LARGEST)
    places = kept_places(books, sample, seed)
    con = connect(run)
    bands, rows = books.settings.banding
    shown = books.settings.model_dump(mode="json", include=set(SHOWN_SETTINGS))
    return Audit(
        run=str(run),
        state=books.manifest["state"],
        settings={**shown, "bands": bands, "rows": rows},
        counts=books.counts,
        left_to_exact=books.left_to_exact,
        precision=precision(books, found.sample, found.dropped),
        planted_texts=len(places.unit),
        recall=plant.recall(_texts_at(books, places), books.settings, seed=seed),
        rates=keep_rates(con, books),
        sizes=found.sizes,
        clusters=clusters.largest(books, found.largest, diffs, width=width),
    )


def kept_places(books: NearBooks, count: int, seed: int) -> Places:
    """Kept documents drawn at random, of at most `PLANTED_BYTES`, where their texts are still there.

    Args:
        books: The run.
        count: Documents to draw, at most.
        seed: Of the draw.

    Raises:
        BrokenRunError: If a file of the run is missing or damaged.
    """
    signatures = books.signatures
    draw = np.random.Generator(np.random.PCG64(seed))
    # some of those drawn may be dropped or large, so more of them are drawn than are asked for
    wanted = min(len(signatures) - books.indexed, 3 * count + 100)
    numbers = np.unique(draw.integers(books.indexed, max(len(signatures), 1), wanted))
    unit = np.searchsorted(signatures.base, numbers, side="right") - 1 - books.index.units
    row = signatures.take_field(numbers, "row").astype(np.int64)
    kept = np.flatnonzero(~scan.dropped_among(books.decisions, unit, row))
    kept = np.sort(draw.permutation(kept)[: count + count // 4])
    places = locate(books.folders, unit[kept], row[kept])
    fit = np.flatnonzero((places.group >= 0) & (places.size <= PLANTED_BYTES))[:count]
    return Places(*(field[fit] for field in places))


def kept_texts(run: Path, count: int, seed: int = 0) -> Iterator[str]:
    """Texts of kept documents drawn at random, for planting copies of them with other settings.

    Args:
        run: Folder of a run whose documents have been clustered.
        count: Documents to draw, at most.
        seed: Of the draw.

    Raises:
        BadInputError: If `run` is not the folder of a run, or one without near-dedup.
        BrokenRunError: If a file of the run is missing or damaged.
    """
    books = open_near(run)
    yield from _texts_at(books, kept_places(books, count, seed))


def _texts_at(books: NearBooks, places: Places) -> Iterator[str]:
    """Texts of located documents, one row group in memory at a time."""
    for _, column in columns(books.folders, places):
        yield from column.to_pylist()
