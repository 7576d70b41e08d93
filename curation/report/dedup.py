"""The near-dedup of a run -> the section of the report about it, or a page of its own.

    near_view(run, manifest, con).problem  ->  "" or why there is nothing to show

Shows the audit of `curation.dedup.audit`: pairs and documents counted, precision on a sample, planted
near-duplicates against the S-curve, cluster sizes, languages, the largest clusters and the documents next
to the threshold with their texts side by side. Samples are small here; `curation dedup audit` takes larger
ones. Decides nothing and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curation.dedup.audit import edges, scan
from curation.dedup.audit.audit import Audit, audit
from curation.dedup.audit.books import NearBooks, missing, open_books
from curation.dedup.audit.clusters import Pair, describe, with_keepers
from curation.errors import BadInputError
from curation.report import near_figures
from curation.report.views import read_manifest

SAMPLE = 200
"""Dropped documents compared again, and kept ones that copies are planted of, for the report."""
EXAMPLES = 5
"""Pairs shown on each side of the threshold."""
RECOMPARED = 300
"""Refused pairs whose similarity is computed anew to find those next to the threshold."""
WIDTH = 76
"""Characters of a line of a text shown beside another."""


@dataclass(frozen=True, slots=True)
class NearView:
    """What there is to see of the near-dedup of a run."""

    problem: str
    """Why there is nothing; "" if there is something."""
    audit: Audit | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    """sizes, curve and rates, as matplotlib figures."""
    above: tuple[Pair, ...] = ()
    """Dropped documents that are least like what is kept for them, least similar first."""
    below: tuple[Pair, ...] = ()
    """Pairs that were refused, most similar first."""
    refused: edges.Refused | None = None


def near_view(
    run: Path, manifest: Mapping[str, Any], *, sample: int = SAMPLE, seed: int = 0, examples: int = EXAMPLES
) -> NearView:
    """Look at the near-dedup of a run.

    Args:
        run: Folder of a run, finished or not.
        manifest: Its manifest.
        sample: Documents of each sample.
        seed: Of the samples.
        examples: Pairs on each side of the threshold.

    Raises:
        BrokenRunError: If a file of the run is missing or damaged.
    """
    problem = missing(manifest)
    if problem:
        return NearView(problem)
    try:
        books = open_books(run, manifest)
    except BadInputError as error:
        return NearView(str(error))
    found = audit(run, sample=sample, seed=seed, width=WIDTH)
    looked = scan.scan(books.decisions, nearest=examples)
    refused = edges.refused(books, RECOMPARED)
    return NearView(
        problem="",
        audit=found,
        figures=_figures(books, found, looked),
        above=tuple(describe(books, with_keepers(looked.nearest), width=WIDTH)),
        below=tuple(describe(books, edges.below_threshold(books, refused, examples), width=WIDTH)),
        refused=refused,
    )


def _figures(books: NearBooks, found: Audit, looked: scan.Scan) -> dict[str, Any]:
    pairs = edges.edge_histogram(books)
    return {
        "sizes": near_figures.cluster_sizes_figure(found.sizes),
        "curve": near_figures.s_curve_figure(found.settings, found.recall, pairs, looked.jaccard),
        "rates": near_figures.keep_rates_figure(found.rates),
    }


def view_of(run: Path, *, sample: int = SAMPLE, seed: int = 0, examples: int = EXAMPLES) -> NearView:
    """`near_view` of a run folder.

    Raises:
        BadInputError: If `run` is not the folder of a run.
        BrokenRunError: If a file of the run is missing or damaged.
    """
    return near_view(run, read_manifest(run), sample=sample, seed=seed, examples=examples)
