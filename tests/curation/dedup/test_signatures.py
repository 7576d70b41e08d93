"""Signatures on disk: how documents are numbered, where their keys lie, and how the work is split."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.arrays import ArrayFile, write_array
from curation.dedup import signatures
from curation.dedup.minhash import Sketches, band_keys
from curation.dedup.near import NearSettings, Scope
from curation.dedup.signatures import (
    BAND,
    BandWriter,
    NearPlan,
    Signatures,
    group_keys,
    plan_near,
    signature_type,
    slices,
)
from curation.dedup.tokens import Hashes
from curation.errors import BadInputError
from curation.layout import unit_name

SETTINGS = NearSettings(values=16, bands=3, rows=5)
UNITS = (7, 0, 5, 1)
"""Documents of the units of the small run below."""


def sketches_of(unit: int) -> Sketches:
    """Random sketches of a unit."""
    return np.random.Generator(np.random.PCG64(unit)).integers(0, 256, (UNITS[unit], 16), np.uint8)


def groups_of(unit: int) -> Hashes:
    """Groups of its documents."""
    return (np.arange(UNITS[unit]) % 2).astype(np.uint64)


def write_run(run: Path, partitions: int) -> Signatures:
    """A run of four units, one of them without signed documents."""
    for unit, documents in enumerate(UNITS):
        folder = run / "sign" / unit_name(unit)
        folder.mkdir(parents=True)
        entries = np.zeros(documents, signature_type(16))
        entries["sketch"], entries["group"] = sketches_of(unit), groups_of(unit)
        entries["row"], entries["policy"] = np.arange(documents) * 2, np.arange(documents) + 100 * unit
        write_array(folder / "signatures.npy", entries)
        writer = BandWriter(folder, SETTINGS, partitions)
        with ArrayFile(folder / "bands.npy", BAND) as out:
            for row in range(documents):
                writer.add(sketches_of(unit)[row : row + 1], groups_of(unit)[row : row + 1], out)
            writer.flush(out)
        write_array(folder / "offsets.npy", np.concatenate([np.empty(0, np.int64), *writer.chunks]))
    return Signatures(run, UNITS, 16)


@pytest.mark.parametrize("partitions", [1, 2, 64])
@pytest.mark.parametrize("chunk", [2, 100])
def test_every_band_holds_every_document_once(
    partitions: int, chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However a unit is cut in chunks and keys in partitions, all partitions together are all keys."""
    monkeypatch.setattr(signatures, "CHUNK_DOCUMENTS", chunk)
    stored = write_run(tmp_path, partitions)
    expected = np.concatenate(
        [band_keys(sketches_of(unit), groups_of(unit), 3, 5) for unit in range(4)], axis=1
    )
    plan = NearPlan(len(stored), partitions, ((0, 3),), ((0, len(stored)),))
    for band in range(3):
        found: dict[int, int] = {}
        for partition in range(partitions):
            keys, numbers = stored.band(band, partition, plan, SETTINGS.banding)
            assert all(int(key) * partitions >> 64 == partition for key in keys)
            assert not found.keys() & set(numbers.tolist())
            found |= dict(zip(numbers.tolist(), keys.tolist(), strict=True))
        assert found == dict(enumerate(expected[band].tolist()))


def test_documents_are_numbered_through_the_units(tmp_path: Path) -> None:
    """A number is the unit's base and the place in the unit; units without documents take none."""
    stored = write_run(tmp_path, 1)
    assert len(stored) == 13
    assert stored.base.tolist() == [0, 7, 7, 12, 13]
    asked = np.array([12, 0, 11, 7, 6, 7])
    found = stored.take(asked)
    assert found["policy"].tolist() == [300, 0, 204, 200, 6, 200]
    assert found["row"].tolist() == [0, 0, 8, 0, 12, 0]
    assert stored.take_field(asked, "policy").tolist() == found["policy"].tolist()
    whole = np.concatenate([sketches_of(unit) for unit in range(4)])
    assert stored.take_field(asked, "sketch").tolist() == whole[asked].tolist()
    located = {where.unit: (where.places.tolist(), where.inside.tolist()) for where in stored.locate(asked)}
    assert located == {0: ([1, 4], [0, 6]), 2: ([2, 3, 5], [4, 0, 0]), 3: ([0], [0])}


def test_policies_come_in_order_of_number(tmp_path: Path) -> None:
    """The policy keys of all units, a unit at a time, without the empty one."""
    pieces = [piece.tolist() for piece in write_run(tmp_path, 1).policies()]
    assert pieces == [list(range(7)), list(range(200, 205)), [300]]


def test_nothing_asked() -> None:
    """No number, no entry; a run without units has no documents."""
    none = np.empty(0, np.int64)
    assert len(Signatures(Path("none"), (), 16)) == 0
    assert len(Signatures(Path("none"), (3,), 16).take(none)) == 0


@pytest.mark.parametrize(
    ("documents", "partitions", "groups", "blocks"),
    [
        (0, 1, 1, 1),
        (1, 1, 1, 1),
        (20_000, 1, 1, 1),
        (20_001, 1, 4, 8),
        (8_000_000, 1, 4, 16),
        (8_000_001, 2, 4, 16),
        (16_000_001, 4, 4, 31),
        (1_000_000_000, 128, 4, 1908),
    ],
)
def test_how_work_is_split(documents: int, partitions: int, groups: int, blocks: int) -> None:
    """Small corpora are one task; partitions are a power of two of at most eight million documents."""
    plan = plan_near(documents, 32)
    assert (plan.partitions, len(plan.band_groups), len(plan.blocks)) == (partitions, groups, blocks)
    assert plan.match_tasks == partitions * groups


@given(st.integers(0, (1 << 32) - 1), st.integers(1, 300))
def test_bands_and_documents_are_all_in_one_task(documents: int, bands: int) -> None:
    """Groups of bands and blocks of documents lie end to end, and none of the groups is empty."""
    plan = plan_near(documents, bands)
    for parts, count in ((plan.band_groups, bands), (plan.blocks, documents)):
        assert [part[0] for part in parts] == [0, *(part[1] for part in parts[:-1])]
        assert parts[-1][1] == count
    assert all(low < high for low, high in plan.band_groups)


def test_too_many_documents_are_refused() -> None:
    """More documents than 32-bit numbers are refused with their number."""
    assert plan_near((1 << 32) - 1, 32).documents == (1 << 32) - 1
    with pytest.raises(BadInputError, match=r"fewer than 2\^32 documents in one run, saw 4,294,967,296"):
        plan_near(1 << 32, 32)


@pytest.mark.parametrize(
    ("scope", "expected"), [("all", [0, 0, 0, 0]), ("language", [0, 0, 2, 0]), ("repository", [0, 1, 0, 1])]
)
def test_groups(scope: Scope, expected: list[int]) -> None:
    """Documents are compared within a language, a repository, or all of them."""
    names = {"language": ["C", "C", "Go", "C"], "repo_name": ["a/b", "", "a/b", ""]}
    table = pa.table({**names, "kind": ["code"] * 4})
    for given_table in (table, pa.concat_tables([table[:1], table[1:3], table[3:]])):
        keys = group_keys(given_table, scope).tolist()
        assert [keys.index(key) for key in keys] == expected
    assert group_keys(table[:0], scope).tolist() == []


def test_a_group_is_the_same_in_every_unit() -> None:
    """The key of a language does not depend on the other languages of the table."""
    one = group_keys(pa.table({"language": ["C", "Go"], "kind": ["code", "code"]}), "language").tolist()
    other = group_keys(pa.table({"language": ["Zig", "Go", "C"], "kind": ["code"] * 3}), "language").tolist()
    assert one == [other[2], other[1]]
    assert len(set(other)) == 3


def test_slices(tmp_path: Path) -> None:
    """Of ascending files, the numbers from the lower bound to below the higher one."""
    paths = [tmp_path / "a.npy", tmp_path / "b.npy", tmp_path / "c.npy"]
    high = (1 << 64) - 1
    for path, values in zip(paths, ([1, 5, 9, high], [5, 6], []), strict=True):
        write_array(path, np.array(values, np.uint64))
    assert [part.tolist() for part in slices(paths, 5, 9)] == [[5], [5, 6], []]
    assert [part.tolist() for part in slices(paths, 0, high)] == [[1, 5, 9], [5, 6], []]


def test_kinds_of_one_language_are_groups_of_their_own() -> None:
    """A notebook's script and its structured form hold the same code, and are not compared."""
    kinds = ["code", "jupyter-scripts", "jupyter-structured", "code"]
    keys = group_keys(pa.table({"language": ["Python"] * 4, "kind": kinds}), "language").tolist()
    assert keys[0] == keys[3]
    assert len(set(keys)) == 3
