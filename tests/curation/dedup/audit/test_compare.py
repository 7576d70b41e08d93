"""Two clusterings, or two runs, are compared without looking at every pair, and as if every pair were."""

from itertools import combinations
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from near_runs import shared_run

from curation.blocks.near import DECISION_SCHEMA
from curation.dedup.audit.compare import (
    QUERY,
    _earlier,
    compare_labels,
    compare_runs,
    deduplicated,
    split_pairs,
)
from curation.dedup.index import Index, IndexedRun
from curation.errors import BadInputError

LABELS = st.lists(st.tuples(st.integers(0, 4), st.integers(-2, 3)), max_size=25)


@pytest.fixture(scope="module")
def exact_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over the same files without near-dedup."""
    return shared_run(tmp_path_factory, enabled=False)


@given(LABELS)
def test_pairs_are_counted_as_a_double_loop_counts_them(labels: list[tuple[int, int]]) -> None:
    """Together in both, in one only, and the shares made of them."""
    first, second = np.array(labels, int).reshape(-1, 2).T
    found = compare_labels(first, second)
    same = [(a[0] == b[0], a[1] == b[1]) for a, b in combinations(labels, 2)]
    assert found.together == same.count((True, True))
    assert found.only_first == same.count((True, False))
    assert found.only_second == same.count((False, True))
    either = len(same) - same.count((False, False))
    assert found.jaccard == (found.together / either if either else 1.0)
    agreeing = found.together + same.count((False, False))
    assert found.rand == pytest.approx(agreeing / len(same) if same else 1.0)


@given(LABELS)
def test_equal_clusters_are_those_with_the_same_documents(labels: list[tuple[int, int]]) -> None:
    """Whatever they are called."""
    sides: list[set[frozenset[int]]] = []
    for side in (0, 1):
        groups: dict[int, set[int]] = {}
        for n, pair in enumerate(labels):
            groups.setdefault(pair[side], set()).add(n)
        sides.append({frozenset(group) for group in groups.values() if len(group) > 1})
    first, second = np.array(labels, int).reshape(-1, 2).T
    found = compare_labels(first, second)
    assert (found.first_clusters, found.second_clusters) == tuple(map(len, sides))
    assert found.equal_clusters == len(sides[0] & sides[1])


def test_one_huge_cluster_is_no_matter() -> None:
    """Two million documents make 2 * 10^12 pairs, which are not listed and do not overflow."""
    count = 2_000_000
    found = compare_labels(np.zeros(count, int), np.arange(count) % 2)
    assert found.only_first == (count // 2) ** 2
    assert found.together + found.only_first == count * (count - 1) // 2


@given(LABELS)
def test_examples_are_together_in_one_and_apart_in_the_other(labels: list[tuple[int, int]]) -> None:
    """At most one pair per cluster, and one for each cluster that is split."""
    first, second = np.array(labels, int).reshape(-1, 2).T
    pairs = split_pairs(first, second, 100)
    assert all(first[a] == first[b] and second[a] != second[b] for a, b in pairs)
    split = {label for label in first.tolist() if len(set(second[first == label].tolist())) > 1}
    assert {int(first[a]) for a, _ in pairs} == split
    assert len(pairs) == len(split)


def test_a_run_equals_itself(planted_run: Path) -> None:
    """Nothing differs, and every document that reached dedup is counted."""
    found = compare_runs(planted_run, planted_run)
    assert found.settings == {}
    assert found.labels.only_first == found.labels.only_second == 0
    assert found.labels.equal_clusters == found.labels.first_clusters > 20
    assert found.kept_by_first == found.kept_by_second == found.only_reached_first == 0
    assert found.kept_by_both + found.dropped_by_both == found.labels.documents
    assert (found.first_examples, found.second_pairs) == ((), ())


def test_near_dedup_against_exact_dedup_only(planted_run: Path, exact_run: Path) -> None:
    """The other run keeps what near-dedup drops; exact copies are together in both."""
    found = compare_runs(planted_run, exact_run, examples=3)
    own = deduplicated(planted_run)
    assert found.settings["near.enabled"] == (True, False)
    assert (found.kept_by_first, found.only_reached_first, found.only_reached_second) == (0, 0, 0)
    assert found.kept_by_second == int((~own.kept).sum()) - found.dropped_by_both
    assert found.dropped_by_both == 1
    assert (found.labels.only_first > 40, found.labels.only_second) == (True, 0)
    assert found.labels.second_clusters == 1
    assert len(found.second_examples) == len(found.first_pairs) == 3
    assert (found.second_pairs, found.first_examples) == ((), ())
    example = found.second_examples[0]
    assert example.document["path"].split("/")[-1] == example.dropped_for["path"].split("/")[-1]


def test_the_other_way_round_is_the_mirror(planted_run: Path, exact_run: Path) -> None:
    """First and second change places."""
    one, other = compare_runs(planted_run, exact_run), compare_runs(exact_run, planted_run)
    assert one.second_examples == other.first_examples
    assert one.first_pairs == other.second_pairs
    assert one.labels.only_first == other.labels.only_second


def test_an_unfinished_run_is_refused(tmp_path: Path, planted_run: Path) -> None:
    """Before anything is compared."""
    manifest = (
        (planted_run / "manifest.json").read_text().replace('"state": "complete"', '"state": "cluster"')
    )
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(BadInputError, match="expected a finished run to compare, saw state 'cluster'"):
        compare_runs(planted_run, tmp_path)


def test_exact_copies_of_indexed_documents_have_their_label(tmp_path: Path) -> None:
    """The ledger names them behind the folder of their run; the label is their unit, which is negative."""
    index = Index((IndexedRun(tmp_path / "a: b", 3, 0, (), ()), IndexedRun(tmp_path / "c", 2, 0, (), ())))
    table = _earlier(index)
    con = duckdb.connect()
    con.register("earlier", table)
    con.execute("CREATE TABLE outcomes (id VARCHAR, kept BOOLEAN, stage VARCHAR, detail VARCHAR)")
    con.execute("CREATE TABLE signals (id VARCHAR, content_id VARCHAR, repo_name VARCHAR, path VARCHAR)")
    con.register("decisions", DECISION_SCHEMA.empty_table())
    details = [f"{tmp_path}/a: b:000001-00000007", f"{tmp_path}/c:000000-00000009", "000002-00000005", None]
    for n, detail in enumerate(details):
        row = [f"000009-{n:08d}", detail is None, "exact_dedup" if detail else "near_dedup", detail]
        con.execute("INSERT INTO outcomes VALUES (?, ?, ?, ?)", row)
        con.execute("INSERT INTO signals VALUES (?, ?, 'r', 'p')", [row[0], str(n)])
    labels = {id_ & 0xFFFFFFFF: label for _, _, id_, label in con.execute(QUERY).fetchall()}
    places = [(labels[n] >> 32, labels[n] & 0xFFFFFFFF) for n in range(4)]
    assert places == [(-4, 7), (-2, 9), (2, 5), (9, 3)]
