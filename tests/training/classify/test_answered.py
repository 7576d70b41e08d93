"""Files of texts get answers, row by row, and can be trained on again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.errors import BadInputError
from training.classify.answered import answer_files

pytestmark = pytest.mark.slow
TEXT = "return value mail ida.kim@corp.org' \nimport os\n"


@pytest.fixture
def model(heads: Path) -> str:
    return str(heads / "encoder" / "final")


def read(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def test_rows_keep_what_they_had_and_get_spans(model: str, tmp_path: Path) -> None:
    """What was known stands beside what the model says; JSONL and parquet together."""
    (tmp_path / "a.jsonl").write_text(
        json.dumps({"text": TEXT, "spans": [], "id": 7}) + "\n", encoding="utf-8"
    )
    pq.write_table(pa.table({"text": ["import os"], "stars": [3]}), tmp_path / "b.parquet")
    out = tmp_path / "out.jsonl"
    assert answer_files(model, [tmp_path / "a.jsonl", tmp_path / "b.parquet"], out) == 2
    first, second = read(out)
    (span,) = first.pop("spans")
    assert TEXT[span["start"] : span["end"]] == "ida.kim@corp.org"
    assert (span["tag"], span["score"] > 0.9) == ("EMAIL", True)
    assert first == {"text": TEXT, "id": 7, "known_spans": []}
    assert second == {"text": "import os", "stars": 3, "spans": []}


@pytest.mark.parametrize(
    ("row", "message"),
    [({"text": 3}, "line 2: expected a text in 'text', saw 3"), (None, "there is no such file or folder")],
)
def test_nothing_is_left_where_a_row_cannot_be_read(
    model: str, tmp_path: Path, row: dict[str, Any] | None, message: str
) -> None:
    """Neither the file nor a part of it."""
    path = tmp_path / "a.jsonl"
    if row is not None:
        path.write_text(f"{json.dumps({'text': TEXT})}\n{json.dumps(row)}\n", encoding="utf-8")
    with pytest.raises(BadInputError) as refused:
        answer_files(model, [path], tmp_path / "out.jsonl")
    assert message in str(refused.value)
    assert {*tmp_path.iterdir()} <= {path}
