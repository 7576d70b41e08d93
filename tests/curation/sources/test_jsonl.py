"""Rows of JSON Lines: nothing lost, one bad line costs only itself, damage named."""

import gzip
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import fsspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import BadInputError
from curation.sources import jsonl
from curation.sources.inputs import Input, container_of, find

LIMIT = 1 << 20
BLANK = (b"", b" ", b"\r", b"\t  ")

good = st.text(max_size=20).map(lambda text: json.dumps({"content": text}).encode())
lines_of_a_file = st.lists(
    st.one_of(good, st.sampled_from(BLANK), st.binary(max_size=20).map(lambda b: b.replace(b"\n", b""))),
    max_size=30,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jsonl")


def write(path: Path, data: bytes) -> Input:
    container = container_of(path.name)
    assert container
    if container == "jsonl.gz":
        data = gzip.compress(data, mtime=0)
    elif container == "jsonl.zst":
        data = zstandard.compress(data)
    path.write_bytes(data)
    return Input(str(path), container, len(data), local=True)


def rows_of(found: Input, unit_bytes: int = 1 << 26, limit: int = LIMIT) -> list[Any]:
    units = jsonl.units("table", found, {}, unit_bytes)
    return [row for unit in units for row in jsonl.rows(unit, {}, limit)]


def facts(rows: list[Any]) -> list[Any]:
    return [(row.number, row.values, row.problem) for row in rows]


@given(lines=lines_of_a_file, unit_bytes=st.integers(1, 400), end=st.sampled_from([b"", b"\n", b"\r\n"]))
def test_every_line_comes_out_once_and_in_order(
    folder: Path, lines: list[bytes], unit_bytes: int, end: bytes
) -> None:
    """Every line that is not blank is a row or a problem, with its number, wherever units are cut."""
    data = b"\n".join(lines) + end
    expected = [number for number, line in enumerate(data.split(b"\n")) if line.strip()]
    whole = rows_of(write(folder / "a.jsonl", data))
    assert [row.number for row in whole] == expected
    assert all(bool(row.values) or row.problem or row.values == {} for row in whole)
    assert facts(rows_of(write(folder / "a.jsonl", data), unit_bytes)) == facts(whole)
    for name in ("a.jsonl.gz", "a.jsonl.zst"):
        assert facts(rows_of(write(folder / name, data), unit_bytes)) == facts(whole)


@pytest.mark.parametrize("block", [1, 7, 64])
def test_cuts_do_not_depend_on_the_block_size(
    folder: Path, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the file is read while planning, the ranges are the same and cover it without a gap."""
    data = b"".join(b'{"content": "%d"}\n' % i for i in range(50)) + b'{"content": "last"}'
    found = write(folder / "b.jsonl", data)
    expected = list(jsonl.units("table", found, {}, 100))
    monkeypatch.setattr(jsonl, "BLOCK", block)
    units = list(jsonl.units("table", found, {}, 100))
    assert units == expected
    edges = [edge for unit in units for edge in unit.part["bytes"]]
    assert edges[0] == 0
    assert edges[-1] == len(data)
    assert edges[1:-1:2] == edges[2::2]
    assert all(unit.size >= 100 for unit in units[:-1])


def test_unit_of_exactly_the_size_is_not_made_longer(folder: Path) -> None:
    """A line that fills a unit ends it."""
    line = b'{"content": "a"}\n'
    units = list(jsonl.units("table", write(folder / "e.jsonl", line * 3), {}, len(line)))
    assert [unit.size for unit in units] == [len(line)] * 3
    assert [unit.part["first_line"] for unit in units] == [0, 1, 2]


@pytest.mark.parametrize(
    ("line", "reason", "detail"),
    [
        (b'{"content": "cut', "bad_json", "unexpected end of data"),
        (b'{"content": "caf\xe9"}', "bad_encoding", "byte 16 of the line is not UTF-8"),
        (b"[1, 2]", "bad_json", "the line is a list, expected an object"),
        (b"null", "bad_json", "the line is a NoneType, expected an object"),
        (b'{"content": NaN}', "bad_json", "unexpected character"),
        (b"[" * 5000, "bad_json", "depth limit exceeded"),
        (b'{"a": "\\ud800", "b": ' + b"[" * 100_000, "bad_json", ""),
        (b'{"content": "\\ud800" x}', "bad_json", ""),
        (b'{"content": "' + b"x" * 300 + b'"}', "too_large", "longer than max_line_bytes"),
    ],
)
def test_bad_line_is_a_problem_and_its_neighbours_are_rows(
    folder: Path, line: bytes, reason: str, detail: str
) -> None:
    """A line that cannot be read is counted with a reason, and costs only itself."""
    limit = 200 if reason == "too_large" else LIMIT
    found = write(folder / "bad.jsonl", b'{"content": "a"}\n' + line + b'\n{"content": "b"}\n')
    first, bad, last = rows_of(found, limit=limit)
    assert (first.values, last.values) == ({"content": "a"}, {"content": "b"})
    assert (bad.number, last.number) == (1, 2)
    assert bad.problem.reason == reason
    assert detail in bad.problem.detail
    assert "caf" not in bad.problem.detail


def test_lone_surrogates_are_rows(folder: Path) -> None:
    """What notebooks hold and orjson refuses is parsed all the same; decoding replaces it later."""
    found = write(folder / "surrogate.jsonl", b'{"content": "a\\ud83d", "n": 1}\n')
    assert rows_of(found)[0].values == {"content": "a\ud83d", "n": 1}


def test_byte_order_mark_is_skipped_at_the_start_only(folder: Path) -> None:
    """A file that Windows wrote is read from its first line on."""
    found = write(folder / "bom.jsonl", b'\xef\xbb\xbf{"content": "a"}\n\xef\xbb\xbf{"content": "b"}\n')
    first, second = rows_of(found)
    assert first.values == {"content": "a"}
    assert second.problem.reason == "bad_json"


def test_line_of_exactly_the_limit_is_a_row(folder: Path) -> None:
    """The limit counts the line without its end."""
    line = b'{"content": "abc"}'
    found = write(folder / "limit.jsonl", line + b"\n" + line)
    assert [row.problem for row in rows_of(found, limit=len(line))] == [None, None]
    problems = [row.problem for row in rows_of(found, limit=len(line) - 1)]
    assert [problem.value for problem in problems] == [len(line) + 1, len(line)]


def test_line_above_the_limit_is_not_held(folder: Path) -> None:
    """A line of 64 MiB costs no more memory than the limit and some blocks."""
    data = io.BytesIO()
    with gzip.GzipFile(fileobj=data, mode="wb", compresslevel=1) as stream:
        stream.write(b'{"content": "')
        for _ in range(64):
            stream.write(b"x" * (1 << 20))
        stream.write(b'"}\n{"content": "next"}\n')
    path = folder / "long.jsonl.gz"
    path.write_bytes(data.getvalue())
    found = Input(str(path), "jsonl.gz", 1, local=True)
    tracemalloc.start()
    long, after = rows_of(found, limit=1 << 16)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert long.problem.value == (64 << 20) + 16
    assert after.values == {"content": "next"}
    assert peak < 6 << 20


@pytest.mark.parametrize("name", ["cut.jsonl.gz", "cut.jsonl.zst"])
def test_cut_off_compressed_file_gives_rows_then_stops(folder: Path, name: str) -> None:
    """The rows before the damage come out; then the error names the file, the line and what to do."""
    lines = [json.dumps({"content": f"{i * 7919 % 1000003:x}" * 20}).encode() for i in range(20000)]
    found = write(folder / name, b"\n".join(lines))
    path = Path(found.uri)
    path.write_bytes(path.read_bytes()[: found.size // 2])
    seen: list[Any] = []
    with pytest.raises(
        BadInputError, match=r"cut\.jsonl\.\w+ is damaged or truncated near line \d+: .*Fetch it again"
    ):
        seen.extend(row.values for row in jsonl.rows(next(jsonl.units("table", found, {}, 1)), {}, LIMIT))
    assert len(seen) > 5000
    assert seen == [json.loads(line) for line in lines[: len(seen)]]
    assert jsonl.columns(found, {}) == ["content"]


@pytest.mark.parametrize("name", ["not.jsonl.gz", "not.jsonl.zst"])
def test_file_that_is_not_compressed_as_named_is_refused(folder: Path, name: str) -> None:
    """A wrong extension is said at once."""
    path = folder / name
    path.write_bytes(b'{"content": "a"}\n')
    with pytest.raises(BadInputError, match=rf"{name} is damaged or truncated near line 1"):
        jsonl.columns(Input(str(path), container_of(name) or "jsonl", 1, local=True), {})


@pytest.mark.parametrize(
    "data", [b'[\n{"content": "a"},\n{"content": "b"}\n]', b"import os\nprint(1)\n", b"\xff\xfea\0"]
)
def test_file_that_is_no_json_lines_is_refused(folder: Path, data: bytes) -> None:
    """A JSON array, code, or UTF-16 under the name of a table is refused with the way to convert it."""
    found = write(folder / "array.json", data if data[0] != 91 else data.replace(b"\n", b""))
    with pytest.raises(BadInputError, match=r"none of the first \d+ lines is a JSON object.*jq -c"):
        jsonl.columns(found, {})


def test_columns_of_the_first_lines_are_found(folder: Path) -> None:
    """Columns that only later lines have, nested ones, and those of files in a list are all seen."""
    data = b'{"a": 1, "m": {"n": {"o": 1}}}\nbad\n{"files": [{"content": "x"}], "e": []}\n'
    assert sorted(jsonl.columns(write(folder / "c.ndjson", data), {})) == [
        "a",
        "e",
        "files",
        "files.content",
        "m",
        "m.n",
        "m.n.o",
    ]


def test_empty_file_is_a_unit_without_rows(folder: Path) -> None:
    """A file of no bytes, or of blank lines, has no columns and no rows, and is no error."""
    for data in (b"", b"\n\n \n"):
        found = write(folder / "empty.jsonl", data)
        assert jsonl.columns(found, {}) == []
        assert len(list(jsonl.units("table", found, {}, 1))) >= 1
        assert rows_of(found, 1) == []


def test_remote_file_is_split_and_read(folder: Path) -> None:
    """A URL gives the same rows as the local file, in as many units."""
    data = b"".join(b'{"content": "%d"}\n' % i for i in range(100))
    fsspec.filesystem("memory").pipe("/lines/a.jsonl", data)
    (remote,) = find("memory://lines/a.jsonl", {})
    local = write(folder / "local.jsonl", data)
    assert facts(rows_of(remote, 100)) == facts(rows_of(local))
    assert (
        len(list(jsonl.units("table", remote, {}, 100)))
        == len(list(jsonl.units("table", local, {}, 100)))
        > 10
    )
