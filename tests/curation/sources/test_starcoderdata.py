"""starcoderdata: few columns, some of them missing in some subsets."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation.errors import BadInputError
from curation.sources import starcoderdata
from curation.sources.base import Repository, SourceFile


def files_of(path: Path) -> list[SourceFile]:
    settings = starcoderdata.Settings(path=str(path))
    return [file for unit in starcoderdata.plan(settings) for file in starcoderdata.read(unit, settings)]


@pytest.mark.parametrize(
    ("columns", "path", "repository"),
    [
        (
            {"max_stars_repo_path": "x.py", "max_stars_repo_name": "a/b", "max_stars_count": 0},
            "x.py",
            Repository("a/b", stars=0),
        ),
        ({"max_stars_repo_path": "x.py", "max_stars_count": None}, "x.py", Repository()),
        ({"repo_path": "x.ipynb", "repo_name": "a/b"}, "x.ipynb", Repository("a/b")),
        ({"path": "y.py", "repo": "c/d"}, "y.py", Repository("c/d")),
        ({}, "", Repository()),
    ],
)
def test_row_becomes_a_file(
    tmp_path: Path, columns: dict[str, Any], path: str, repository: Repository
) -> None:
    """Whatever names the subset has, path, repository and stars are found; 0 stars stay 0."""
    row = {"id": "7", "content": "<reponame>a/b\nx = 1\n", **columns}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "s.parquet")
    (tmp_path / "t.jsonl").write_text(json.dumps(row) + "\n")
    for file in files_of(tmp_path):
        assert (file.path, file.content, file.repository, file.problem) == (
            path,
            "<reponame>a/b\nx = 1\n",
            repository,
            None,
        )


def test_table_without_content_is_refused(tmp_path: Path) -> None:
    """A table of ids is not starcoderdata."""
    (tmp_path / "t.jsonl").write_text('{"id": "7"}\n')
    with pytest.raises(BadInputError, match="has no column 'content'; its 1 columns are id"):
        files_of(tmp_path)
