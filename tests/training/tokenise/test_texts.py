"""Rows of shards as texts."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from token_runs import made_run, row

from curation.errors import BadInputError
from training.tokenise.texts import Text, held_out, texts_of

NAME = "data/python/python-00000-of-00001"


def text(identity: str, repository: str) -> Text:
    return Text(identity, "x", "code", "Python", repository, copies=1, bytes=1, mended=False)


def test_rows_come_in_order_with_their_facts(tmp_path: Path) -> None:
    """Nulls are empty, and a text of data/ is there once."""
    rows = [row(n, f"x = {n}\n", repo_name="a/b") for n in range(120)]
    rows[1] = row(1, None, language=None, repo_name=None)
    run = made_run(tmp_path, {NAME: rows})
    found = list(texts_of(run / f"{NAME}.parquet", "content"))
    assert [one.id for one in found] == [str(n) for n in range(120)]
    assert found[0] == Text("0", "x = 0\n", "code", "Python", "a/b", copies=1, bytes=6, mended=False)
    assert found[1] == Text("1", "", "code", "", "", copies=1, bytes=0, mended=False)


def test_copies_are_those_of_the_mix(tmp_path: Path) -> None:
    """Rendered texts say how often they are to be seen."""
    run = made_run(tmp_path, {"train/repositories/r": [row(1, "a", copies=3), row(2, "b")]})
    path = run / "train/repositories/r.parquet"
    assert [one.copies for one in texts_of(path, "text")] == [3, 1]


def test_row_groups_can_be_chosen(tmp_path: Path) -> None:
    """A sample need not read all."""
    run = made_run(tmp_path, {NAME: [row(n, "x") for n in range(120)]})
    path = run / f"{NAME}.parquet"
    assert [one.id for one in texts_of(path, "content", groups=[2])] == [str(n) for n in range(100, 120)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"\xff", "\ufffd"), (b"a\xed\xa0\x80b", "a\ufffd\ufffd\ufffdb"), ("é".encode()[:1], "\ufffd")],
)
def test_bytes_that_are_no_utf8_are_replaced_and_told(tmp_path: Path, content: bytes, expected: str) -> None:
    """A lone surrogate, a foreign encoding and a cut character do not end the task."""
    run = made_run(tmp_path, {NAME: [row(1, content), row(2, "é\x00\n")]})
    one, other = texts_of(run / f"{NAME}.parquet", "content")
    assert (one.text, one.mended, one.bytes) == (expected, True, len(expected.encode()))
    assert (other.text, other.mended, other.bytes) == ("é\x00\n", False, 4)


def test_a_file_that_is_no_shard_is_refused(tmp_path: Path) -> None:
    """No parquet, and parquet without the columns."""
    path = tmp_path / "shard.parquet"
    path.write_bytes(b"PAR1 but no more")
    with pytest.raises(BadInputError, match=r"shard.parquet: expected a parquet file, saw"):
        list(texts_of(path, "content"))
    pq.write_table(pa.table({"id": ["1"], "content": ["x"], "kind": ["code"]}), path)
    with pytest.raises(BadInputError, match=r"expected the columns .* saw no language, repo_name"):
        list(texts_of(path, "content"))


@given(st.integers(0, 2**32), st.text(), st.text(min_size=1), st.floats(0, 0.5))
def test_a_repository_is_on_one_side(seed: int, one: str, repository: str, share: float) -> None:
    """Whatever its documents are; one without a repository is drawn by its id."""
    sides = {held_out(text(identity, repository), seed, share) for identity in (one, "other", "third")}
    assert len(sides) == 1
    assert held_out(text(one, ""), seed, share) == held_out(text("x", one or "x"), seed, share) or not one


def test_about_the_share_is_held_out() -> None:
    """None at 0, and more of them never put one back to train on."""
    names = [f"octo/{n}" for n in range(5000)]
    aside = {share: {n for n in names if held_out(text("1", n), 1, share)} for share in (0, 0.01, 0.1)}
    assert aside[0] == set()
    assert 20 < len(aside[0.01]) < 90
    assert 420 < len(aside[0.1]) < 580
    assert aside[0.01] < aside[0.1]
