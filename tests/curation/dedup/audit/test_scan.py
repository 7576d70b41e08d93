"""The decisions are read once, a row group at a time, and counted as a list would be."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.blocks.near import DECISION_SCHEMA
from curation.dedup.audit import scan
from curation.errors import BrokenRunError

Rows = list[tuple[int, int, int, int, float, int]]


def decisions(sizes: list[int]) -> Rows:
    """Clusters of these sizes, each kept by its last document; similarities fall with the place."""
    rows: Rows = []
    for cluster, size in enumerate(sizes):
        first = 10 * cluster
        keeper = (cluster % 3, first + size - 1)
        for n in range(size):
            own = (n % 3 if n < size - 1 else cluster % 3, first + n)
            rows.append((*own, *keeper, 1.0 if own == keeper else 0.99 - n / 50, size))
    return sorted(rows)


def write(path: Path, rows: Rows, group: int = 5) -> Path:
    """The rows as the cluster pass writes them."""
    columns = zip(*rows, strict=True) if rows else [()] * 6
    arrays = [pa.array(column, field.type) for column, field in zip(columns, DECISION_SCHEMA, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, schema=DECISION_SCHEMA), path, row_group_size=group)
    return path


@given(st.lists(st.integers(2, 9), max_size=12), st.integers(1, 7))
def test_counts_equal_a_plain_count(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], group: int
) -> None:
    """Sizes, dropped documents, the largest clusters, the histogram and the least similar."""
    rows = decisions(sizes)
    path = write(tmp_path_factory.mktemp("scan") / "decisions.parquet", rows, group)
    found = scan.scan(path, largest=3, nearest=4, sample=1000)
    gone = [row for row in rows if row[:2] != row[2:4]]
    assert found.dropped == len(gone) == len(found.sample)
    assert found.sizes == dict(sorted(Counter(sizes).items()))
    assert found.largest["cluster_size"].tolist() == sorted(sizes, reverse=True)[:3]
    assert found.jaccard.sum() == len(gone)
    assert found.nearest["jaccard"].tolist() == sorted(np.float32(row[4]) for row in gone)[:4]


def test_a_sample_does_not_depend_on_how_the_file_is_cut(tmp_path: Path) -> None:
    """The same seed draws the same documents, another one others."""
    rows = decisions([9] * 40)
    files = [write(tmp_path / f"{group}.parquet", rows, group) for group in (3, 64, 1000)]
    drawn = [scan.scan(path, sample=30, seed=1).sample for path in files]
    assert all((each == drawn[0]).all() for each in drawn)
    assert (scan.scan(files[0], sample=30, seed=2).sample != drawn[0]).any()


def test_every_document_is_as_likely_as_any_other(tmp_path: Path) -> None:
    """Over 400 seeds each of 80 documents is drawn about 100 times (five standard deviations)."""
    path = write(tmp_path / "decisions.parquet", decisions([9] * 10), 50)
    drawn = Counter(
        (row["unit"].item(), row["row"].item())
        for seed in range(400)
        for row in scan.scan(path, sample=20, seed=seed).sample
    )
    assert len(drawn) == 80
    assert all(abs(count - 100) < 5 * np.sqrt(400 * 0.25 * 0.75) for count in drawn.values())


def test_similarities_nobody_has_seen_are_counted_apart(tmp_path: Path) -> None:
    """Plain components may drop a document for one that it was never compared with."""
    rows: Rows = [(0, 0, 0, 0, 1.0, 3), (0, 1, 0, 0, 0.9, 3), (0, 2, 0, 0, float("nan"), 3)]
    found = scan.scan(write(tmp_path / "d.parquet", rows), nearest=5)
    assert (found.dropped, found.unknown, found.jaccard.sum(), len(found.nearest)) == (2, 1, 1, 1)


def test_the_threshold_falls_into_its_own_bin() -> None:
    """Stored in 32 bits, 0.7 is less than 0.7, and must not look like a document below it."""
    counts = scan.histogram(np.array([0.7, 0.29, 1.0, 0.0], np.float32))
    assert np.flatnonzero(counts).tolist() == [0, 29, 70, 99]


def test_members_are_the_first_ones_and_the_least_similar(tmp_path: Path) -> None:
    """A huge cluster costs no more than what is asked for."""
    path = write(tmp_path / "d.parquet", decisions([9, 4]), 3)
    heads = scan.scan(path, largest=2).largest
    nine, four = scan.members(path, heads, 5)
    assert (len(nine), len(four)) == (6, 4)
    every = [row for row in decisions([9, 4]) if row[5] == 9 and row[:2] != row[2:4]]
    assert nine["jaccard"].min() == np.float32(min(row[4] for row in every))


def test_keepers_of_an_index_count_once(tmp_path: Path) -> None:
    """They have no decision of their own, and their clusters are counted from what is dropped for them."""
    rows: Rows = [
        (0, 1, -2, 7, 0.8, 3),
        (0, 2, -2, 7, 0.9, 3),
        (0, 3, -1, 7, 0.9, 2),
        (1, 1, 1, 1, 1.0, 2),
        (1, 2, 1, 1, 0.7, 2),
    ]
    for group in (1, 2, 10):
        path = write(tmp_path / "d.parquet", rows, group)
        found = scan.scan(path, largest=5)
        assert (found.dropped, found.sizes) == (4, {2: 2, 3: 1})
        assert found.largest[["unit", "row"]].tolist() == [(-2, 7), (-1, 7), (1, 1)]
        assert [len(members) for members in scan.members(path, found.largest, 9)] == [2, 1, 2]


def test_dropped_documents_are_recognised(tmp_path: Path) -> None:
    """Keepers, and documents of no cluster, are not dropped."""
    path = write(tmp_path / "d.parquet", [(0, 3, 1, 4, 0.8, 2), (1, 4, 1, 4, 1.0, 2)])
    assert scan.dropped_among(path, np.array([0, 1, 0]), np.array([3, 4, 4])).tolist() == [True, False, False]


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    """With its path and what to do."""
    path = tmp_path / "decisions.parquet"
    path.write_bytes(b"PAR1 no")
    with pytest.raises(BrokenRunError, match=r"decisions\.parquet: expected the decisions of near-dedup"):
        scan.scan(path)
