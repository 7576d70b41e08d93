"""Held-out documents are drawn by name, and read in the tokenizer of the model."""

import json
import shutil
from pathlib import Path

import pytest
from schooled import texts
from token_runs import config_of, made_run, row

from curation.errors import BadInputError
from training.evaluate.documents import held_out, runs
from training.generate.ask import Loaded
from training.tokenise.run import tokenise
from training.tokenizer.load import load_coder
from training.tokenizer.made import make_tokenizer


def test_documents_are_what_was_held_out(store: Path, loaded: Loaded) -> None:
    """Their texts are those of the corpus, in their languages."""
    corpus = texts(80)
    documents = held_out(store, loaded.coder, limit=None, seed=0)
    assert 5 < len(documents) < 40
    for held in documents:
        assert held.text == corpus[int(held.id)]
        assert held.group == ("Python", "Java")[int(held.id) % 2]
        assert held.ids.tolist() == loaded.coder.encode(held.text)


def test_a_limit_draws_by_seed(store: Path, loaded: Loaded) -> None:
    """The same seed takes the same documents, and fewer of them are among the more."""
    few, more, other = (
        {held.id for held in held_out(store, loaded.coder, limit=limit, seed=seed)}
        for limit, seed in ((4, 0), (8, 0), (4, 1))
    )
    assert len(few) == 4
    assert few < more
    assert other != few


def test_another_tokenizer_reads_the_same_texts(store: Path, tmp_path: Path, loaded: Loaded) -> None:
    """Ids of the store become text, and that the ids of the model."""
    make_tokenizer(["something else entirely " * 50], 330, "starcoder", tmp_path)
    coder = load_coder(tmp_path)
    theirs = held_out(store, coder, limit=5, seed=0)
    ours = held_out(store, loaded.coder, limit=5, seed=0)
    assert [held.text for held in theirs] == [held.text for held in ours]
    assert all(coder.decode(held.ids.tolist()) == held.text for held in theirs)


def test_special_tokens_stay_apart(ignorant: Path, loaded: Loaded, tmp_path: Path) -> None:
    """The text of a repository is its longest file; what only looks like a token stays text everywhere."""
    text = "<repo_name>o/n<file_sep>a.py\nshort<file_sep>b.py\nlong_one = '<commit_msg>'\n"
    about = {"kind": "repository", "language": "", "copies": 2}
    rows = [row(number, text, repo_name=f"o/{number}", **about) for number in range(12)]
    made_run(tmp_path / "run", {"train/repositories/r-00000-of-00001": rows})
    asked = {"form": "text", "folders": ["repositories"], "held_out": 0.5}
    config = config_of(tmp_path / "run", tmp_path / "out", tokenizer=ignorant, **asked)
    tokenise(config)
    documents = held_out(config.tokens, loaded.coder, limit=None, seed=0)
    held = documents[0]
    assert len({one.id for one in documents}) == len(documents)  # however often it is to be seen
    assert held.text == "b.py\nlong_one = '<commit_msg>'\n"
    assert held.group == "repository"
    specials = loaded.coder.specials
    marks = [number for special, [number, *_] in runs(held.ids, loaded.coder) if special]
    assert marks == [specials.repo_name, specials.file_sep, specials.file_sep]
    make_tokenizer(texts(3), 350, "starcoder2", tmp_path / "other")
    other = load_coder(tmp_path / "other")
    again = held_out(config.tokens, other, limit=None, seed=0)[0]
    assert again.ids.tolist() == other.encode_layout(text)
    assert again.text == held.text


def test_text_stays_text_in_another_tokenizer(ignorant: Path, loaded: Loaded, tmp_path: Path) -> None:
    """What a file says about special tokens does not become one when it is encoded anew."""
    rows = [row(number, "mark = '<file_sep>'\n", repo_name=f"o/{number}") for number in range(12)]
    made_run(tmp_path / "run", {"data/python/p-00000-of-00001": rows})
    config = config_of(tmp_path / "run", tmp_path / "out", tokenizer=ignorant, held_out=0.5)
    tokenise(config)
    make_tokenizer(texts(3), 350, "starcoder2", tmp_path / "other")
    other = load_coder(tmp_path / "other")
    for held in held_out(config.tokens, other, limit=None, seed=0):
        assert held.ids.tolist() == other.encode("mark = '<file_sep>'\n")
        assert [special for special, _ in runs(held.ids, other)] == [False]


def test_a_tokenizer_that_is_gone_is_refused(store: Path, ignorant: Path, tmp_path: Path) -> None:
    """Ids that nothing can read any more are not guessed at."""
    copied = shutil.copytree(store, tmp_path / "store")
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["tokenizer"] |= {"name": str(ignorant), "sha256": "0" * 64}
    (copied / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BadInputError, match="is no longer; tokenise the corpus again"):
        held_out(copied, load_coder(ignorant), limit=1, seed=0)


def test_a_store_that_holds_nothing_out_is_refused(ignorant: Path, loaded: Loaded, tmp_path: Path) -> None:
    """The message says what to set."""
    made_run(tmp_path / "run", {"data/python/p-00000-of-00001": [row(1, "x = 1\n")]})
    config = config_of(tmp_path / "run", tmp_path / "out", tokenizer=ignorant)
    tokenise(config)
    with pytest.raises(
        BadInputError, match=r"no document is held out; tokenise with corpus.held_out above 0"
    ):
        held_out(config.tokens, loaded.coder, limit=None, seed=0)
