"""The blocks of near-dedup: however the work is cut, the same decisions; a strange file is named."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from planted_runs import (
    decisions,
    expected,
    manifest_of,
    near_settings,
    run_here,
    same,
    sources_of,
    table_of,
    write_corpus,
)

from curation.arrays import read_array, write_array
from curation.blocks.near import (
    DECISION_SCHEMA,
    SET,
    Cluster,
    Compare,
    Estimate,
    MatchBands,
    NearRun,
    Shingle,
    near_decisions,
    rows_of_ids,
)
from curation.dedup.clusters import EDGE
from curation.dedup.signatures import BAND, plan_near, signature_type
from curation.document import document_id
from curation.errors import BrokenRunError
from curation.layout import block_name, match_name, unit_name
from curation.shards import ParquetFile
from curation.tasks import read_record

SIGNATURES, NEAR = "curation.dedup.signatures", "curation.blocks.near"
CUTS: tuple[tuple[str, dict[str, int], dict[str, int]], ...] = (
    # name, constants, and how many folders or files of each kind they make
    ("key partitions", {f"{SIGNATURES}.PARTITION_DOCUMENTS": 30}, {"match/match-*": 8}),
    (
        "band groups and blocks",
        {f"{SIGNATURES}.SMALL_CORPUS": 10},
        {"match/match-*": 4, "compare/block-*": 8},
    ),
    (
        "many blocks",
        {f"{SIGNATURES}.SMALL_CORPUS": 10, f"{SIGNATURES}.BLOCK_DOCUMENTS": 9},
        {"estimate/block-*": 20},
    ),
    (
        "chunks of bands",
        {f"{SIGNATURES}.CHUNK_DOCUMENTS": 4, f"{NEAR}.shared.BATCH_BYTES": 1},
        {"match/match-*": 1},
    ),
    ("files of pairs", {f"{NEAR}.match.PAIRS_AT_ONCE": 50}, {"match/match-00000/pairs-*": 32}),
    ("pairs compared apart", {f"{NEAR}.verify.COMPARED_SHINGLES": 500}, {"compare/block-*": 1}),
    ("one pair at a time", {f"{NEAR}.verify.COMPARED_SHINGLES": 1}, {"compare/block-*": 1}),
    ("pairs judged apart", {f"{NEAR}.verify.ESTIMATED_AT_ONCE": 7}, {"estimate/block-*": 1}),
    ("groups of decisions", {f"{NEAR}.cluster.DECISION_GROUP": 3}, {"cluster/cluster-*": 1}),
    ("edges settled in passes", {"curation.dedup.clusters.SETTLED_AT_ONCE": 5}, {"cluster/cluster-*": 1}),
    (
        "all of it",
        {
            f"{SIGNATURES}.PARTITION_DOCUMENTS": 50,
            f"{SIGNATURES}.SMALL_CORPUS": 10,
            f"{SIGNATURES}.BLOCK_DOCUMENTS": 15,
            f"{SIGNATURES}.CHUNK_DOCUMENTS": 3,
            f"{NEAR}.match.PAIRS_AT_ONCE": 20,
            f"{NEAR}.verify.COMPARED_SHINGLES": 500,
            f"{NEAR}.verify.ESTIMATED_AT_ONCE": 11,
            f"{NEAR}.shared.BATCH_BYTES": 1,
        },
        {"match/match-*": 16, "estimate/block-*": 12},
    ),
)


@pytest.fixture(autouse=True)
def unflushed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for the disk; what a power cut would leave is not tested here."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The planted corpus, two files."""
    return write_corpus(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def done(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete run in which every pair near the threshold is compared exactly; not to be changed."""
    with pytest.MonkeyPatch.context() as patch:
        return run_here(patch, table, tmp_path_factory.mktemp("done") / "run", near={"margin": 8})


def near_run(run: Path, **changes: Any) -> NearRun:
    """What the blocks of a complete run were told."""
    settings = near_settings(run).model_copy(update=changes)
    records = [read_record(path.parent) for path in sorted(run.glob("sign/*/record.json"))]
    kept = manifest_of(run)["passes"]["deduplicate"]["kept"]
    plan = plan_near(kept, settings.banding[0])
    return NearRun(run, settings, len(records), tuple(record["documents"] for record in records), plan)


def call(block: Any, rank: int = 0) -> None:
    """Run one task of a block, as datatrove does."""
    assert list(block.run(None, rank, 1)) == []


@pytest.mark.parametrize(("constants", "made"), [cut[1:] for cut in CUTS], ids=[cut[0] for cut in CUTS])
def test_however_the_work_is_cut_the_decisions_are_the_same(
    constants: dict[str, int],
    made: dict[str, int],
    done: Path,
    table: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Partitions, chunks, blocks and memory for pairs change files, never who is dropped for whom."""
    for name, value in constants.items():
        monkeypatch.setattr(name, value)
    run = run_here(monkeypatch, table, tmp_path / "run", near={"margin": 8})
    found = {pattern: len(list(run.glob(pattern))) for pattern in made}
    assert all(found[pattern] >= number for pattern, number in made.items()), found
    assert decisions(run) == decisions(done)
    near, before = manifest_of(run)["near"], manifest_of(done)["near"]
    assert near["compared_exactly"] == before["compared_exactly"] > 20
    assert near["candidate_pairs"] == before["candidate_pairs"]


def test_large_runs_that_keys_or_chunks_split_stay_whole(
    done: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal keys lie in one partition: the runs of a boilerplate family are counted as before."""
    monkeypatch.setattr(f"{SIGNATURES}.PARTITION_DOCUMENTS", 20)
    monkeypatch.setattr(f"{SIGNATURES}.CHUNK_DOCUMENTS", 3)
    monkeypatch.setattr(f"{NEAR}.shared.BATCH_BYTES", 1)
    run = run_here(monkeypatch, table, tmp_path / "run", near={"margin": 8})
    bounds = read_array(run / "sign" / unit_name(0) / "offsets.npy", np.int64)
    near_dedup = near_run(run)
    one_chunk = near_dedup.settings.banding[0] * (near_dedup.split.partitions + 1)
    assert len(bounds) > one_chunk
    near = manifest_of(run)["near"]
    before = manifest_of(done)["near"]
    for name in ("large_runs", "in_large_runs"):
        assert near[name] == before[name] > 0


def test_components_do_not_depend_on_the_cut_either(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks and partitions, with connected components over all languages."""
    settings: dict[str, Any] = {"near": {"cluster": "components", "scope": "all"}}
    for name, value in CUTS[-1][1].items():
        monkeypatch.setattr(name, value)
    run = run_here(monkeypatch, table, tmp_path / "run", **settings)
    assert same(decisions(run), expected(run))


@pytest.mark.parametrize(("batch_bytes", "batches"), [(1, 30), (40_000, 5), (1 << 30, 1)])
def test_a_unit_may_have_several_row_groups_of_a_language(
    batch_bytes: int, batches: int, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts are found again by row, not by position, in however many batches the row groups are read."""
    monkeypatch.setattr(f"{NEAR}.shared.BATCH_BYTES", batch_bytes)
    shards = {"shards": {"row_group_bytes": 5_000}}
    run = run_here(
        monkeypatch, table, tmp_path / "run", unit_bytes=10_000_000, near={"margin": 100}, **shards
    )
    assert len(read_record(run / "sign" / unit_name(0))["batches"]) >= batches
    assert (batches > 1) == (len(read_record(run / "sign" / unit_name(0))["batches"]) > 1)
    assert same(decisions(run), expected(run))


@pytest.mark.parametrize(
    ("ids", "rows"),
    [
        ([], []),
        (["000003-00000017"], [17]),
        (["1000000-00000000", "1000000-00000009", "1000000-99999999"], [0, 9, 99_999_999]),
        (["12345678-00000001", "12345678-100000000"], [1, 100_000_000]),
    ],
)
def test_rows_of_ids_of_any_length(ids: list[str], rows: list[int]) -> None:
    """Unit numbers may be longer than six digits and rows longer than eight."""
    for column in (pa.array(ids, pa.string()), pa.chunked_array([ids[:1], ids[1:]], pa.string())):
        assert rows_of_ids(column).tolist() == rows


def test_decisions_of_units_beyond_a_million(tmp_path: Path) -> None:
    """What the finish pass looks up by document id."""
    path = tmp_path / "decisions.parquet"
    rows = [[999_999, 1, 999_999, 1, 1.0, 2], [1_000_000, 100_000_000, 999_999, 1, 0.75, 2]]
    with ParquetFile(path, DECISION_SCHEMA) as out:
        out.write_table(pa.Table.from_pylist([dict(zip(DECISION_SCHEMA.names, r, strict=True)) for r in rows],
                                             schema=DECISION_SCHEMA))  # fmt: skip
    assert near_decisions(path, {1_000_000}) == {(1_000_000, 100_000_000): (999_999, 1, 0.75, 2)}
    assert near_decisions(path, {5}) == {}
    assert near_decisions(path, set()) == {}
    assert document_id(1_000_000, 100_000_000) == "1000000-100000000"


def test_sign_adds_up_and_says_why_documents_are_left_out(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read = signed + too short + skipped, in each unit and in all; skipped units have none."""
    near = {"skip_sources": [1], "skip_languages": ["JavaScript"]}
    run = run_here(monkeypatch, table, tmp_path / "run", near=near)
    for unit, source in enumerate(sources_of(run)):
        record = read_record(run / "sign" / unit_name(unit))
        counts = record["counts"]
        rows = read_array(run / "sign" / unit_name(unit) / "signatures.npy", signature_type(256))
        assert counts["kept"] == record["documents"] == len(rows)
        assert counts["read"] == counts["kept"] + sum(counts["dropped"].values())
        if source == 1:
            assert counts["dropped"]["near_dedup/skipped"] == counts["read"] > 0
    found = manifest_of(run)["passes"]["sign"]
    kept = [row for row in table_of(run, "clean/*/documents.parquet") if row["language"] == "JavaScript"]
    assert found["dropped"]["near_dedup/skipped"] >= len(kept) > 0
    assert found["dropped"]["near_dedup/too_few_tokens"] > 0


def other_type(path: Path) -> None:
    """The file as a version with other types would have written it."""
    write_array(path, np.zeros(40, "<f4"))


def cut_short(path: Path) -> None:
    """The file as a copy leaves it that ran out of room."""
    path.write_bytes(path.read_bytes()[:-1])


def missing(path: Path) -> None:
    """No file."""
    path.unlink()


READERS: tuple[tuple[Any, str, str], ...] = (
    # block, the folder of a file that it reads, the file
    (MatchBands, "sign", "bands.npy"),
    (MatchBands, "sign", "offsets.npy"),
    (MatchBands, "sign", "signatures.npy"),
    (lambda near: Estimate(near, [f"match/{match_name(0)}/pairs-0000.npy"]), "match", "pairs-0000.npy"),
    (lambda near: Estimate(near, [f"match/{match_name(0)}/pairs-0000.npy"]), "sign", "signatures.npy"),
    (lambda near: Shingle(near, [[0]] * near.units), "estimate", "wanted.npy"),
    (Compare, "estimate", "open.npy"),
    (Compare, "shingle", "shingles.npy"),
    (Compare, "shingle", "sets.npy"),
    (Cluster, "estimate", "edges.npy"),
    (Cluster, "compare", "edges.npy"),
    (Cluster, "sign", "signatures.npy"),
)


@pytest.mark.parametrize("harm", [other_type, cut_short, missing])
@pytest.mark.parametrize(("block", "folder", "name"), READERS, ids=[f"{f}-{n}" for _, f, n in READERS])
def test_a_block_names_the_file_that_it_cannot_use(
    block: Any, folder: str, name: str, harm: Any, done: Path, tmp_path: Path
) -> None:
    """Of another type, cut short or missing: the path, what was expected, and nothing is committed."""
    run = shutil.copytree(done, tmp_path / "run")
    victim = max(run.glob(f"{folder}/*/{name}"), key=lambda path: path.stat().st_size)
    harm(victim)
    near = near_run(run)
    with pytest.raises(BrokenRunError) as caught:
        call(block(near), 0)
    assert str(caught.value).startswith(f"{victim}: expected ")
    assert not list(run.rglob(".pending-*"))


@pytest.mark.parametrize("values", [128, 512])
def test_signatures_of_another_length_are_refused(values: int, done: Path, tmp_path: Path) -> None:
    """Sketches of 256 values are not read as ones of 128."""
    run = shutil.copytree(done, tmp_path / "run", ignore=shutil.ignore_patterns("cluster"))
    near = near_run(run, values=values)
    with pytest.raises(BrokenRunError, match=r"signatures\.npy: expected values of type .* saw "):
        call(Cluster(near))


@pytest.mark.parametrize("changes", [{"bands": 18, "rows": 14}, {"bands": 7, "rows": 9}])
def test_band_keys_of_other_parameters_are_refused(
    changes: dict[str, Any], done: Path, tmp_path: Path
) -> None:
    """Keys of 36 bands are not read as those of 18 or of 7."""
    run = shutil.copytree(done, tmp_path / "run", ignore=shutil.ignore_patterns("match"))
    with pytest.raises(BrokenRunError, match="unit-000000"):
        call(MatchBands(near_run(run, **changes)))


@pytest.mark.parametrize("partitions", [2, 8])
def test_band_keys_of_fewer_partitions_give_the_same_pairs(
    partitions: int, done: Path, tmp_path: Path
) -> None:
    """As when an earlier run, which was smaller, is an index: each task takes its keys only."""
    run = shutil.copytree(done, tmp_path / "run", ignore=shutil.ignore_patterns("match"))
    near = near_run(run)
    near = replace(near, plan=replace(near.split, partitions=partitions))
    for task in range(near.split.match_tasks):
        call(MatchBands(near), task)
    before = read_array(done / "match" / match_name(0) / "pairs-0000.npy", np.uint64)
    found = [read_array(path, np.uint64) for path in run.glob("match/*/pairs-*.npy")]
    assert len(found) == partitions
    assert np.array_equal(np.unique(np.concatenate(found)), before)


def test_the_finished_run_is_what_one_call_decides(done: Path) -> None:
    """What the tests above compare with."""
    assert same(decisions(done), expected(done))
    edges = [read_array(path, EDGE) for path in done.glob("*/block-*/edges.npy")]
    assert sum(map(len, edges)) > 100
    for name, kind in (("open.npy", EDGE), ("wanted.npy", np.uint64)):
        assert len(read_array(done / "estimate" / block_name(0) / name, kind)) > 0
    for name, kind in (("sets.npy", SET), ("shingles.npy", np.uint64)):
        assert any(len(read_array(path, kind)) for path in done.glob(f"shingle/*/{name}"))
    assert all(len(read_array(path, BAND)) for path in done.glob("sign/*/bands.npy"))
