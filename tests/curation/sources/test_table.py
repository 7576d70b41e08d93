"""Any table: the user says which column means what."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from curation.errors import BadInputError
from curation.sources import table
from curation.sources.base import Repository, SourceFile
from curation.sources.inputs import Reading

ROW = {
    "text": "x = 1\n",
    "meta": {"file": "x.py", "repo": "a/b", "stars": 0},
    "rev": "c0ffee",
    "lang": "Python",
    "lic": ["MIT"],
    "repo_lic": "ISC",
    "lic_type": "permissive",
    "n_forks": 3,
    "enc": "latin-1",
    "at": "2020-02-01T00:00:00Z",
    "third": True,
    "made": False,
}
COLUMNS = table.Columns(
    content="text",
    path="meta.file",
    repo_name="meta.repo",
    revision_id="rev",
    language="lang",
    licences="lic",
    repository_licences="repo_lic",
    licence_type="lic_type",
    stars="meta.stars",
    forks="n_forks",
    encoding="enc",
    file_date="at",
    revision_date="at",
    visit_date="at",
    is_vendor="third",
    is_generated="made",
)


def written(folder: Path, name: str, *rows: dict[str, Any]) -> Path:
    path = folder / name
    if name.endswith(".jsonl"):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def files_of(path: Path, columns: table.Columns, **reading: int) -> list[SourceFile]:
    settings = table.Settings(path=str(path), columns=columns, reading=Reading(**reading))
    return [file for unit in table.plan(settings) for file in table.read(unit, settings)]


@pytest.mark.parametrize("name", ["t.parquet", "t.jsonl"])
def test_all_columns_mapped(tmp_path: Path, name: str) -> None:
    """Every fact comes from the column that the user names, also from nested ones."""
    (file,) = files_of(written(tmp_path, name, ROW), COLUMNS)
    when = 1580515200
    assert (file.path, file.content, file.encoding, file.language) == ("x.py", "x = 1\n", "latin-1", "Python")
    assert (file.licences, file.licence_type) == (("MIT",), "permissive")
    assert (file.file_date, file.is_vendor, file.is_generated) == (when, True, False)
    assert file.repository == Repository(
        "a/b", "c0ffee", ("ISC",), stars=0, forks=3, revision_date=when, visit_date=when
    )


@pytest.mark.parametrize("name", ["t.parquet", "t.jsonl"])
def test_only_content_mapped(tmp_path: Path, name: str) -> None:
    """What is not mapped is not known, even if a column has a telling name."""
    (file,) = files_of(
        written(tmp_path, name, {**ROW, "path": "p", "stars": 5}), table.Columns(content="text")
    )
    assert (file.path, file.content, file.repository, file.language) == ("", "x = 1\n", Repository(), "")


@pytest.mark.parametrize("name", ["t.parquet", "t.jsonl"])
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"content": "content"}, "has no column 'content'"),
        ({"content": "texts"}, "has no column 'texts'; .*the nearest to 'texts' is 'text'"),
        (
            {"content": "text", "path": "meta.files"},
            "no column 'meta.files'; .*nearest to 'meta.files' is 'meta.file'",
        ),
    ],
)
def test_mapped_column_that_does_not_exist(
    tmp_path: Path, name: str, columns: dict[str, str], message: str
) -> None:
    """A wrong name is refused when units are planned, with the columns there are."""
    path = written(tmp_path, name, ROW)
    settings = table.Settings(path=str(path), columns=table.Columns(**columns))
    with pytest.raises(BadInputError, match=message) as caught:
        list(table.plan(settings))
    assert "its 15 columns are text, meta, " in str(caught.value)


def test_content_that_is_a_number_in_json_is_a_problem(tmp_path: Path) -> None:
    """In JSONL every line may differ: a content that is no text is counted as bad_row."""
    rows: list[dict[str, Any]] = [{"text": "a"}, {"text": 5}, {"other": 1}, {"text": "b" * 30}]
    found = files_of(written(tmp_path, "t.jsonl", *rows), table.Columns(content="text"), max_file_bytes=20)
    reasons = [file.problem.reason if file.problem else "" for file in found]
    assert reasons == ["", "bad_row", "null_content", "too_large"]


def test_bytes_are_passed_on(tmp_path: Path) -> None:
    """A binary column gives bytes, to be decoded later."""
    pq.write_table(pa.table({"text": [b"caf\xe9"]}), tmp_path / "b.parquet")
    (file,) = files_of(tmp_path, table.Columns(content="text"))
    assert file.content == b"caf\xe9"


def test_content_column_is_required_and_keys_are_checked() -> None:
    """A mapping without content, or with a key that does not exist, is refused as configuration."""
    with pytest.raises(ValidationError, match=r"content\n  Field required"):
        table.Columns.model_validate({"path": "p"})
    with pytest.raises(ValidationError, match="repo\n  Extra inputs are not permitted"):
        table.Columns.model_validate({"content": "c", "repo": "p"})


def test_column_with_a_dot_in_its_name(tmp_path: Path) -> None:
    """A flat column that is called like a path is found under its name."""
    pq.write_table(pa.table({"a.b": ["x"], "a": [{"c": "y"}]}), tmp_path / "d.parquet")
    (file,) = files_of(tmp_path, table.Columns(content="a.b", path="a.c"))
    assert (file.content, file.path) == ("x", "y")
