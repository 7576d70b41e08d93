"""Of equal documents one stays, by the policy and by nothing else."""

import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from curation.dedup import exact
from curation.document import content_id
from curation.shards import ParquetFile

POLICY = exact.Settings().keep


def key(
    document: str,
    text: str,
    licence: str = "permissive",
    stars: int | None = None,
    forks: int | None = None,
    date: int | None = None,
) -> tuple[Any, ...]:
    """A key as the clean pass makes it."""
    return (document, content_id(text.encode()), licence, stars, forks, date, None)


def keepers(
    keys: list[tuple[Any, ...]], policy: tuple[exact.Criterion, ...] = POLICY
) -> set[tuple[int, int]]:
    """(unit, row) of the documents that stay in clusters of two or more."""
    decisions = exact.decide(exact.key_table(keys), policy).to_pylist()
    return {(d["keeper_unit"], d["keeper_row"]) for d in decisions}


def test_the_policy_in_its_order() -> None:
    """Licence before stars before forks before the earliest date before the id."""
    table = [
        ([key("000000-0", "x", "no_license", 500), key("000001-0", "x", "permissive", 10)], (1, 0)),
        ([key("000000-0", "x", stars=10), key("000001-0", "x", stars=90)], (1, 0)),
        ([key("000000-0", "x", stars=9, forks=1), key("000001-0", "x", stars=9, forks=2)], (1, 0)),
        ([key("000000-0", "x", date=200), key("000001-0", "x", date=100)], (1, 0)),
        ([key("000000-0", "x", date=None), key("000001-0", "x", date=100)], (1, 0)),
        ([key("000001-0", "x"), key("000000-7", "x")], (0, 7)),
    ]
    for keys, keeper in table:
        assert keepers(keys) == {keeper}, keys


def test_another_policy_decides_otherwise() -> None:
    """With stars first, the licence only settles ties."""
    keys = [key("000000-0", "x", "no_license", 500), key("000001-0", "x", "permissive", 10)]
    assert keepers(keys, ("stars", "license")) == {(0, 0)}


def test_a_cluster_is_recorded_with_its_size_and_single_documents_are_not() -> None:
    """Each member of a cluster names its keeper; who has no copy has no row."""
    keys = [key("000000-0", "x"), key("000000-1", "y"), key("000002-5", "x")]
    assert exact.decide(exact.key_table(keys), POLICY).to_pylist() == [
        {"unit": 0, "row": 0, "keeper_unit": 0, "keeper_row": 0, "cluster_size": 2},
        {"unit": 2, "row": 5, "keeper_unit": 0, "keeper_row": 0, "cluster_size": 2},
    ]


def test_hashes_that_end_in_zero_bytes_are_not_confused() -> None:
    """A content hash is 20 bytes, also if the last ones are zero."""
    hashes = [bytes(19) + b"\1", bytes(20), b"\1" + bytes(19), bytes(20)]
    rows = [(value, 0, row, 0, 0, 0, 0) for row, value in enumerate(hashes)]
    columns = zip(*rows, strict=True)
    table = pa.Table.from_arrays(
        [pa.array(c, k.type) for c, k in zip(columns, exact.KEY_SCHEMA, strict=True)], schema=exact.KEY_SCHEMA
    )
    assert exact.decide(table, POLICY)["row"].to_pylist() == [1, 3]


texts = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 3), st.integers(0, 2)), max_size=30)


@given(texts, st.randoms(use_true_random=False))
def test_exactly_one_of_each_class_of_equal_documents_stays(rows: Any, random: Any) -> None:
    """Whatever the order of the keys, each content keeps one document: the best by the policy."""
    keys = [
        key(f"{i % 3:06d}-{i:08d}", text, stars=stars, forks=forks)
        for i, (text, stars, forks) in enumerate(rows)
    ]
    shuffled = list(keys)
    random.shuffle(shuffled)
    decisions = exact.decide(exact.key_table(shuffled), POLICY)
    assert decisions == exact.decide(exact.key_table(keys), POLICY)
    dropped = {
        (d["unit"], d["row"])
        for d in decisions.to_pylist()
        if (d["unit"], d["row"]) != (d["keeper_unit"], d["keeper_row"])
    }
    stay = [k for k in keys if (int(k[0][:6]), int(k[0][7:])) not in dropped]
    assert sorted(k[1] for k in stay) == sorted({k[1] for k in keys})
    for kept in stay:
        same = [k for k in keys if k[1] == kept[1]]
        assert (kept[3], kept[4]) == max((k[3], k[4]) for k in same)


def test_parts_cover_every_key_once(tmp_path: Path) -> None:
    """However the hash space is split, every key is matched in exactly one part."""
    digests = [hashlib.sha1(str(i).encode(), usedforsecurity=False).hexdigest() for i in range(500)]
    keys = [(f"000000-{i:08d}", f"swh:1:cnt:{d}", "permissive", 0, 0, 0, None) for i, d in enumerate(digests)]
    keys += [
        (f"000001-{i:08d}", f"swh:1:cnt:{c * 40}", "permissive", 0, 0, 0, None) for i, c in enumerate("0f")
    ]
    table = exact.sort_keys([exact.key_table(keys[:100]), exact.key_table(keys[100:])])
    with ParquetFile(tmp_path / "keys.parquet", exact.KEY_SCHEMA) as out:
        for start in range(0, table.num_rows, 64):
            out.write_table(table.slice(start, 64))
    for count in (1, 2, 7, 256):
        found = [
            value
            for part in range(count)
            for value in exact.read_keys([(tmp_path / "keys.parquet", 0)], part, count)["hash"].to_pylist()
        ]
        assert sorted(found) == sorted(table["hash"].to_pylist()), count


def test_decisions_are_read_for_the_units_that_ask(tmp_path: Path) -> None:
    """A shard loads the decisions of its own units only, by (unit, row)."""
    keys = [key("000000-0", "x"), key("000002-5", "x"), key("000003-1", "x")]
    with ParquetFile(tmp_path / "decisions.parquet", exact.DECISION_SCHEMA) as out:
        out.write_table(exact.decide(exact.key_table(keys), POLICY))
    found = exact.decisions_for([tmp_path / "decisions.parquet"], [2])
    assert found == {(2, 5): (0, 0, 3)}
