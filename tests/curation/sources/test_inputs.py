"""A path stands for the same files in the same order every time."""

from pathlib import Path
from typing import Any

import fsspec
import pytest
from pydantic import BaseModel, ValidationError

from curation.errors import BadInputError
from curation.sources.inputs import Options, container_of, find, is_url, local_path, open_input

FILES = (
    "b/2.parquet",
    "b/10.parquet",
    "a.jsonl",
    "c.jsonl.gz",
    "d.NDJSON.zst",
    "package.json",
    "README.md",
    ".hidden.parquet",
    ".cache/x.parquet",
    "_SUCCESS",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"12345")
    return tmp_path


def names(found: list[Any], folder: Path) -> list[str]:
    return [Path(each.uri).relative_to(folder).as_posix() for each in found]


def test_folder_is_all_tables_below_it_sorted(folder: Path) -> None:
    """A folder gives parquet and JSONL of all depths, no .json, no hidden files."""
    found = find(str(folder), {})
    assert names(found, folder) == ["a.jsonl", "b/10.parquet", "b/2.parquet", "c.jsonl.gz", "d.NDJSON.zst"]
    assert [each.container for each in found] == ["jsonl", "parquet", "parquet", "jsonl.gz", "jsonl.zst"]
    assert {(each.size, each.local, each.fingerprinted == (each.uri,)) for each in found} == {(5, True, True)}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.jsonl*", ["a.jsonl", "c.jsonl.gz"]),
        ("**/*.parquet", ["b/10.parquet", "b/2.parquet"]),
        ("b/?.parquet", ["b/2.parquet"]),
        ("*", ["a.jsonl", "c.jsonl.gz", "d.NDJSON.zst", "package.json"]),
        ("package.json", ["package.json"]),
    ],
)
def test_glob_and_file(folder: Path, pattern: str, expected: list[str]) -> None:
    """A glob gives what it matches and is a table; .json counts if it is named or matched."""
    assert names(find(str(folder / pattern), {}), folder) == expected


def test_file_whose_name_looks_like_a_glob_is_that_file(tmp_path: Path) -> None:
    """Brackets in the name of a file that exists are no pattern."""
    (tmp_path / "x[1].jsonl").write_bytes(b"")
    assert names(find(str(tmp_path / "x[1].jsonl"), {}), tmp_path) == ["x[1].jsonl"]


def test_file_url_is_local(folder: Path) -> None:
    """file:// is a local path, fingerprinted like one."""
    assert names(find(f"file://{folder}/a.jsonl", {}), folder) == ["a.jsonl"]
    assert not is_url("file:///a")
    assert local_path("~/x") == str(Path("~/x").expanduser())


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("missing", "missing cannot be listed: there is no such file or folder"),
        ("README.md", r"README.md stands for no table. Expected .*\.parquet"),
        ("nothing-*", r"nothing-\* stands for no table"),
    ],
)
def test_nothing_there(folder: Path, path: str, message: str) -> None:
    """A path that stands for nothing is refused with what would count."""
    with pytest.raises(BadInputError, match=message):
        find(str(folder / path), {})


def test_urls(folder: Path) -> None:
    """A URL is a file, a folder or a glob as well, under its full URL."""
    memory = fsspec.filesystem("memory")
    for name in FILES:
        memory.pipe(f"/urls/{name}", b"123")
    assert [each.uri for each in find("memory://urls", {})] == [
        f"memory:///urls/{name}"
        for name in ("a.jsonl", "b/10.parquet", "b/2.parquet", "c.jsonl.gz", "d.NDJSON.zst")
    ]
    assert [each.uri for each in find("memory://urls/**/*.parquet", {})][-1] == "memory:///urls/b/2.parquet"
    (one,) = find("memory://urls/package.json", {})
    assert (one.size, one.local, one.fingerprinted) == (3, False, ())
    with open_input(one.uri, {}) as stream:
        assert stream.read() == b"123"


@pytest.mark.parametrize("url", ["nosuchprotocol://x/y.parquet", "memory://gone/x.parquet"])
def test_url_that_cannot_be_listed(url: str) -> None:
    """An unknown filesystem and a missing file are said with the URL."""
    with pytest.raises(BadInputError, match=f"{url} (cannot be listed|stands for no table)"):
        find(url, {})


@pytest.mark.parametrize("path", ["gone.jsonl", "memory://gone/x.jsonl"])
def test_open_input_names_what_cannot_be_opened(path: str) -> None:
    """A file that vanished is said with its path and what to check."""
    with pytest.raises(BadInputError, match=rf"{path} cannot be opened: .*storage_options"):
        open_input(path, {})


class Holder(BaseModel):
    options: Options


@pytest.mark.parametrize(
    "options",
    [{"key": "AKIA"}, {"client_kwargs": {"aws_session_token": "x"}}, {"password": "x"}, {"SECRET": "x"}],
)
def test_secrets_are_refused(options: dict[str, Any]) -> None:
    """Settings are written into manifests, so a secret among them is refused, without repeating it."""
    with pytest.raises(ValidationError, match="would be written into the manifest") as caught:
        Holder(options=options)
    assert "environment" in str(caught.value)


@pytest.mark.parametrize("options", [{}, {"anon": True}, {"token": "anon"}, {"use_listings_cache": False}])
def test_options_without_secrets_are_taken(options: dict[str, Any]) -> None:
    """Anonymous access and tuning are no secrets."""
    assert Holder(options=options).options == options


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("part-0.c000.snappy.parquet", "parquet"),
        ("a.json.gz", "jsonl.gz"),
        ("a.tar.gz", None),
        ("a.csv", None),
        ("jsonl", None),
    ],
)
def test_container_of(name: str, expected: str | None) -> None:
    """The end of the name says the container."""
    assert container_of(name) == expected
