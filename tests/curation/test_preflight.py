"""What a run will do and cost, with near-dedup and without, before anything is written."""

from pathlib import Path
from typing import Any

import pytest
from planted_runs import configuration, planted, write_corpus

from curation.config import check
from curation.preflight import predict


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corner of the planted corpus."""
    return write_corpus(tmp_path_factory.mktemp("planted"), planted()[:40])


def predicted(table: Path, output: Path, **settings: Any) -> Any:
    """The prediction for a run of it."""
    return predict(check(configuration(table, output, **settings), "the test"), seconds=0.1)


def test_every_block_of_near_dedup_is_listed_in_order(table: Path, tmp_path: Path) -> None:
    """Six passes between the two that there were, and one block more in the last."""
    blocks = dict(predicted(table, tmp_path / "run").blocks)
    assert list(blocks) == [
        *("clean", "deduplicate", "sign", "match", "estimate", "shingle", "compare", "cluster", "finish")
    ]
    assert [len(blocks[name]) for name in list(blocks)[2:-1]] == [1] * 6
    assert [name.split()[-1] for name in blocks["finish"]] == [
        "documents",
        "duplicates",
        "near-duplicates",
        "shard",
    ]
    assert not (tmp_path / "run").exists()


def test_switched_off_it_is_not_listed(table: Path, tmp_path: Path) -> None:
    """Neither its passes nor its block."""
    blocks = dict(predicted(table, tmp_path / "run", near={"enabled": False}).blocks)
    assert list(blocks) == ["clean", "deduplicate", "finish"]
    assert not [name for name in blocks["finish"] if "near" in name]


def test_the_sample_is_counted_before_dedup(table: Path, tmp_path: Path) -> None:
    """All documents of a small input are sampled; near-duplicates are not yet taken off."""
    found = predicted(table, tmp_path / "run")
    assert (found.sampled_documents, found.survival, found.dropped) == (40, 1.0, {})
    assert found.disk_bytes > 0
