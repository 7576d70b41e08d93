"""Shards are those that a complete run names."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from token_runs import made_run, row

from curation.errors import BadInputError
from training.tokenise.corpus import corpus_of, is_there
from training.tokenise.settings import CorpusSettings

NAME = "data/python/python-00000-of-00001"


def settings(run: Path, **more: Any) -> CorpusSettings:
    return CorpusSettings.model_validate({"run": run, **more})


def test_shards_come_with_their_checksums_in_order(small: Path) -> None:
    """Of all folders that are asked for, and of no other."""
    found = corpus_of(settings(small, folders=["rust", "python"]))
    assert [shard.path for shard in found.shards] == [
        "data/python/python-00000-of-00002.parquet",
        "data/python/python-00001-of-00002.parquet",
        "data/rust/rust-00000-of-00001.parquet",
    ]
    assert [shard.rows for shard in found.shards] == [60, 30, 5]
    first = found.shards[0]
    content = (small / first.path).read_bytes()
    assert (first.sha256, first.bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert first.name == "python-00000-of-00002"
    manifest = (small / "manifest.json").read_bytes()
    assert found.manifest_sha256 == hashlib.sha256(manifest).hexdigest()
    assert is_there(small)


def test_all_folders_can_be_asked_for(small: Path) -> None:
    """Those of the form, empty shards too."""
    everything = corpus_of(settings(small, folders=["*"]))
    assert {Path(shard.path).parent.name for shard in everything.shards} == {"python", "rust", "commits"}
    texts = corpus_of(settings(small, folders=["*"], form="text"))
    assert [shard.path for shard in texts.shards] == [
        "train/repositories/repositories-00000-of-00001.parquet"
    ]


def test_a_folder_that_is_not_there_is_named_with_the_nearest(small: Path) -> None:
    """And with all that are."""
    with pytest.raises(
        BadInputError, match=r"data/pyton: .* did you mean 'python'\? There are commits, python"
    ):
        corpus_of(settings(small, folders=["pyton"]))
    with pytest.raises(BadInputError, match=r"train/python: .* no such folder; there are repositories"):
        corpus_of(settings(small, form="text"))
    with pytest.raises(
        BadInputError, match=r"corpus.folders: expected at least one of commits, python, rust"
    ):
        corpus_of(settings(small, folders=[]))


@pytest.mark.parametrize("state", ["planned", "finish", None])
def test_a_run_that_is_not_complete_is_refused(tmp_path: Path, state: str) -> None:
    """Its shards may still change."""
    run = made_run(tmp_path, {NAME: [row(1, "x = 1")]}, state=state)
    with pytest.raises(BadInputError, match=f"in state complete, saw {state!r}; end it with `curation run`"):
        corpus_of(settings(run))


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    """One without a manifest, and one with a broken one."""
    with pytest.raises(BadInputError, match=r"manifest.json: no such file: corpus.run must be the folder of"):
        corpus_of(settings(tmp_path))
    assert not is_there(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(BadInputError, match=r"manifest.json: expected JSON"):
        corpus_of(settings(tmp_path))
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(BadInputError, match="expected a curation run in state complete, saw None"):
        corpus_of(settings(tmp_path))


def test_a_run_without_rendered_texts_says_how_to_get_them(tmp_path: Path) -> None:
    """Or to take the content."""
    run = made_run(tmp_path / "data-only", {NAME: [row(1, "x = 1")]})
    with pytest.raises(BadInputError, match=r"train: .*set corpus.form to content, or render.enabled"):
        corpus_of(settings(run, form="text"))
    run = made_run(tmp_path / "train-only", {NAME.replace("data", "train"): [row(1, "x = 1")]})
    with pytest.raises(BadInputError, match=r"data: .*set corpus.form to text"):
        corpus_of(settings(run))


def test_a_shard_that_is_gone_or_cut_off_is_named(tmp_path: Path) -> None:
    """With what was expected and what is there."""
    run = made_run(tmp_path, {NAME: [row(1, "x = 1")]})
    path = run / f"{NAME}.parquet"
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(BadInputError, match=f"expected the {size:,} bytes .* saw {size - 5:,} bytes"):
        corpus_of(settings(run))
    path.unlink()
    with pytest.raises(BadInputError, match="saw no file; `curation verify` says"):
        corpus_of(settings(run))


def test_the_manifest_of_a_real_run_is_understood(finished: Path) -> None:
    """What the curation package writes has what is read here."""
    manifest = json.loads((finished / "manifest.json").read_bytes())
    found = corpus_of(settings(finished, folders=["*"]))
    assert sum(shard.rows for shard in found.shards) == manifest["passes"]["finish"]["kept"]
