"""Texts are found by unit and row, and compared exactly, however they are cut into batches."""

import shutil
from pathlib import Path

import near_twin
import numpy as np
import pyarrow.parquet as pq
import pytest

from curation.dedup.audit import scan, texts
from curation.dedup.audit.books import Folders, NearBooks, open_books
from curation.document import split_id
from curation.errors import BrokenRunError


def everything(run: Path) -> dict[tuple[int, int], str]:
    """All texts of a run, read plainly."""
    found: dict[tuple[int, int], str] = {}
    for path in sorted((run / "clean").glob("*/documents.parquet")):
        table = pq.read_table(path, columns=["id", "content"]).to_pydict()
        found |= {split_id(id_): text for id_, text in zip(table["id"], table["content"], strict=True)}
    return found


def test_texts_come_in_the_order_asked_for(books: NearBooks) -> None:
    """Also twice, and None for what is not there."""
    known = everything(books.run)
    asked = [*sorted(known, reverse=True)[::3], (0, 999_999), (77, 1), min(known)]
    unit, row = np.array(asked).T
    assert texts.strings(books.folders, unit, row) == [known.get(each) for each in asked]


@pytest.mark.parametrize("at_once", [1, 30_000, texts.TEXT_AT_ONCE])
def test_similarity_equals_the_twin(books: NearBooks, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """Sets of strings give the same numbers, whatever is in memory at a time."""
    monkeypatch.setattr(texts, "TEXT_AT_ONCE", at_once)
    known = everything(books.run)
    rows = scan.scan(books.decisions, sample=12).sample
    found = texts.exact(books, (rows["unit"], rows["row"]), (rows["keeper_unit"], rows["keeper_row"]))
    sets = {key: near_twin.shingle_set(text, "words") for key, text in known.items()}
    pairs = [
        ((unit, row), (keeper_unit, keeper_row)) for unit, row, keeper_unit, keeper_row, *_ in rows.tolist()
    ]
    assert found.tolist() == [near_twin.jaccard(sets[one], sets[other]) for one, other in pairs]


def test_what_is_gone_is_no_number(books: NearBooks, tmp_path: Path) -> None:
    """A run whose texts were deleted can still be counted; nothing is compared."""
    shutil.copytree(books.run / "sign", tmp_path / "sign")
    bare = open_books(tmp_path, books.manifest)
    pair = (np.array([0]), np.array([0]))
    assert np.isnan(texts.exact(bare, pair, pair)).all()
    (who,) = texts.identities(bare.folders, *pair)
    assert who == {"id": "000000-00000000"} | dict.fromkeys(texts.IDENTITY)


def test_identities_have_path_and_language(books: NearBooks) -> None:
    """From the signals table, in the order asked for."""
    asked = sorted(everything(books.run))[::-7]
    unit, row = np.array(asked).T
    found = texts.identities(books.folders, unit, row)
    assert [split_id(each["id"]) for each in found] == asked
    assert all(
        each["language"] == "Python" and "src/" in each["path"]
        for each in found
        if "stubs" not in each["repo_name"]
    )


def test_a_damaged_file_is_refused(books: NearBooks, tmp_path: Path) -> None:
    """With its path."""
    path = tmp_path / "clean/unit-000000/documents.parquet"
    path.parent.mkdir(parents=True)
    shutil.copyfile(books.run / "clean/unit-000000/documents.parquet", path)
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + b"\0" * 4000 + whole[4004:])
    with pytest.raises(BrokenRunError, match="expected a whole parquet file"):
        texts.strings(Folders(tmp_path), np.array([0]), np.array([0]))
