"""From a table with known families of near-duplicates to shards: who is dropped for whom, and who says it."""

import json
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import near_twin
import pytest
from planted_runs import (
    SIMILAR,
    compared,
    configuration,
    decisions,
    expected,
    manifest_of,
    near_settings,
    planted,
    run_here,
    same,
    table_of,
    write_corpus,
)
from support import Command, fingerprints

from curation import run as runs
from curation.config import check
from curation.errors import ChangedRunError
from curation.report.text import funnel_plain
from curation.verify import verify

FEW_UNITS = 80_000
"""Bytes of a unit: the corpus makes six."""
CASES: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    # name, settings of near-dedup, further settings of the run
    ("components", {"cluster": "components"}, {}),
    ("sketch alone", {"verify": "sketch"}, {}),
    ("no check", {"verify": "none"}, {}),
    ("no check, components", {"verify": "none", "cluster": "components", "columns": True}, {}),
    ("every pair exactly", {"margin": 100}, {}),
    ("no pair exactly", {"margin": 0}, {}),
    ("across languages", {"scope": "all"}, {}),
    ("within repositories", {"scope": "repository"}, {}),
    ("without Python", {"skip_languages": ["Python", "C"]}, {}),
    ("without the second source", {"skip_sources": [1], "scope": "all"}, {}),
    ("by date", {"keep": ["earliest_date", "forks"]}, {}),
    ("by id alone", {"keep": []}, {}),
    ("tokens of BigCode", {"tokens": "sc1-code", "threshold": 0.8, "bands": 0, "rows": 0}, {}),
    ("long ones only", {"minimum_tokens": 140, "shingle": 3, "values": 128, "bands": 16}, {}),
    ("datasketch", {"kernel": "datasketch"}, {}),
    ("sc1", {"profile": "sc1"}, {}),
    ("stack-v1", {"profile": "stack-v1"}, {}),
    ("opencoder", {"profile": "opencoder"}, {}),
    ("nothing dropped", {"drop": False}, {}),
    ("copies too", {}, {"exact": {"enabled": False}}),
    ("copies too, across languages", {"scope": "all", "columns": True}, {"exact": {"enabled": False}}),
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
    """A complete run of it with the default settings; not to be changed."""
    with pytest.MonkeyPatch.context() as patch:
        return run_here(patch, table, tmp_path_factory.mktemp("done") / "run", unit_bytes=FEW_UNITS)


def check_books(run: Path) -> None:
    """Decisions, ledger, shards and manifest say the same."""
    settings, found, manifest = near_settings(run), decisions(run), manifest_of(run)
    dropped = {own: keeper for own, (keeper, _) in found.items() if keeper != own}
    similarity = {own: found[own][1] for own in dropped}
    shards = {row["id"]: row for row in table_of(run, "data/*/*.parquet")}
    ledger = [row for row in table_of(run, "finish/*/ledger.parquet") if row["stage"] == "near_dedup"]
    passes = manifest["passes"]
    assert passes["sign"]["read"] == passes["deduplicate"]["kept"]
    assert passes["sign"]["kept"] == passes["cluster"]["read"]
    assert passes["cluster"]["dropped"]["near_dedup/near_duplicate"] == len(dropped)
    assert passes["finish"]["kept"] == len(shards) == sum(row["decision"] == "kept" for row in ledger)
    assert {row["id"] for row in ledger if row["decision"] == "kept"} == shards.keys()
    rows = [row for row in ledger if row["decision"] == "dropped"]
    assert {row["id"]: row["detail"] for row in rows} == (dropped if settings.drop else {})
    for row in rows:
        assert (row["reason"], row["signal"]) == ("near_duplicate", "jaccard")
        assert row["threshold"] == settings.threshold
        assert row["value"] == pytest.approx(similarity[row["id"]], nan_ok=True, abs=1e-6)
        assert row["detail"] in shards, "the keeper is in the shards"
    if settings.columns or not settings.drop:
        members = Counter(keeper for keeper, _ in found.values())
        for own, row in shards.items():
            keeper, jaccard = found.get(own, (own, 1.0))
            assert row["near_cluster_id"] == keeper
            assert row["near_cluster_size"] == members.get(keeper, 1)
            assert row["near_jaccard"] == pytest.approx(jaccard, nan_ok=True, abs=0)
    else:
        assert not any("near_cluster_id" in row for row in shards.values())


@pytest.mark.parametrize(("near", "more"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_run_decides_as_one_call_in_process(
    near: dict[str, Any], more: dict[str, Any], table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same keepers and similarities as `deduplicate` on the same documents; the books say so."""
    run = run_here(monkeypatch, table, tmp_path / "run", unit_bytes=FEW_UNITS, near=near, **more)
    found = decisions(run)
    assert len([own for own, (keeper, _) in found.items() if own != keeper]) > 20
    assert same(found, expected(run))
    check_books(run)


def test_the_default_run_decides_as_one_call_in_process(done: Path) -> None:
    """So do the settings that a user gets who says nothing."""
    assert same(decisions(done), expected(done))
    check_books(done)
    assert manifest_of(done)["near"]["compared_exactly"] > 0


def test_what_was_planted_is_found(done: Path) -> None:
    """By plain sets of strings: who is dropped has a kept one above the threshold, the rest have none."""
    rows = {row["id"]: row for row in compared(done)}
    sets = {own: near_twin.shingle_set(row["content"], "words") for own, row in rows.items()}
    found = decisions(done)
    kept = [own for own, (keeper, _) in found.items() if own == keeper]
    for own, (keeper, jaccard) in found.items():
        if own == keeper:
            others = [k for k in kept if k != own and rows[k]["language"] == rows[own]["language"]]
            assert all(near_twin.jaccard(sets[own], sets[other]) < 0.7 for other in others if sets[own])
            continue
        assert keeper in kept
        exactly = near_twin.jaccard(sets[own], sets[keeper])
        assert exactly >= 0.7
        assert jaccard == pytest.approx(exactly, abs=0.12)
    by_family = Counter(row["content"].split("_")[0].rstrip("ab") for row in rows.values())
    left = Counter(rows[own]["content"].split("_")[0].rstrip("ab") for own in kept)
    for number, jaccard in enumerate(SIMILAR):
        for suffix in ("py", "js"):
            family = f"near{number}{suffix}"
            assert by_family[family] == 2
            assert left[family] == (1 if jaccard >= 0.7 else 2), (family, jaccard)
    assert [left["boilerplate"], left["copies"], left["tongues"]] == [2, 1, 3]
    assert by_family["chain2"] > left["chain2"] > 1, "the ends of a chain are not near each other"


def test_workers_do_not_change_a_byte(
    done: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four processes give the files that tasks one after the other gave, in many tasks too."""
    monkeypatch.setattr("curation.dedup.signatures.SMALL_CORPUS", 50)
    monkeypatch.setattr("curation.dedup.signatures.PARTITION_DOCUMENTS", 60)
    with pytest.MonkeyPatch.context() as patch:
        one = run_here(patch, table, tmp_path / "here" / "run", unit_bytes=FEW_UNITS)
    before = fingerprints(one)
    assert len(list(one.glob("match/*/record.json"))) == 16
    assert len(list(one.glob("compare/*/record.json"))) == 8
    values = configuration(table, tmp_path / "four" / "run", unit_bytes=FEW_UNITS, workers=4)
    assert fingerprints(runs.run(check(values, "the test"))) == before
    assert decisions(one) == decisions(done), "nor does the number of tasks change a decision"


def contents(run: Path) -> set[str]:
    """Content ids of the shards."""
    return {row["content_id"] for row in table_of(run, "data/*/*.parquet")}


@pytest.mark.parametrize("unit_bytes", [15_000, 10_000_000])
def test_the_size_of_units_changes_no_decision(
    unit_bytes: int, done: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids differ then, but the same contents stay."""
    run = run_here(monkeypatch, table, tmp_path / "run", unit_bytes=unit_bytes)
    assert len(list(run.glob("clean/unit-*"))) != len(list(done.glob("clean/unit-*")))
    assert contents(run) == contents(done)


def harm(path: Path, how: str) -> None:
    """Damage a file as disks, copies and hands do."""
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "cut":
        path.write_bytes(content[:-3])
    else:
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


@pytest.mark.parametrize(
    "pattern",
    [
        "sign/*/signatures.npy",
        "sign/*/bands.npy",
        "sign/*/offsets.npy",
        "match/*/pairs-0000.npy",
        "estimate/*/edges.npy",
        "estimate/*/open.npy",
        "estimate/*/wanted.npy",
        "shingle/*/shingles.npy",
        "shingle/*/sets.npy",
        "compare/*/edges.npy",
        "cluster/*/decisions.parquet",
    ],
)
def test_a_damaged_file_of_near_dedup_is_named_and_made_again(
    pattern: str, done: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing, cut short or with a changed bit: `verify` names it, the next run mends it, byte for byte."""
    run = shutil.copytree(done, tmp_path / "run")
    before = fingerprints(run)
    victim = max(sorted(run.glob(pattern)), key=lambda path: path.stat().st_size)
    for how in ("gone", "cut", "changed"):
        harm(victim, how)
        problems, _ = verify(run)
        assert any(line.startswith(f"{victim}: ") for line in problems), (how, problems)
        run_here(monkeypatch, table, run, unit_bytes=FEW_UNITS)
        assert fingerprints(run) == before, how
        assert verify(run)[0] == []


@pytest.mark.parametrize("name", ["sign", "match", "estimate", "shingle", "compare", "cluster"])
def test_a_pass_that_is_gone_is_made_again(
    name: str, done: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole folder of a pass, and the shards with it: the rest is reused and the bytes are the same."""
    run = shutil.copytree(done, tmp_path / "run")
    before = fingerprints(run)
    shutil.rmtree(run / name)
    shutil.rmtree(run / "finish")
    run_here(monkeypatch, table, run, unit_bytes=FEW_UNITS)
    assert fingerprints(run) == before


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("threshold", 0.8, "setting dedup.near.threshold: 0.7 -> 0.8"),
        ("cluster", "components", "setting dedup.near.cluster: 'star' -> 'components'"),
        ("skip_languages", ["Python"], "setting dedup.near.skip_languages: [] -> ['Python']"),
        ("enabled", False, "setting dedup.near.enabled: True -> False"),
        ("profile", "sc1", "setting dedup.near.profile: 'default' -> 'sc1'"),
    ],
)
def test_a_changed_setting_of_near_dedup_is_refused_by_name(
    name: str, value: Any, line: str, done: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run goes on with its own settings or not at all."""
    with pytest.raises(ChangedRunError) as caught:
        run_here(monkeypatch, table, done, unit_bytes=FEW_UNITS, near={name: value})
    assert line in str(caught.value)


@pytest.mark.parametrize(
    ("texts", "passes"),
    [
        ([f"x = {n}" for n in range(30)], {"sign": (30, 0), "cluster": (0, 0), "finish": (30, 30)}),
        (["", "\x00"], {"sign": (0, 0), "cluster": (0, 0), "finish": (0, 0)}),
    ],
    ids=["all too short", "nothing left"],
)
def test_a_run_without_anything_to_compare(
    texts: list[str],
    passes: dict[str, tuple[int, int]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Files of fewer tokens than a shingle all stay; with no document at all, every pass is empty."""
    rows = [planted()[0] | {"content": text, "path": f"{n}.py"} for n, text in enumerate(texts)]
    run = run_here(monkeypatch, write_corpus(tmp_path / "in", rows), tmp_path / "run")
    found = manifest_of(run)["passes"]
    assert {name: (found[name]["read"], found[name]["kept"]) for name in passes} == passes
    assert verify(run)[0] == []
    assert not set(manifest_of(run)["near"].values()) - {0}


def test_a_unit_without_kept_documents_stands_between_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers of documents run on through it: families on both sides of it are found."""
    rows = [row for row in planted() if row["path"].endswith(".py")]
    empty = [rows[0] | {"content": "\0" * 4000, "path": f"e{n}.py"} for n in range(5)]
    corpus = write_corpus(tmp_path / "in", rows)
    lines = (corpus / "first.jsonl").read_bytes().splitlines(keepends=True)
    blank = [json.dumps(row).encode() + b"\n" for row in empty]
    (corpus / "first.jsonl").write_bytes(b"".join([*lines[:50], *blank, *lines[50:]]))
    run = run_here(monkeypatch, corpus, tmp_path / "run", unit_bytes=10_000)
    signed = [json.loads(path.read_bytes())["documents"] for path in sorted(run.glob("sign/*/record.json"))]
    assert 0 in signed[1:-1]
    assert same(decisions(run), expected(run))
    check_books(run)


def test_the_funnel_shows_both_dedups_apart(
    done: Path, table: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`curation run` prints a line for copies and one for near-duplicates, with their counts."""
    dropped = manifest_of(done)["passes"]["finish"]["dropped"]
    config = command.configure("config", configuration(table, done, unit_bytes=FEW_UNITS))
    result = command("run", config)
    assert result.returncode == 0, result.stderr
    for shown in (funnel_plain(done), result.stdout):
        lines = [[cell.strip() for cell in line.split("│")[1:4]] for line in shown.splitlines()]
        copies, near = (dropped[f"{s}"] for s in ("exact_dedup/duplicate", "near_dedup/near_duplicate"))
        assert ["exact_dedup", "duplicate", str(copies)] in lines, shown
        assert ["near_dedup", "near_duplicate", str(near)] in lines, shown


def test_explain_names_the_document_that_is_kept_instead(done: Path, command: Command) -> None:
    """By id: stage, reason, similarity, threshold and keeper."""
    own, (keeper, jaccard) = next((o, d) for o, d in decisions(done).items() if d[0] != o)
    (found,) = json.loads(command("explain", done, own, "--json").stdout)
    last = found["decisions"][-1]
    assert [last[key] for key in ("stage", "decision", "reason", "signal", "threshold", "detail")] == [
        *("near_dedup", "dropped", "near_duplicate", "jaccard", 0.7, keeper)
    ]
    assert last["value"] == pytest.approx(jaccard)
    (kept,) = json.loads(command("explain", done, keeper, "--json").stdout)
    assert [(d["stage"], d["decision"]) for d in kept["decisions"]] == [
        ("filters", "kept"),
        ("near_dedup", "kept"),
    ]
