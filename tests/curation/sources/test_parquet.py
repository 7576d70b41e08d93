"""Rows of parquet files: nothing lost, nothing held, damage named."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import BadInputError
from curation.sources import parquet
from curation.sources.base import Unit
from curation.sources.inputs import Input, find
from curation.sources.wanted import Wanted

FLAT = Wanted(names=("content", "n", "when", "licences", "meta.name"))
NESTED = Wanted(
    names=("repo", "files.content", "files.path"),
    required=("files",),
    content="files.content",
    nested="files",
)


def write(path: Path, table: pa.Table, **options: Any) -> Input:
    pq.write_table(table, path, **options)
    return Input(str(path), "parquet", path.stat().st_size, local=True)


def rows_of(found: Input, wanted: Wanted = FLAT, unit_bytes: int = 1 << 26) -> list[Any]:
    units = parquet.units("table", found, {}, wanted, unit_bytes)
    return [row for unit in units for row in parquet.rows(unit, {}, wanted)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parquet")


@given(
    contents=st.lists(st.none() | st.text(max_size=30), max_size=40),
    row_group_size=st.integers(1, 45),
    unit_bytes=st.integers(1, 2000),
)
def test_every_row_comes_out_once_and_in_order(
    folder: Path, contents: list[str | None], row_group_size: int, unit_bytes: int
) -> None:
    """Whatever the row groups and the unit size: the same rows, in order, with row and row group."""
    table = pa.table({"content": pa.array(contents, pa.string()), "n": range(len(contents))})
    found = write(folder / "any.parquet", table, row_group_size=row_group_size)
    rows = rows_of(found, unit_bytes=unit_bytes)
    assert [row.values["content"] for row in rows] == contents
    assert [row.number for row in rows] == [row.values["n"] for row in rows] == list(range(len(contents)))
    assert [row.group for row in rows] == [row.number // row_group_size for row in rows]


def test_units_are_ranges_of_row_groups_up_to_the_size(folder: Path) -> None:
    """Neighbouring row groups share a unit while their content fits; a larger one has a unit alone."""
    contents = ["a" * 100] * 4 + [os.urandom(4000).hex()] + ["c" * 100]
    table = pa.table({"content": contents})
    found = write(folder / "u.parquet", table, row_group_size=1, use_dictionary=False, write_statistics=False)
    units = list(parquet.units("stack_v1", found, {}, FLAT, 300))
    assert [unit.part["row_groups"] for unit in units] == [[0, 2], [2, 4], [4, 5], [5, 6]]
    assert [unit.part["first_row"] for unit in units] == [0, 2, 4, 5]
    assert units[2].size > 5000
    assert units[0] == Unit("stack_v1", found.uri, units[0].part, units[0].size, (found.uri,))


def test_file_without_rows_is_one_unit_without_rows(folder: Path) -> None:
    """An empty table is seen and planned, and gives nothing."""
    found = write(folder / "none.parquet", pa.table({"content": pa.array([], pa.string())}))
    units = list(parquet.units("table", found, {}, FLAT, 100))
    assert [unit.size < 100 for unit in units] == [True]
    assert list(parquet.rows(units[0], {}, FLAT)) == []


def test_only_wanted_columns_are_read(folder: Path) -> None:
    """A column that nobody wants, and a field of a struct that nobody wants, are not in the values."""
    table = pa.table({"content": ["x"], "other": [1], "meta": [{"name": "a", "more": 2}], "content2": ["y"]})
    found = write(folder / "cols.parquet", table)
    assert rows_of(found)[0].values == {"content": "x", "meta": {"name": "a"}}
    assert parquet.columns(found, {}) == ["content", "other", "meta", "meta.name", "meta.more", "content2"]


def test_row_group_is_streamed(folder: Path) -> None:
    """One row group of 64 MiB is read with less than a third of that in Arrow's memory."""
    contents = [os.urandom(16 << 10).hex() for _ in range(2048)]
    table = pa.table({"content": contents})
    found = write(
        folder / "huge.parquet", table, row_group_size=10**6, write_batch_size=16, compression="snappy"
    )
    del table, contents
    before, peak, rows = pa.total_allocated_bytes(), 0, 0
    for _ in rows_iterator(found):
        rows += 1
        peak = max(peak, pa.total_allocated_bytes() - before)
    assert rows == 2048
    assert peak < (64 << 20) // 3


def rows_iterator(found: Input) -> Any:
    (unit,) = parquet.units("table", found, {}, FLAT, 1 << 40)
    return parquet.rows(unit, {}, FLAT)


def test_large_rows_are_read_one_by_one(folder: Path) -> None:
    """The batch size follows the bytes per row in the footer: 1 for rows above 8 MiB."""
    table = pa.table({"content": ["a" * (9 << 20), "b" * (9 << 20)]})
    found = write(folder / "rows.parquet", table, use_dictionary=False)
    with pq.ParquetFile(found.uri) as file:
        assert parquet._batch_rows(file.metadata.row_group(0), [0]) == 1
    assert [len(row.values["content"]) for row in rows_of(found)] == [9 << 20] * 2


def test_repeated_content_in_a_dictionary_is_read_in_small_batches(folder: Path) -> None:
    """A footer counts a repeated content once, so its bytes per row are not believed."""
    found = write(folder / "dictionary.parquet", pa.table({"content": ["a" * 10000] * 5000}))
    with pq.ParquetFile(found.uri) as file:
        assert parquet._batch_rows(file.metadata.row_group(0), [0]) == parquet.DICTIONARY_BATCH_ROWS
    assert len(rows_of(found)) == 5000


@pytest.mark.parametrize("size", [0, 3, 40, -10, -1])
def test_cut_off_file_is_named(folder: Path, size: int) -> None:
    """An empty or truncated file is refused with its path and what to do, also by the look at its columns."""
    found = write(folder / "whole.parquet", pa.table({"content": ["x" * 50] * 50}))
    cut = folder / "cut.parquet"
    cut.write_bytes(Path(found.uri).read_bytes()[: size or None] if size else b"")
    broken = Input(str(cut), "parquet", 0, local=True)
    for look in (lambda: parquet.columns(broken, {}), lambda: rows_of(broken)):
        with pytest.raises(
            BadInputError, match=r"cut\.parquet is not a readable parquet file: .*fetch it again"
        ):
            look()


def test_rows_before_damage_come_out(folder: Path) -> None:
    """A row group that is damaged stops the unit with the path, after the row groups before it."""
    table = pa.table({"content": [f"{i}" * 100 for i in range(8)]})
    found = write(
        folder / "damaged.parquet",
        table,
        row_group_size=4,
        compression="none",
        use_dictionary=False,
        write_page_checksum=True,
    )
    damaged = bytearray(Path(found.uri).read_bytes())
    position = damaged.index(b"6" * 100)
    damaged[position : position + 3] = b"???"
    Path(found.uri).write_bytes(damaged)
    (unit,) = parquet.units("table", found, {}, FLAT, 1 << 20)
    seen: list[int] = []
    with pytest.raises(BadInputError, match=r"damaged\.parquet is not a readable parquet file: .*CRC"):
        seen.extend(row.number for row in parquet.rows(unit, {}, FLAT))
    rows = parquet.rows(unit, {}, FLAT)
    assert [next(rows).number for _ in range(4)] == [0, 1, 2, 3]


def test_rows_that_do_not_add_up_stop_the_unit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row group that gives fewer rows than its footer says is never taken for whole."""
    found = write(folder / "short.parquet", pa.table({"content": ["a", "b", "c"]}))
    whole = parquet._group_rows
    monkeypatch.setattr(parquet, "_group_rows", lambda *arguments: list(whole(*arguments))[:2])
    with pytest.raises(
        BadInputError, match=r"short\.parquet: row group 0 gave 2 of the 3 rows in its footer"
    ):
        rows_of(found)


def test_file_that_shrank_since_the_plan_is_refused(folder: Path) -> None:
    """A unit names row groups; a file that no longer has them has changed."""
    found = write(folder / "shrunk.parquet", pa.table({"content": ["x"]}))
    unit = Unit("table", found.uri, {"row_groups": [0, 3], "first_row": 0})
    with pytest.raises(BadInputError, match="has 1 row groups, the plan says 3: the file has changed"):
        list(parquet.rows(unit, {}, FLAT))


def test_text_that_is_not_utf8_comes_out_as_bytes(folder: Path) -> None:
    """One bad text in a string column costs neither its row nor its neighbours; nested texts neither."""
    bad = pa.array([b"ok", b"caf\xe9", None], pa.binary()).view(pa.string())
    lists = pa.ListArray.from_arrays([0, 1, 2, 3], bad.slice(0, 3))
    found = write(folder / "latin.parquet", pa.table({"content": bad, "licences": lists, "n": [1, 2, 3]}))
    rows = [row.values for row in rows_of(found)]
    assert [row["content"] for row in rows] == ["ok", b"caf\xe9", None]
    assert [row["licences"] for row in rows] == [["ok"], [b"caf\xe9"], [None]]
    assert [row["n"] for row in rows] == [1, 2, 3]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.null()])
def test_content_types_that_are_taken(folder: Path, kind: pa.DataType) -> None:
    """Text and bytes in all their Arrow types are taken, and a column of nulls only."""
    values = [None, None] if kind == pa.null() else ["x", None]
    found = write(folder / "kinds.parquet", pa.table({"content": pa.array(values, kind)}))
    expected = [b"x" if isinstance(v, str) and pa.types.is_binary(kind) else v for v in values]
    if kind == pa.large_binary():
        expected = [b"x", None]
    assert [row.values["content"] for row in rows_of(found)] == expected


def test_dictionary_column_is_taken(folder: Path) -> None:
    """A dictionary-encoded Arrow column (pandas categories) gives its texts."""
    array = pa.array(["x", "y", "x"]).dictionary_encode()
    found = write(folder / "categories.parquet", pa.table({"content": array}))
    assert [row.values["content"] for row in rows_of(found)] == ["x", "y", "x"]


@pytest.mark.parametrize(
    ("table", "wanted", "message"),
    [
        (pa.table({"content": [1]}), FLAT, "column 'content' is of type int64, expected string or binary"),
        (pa.table({"content": [["a"]]}), FLAT, "column 'content' is of type list<"),
        (pa.table({"files": ["a"]}), NESTED, "column 'files' is of type string, expected a list of structs"),
        (pa.table({"files": [["a"]]}), NESTED, "column 'files' is of type list<"),
    ],
)
def test_other_types_are_refused(folder: Path, table: pa.Table, wanted: Wanted, message: str) -> None:
    """A column that cannot hold contents is refused by type, before any row is read."""
    found = write(folder / "refused.parquet", table)
    with pytest.raises(BadInputError, match=message):
        list(parquet.units("table", found, {}, wanted, 1))


def test_times_become_seconds(folder: Path) -> None:
    """Timestamps of any unit and zone are whole seconds, also those that Python's datetime cannot hold."""
    far = 2**62
    for unit, values in (
        ("s", [5, far]),
        ("ms", [5000, far]),
        ("us", [5_000_001, far]),
        ("ns", [5_000_000_001, far]),
    ):
        for zone in (None, "UTC"):
            array = pa.array(values, pa.int64()).view(pa.timestamp(unit, zone))
            if unit == "s":
                array = pa.array([5, 10**9], pa.int64()).view(
                    pa.timestamp(unit, zone)
                )  # parquet has no seconds
            found = write(folder / "times.parquet", pa.table({"content": ["a", "b"], "when": array}))
            assert rows_of(found)[0].values["when"] == 5
            assert isinstance(rows_of(found)[1].values["when"], int)
    day = pa.table({"content": ["a"], "when": pa.array([date(1970, 1, 3)], pa.date32())})
    assert rows_of(write(folder / "day.parquet", day))[0].values["when"] == 2 * 86400


def test_nested_files_are_converted_as_they_are_asked_for(folder: Path) -> None:
    """The files of a repository row come one by one; a null list and a null file stay null."""
    kind = pa.list_(pa.struct([("path", pa.string()), ("content", pa.string()), ("unwanted", pa.int64())]))
    files = [[{"path": f"{i}", "content": "c" * i, "unwanted": 1} for i in range(40)], None, [], [None]]
    table = pa.table({"repo": ["a", "b", "c", "d"], "files": pa.array(files, kind)})
    rows = rows_of(write(folder / "nested.parquet", table), NESTED)
    first = list(rows[0].values["files"])
    assert first == [{"path": f"{i}", "content": "c" * i} for i in range(40)]
    assert [rows[1].values["files"], list(rows[2].values["files"]), list(rows[3].values["files"])] == [
        None,
        [],
        [None],
    ]
    assert [row.values["repo"] for row in rows] == ["a", "b", "c", "d"]


def test_nested_text_that_is_not_utf8_comes_out_as_bytes(folder: Path) -> None:
    """One bad nested content costs neither its repository nor its neighbours."""
    bad = pa.array([b"ok", b"caf\xe9"], pa.binary()).view(pa.string())
    structs = pa.StructArray.from_arrays([bad, pa.array(["a", "b"])], ["content", "path"])
    table = pa.table({"repo": ["r"], "files": pa.ListArray.from_arrays([0, 2], structs)})
    (row,) = rows_of(write(folder / "bad_nested.parquet", table), NESTED)
    assert [file["content"] for file in row.values["files"]] == ["ok", b"caf\xe9"]


def test_table_without_any_wanted_column_keeps_its_rows(folder: Path) -> None:
    """Rows are counted even if none of their columns is known."""
    found = write(folder / "unknown.parquet", pa.table({"z": [1, 2, 3]}))
    assert [row.values for row in rows_of(found, Wanted(names=(), required=()))] == [{}, {}, {}]


def test_remote_file_is_read_like_a_local_one(folder: Path) -> None:
    """A URL gives the same rows, under its URL, and nothing that is fingerprinted."""
    table = pa.table({"content": [f"{i}" for i in range(100)]})
    local = write(folder / "r.parquet", table, row_group_size=7)
    filesystem = fsspec.filesystem("memory")
    filesystem.pipe("/shards/r.parquet", Path(local.uri).read_bytes())
    (remote,) = find("memory://shards", {})
    assert remote.uri == "memory:///shards/r.parquet"
    assert remote.fingerprinted == ()
    found = rows_of(remote, unit_bytes=50)
    assert [(r.number, r.group, r.values) for r in found] == [
        (r.number, r.group, r.values) for r in rows_of(local)
    ]


def test_estimate_for_tables_of_ids_is_by_rows(folder: Path) -> None:
    """Where the contents are elsewhere, a unit's size is its rows times a typical file."""
    found = write(folder / "ids.parquet", pa.table({"blob_id": ["a"] * 10}), row_group_size=5)
    wanted = Wanted(names=("blob_id",), required=(), content="")
    sizes = [unit.size for unit in parquet.units("stack_v2", found, {}, wanted, 1)]
    assert sizes == [5 * parquet.ROW_WITHOUT_CONTENT] * 2
