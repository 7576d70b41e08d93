"""Secrets are planted in clean files of a folder, and the labelled file can be evaluated."""

import gzip
import json
from pathlib import Path

import pytest
from pii_stand_in import find, redact

from curation.errors import BadInputError
from curation.pii.scorecard.judge import judge_all
from curation.pii.scorecard.labelled import read
from curation.pii.scorecard.measure import score
from curation.pii.scorecard.plant import clean_text
from curation.pii.scorecard.plant_folder import MAX_BYTES, documents, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two clean files, and one of each kind that nothing is planted in."""
    root = tmp_path / "code"
    for name, content in {
        "a.py": clean_text("Python").encode(),
        "b/c.go": clean_text("Go").encode(),
        "dirty.py": b"key = 'sk-abcdef'\n",
        "gives_up.py": b"give up\n",
        "large.py": b"x = 1\n" * MAX_BYTES,
        "binary.py": b"\0",
        "unknown.zzz": b"what\n",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def test_only_clean_files_of_known_languages_are_used(folder: Path) -> None:
    """Again with other secrets, if there are fewer files than asked for."""
    rows = list(documents(folder, find, count=7, secrets=2, seed=3))
    assert rows == list(documents(folder, find, count=7, secrets=2, seed=3))
    assert {(row["source"], row["language"]) for row in rows} == {
        ("planted:a.py", "Python"),
        ("planted:b/c.go", "Go"),
    }
    assert len({row["text"] for row in rows}) == len({row["id"] for row in rows}) == 7
    assert all(len(row["positions"]) == 2 for row in rows)


def test_what_is_written_can_be_evaluated(folder: Path, tmp_path: Path) -> None:
    """Plain and compressed: the same labels; the same rows give the same bytes."""
    found = []
    for name in ("a.jsonl", "a.jsonl.gz", "again.jsonl.gz"):
        assert write(documents(folder, find, count=20), tmp_path / name) == 20
        found.append(list(read(tmp_path / name, "planted")))
    assert found[0] == found[1]
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "again.jsonl.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()) == (tmp_path / "a.jsonl").read_bytes()
    result = score(judge_all(found[0], find, redact), "source")
    email = next(row for row in result.rows if (row.name, row.group) == ("email", "EMAIL"))
    assert email.recall.share == 1.0
    assert sorted(path.name for path in tmp_path.glob("*a.jsonl*")) == ["a.jsonl", "a.jsonl.gz"]


def test_a_write_that_fails_leaves_the_old_file(folder: Path, tmp_path: Path) -> None:
    """It appears when it is whole."""
    out = tmp_path / "a.jsonl"
    out.write_text("old")

    def rows() -> object:
        yield {"text": "x"}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(rows(), out)  # type: ignore[arg-type]  # a generator that fails on purpose
    assert out.read_text() == "old"


def test_a_folder_without_a_clean_file_is_said(tmp_path: Path) -> None:
    """And one that is not there."""
    (tmp_path / "dirty.py").write_text("sk-abcdef")
    for folder, message in (
        (tmp_path, "no file to plant secrets in; expected clean files of at most 65,536 bytes in Python"),
        (tmp_path / "none", "no such folder; expected one of files in Python"),
    ):
        with pytest.raises(BadInputError, match=message):
            list(documents(folder, find, count=1))


def test_rows_are_json(folder: Path) -> None:
    """One object per line, with a kind for each span."""
    (row,) = documents(folder, find, count=1)
    assert json.loads(json.dumps(row))["spans"][0]["kind"]
