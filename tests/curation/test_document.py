"""Documents are named by content, unit and row, and every key is documented."""

import subprocess
from pathlib import Path

import pytest
from datatrove.data import Document
from hypothesis import given
from hypothesis import strategies as st

from curation import document


@pytest.mark.parametrize("content", [b"", b"hello\n", "é\n".encode(), b"\0" * 100])
def test_the_content_id_is_the_git_blob_id(content: bytes, tmp_path: Path) -> None:
    """git itself says what the id is."""
    path = tmp_path / "file"
    path.write_bytes(content)
    git = subprocess.run(["git", "hash-object", str(path)], capture_output=True, text=True, check=True)
    assert document.content_id(content) == f"swh:1:cnt:{git.stdout.strip()}"


@given(st.integers(0, 10**7), st.integers(0, 10**9))
def test_an_id_gives_its_unit_and_row_back(unit: int, row: int) -> None:
    """Ids are reversible, also past their padding."""
    assert document.split_id(document.document_id(unit, row)) == (unit, row)


def test_every_key_has_a_meaning_and_a_writer() -> None:
    """The table of keys documents every column of the shards but id and content."""
    assert ("id", "content", *(row["name"] for row in document.describe())) == document.COLUMNS
    assert all(
        row["meaning"] and row["writer"] in {"read", "language", "licence"} for row in document.describe()
    )


def test_a_row_has_the_columns_in_order_and_null_where_nothing_is_known() -> None:
    """A document becomes one row; keys that nobody set are null."""
    row = document.row_of(Document("text", "000000-00000001", metadata={"path": "a.py", "stars": 0}))
    named = dict(zip(document.COLUMNS, row, strict=True))
    assert (named["id"], named["content"], named["path"], named["stars"]) == (
        "000000-00000001",
        "text",
        "a.py",
        0,
    )
    assert named["language"] is None
