"""Duplicates are dropped by document id, whatever has happened to the order or number of the rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from datatrove.data import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.blocks.finish import DropDuplicates
from curation.dedup import exact
from curation.document import content_id
from curation.layout import Shard, part_name
from curation.ledger import Ledger
from curation.shards import ParquetFile

TEXTS = ["a", "b", "a", "c", "a", "b"]
SHARDS = [Shard(0, "python", "python-00000-of-00001.parquet", [(0, 0), (1, 0)], 6)]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose dedup pass has decided about the six texts, three in each of two units."""
    folder = tmp_path_factory.mktemp("run")
    keys = [
        (f"{i // 3:06d}-{i % 3:08d}", content_id(t.encode()), "", 0, 0, None, None)
        for i, t in enumerate(TEXTS)
    ]
    part = folder / "deduplicate" / part_name(0)
    part.mkdir(parents=True)
    with ParquetFile(part / "decisions.parquet", exact.DECISION_SCHEMA) as out:
        out.write_table(exact.decide(exact.key_table(keys), exact.Settings().keep))
    return folder


def documents(order: list[int]) -> Iterator[Any]:
    """The texts, in this order."""
    for i in order:
        metadata = {"kind": "code", "length_bytes": 1, "content_id": content_id(TEXTS[i].encode())}
        yield Document(TEXTS[i], f"{i // 3:06d}-{i % 3:08d}", metadata=metadata)


def survivors(run: Path, order: list[int], *, drop: bool = True) -> dict[str, int]:
    """Ids that stay, and how many copies each speaks for."""
    ledger = Ledger()
    block = DropDuplicates(run, SHARDS, 1, ledger, drop=drop)
    found = {doc.id: doc.metadata["cluster_size"] for doc in block.run(documents(order), 0, 1)}
    assert ledger.counts.read == len(order)
    assert len(found) + ledger.counts.dropped.total() == len(order)
    return found


def test_one_of_each_text_stays(run: Path) -> None:
    """The lowest ids are kept here, with the size of their cluster."""
    assert survivors(run, [0, 1, 2, 3, 4, 5]) == {
        "000000-00000000": 3,
        "000000-00000001": 2,
        "000001-00000000": 1,
    }


@settings(max_examples=50)
@given(st.permutations(range(6)), st.integers(0, 6))
def test_order_and_missing_rows_change_no_other_decision(run: Path, order: list[int], count: int) -> None:
    """Rows that were shuffled or taken away between the passes do not shift the decisions about the rest."""
    whole = survivors(run, [0, 1, 2, 3, 4, 5])
    part = order[:count]
    present = {f"{i // 3:06d}-{i % 3:08d}" for i in part}
    assert survivors(run, part) == {name: size for name, size in whole.items() if name in present}


def test_switched_off_all_stay_and_still_know_their_cluster(run: Path) -> None:
    """With dedup off the copies are counted but none is dropped."""
    assert list(survivors(run, [0, 1, 2, 3, 4, 5], drop=False).values()) == [3, 2, 3, 1, 3, 2]
