"""The blocks of a task, run one by one as datatrove runs them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from token_runs import made_run, row

from curation.errors import BadInputError, BrokenRunError
from training.tokenise.blocks import Choose, ReadShard, WriteTokens, token_type
from training.tokenise.corpus import Corpus, corpus_of
from training.tokenise.counts import Counts
from training.tokenise.settings import CorpusSettings
from training.tokenizer.coder import Coder

NAME = "data/python/python-00000-of-00001"


def settings(run: Path, **more: Any) -> CorpusSettings:
    return CorpusSettings.model_validate({"run": run, "held_out": 0.0, **more})


def run_blocks(corpus: Corpus, chosen: CorpusSettings, out: Path, coder: Coder) -> tuple[Counts, list[Any]]:
    """Tokenise the first shard; returns the books and what was told on the way."""
    counts, told = Counts(), []
    write = WriteTokens(out, corpus, chosen, 7, coder, counts)
    write.on_progress = lambda *figures: told.append(figures)
    data: Iterator[Any] | None = None
    for block in (ReadShard(corpus, chosen.form, counts), Choose(chosen.languages, counts), write):
        data = block(data, 0, 1)
    assert data is not None
    assert list(data) == []
    return counts, told


def test_a_shard_becomes_ids_with_an_end_after_each_document(tmp_path: Path, coder: Coder) -> None:
    """In the order of the rows, as datatrove writes them: 16 bits an id, 64 bits an end."""
    texts = [f"def f{n}(x):\n    return x * {n}\n" for n in range(70)]
    run = made_run(tmp_path / "run", {NAME: [row(n, text) for n, text in enumerate(texts)]})
    chosen = settings(run)
    counts, told = run_blocks(corpus_of(chosen), chosen, tmp_path / "out", coder)
    folder = tmp_path / "out" / Path(NAME).name
    expected = [coder.encode(text) for text in texts]
    ids = np.fromfile(folder / "train.ds", "<u2")
    assert ids.tolist() == [one for document in expected for one in (*document, coder.specials.end)]
    ends = np.fromfile(folder / "train.ds.index", "<u8")
    assert ends.tolist() == np.cumsum([len(document) + 1 for document in expected]).tolist()
    kind, count, _ = (folder / "train.ds.metadata").read_text().splitlines()
    assert kind == f"sha256:{coder.sha256[:16]}|2"
    assert count == str(len(ids))
    about = pq.read_table(folder / "train.parquet").to_pydict()
    assert about["id"] == [str(n) for n in range(70)]
    assert about["tokens"] == [len(document) for document in expected]
    assert (folder / "held_out.ds").read_bytes() == b""
    assert counts.read == counts.kept["train"] == 70
    assert told[-1] == (70, sum(map(len, texts)), len(ids))


def test_datatrove_reads_what_was_written(tmp_path: Path, coder: Coder) -> None:
    """Its own data set finds the files and gives the same ids and positions."""
    from datatrove.utils.dataset import DatatroveFolderDataset

    texts = [f"x = {n}\n" * 5 for n in range(40)]
    run = made_run(tmp_path / "run", {NAME: [row(n, text) for n, text in enumerate(texts)]})
    chosen = settings(run)
    run_blocks(corpus_of(chosen), chosen, tmp_path / "out", coder)
    windows = DatatroveFolderDataset(
        str(tmp_path / "out"), seq_len=31, filename_pattern="*/train.ds", return_positions=True
    )
    ids = np.fromfile(tmp_path / "out" / Path(NAME).name / "train.ds", "<u2")
    assert len(windows) == len(ids) // 32
    item = windows[1]
    assert item["input_ids"].tolist() == ids[32:64].tolist()
    ends = np.flatnonzero(ids == coder.specials.end)
    starts = np.concatenate([[32], ends[ends >= 32] + 1])  # a window begins at 0 in the middle of a document
    places = [int(place - starts[starts <= place].max()) for place in range(32, 64)]
    assert item["positions"].tolist() == places


def test_texts_of_documents_give_no_command_but_layouts_do(tmp_path: Path, coder: Coder) -> None:
    """The same text in both forms."""
    text = "<file_sep>a.py\nx = '<|endoftext|>'\n"
    shards = {NAME: [row(1, text)], NAME.replace("data", "train"): [row(1, text)]}
    run = made_run(tmp_path / "run", shards)
    for form, commands in (("content", 0), ("text", 2)):
        chosen = settings(run, form=form)
        run_blocks(corpus_of(chosen), chosen, tmp_path / form, coder)
        ids = np.fromfile(tmp_path / form / Path(NAME).name / "train.ds", "<u2")
        assert np.isin(ids, list(coder.specials.control)).sum() == commands + 1
        assert coder.decode(ids.tolist()) == f"{text}<|endoftext|>"


def test_what_is_dropped_is_counted_by_reason(tmp_path: Path, coder: Coder) -> None:
    """Other languages, empty texts, and what the mix wants none of; what was mended is counted too."""
    rows = [
        row(1, "x = 1"),
        row(2, "fn main() {}", language="Rust"),
        row(3, ""),
        row(4, b"\xff"),
        row(5, "y = 1", copies=0),
        row(6, None),
    ]
    run = made_run(tmp_path / "run", {NAME.replace("data", "train"): rows})
    chosen = settings(run, form="text", languages=["Python"])
    counts, _ = run_blocks(corpus_of(chosen), chosen, tmp_path / "out", coder)
    assert counts.as_json() == {
        "read": 6,
        "bytes": sum(map(len, ("x = 1", "fn main() {}", "\ufffd".encode(), "y = 1"))),
        "kept": {"train": 2},
        "dropped": {"empty": 2, "language": 1, "not_drawn": 1},
        "mended": {"not_utf8": 1},
        "languages": {"Python": 5, "Rust": 1},
    }


def test_a_shard_that_was_changed_is_refused(tmp_path: Path, coder: Coder) -> None:
    """Also where its size is the same; nothing is left behind."""
    run = made_run(tmp_path / "run", {NAME: [row(1, "x = 1")]})
    chosen = settings(run)
    corpus = corpus_of(chosen)
    path = run / f"{NAME}.parquet"
    content = bytearray(path.read_bytes())
    content[20] ^= 1
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=r"python-00000-of-00001.parquet: its SHA-256 is .* was changed"):
        run_blocks(corpus, chosen, tmp_path / "out", coder)
    assert list((tmp_path / "out").iterdir()) == []


def test_rows_that_the_run_did_not_record_are_refused(tmp_path: Path, coder: Coder) -> None:
    """As many as it says, or the books would not mean anything."""
    run = made_run(tmp_path / "run", {NAME: [row(1, "x = 1")]})
    chosen = settings(run)
    corpus = corpus_of(chosen)
    more = corpus._replace(shards=(corpus.shards[0]._replace(rows=2),))
    with pytest.raises(BadInputError, match="1 rows, the run has recorded 2"):
        run_blocks(more, chosen, tmp_path / "out", coder)


def test_books_that_do_not_add_up_commit_nothing(tmp_path: Path, coder: Coder) -> None:
    """A defect is found before the shard counts as done."""
    run = made_run(tmp_path / "run", {NAME: [row(1, "x = 1"), row(2, "y")]})
    chosen = settings(run)
    corpus, counts = corpus_of(chosen), Counts()
    read = ReadShard(corpus, "content", counts)
    lost = (doc for doc in read(None, 0, 1) if doc.id != "1")
    with pytest.raises(BrokenRunError, match="2 documents were read, but 1 kept and 0 dropped"):
        list(WriteTokens(tmp_path / "out", corpus, chosen, 7, coder, counts)(lost, 0, 1))
    assert list((tmp_path / "out").iterdir()) == []


def test_many_documents_are_written_in_row_groups(
    tmp_path: Path, coder: Coder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that one is found without reading all."""
    from training.tokenise import blocks

    monkeypatch.setattr(blocks, "ROWS", 16)
    run = made_run(tmp_path / "run", {NAME: [row(n, f"x = {n}") for n in range(40)]})
    chosen = settings(run)
    run_blocks(corpus_of(chosen), chosen, tmp_path / "out", coder)
    file = pq.ParquetFile(tmp_path / "out" / Path(NAME).name / "train.parquet")
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [16, 16, 8]


@pytest.mark.parametrize(
    ("size", "kind"), [(2048, "<u2"), (65_536, "<u2"), (65_537, "<u4"), (131_072, "<u4")]
)
def test_ids_take_as_many_bits_as_they_need(size: int, kind: str, coder: Coder) -> None:
    """As datatrove decides it."""

    class Sized:
        """A tokenizer of this size."""

    sized: Any = Sized()
    sized.size = size
    assert token_type(sized) == kind
    assert token_type(coder) == "<u2"
