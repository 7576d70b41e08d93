"""New crawls against the runs of earlier ones: what is kept is what one run over everything keeps."""

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted_runs import HereExecutor, configuration, manifest_of, planted, table_of, write_corpus

from curation import passes
from curation import run as runs
from curation.config import check
from curation.dedup import signatures
from curation.dedup.index import NO_INDEX, open_index
from curation.dedup.near import NearSettings
from curation.errors import BadInputError, ChangedRunError
from curation.verify import verify

UNIT_BYTES = 30_000
Row = dict[str, Any]
Content = Counter[tuple[str, str]]
"""Content id and path of documents."""


@pytest.fixture(autouse=True)
def unflushed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for the disk; what a power cut would leave is not tested here."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def crawls() -> list[list[Row]]:
    """The planted corpus in three crawls, without the families that share a band key in large runs."""
    rows = [row for row in planted() if "boilerplate" not in row["content"]]
    return [rows[number::3] for number in range(3)]


class Crawls:
    """One run after the other, each with the one before as its index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.corpora = [write_corpus(folder / f"crawl{n}", rows) for n, rows in enumerate(crawls())]

    def run(self, number: int, **dedup: Any) -> Path:
        """The run of one crawl, with the one before as its index."""
        index = {"index": str(self.folder / f"run{number - 1}")} if number else {}
        return self._run(f"run{number}", [self.corpora[number]], dedup | index)

    def at_once(self, **dedup: Any) -> Path:
        """One run over all crawls, in their order."""
        return self._run("once", self.corpora, dedup)

    def _run(self, name: str, corpora: list[Path], dedup: dict[str, Any]) -> Path:
        settings = [configuration(each, self.folder / name, unit_bytes=UNIT_BYTES) for each in corpora]
        settings[0]["sources"] = [source for values in settings for source in values["sources"]]
        settings[0]["dedup"] |= dedup
        return runs.run(check(settings[0], "the test"))


@pytest.fixture
def crawl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Crawls:
    """The crawls, run in this process."""
    monkeypatch.setattr(passes, "LocalExecutor", HereExecutor)
    return Crawls(tmp_path)


def contents(run: Path) -> dict[str, tuple[str, str]]:
    """Name of every document that a run has cleaned, behind its folder, to content id and path."""
    rows = table_of(run, "clean/*/documents.parquet")
    return {f"{run}:{row['id']}": (row["content_id"], row["path"]) for row in rows}


def kept_in_the_end(chain: list[Path]) -> Content:
    """What all runs of a chain have kept, after what the later ones have changed for the earlier."""
    names: dict[str, tuple[str, str]] = {}
    kept: set[str] = set()
    for run in chain:
        names |= contents(run)
        kept |= {f"{run}:{row['id']}" for row in table_of(run, "data/*/*.parquet")}
        for row in table_of(run, "cluster/cluster-0000/displaced.parquet"):
            assert (row["document"] in kept) != row["kept"], row
            kept ^= {row["document"]}
    return Counter(names[name] for name in kept)


@pytest.mark.parametrize("cluster", ["star", "components"])
def test_crawl_by_crawl_is_as_good_as_all_at_once(cluster: str, crawl: Crawls) -> None:
    """Three crawls, each against the ones before, end with what one run over all of them keeps."""
    near = {"cluster": cluster}
    chain = [crawl.run(number, near=near) for number in range(3)]
    once = crawl.at_once(near=near)
    assert manifest_of(chain[2])["index"] == [str(run) for run in chain[:2]]
    expected = Counter((row["content_id"], row["path"]) for row in table_of(once, "data/*/*.parquet"))
    assert kept_in_the_end(chain) == expected
    assert sum(expected.values()) < sum(len(table_of(run, "data/*/*.parquet")) for run in chain)
    assert all(verify(run)[0] == [] for run in chain)


def test_what_is_known_is_not_worked_on_again(crawl: Crawls) -> None:
    """A run signs its own documents only, and looks for no pair among those of the index."""
    first, second = crawl.run(0), crawl.run(1)
    index = open_index(first, NearSettings())
    assert len(list((second / "sign").iterdir())) == manifest_of(second)["units"]
    for path in sorted(second.glob("match/*/pairs-*.npy")):
        assert all(int(pair) & 0xFFFFFFFF >= sum(index.documents) for pair in np.load(path))


def test_indexed_documents_can_come_first(crawl: Crawls) -> None:
    """With index_first no indexed document is displaced, however good the new one is."""
    chain = [crawl.run(number, index_first=True) for number in range(3)]
    for run in chain[1:]:
        assert table_of(run, "cluster/cluster-0000/displaced.parquet") == []
    ledger = table_of(chain[2], "finish/*/ledger.parquet")
    keepers = {row["detail"] for row in ledger if row["decision"] == "dropped"}
    kept = {f"{run}:{row['id']}" for run in chain[:2] for row in table_of(run, "data/*/*.parquet")}
    kept |= {row["id"] for row in table_of(chain[2], "data/*/*.parquet")}
    assert keepers <= kept
    assert any(keeper.startswith(str(chain[0])) for keeper in keepers)


def test_an_index_of_fewer_partitions(crawl: Crawls, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that was signed with fewer or more key partitions gives the same."""
    whole = [crawl.run(number) for number in range(2)]
    expected = kept_in_the_end(whole)
    for sizes in ((10_000, 20), (20, 10_000)):
        shutil.rmtree(crawl.folder / "run0")
        shutil.rmtree(crawl.folder / "run1")
        for number, size in enumerate(sizes):
            monkeypatch.setattr(signatures, "PARTITION_DOCUMENTS", size)
            crawl.run(number)
        assert kept_in_the_end(whole) == expected


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"near": {"values": 128, "bands": 16, "rows": 8}}, "'values'|values 256 there, 128 here"),
        ({"near": {"threshold": 0.8}}, "threshold 0.7 there, 0.8 here"),
        ({"near": {"keep": ["stars"]}}, "keep "),
    ],
)
def test_an_index_of_other_settings_is_refused(change: dict[str, Any], seen: str, crawl: Crawls) -> None:
    """Signatures that cannot be compared are refused with what differs."""
    crawl.run(0)
    with pytest.raises(BadInputError, match=f"signed with other settings.*({seen})"):
        crawl.run(1, **change)


def test_an_index_that_is_none_is_refused(crawl: Crawls, tmp_path: Path) -> None:
    """No run, an unfinished one, or one without a folder that is needed: each is said."""
    with pytest.raises(BadInputError, match="run0: expected the folder of a run"):
        crawl.run(1)
    first = crawl.run(0)
    manifest = (first / "manifest.json").read_text(encoding="utf-8")
    (first / "manifest.json").write_text(manifest.replace('"complete"', '"finish"'), encoding="utf-8")
    with pytest.raises(BadInputError, match="is not finished"):
        crawl.run(1)
    (first / "manifest.json").write_text(manifest, encoding="utf-8")
    (first / "estimate").rename(tmp_path / "away")
    with pytest.raises(BadInputError, match=r"has no estimate: an index needs the folders clean, "):
        crawl.run(1)


def test_a_changed_index_is_refused_on_resume(crawl: Crawls) -> None:
    """The manifest of the index is an input: another one is another run."""
    first = crawl.run(0)
    crawl.run(1)
    path = first / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(ChangedRunError, match=r"run0/manifest\.json has changed"):
        crawl.run(1)


def test_no_index(crawl: Crawls) -> None:
    """Without an index there is nothing before the run's own documents."""
    assert open_index(None, NearSettings()) == NO_INDEX
    assert (NO_INDEX.units, NO_INDEX.keys, NO_INDEX.documents, list(NO_INDEX.edges())) == (0, 0, (), [])
    assert not (crawl.run(0) / "cluster" / "cluster-0000" / "displaced.parquet").exists()
