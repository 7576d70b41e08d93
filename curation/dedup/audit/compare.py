"""Two clusterings of the same documents -> where they differ, without looking at every pair.

    compare_labels([0, 0, 0, 3], [0, 0, 2, 2])  ->  pairs together in both 1, in the first only 2, second 1

Pairs of documents are counted from the table of how many documents have label i in one clustering and
label j in the other, which has at most as many entries as there are documents: n documents of one label
make n (n - 1) / 2 pairs. Two runs are compared on the documents that reached dedup in both, recognised by
content, repository and path; a document's label is the one that is kept for it, through exact and near
dedup. Memory is about 100 bytes per document of the larger run.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.dataset as ds

from curation.blocks.near import DECISION_SCHEMA
from curation.dedup.audit.books import Folders, index_of, missing, open_books
from curation.dedup.audit.texts import identities
from curation.dedup.index import Index
from curation.dedup.near import NearSettings
from curation.dedup.tokens import SHORT, Hashes
from curation.errors import BadInputError
from curation.kernels import Ints
from curation.manifest import load
from curation.report.views import connect

EXAMPLES = 10
"""Documents and pairs that are named of each kind."""
QUERY = r"""
WITH near AS (
    SELECT unit * 4294967296 + row AS id, keeper_unit * 4294967296 + keeper_row AS keeper
    FROM (SELECT unit::BIGINT AS unit, row::BIGINT AS row, keeper_unit::BIGINT AS keeper_unit,
        keeper_row::BIGINT AS keeper_row FROM decisions)
), numbered AS (
    SELECT hash(content_id, signals.repo_name, signals.path) AS key, kept,
        split_part(outcomes.id, '-', 1)::BIGINT * 4294967296 + split_part(outcomes.id, '-', 2)::BIGINT AS id,
        CASE WHEN stage = 'exact_dedup' AND NOT kept THEN
            (TRY_CAST(regexp_extract(detail, '(\d+)-(\d+)$', 1) AS BIGINT) + shift) * 4294967296
            + TRY_CAST(regexp_extract(detail, '(\d+)-(\d+)$', 2) AS BIGINT)
        END AS copy_of
    FROM outcomes JOIN signals ON outcomes.id = signals.id
    LEFT JOIN earlier ON earlier.folder = regexp_extract(detail, '^(?s)(.*):\d+-\d+$', 1)
    WHERE kept OR stage IN ('exact_dedup', 'near_dedup')
)
SELECT key, kept, numbered.id AS id, coalesce(near.keeper, copy_of, numbered.id) AS label
FROM numbered LEFT JOIN near ON near.id = coalesce(copy_of, numbered.id)
"""


@dataclass(frozen=True, slots=True)
class LabelComparison:
    """On which pairs of documents two clusterings agree."""

    documents: int
    together: int
    """Pairs of documents that are in one cluster in both."""
    only_first: int
    """Pairs that are in one cluster in the first, and not in the second."""
    only_second: int
    first_clusters: int
    """Clusters of two or more documents."""
    second_clusters: int
    equal_clusters: int
    """Clusters of two or more that have the same documents in both."""
    rand: float
    """Share of all pairs on which they agree (Rand index); near 1 wherever most documents are unique."""
    jaccard: float
    """Share of the pairs together in either that are together in both; 1 if there are none."""


def compare_labels(first: npt.ArrayLike, second: npt.ArrayLike) -> LabelComparison:
    """Compare two clusterings of the same documents.

    Args:
        first: A label per document, equal for documents of one cluster, shape (n,); `Result.keeper` is one.
        second: The same of the other clustering.
    """
    one, other = np.asarray(first), np.asarray(second)
    assert one.shape == other.shape, (one.shape, other.shape)
    _, row, row_sizes = np.unique(one, return_inverse=True, return_counts=True)
    columns, column, column_sizes = np.unique(other, return_inverse=True, return_counts=True)
    cells, sizes = np.unique(row.astype(np.int64) * len(columns) + column, return_counts=True)
    together, in_first, in_second = _pairs(sizes), _pairs(row_sizes), _pairs(column_sizes)
    at, across = np.divmod(cells, max(len(columns), 1))
    equal = (sizes == row_sizes[at]) & (sizes == column_sizes[across]) & (sizes > 1)
    every, either = _pairs(np.array([len(one)])), in_first + in_second - together
    return LabelComparison(
        documents=len(one),
        together=together,
        only_first=in_first - together,
        only_second=in_second - together,
        first_clusters=int(np.count_nonzero(row_sizes > 1)),
        second_clusters=int(np.count_nonzero(column_sizes > 1)),
        equal_clusters=int(np.count_nonzero(equal)),
        rand=1.0 - (in_first + in_second - 2 * together) / every if every else 1.0,
        jaccard=together / either if either else 1.0,
    )


def _pairs(sizes: Ints) -> int:
    """Pairs within groups of these sizes."""
    wide = sizes.astype(np.int64)
    return int((wide * (wide - 1) // 2).sum())


def split_pairs(first: Ints, second: Ints, most: int) -> list[tuple[int, int]]:
    """Examples of two documents together in the first clustering and apart in the second.

    Args:
        first: Labels, shape (n,).
        second: Labels, shape (n,).
        most: Pairs at most; one per cluster of the first, the largest ones.

    Returns:
        Pairs of indices.
    """
    order = np.lexsort((second, first))
    one, other = first[order], second[order]
    apart = np.flatnonzero((one[1:] == one[:-1]) & (other[1:] != other[:-1]))
    labels, places = np.unique(one[apart], return_index=True)
    known, sizes = np.unique(first, return_counts=True)
    size = sizes[np.searchsorted(known, labels)]
    chosen = apart[places[np.argsort(-size, kind="stable")[:most]]]
    return [(int(order[n]), int(order[n + 1])) for n in chosen]


class Deduplicated(NamedTuple):
    """The documents of a run that reached dedup, ascending by key; arrays of shape (n,)."""

    key: Hashes
    """Hash of content, repository and path, and of how many equal ones came before."""
    id: Ints
    """Unit and row: unit * 2^32 + row."""
    label: Ints
    """The id of the document that is kept for it; its own if it is kept."""
    kept: npt.NDArray[np.bool_]

    def at(self, places: Ints) -> "Deduplicated":
        """Some of the documents."""
        return Deduplicated(self.key[places], self.id[places], self.label[places], self.kept[places])


def deduplicated(run: Path) -> Deduplicated:
    """The documents of a finished run that reached dedup.

    Args:
        run: Folder of a run, with near-dedup or without.

    Raises:
        BadInputError: If `run` is not the folder of a finished run.
        BrokenRunError: If a file of the run is missing.
    """
    manifest = load(run)
    if manifest["state"] != "complete":
        raise BadInputError(
            f"{run}: expected a finished run to compare, saw state {manifest['state']!r}; run the same "
            "`curation run` again to finish it"
        )
    con = connect(run)
    near = None if missing(manifest) else open_books(run, manifest)
    con.register("decisions", ds.dataset(near.decisions) if near else DECISION_SCHEMA.empty_table())
    con.register("earlier", _earlier(_folders(run, manifest).index))
    columns = con.execute(QUERY).fetchnumpy()
    key, id_, label = (
        columns["key"].astype(np.uint64),
        np.asarray(columns["id"]),
        np.asarray(columns["label"]),
    )
    order = np.lexsort((id_, key))
    ordered = key[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(order) else order
    before = np.arange(len(order)) - np.repeat(starts, np.diff([*starts, len(order)]))
    ordered = ordered + before.astype(np.uint64) * SHORT
    again = np.argsort(ordered, kind="stable")
    order = order[again]
    return Deduplicated(ordered[again], id_[order], label[order], np.asarray(columns["kept"], bool)[order])


@dataclass(frozen=True, slots=True)
class Example:
    """A document that one run keeps and the other drops."""

    document: dict[str, Any]
    """Who it is in the run that keeps it."""
    dropped_for: dict[str, Any]
    """What the other run keeps instead."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where two runs over the same input differ."""

    first: str
    second: str
    settings: dict[str, tuple[Any, Any]]
    """Settings of dedup that differ, by name: the first's and the second's value."""
    only_reached_first: int
    """Documents that reached dedup in the first run only: earlier stages differ, or the input does."""
    only_reached_second: int
    kept_by_both: int
    kept_by_first: int
    """Documents that the first run keeps and the second drops."""
    kept_by_second: int
    dropped_by_both: int
    labels: LabelComparison
    """Clusters, exact copies included."""
    first_examples: tuple[Example, ...]
    """Documents that only the first run keeps."""
    second_examples: tuple[Example, ...]
    first_pairs: tuple[tuple[dict[str, Any], dict[str, Any]], ...]
    """Documents together in a cluster of the first run, and apart in the second."""
    second_pairs: tuple[tuple[dict[str, Any], dict[str, Any]], ...]

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return asdict(self)


def compare_runs(first: Path, second: Path, examples: int = EXAMPLES) -> Comparison:
    """Compare what two finished runs over the same input have dropped as duplicates, and for what.

    Args:
        first: Folder of a run.
        second: Folder of another one.
        examples: Documents and pairs that are named of each kind, at most.

    Raises:
        BadInputError: If one of them is not the folder of a finished run.
        BrokenRunError: If a file of a run is missing or damaged.
    """
    one, other = deduplicated(first), deduplicated(second)
    _, at_one, at_other = np.intersect1d(one.key, other.key, assume_unique=True, return_indices=True)
    mine, yours = one.at(at_one), other.at(at_other)
    manifests = load(first), load(second)
    settings = [dict(_flat(manifest["config"].get("dedup", {}))) for manifest in manifests]
    here, there = (_folders(run, m) for run, m in zip((first, second), manifests, strict=True))
    return Comparison(
        first=str(first),
        second=str(second),
        settings={
            name: (settings[0].get(name), settings[1].get(name))
            for name in sorted(settings[0].keys() | settings[1].keys())
            if settings[0].get(name) != settings[1].get(name)
        },
        only_reached_first=len(one.key) - len(at_one),
        only_reached_second=len(other.key) - len(at_other),
        kept_by_both=int(np.count_nonzero(mine.kept & yours.kept)),
        kept_by_first=int(np.count_nonzero(mine.kept & ~yours.kept)),
        kept_by_second=int(np.count_nonzero(~mine.kept & yours.kept)),
        dropped_by_both=int(np.count_nonzero(~mine.kept & ~yours.kept)),
        labels=compare_labels(mine.label, yours.label),
        first_examples=_kept_by_one(here, mine, there, yours, examples),
        second_examples=_kept_by_one(there, yours, here, mine, examples),
        first_pairs=_apart(here, mine, yours, examples),
        second_pairs=_apart(there, yours, mine, examples),
    )


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _folders(run: Path, manifest: Mapping[str, Any]) -> Folders:
    near = manifest["config"].get("dedup", {}).get("near", {"enabled": False})
    return Folders(run, index_of(manifest, NearSettings.model_validate(near)))


def _earlier(index: Index) -> pa.Table:
    """What the ledger puts before the id of a document of the index -> what is added to its unit."""
    folders, shifts, unit = [""], [0], -index.units
    for run in index.runs:
        folders.append(str(run.folder))
        shifts.append(unit)
        unit += run.units
    return pa.table({"folder": folders, "shift": pa.array(shifts, pa.int64())})


def _who(folders: Folders, ids: Ints) -> list[dict[str, Any]]:
    return identities(folders, ids >> 32, ids & 0xFFFFFFFF)


def _kept_by_one(
    keeping: Folders, mine: Deduplicated, dropping: Folders, yours: Deduplicated, most: int
) -> tuple[Example, ...]:
    """Documents, in order of their random keys, that one run keeps and the other drops."""
    chosen = np.flatnonzero(mine.kept & ~yours.kept)[:most]
    documents, instead = _who(keeping, mine.id[chosen]), _who(dropping, yours.label[chosen])
    return tuple(Example(document, other) for document, other in zip(documents, instead, strict=True))


def _apart(
    folders: Folders, mine: Deduplicated, yours: Deduplicated, most: int
) -> tuple[tuple[dict[str, Any], dict[str, Any]], ...]:
    """Documents that one run has in a cluster and the other has not."""
    pairs = split_pairs(mine.label, yours.label, most)
    who = _who(folders, mine.id[np.array([n for pair in pairs for n in pair], np.int64)])
    return tuple(zip(who[::2], who[1::2], strict=True))
