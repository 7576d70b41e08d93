"""Token files are one list of documents, or are refused."""

import json
import shutil
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from token_runs import config_of, python_rows, rendered_rows

from curation.errors import BadInputError
from training.config import TrainConfig
from training.errors import BadTokenizerError
from training.tokenise import store
from training.tokenise.run import tokenise
from training.tokenise.store import Document, open_tokens, read_manifest
from training.tokenise.texts import Text, held_out
from training.tokenizer.coder import Coder
from training.tokenizer.load import load_coder


def expected(rows: list[dict[str, Any]], *, aside: bool, seed: int, share: float) -> list[dict[str, Any]]:
    """The rows of one side that have a text."""
    found = []
    for one in rows:
        text = (one["content"] or b"").decode("utf-8", "replace")
        facts = Text(one["id"], text, one["kind"], one["language"], one["repo_name"], 1, 0, mended=False)
        if text and held_out(facts, seed, share) == aside:
            found.append({**one, "text": text})
    return found


@pytest.fixture
def copy(config: TrainConfig, manifest: dict[str, Any], tmp_path: Path) -> Path:
    """The tokens of a run, to be damaged."""
    assert manifest
    return Path(shutil.copytree(config.tokens, tmp_path / "tokens"))


@pytest.mark.parametrize("side", ["train", "held_out"])
def test_documents_of_all_files_are_one_list(
    config: TrainConfig, manifest: dict[str, Any], coder: Coder, side: Any
) -> None:
    """In the order of the shards, with their ids and what is known about them."""
    split = open_tokens(config.tokens, side, coder)
    rows = expected(python_rows(), aside=side == "held_out", seed=7, share=0.25)
    assert split.documents == len(rows) == manifest["totals"][side]["documents"] > 5
    assert split.manifest == manifest
    ids = [coder.encode(one["text"]) for one in rows]
    assert split.lengths.tolist() == [len(one) for one in ids]
    assert split.lengths.dtype == np.int64
    assert [split.tokens(n).tolist() for n in range(split.documents)] == ids
    facts = [Document(one["id"], one["kind"], one["language"], one["repo_name"]) for one in rows]
    assert [split.about(n) for n in range(split.documents)] == facts
    totals = manifest["totals"][side]
    assert totals["tokens"] == totals["stored_tokens"] == split.lengths.sum() + split.documents
    assert totals["stored_bytes"] == sum(len(one["text"].encode()) for one in rows)


def test_parts_of_documents_are_slices(config: TrainConfig, manifest: dict[str, Any]) -> None:
    """The end of the document is in none of them."""
    assert manifest
    split = open_tokens(config.tokens, "train")
    whole = split.tokens(3).tolist()
    for first, last in ((0, None), (2, 5), (5, 2), (0, 10**6), (-3, None), (0, -1), (len(whole), None)):
        assert split.tokens(3, first, last).tolist() == whole[first:last]
    assert type(split.tokens(3)) is np.ndarray
    assert not split.tokens(3).flags.writeable
    for wrong in (-1, split.documents):
        with pytest.raises(IndexError, match=f"document {wrong} of {split.documents}"):
            split.tokens(wrong)


def test_a_text_is_in_the_list_as_often_as_the_mix_wants(rendered: TrainConfig, coder: Coder) -> None:
    """First all once, then those that are wanted twice, and so on; the files have each once."""
    split = open_tokens(rendered.tokens, "train")
    rows = rendered_rows()[:-1]
    assert [split.about(n).id for n in range(split.documents)] == [
        *(one["id"] for one in rows),
        "thrice",
        "thrice",
    ]
    ids = coder.encode_layout(rows[-1]["content"].decode())
    for place in (12, 13, 14):
        assert split.tokens(place).tolist() == ids
        assert split.lengths[place] == len(ids)
    totals = split.manifest["totals"]["train"]
    assert (totals["documents"], totals["stored"]) == (15, 13)
    assert totals["tokens"] == split.lengths.sum() + 15
    assert totals["stored_tokens"] == totals["tokens"] - 2 * (len(ids) + 1)
    assert split.manifest["dropped"] == {"not_drawn": 1}


def test_a_side_may_be_empty(rendered: TrainConfig) -> None:
    """Nothing held out is no error."""
    split = open_tokens(rendered.tokens, "held_out")
    assert (split.documents, split.lengths.tolist()) == (0, [])
    with pytest.raises(IndexError, match="document 0 of 0"):
        split.about(0)


@pytest.mark.parametrize("name", ["train.ds", "train.ds.index"])
@pytest.mark.parametrize("change", ["cut", "grown", "gone"])
def test_a_file_of_another_size_is_refused(copy: Path, name: str, change: str) -> None:
    """With its path, what was expected and what is there."""
    path = copy / "python-00001-of-00002" / name
    content = path.read_bytes()
    size, seen = len(content), {"cut": len(content) - 2, "grown": len(content) + 2, "gone": 0}[change]
    if change == "gone":
        path.unlink()
    else:
        path.write_bytes((content + b"\0\0")[:seen])
    with pytest.raises(BadInputError, match=f"{path}: {seen:,} bytes, expected {size:,}: the file was cut"):
        open_tokens(copy, "train")
    assert open_tokens(copy, "held_out").documents


def test_an_index_of_the_right_size_with_other_ends_is_refused(copy: Path) -> None:
    """Its last end must be that of the ids."""
    path = copy / "python-00000-of-00002" / "train.ds.index"
    ends = np.fromfile(path, "<u8")
    ends[-1] += 1
    ends.tofile(path)
    with pytest.raises(
        BadInputError, match=rf"index: ends at {ends[-1]:,}, expected {ends[-1] - 1:,} tokens"
    ):
        open_tokens(copy, "train")


def test_tokens_of_another_tokenizer_are_refused(
    config: TrainConfig, manifest: dict[str, Any], tmp_path: Path
) -> None:
    """The message names both."""
    from tiny import tiny_tokenizer

    other = load_coder(tiny_tokenizer("starcoder", tmp_path))
    made = manifest["tokenizer"]
    message = f"made with the tokenizer {made['name']} .{made['sha256'][:12]}., but the model has another"
    with pytest.raises(BadTokenizerError, match=message):
        open_tokens(config.tokens, "train", other)


def test_a_folder_without_whole_tokens_is_refused(copy: Path, tmp_path: Path) -> None:
    """It says whether they were begun."""
    with pytest.raises(BadInputError, match="there are no tokens; run `training tokenise CONFIG`"):
        read_manifest(tmp_path / "nowhere")
    (copy / "manifest.json").rename(copy / "aside.json")
    with pytest.raises(BadInputError, match="tokenising has not ended; run `training tokenise CONFIG`"):
        read_manifest(copy)
    (copy / "manifest.json").write_text("{")
    with pytest.raises(BadInputError, match="expected JSON"):
        read_manifest(copy)
    (copy / "manifest.json").write_text(json.dumps({"version": 0}))
    with pytest.raises(BadInputError, match="expected tokens in version 1"):
        read_manifest(copy)


def test_few_files_are_open_at_a_time(
    small: Path, tokenizer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A corpus of thousands of shards does not need as many open files."""
    config = config_of(small, tmp_path, tokenizer=tokenizer, folders=["*"])
    tokenise(config)
    limited = lru_cache(maxsize=1)(store._mapped.__wrapped__)
    monkeypatch.setattr(store, "_mapped", limited)
    split = open_tokens(config.tokens, "train")
    before = [split.tokens(n).tolist() for n in range(split.documents)]
    again = [split.tokens(n).tolist() for n in reversed(range(split.documents))]
    assert before == again[::-1]
    assert limited.cache_info().currsize == 1
    assert split.about(split.documents - 1).language == "Rust"


def test_a_split_can_be_sent_to_another_process(config: TrainConfig, manifest: dict[str, Any]) -> None:
    """What it holds is numbers, not maps of files."""
    import pickle

    assert manifest
    split = open_tokens(config.tokens, "train")
    split.tokens(0)
    content = pickle.dumps(split)
    sent = pickle.loads(content)  # noqa: S301  # our own bytes
    assert sent.tokens(2).tolist() == split.tokens(2).tolist()
    assert len(content) < 30 * split.documents + len(json.dumps(manifest)) * 2 + 2000
