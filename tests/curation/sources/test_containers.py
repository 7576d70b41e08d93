"""Parquet and JSON Lines behind the same functions, also side by side in one folder."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.errors import BadInputError
from curation.sources import containers
from curation.sources.containers import Place, Wanted

WANTED = Wanted(names=("content",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pq.write_table(pa.table({"content": ["a", "b"]}), tmp_path / "1.parquet")
    (tmp_path / "2.jsonl").write_text('{"content": "c"}\n{bad\n')
    (tmp_path / "3.jsonl").write_text("")
    return tmp_path


def test_containers_of_a_folder_follow_each_other(folder: Path) -> None:
    """Files of different containers are one source, in the order of their names, empty ones too."""
    place = Place(str(folder))
    units = list(containers.plan("table", place, WANTED))
    assert [Path(unit.uri).name for unit in units] == ["1.parquet", "2.jsonl", "3.jsonl"]
    assert json.loads(json.dumps([unit.part for unit in units])) == [unit.part for unit in units]
    rows = [row for unit in units for row in containers.rows(unit, place, WANTED)]
    assert [row.problem.reason if row.problem else row.values["content"] for row in rows] == [
        "a",
        "b",
        "c",
        "bad_json",
    ]


def test_columns_are_those_of_the_first_file_that_has_any(folder: Path) -> None:
    """Empty files say nothing about columns."""
    assert containers.columns(Place(str(folder))) == ["content"]
    assert containers.columns(Place(str(folder / "3.jsonl"))) == []


def test_every_file_must_have_the_columns(folder: Path) -> None:
    """One file that is something else is found when units are planned, not after hours."""
    pq.write_table(pa.table({"contents": ["a"]}), folder / "4.parquet")
    with pytest.raises(
        BadInputError, match=r"4\.parquet has no column 'content'; its 1 columns are contents; the nearest"
    ):
        list(containers.plan("table", Place(str(folder)), WANTED))


def test_content_that_is_no_text_is_refused_when_planned(folder: Path) -> None:
    """The type of the content column is looked at in every file."""
    pq.write_table(pa.table({"content": [1]}), folder / "4.parquet")
    with pytest.raises(BadInputError, match=r"4\.parquet: column 'content' is of type int64"):
        list(containers.plan("table", Place(str(folder)), WANTED))
