"""Labelled files are read whole or refused with file and line."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.errors import BadInputError
from training.classify.labelled import Columns, Mark, Row, rows

SPAN = {"start": 5, "end": 14, "tag": "EMAIL", "kind": "a rule"}
ROW = {"text": "mail ann@x.org", "spans": [SPAN], "label": 3, "source": "a.py"}


def read(path: Path, task: str = "token", **columns: Any) -> list[Row]:
    return list(rows([path], Columns(**columns), "token" if task == "token" else "sequence"))


@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz", "parquet", "folder"])
def test_every_form_gives_the_same_rows(tmp_path: Path, form: str) -> None:
    """JSONL plain and compressed, a parquet file, and a folder of them."""
    line = (json.dumps(ROW) + "\n\n").encode()
    path = tmp_path / f"rows.{form}"
    if form == "jsonl":
        path.write_bytes(line)
    elif form == "jsonl.gz":
        path.write_bytes(gzip.compress(line))
    else:
        target = path / "deep" / "a.parquet" if form == "folder" else path
        target.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist([ROW]), target)
    (row,) = read(path, group="source")
    assert (row.text, row.spans, row.label) == (ROW["text"], (Mark(5, 14, "EMAIL"),), None)
    assert row.group == "a.py"
    (row,) = read(path, "sequence")
    assert (row.spans, row.label, row.group) == ((), 3.0, ROW["text"])


@pytest.mark.parametrize(
    ("change", "task", "message"),
    [
        ({"text": None}, "token", "line 2: expected a text in 'text', saw None; columns: text, spans"),
        ({"spans": None}, "token", "line 2: expected a list of {start, end, tag}, saw None"),
        ({"spans": [[1, 2, "KEY"]]}, "token", "line 2: expected whole numbers start and end, and a tag"),
        ({"spans": [{**SPAN, "start": True}]}, "token", "expected whole numbers start and end"),
        ({"spans": [{**SPAN, "tag": " "}]}, "token", "and a tag; saw"),
        (
            {"spans": [{**SPAN, "end": 99}]},
            "token",
            "characters 5 to 99 of a text of 14; expected 0 <= start",
        ),
        ({"spans": [{**SPAN, "end": 5}]}, "token", "characters 5 to 5 of a text of 14"),
        ({"label": None}, "sequence", "expected a number or the name of a class in 'label', saw None"),
        ({"label": float("nan")}, "sequence", "saw nan"),
        ({"label": " "}, "sequence", "saw ' '"),
    ],
)
def test_a_row_that_is_not_labelled_as_asked_is_named(
    tmp_path: Path, change: dict[str, Any], task: str, message: str
) -> None:
    """With file, line, and what was expected."""
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ROW) + "\n" + json.dumps({**ROW, **change}) + "\n", encoding="utf-8")
    with pytest.raises(BadInputError) as refused:
        read(path, task)
    assert str(path) in str(refused.value)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "none.jsonl",
            None,
            "No such file or directory; expected labelled texts as JSONL in UTF-8, or parquet",
        ),
        ("a.jsonl", b"[1]\n", "line 1: expected a JSON object, saw '[1]"),
        ("a.jsonl", b"{\n", "line 1: expected a JSON object, saw '{"),
        ("a.jsonl", b"\xff\xfe", "UnicodeDecodeError"),
        ("a.jsonl", b"\x1f\x8bxx", "expected labelled texts"),
        ("a.parquet", b"PAR1", "expected a whole parquet file, saw"),
    ],
)
def test_a_file_that_is_something_else_is_refused(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    """Missing, no JSON, no UTF-8, cut short."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInputError) as refused:
        read(path)
    assert message in str(refused.value)


def test_a_folder_without_shards_is_refused(tmp_path: Path) -> None:
    """It says what was looked for."""
    with pytest.raises(BadInputError, match="a folder without parquet files"):
        read(tmp_path)


def test_what_is_held_out_together_must_be_there(tmp_path: Path) -> None:
    """A column that the rows have not is named."""
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ROW), encoding="utf-8")
    with pytest.raises(BadInputError, match=r"data\.held_out_by is 'repo_name', which this row has not"):
        read(path, group="repo_name")
    assert read(path, "sequence")[0].label == 3.0


def test_a_yes_or_no_is_a_class(tmp_path: Path) -> None:
    """true is the class true, not the number 1."""
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({**ROW, "label": True}), encoding="utf-8")
    assert read(path, "sequence")[0].label == "true"
