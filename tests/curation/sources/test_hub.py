"""Data sets that the `datasets` library reads, all local: no test touches the network."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from curation.errors import BadInputError
from curation.sources import hub
from curation.sources.base import SourceFile, Unit
from curation.sources.blobs import Store
from curation.sources.inputs import Reading
from curation.sources.table import Columns


@pytest.fixture(scope="module", autouse=True)
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The library, offline and with its cache in a folder of the test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hf")))
        yield pytest.importorskip("datasets")


def rows(count: int) -> list[dict[str, Any]]:
    return [
        {
            "content": None if n == 3 else f"x = {n}\n",
            "hexsha": "a",
            "max_stars_repo_path": f"{n}.py",
            "max_stars_count": 0,
        }
        for n in range(count)
    ]


def files_of(settings: hub.Settings) -> tuple[list[Unit], list[SourceFile]]:
    units = list(hub.plan(settings))
    assert json.loads(json.dumps([unit.part for unit in units])) == [unit.part for unit in units]
    return units, [file for unit in units for file in hub.read(unit, settings)]


@pytest.mark.parametrize("unit_bytes", [1, 100, 1 << 20])
def test_saved_data_set(datasets: Any, tmp_path: Path, unit_bytes: int) -> None:
    """Ranges of rows, every row once and in order; the Arrow files are fingerprinted."""
    datasets.Dataset.from_list(rows(20)).save_to_disk(str(tmp_path / "d"), num_shards=2)
    units, files = files_of(hub.Settings(path=str(tmp_path / "d"), reading=Reading(unit_bytes=unit_bytes)))
    assert [file.path for file in files] == [f"{n}.py" for n in range(20)]
    assert [file.source_row for file in files] == list(range(20))
    assert [file.problem.reason for file in files if file.problem] == ["null_content"]
    assert {file.repository.stars for file in files} == {0}
    assert (len(units) == 1) == (unit_bytes == 1 << 20)
    assert [Path(name).suffix for name in units[0].inputs] == [".arrow", ".arrow"]
    assert all(Path(name).is_absolute() for name in units[0].inputs)


def test_split_of_a_saved_data_set(datasets: Any, tmp_path: Path) -> None:
    """Of several splits the named one is read; one that is not there is refused with those that are."""
    splits = {"train": datasets.Dataset.from_list(rows(2)), "test": datasets.Dataset.from_list(rows(1))}
    datasets.DatasetDict(splits).save_to_disk(str(tmp_path / "d"))
    assert len(files_of(hub.Settings(path=str(tmp_path / "d")))[1]) == 2
    assert len(files_of(hub.Settings(path=str(tmp_path / "d"), split="test"))[1]) == 1
    with pytest.raises(BadInputError, match=r"split valid\): its splits are train, test; set split"):
        list(hub.plan(hub.Settings(path=str(tmp_path / "d"), split="valid")))


def test_saved_data_set_without_rows_is_refused(datasets: Any, tmp_path: Path) -> None:
    """`datasets` cannot load what it saved without a row; it is said so, and not as a crash."""
    datasets.Dataset.from_dict({"content": [], "path": []}).save_to_disk(str(tmp_path / "d"))
    with pytest.raises(BadInputError, match=r"data set .* cannot be read: list index out of range"):
        list(hub.plan(hub.Settings(path=str(tmp_path / "d"))))


@pytest.mark.parametrize("kind", ["parquet", "json"])
def test_streamed_data_files(datasets: Any, tmp_path: Path, kind: str) -> None:
    """Shards of a stream, every row once and in order; the data files are fingerprinted."""
    data = datasets.Dataset.from_list(rows(12))
    for number in range(3):
        part = data.select(range(number * 4, number * 4 + 4))
        name = str(tmp_path / f"{number}.{kind}")
        part.to_parquet(name) if kind == "parquet" else part.to_json(name)
    settings = hub.Settings(path=kind, data_files=(str(tmp_path / f"*.{kind}"),))
    units, files = files_of(settings)
    assert [unit.part["shard"] for unit in units] == [0, 1, 2]
    assert [file.path for file in files] == [f"{n}.py" for n in range(12)]
    assert [file.source_file for file in files][::4] == [f"{kind}#train-{n:05d}-of-00003" for n in range(3)]
    assert units[0].inputs == tuple(str(tmp_path / f"{n}.{kind}") for n in range(3))


def test_folder_of_data_files(datasets: Any, tmp_path: Path) -> None:
    """A local folder is a data set, too."""
    datasets.Dataset.from_list(rows(4)).to_parquet(str(tmp_path / "train.parquet"))
    units, files = files_of(hub.Settings(path=str(tmp_path)))
    assert len(files) == 4
    assert units[0].inputs == (str(tmp_path / "train.parquet"),)


def test_nested_files_and_given_columns(datasets: Any, tmp_path: Path) -> None:
    """Nested repositories are known by their columns; a mapping of the user wins."""
    row = {"repo_path": "a/b", "files": [{"content": "x", "file_path": "p"}], "note": "n"}
    datasets.Dataset.from_list([row]).save_to_disk(str(tmp_path / "d"))
    (file,) = files_of(hub.Settings(path=str(tmp_path / "d")))[1]
    assert (file.path, file.content, file.repository.name) == ("p", "x", "a/b")
    (file,) = files_of(hub.Settings(path=str(tmp_path / "d"), columns=Columns(content="note")))[1]
    assert (file.path, file.content) == ("", "n")
    with pytest.raises(
        BadInputError, match="has no column 'text'; its 5 columns are repo_path, files, note, "
    ):
        list(hub.plan(hub.Settings(path=str(tmp_path / "d"), columns=Columns(content="text"))))


def test_ids_are_fetched_from_the_store(datasets: Any, tmp_path: Path) -> None:
    """Rows of ids get their contents from the blob store."""
    (tmp_path / "store").mkdir()
    datasets.Dataset.from_list([{"blob_id": "0" * 40, "path": "p"}]).save_to_disk(str(tmp_path / "d"))
    settings = hub.Settings(path=str(tmp_path / "d"), blobs=Store(url=str(tmp_path / "store")))
    (file,) = files_of(settings)[1]
    assert file.problem
    assert file.problem.reason == "blob_missing"


@pytest.mark.parametrize("path", ["nobody/nothing", "no-such-folder"])
def test_data_set_that_cannot_be_opened(path: str) -> None:
    """Offline, what is not local is refused with its name and what to check."""
    with pytest.raises(
        BadInputError, match=f"data set {path} .*split train.* cannot be read: .*HF_HUB_OFFLINE"
    ):
        list(hub.plan(hub.Settings(path=path)))


def test_columns_that_fit_nothing(datasets: Any, tmp_path: Path) -> None:
    """Columns are looked at when units are planned, before any row is read."""
    datasets.Dataset.from_list([{"a": 1}]).save_to_disk(str(tmp_path / "d"))
    with pytest.raises(BadInputError, match="the columns a fit no known table"):
        list(hub.plan(hub.Settings(path=str(tmp_path / "d"))))


def test_newest_commit_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Online, a branch becomes the commit that it is at, and every unit says so; offline nothing is asked."""
    asked: list[Any] = []

    class Api:
        def dataset_info(self, path: str, revision: str | None) -> Any:
            asked.append((path, revision))
            return SimpleNamespace(sha="c0ffee")

    library = __import__("huggingface_hub")
    monkeypatch.setattr(library, "HfApi", Api)
    monkeypatch.setattr(library.constants, "HF_HUB_OFFLINE", False)
    assert hub._revision(hub.Settings(path="owner/name", revision="main")) == "c0ffee"
    assert hub._revision(hub.Settings(path="parquet")) is None
    monkeypatch.setattr(library.constants, "HF_HUB_OFFLINE", True)
    assert hub._revision(hub.Settings(path="owner/name", revision="v1")) == "v1"
    assert asked == [("owner/name", "main")]


def test_stream_without_stated_columns_is_looked_at() -> None:
    """Where a data set does not state its columns, its first rows do."""

    class Stream(list[Any]):
        features = None

    assert sorted(hub._columns(Stream([{"a": 1}, {"b": {"c": 2}, "d": [{"e": 1}]}]))) == [
        "a",
        "b",
        "b.c",
        "d",
        "d.e",
    ]


def test_no_token_is_a_setting() -> None:
    """A token can not be given, so it can not be written anywhere."""
    assert not [name for name in hub.Settings.model_fields if "token" in name]
    assert os.environ["HF_HUB_OFFLINE"] == "1"
