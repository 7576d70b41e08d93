"""Tokens are made once, are the same however they are made, and of nothing else than what is asked for."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from token_runs import config_of, made_run, python_rows, rendered_rows, row

from curation.errors import BadInputError, BrokenRunError, ChangedRunError
from training.config import TrainConfig
from training.errors import BadTokenizerError
from training.tokenise import run as running
from training.tokenise.progress import Progress
from training.tokenise.run import tokenise
from training.tokenise.store import open_tokens, read_manifest

NAME = "data/python/python-00000-of-00001"


def fingerprints(tokens: Path) -> dict[str, str]:
    """SHA-256 of everything that settings and corpus decide."""
    return {
        path.relative_to(tokens).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(tokens.rglob("*"))
        if path.is_file() and path.relative_to(tokens).parts[0] not in {"logs", ".lock"}
    }


def test_the_manifest_says_what_was_made_of_what(
    config: TrainConfig, manifest: dict[str, Any], small: Path
) -> None:
    """Tokenizer, corpus, shards, settings, and every file with its checksum; all rows are accounted for."""
    assert read_manifest(config.tokens) == manifest
    run = json.loads((small / "manifest.json").read_bytes())
    of_run = {file["path"]: file for file in run["files"]}
    assert (
        manifest["corpus"]["manifest_sha256"]
        == hashlib.sha256((small / "manifest.json").read_bytes()).hexdigest()
    )
    for shard in manifest["corpus"]["shards"]:
        assert shard == {key: of_run[shard["path"]][key] for key in ("path", "sha256", "rows")}
    assert manifest["settings"] == {
        "form": "content",
        "folders": ["python"],
        "languages": [],
        "held_out": 0.25,
        "seed": 7,
    }
    assert manifest["tokenizer"]["name"] == config.tokenizer.name
    assert manifest["read"] == 90 == sum(manifest["kept"].values()) + sum(manifest["dropped"].values())
    assert manifest["dropped"] == {"empty": 2}
    assert manifest["mended"] == {"not_utf8": 1}
    assert manifest["languages"] == {"Python": 89, "Python 2": 1}
    there = fingerprints(config.tokens)
    for file in manifest["files"]:
        assert there[file["path"]] == file["sha256"]
        assert (config.tokens / file["path"]).stat().st_size == file["bytes"]
    records = {name for name in there if name.endswith("record.json")}
    assert set(there) == {file["path"] for file in manifest["files"]} | records | {
        "plan.json",
        "manifest.json",
    }


def test_no_repository_is_on_both_sides(small: Path, tokenizer: Path, tmp_path: Path) -> None:
    """Of any folder: an issue of a held-out repository is held out as well."""
    config = config_of(small, tmp_path, tokenizer=tokenizer, folders=["*"], held_out=0.25)
    tokenise(config)
    sides = {}
    for side in ("train", "held_out"):
        split = open_tokens(config.tokens, side)
        sides[side] = {split.about(n).repo_name for n in range(split.documents)} - {""}
        assert sides[side]
    assert sides["train"].isdisjoint(sides["held_out"])


def test_the_same_bytes_come_of_any_number_of_workers(
    small: Path, tokenizer: Path, config: TrainConfig, manifest: dict[str, Any], tmp_path: Path
) -> None:
    """And in any folder."""
    assert manifest
    other = config_of(small, tmp_path, tokenizer=tokenizer, held_out=0.25, workers=3)
    tokenise(other)
    assert fingerprints(other.tokens) == fingerprints(config.tokens)


def test_what_is_there_is_returned_at_once(
    config: TrainConfig, manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No shard is read, and nothing is said."""
    lines: list[str] = []
    monkeypatch.setattr(running, "_run", None)
    assert tokenise(config, show=lines.append) == manifest
    assert lines == []


def test_tokens_can_be_used_where_their_corpus_is_not(small: Path, tokenizer: Path, tmp_path: Path) -> None:
    """They say themselves of what they are."""
    run = shutil.copytree(small, tmp_path / "run")
    config = config_of(run, tmp_path / "out", tokenizer=tokenizer)
    made = tokenise(config)
    shutil.rmtree(run)
    assert tokenise(config) == made
    with pytest.raises(ChangedRunError, match=r"settings.seed: 7 before, 8 now"):
        tokenise(config.model_copy(update={"seed": 8}))


def test_progress_is_told(small: Path, tokenizer: Path, tmp_path: Path) -> None:
    """Up to all rows and all shards, also when it goes on where it ended."""
    config = config_of(small, tmp_path, tokenizer=tokenizer)
    seen: list[Progress] = []
    lines: list[str] = []
    manifest = tokenise(config, show=lines.append, watch=seen.append)
    last = seen[-1]
    assert (last.shards, last.done, last.rows, last.read) == (2, 2, 90, 90)
    assert last.bytes == manifest["bytes"]
    assert last.tokens == manifest["totals"]["train"]["stored_tokens"]
    assert lines == [f"tokenising 2 shards of {small} into {config.tokens} with tiktoken"]
    (config.tokens / "manifest.json").unlink()
    shutil.rmtree(config.tokens / "python-00001-of-00002")
    tokenise(config, watch=seen.append)
    assert (seen[-1].done, seen[-1].read) == (2, 90)


CODE = """
import sys
from pathlib import Path
from token_runs import config_of
from training.tokenise.run import tokenise
if __name__ == "__main__":
    tokenise(config_of(Path(sys.argv[1]), Path(sys.argv[2]), tokenizer=Path(sys.argv[3]), held_out=0.25))
"""
MOMENTS: dict[str, Callable[[Path], object]] = {
    "after the plan": lambda tokens: (tokens / "plan.json").exists(),
    "in the first shard": lambda tokens: any(tokens.glob(".attempt-*/train.ds")),
    "after the first shard": lambda tokens: any(tokens.glob("python-*/record.json")),
    "in the last shard": lambda tokens: any(tokens.glob(".attempt-python-00005*/train.ds")),
    "after the last shard": lambda tokens: any(tokens.glob("python-00005*/record.json")),
}


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six shards of 400 documents, so that there is time to be killed in."""
    rows = [row(n, f"value_{n} = {n}\n" * 150, repo_name=f"octo/{n % 50}") for n in range(2400)]
    shards = {f"data/python/python-{n:05d}-of-00006": rows[n * 400 : n * 400 + 400] for n in range(6)}
    return made_run(tmp_path_factory.mktemp("larger") / "run", shards)


@pytest.fixture(scope="module")
def undisturbed(larger: Path, tokenizer: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a run of it gives that nobody kills."""
    config = config_of(larger, tmp_path_factory.mktemp("undisturbed"), tokenizer=tokenizer, held_out=0.25)
    tokenise(config)
    return fingerprints(config.tokens)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_that_was_killed_goes_on_to_the_same_bytes(
    larger: Path, tokenizer: Path, undisturbed: dict[str, str], tmp_path: Path, moment: str
) -> None:
    """Whenever it was, and nothing of the killed attempt stays."""
    support = Path(__file__).parents[2] / "support"
    (tmp_path / "code.py").write_text(CODE)
    config = config_of(larger, tmp_path / "out", tokenizer=tokenizer, held_out=0.25)
    command = [sys.executable, str(tmp_path / "code.py"), str(larger), str(tmp_path / "out"), str(tokenizer)]
    environment = {**os.environ, "PYTHONPATH": f"{support}:{Path.cwd()}"}
    with subprocess.Popen(command, start_new_session=True, env=environment) as process:
        while not MOMENTS[moment](config.tokens):
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.001)
        os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not (config.tokens / "manifest.json").exists() or moment == "after the last shard"
    tokenise(config)
    assert fingerprints(config.tokens) == undisturbed
    assert not list(config.tokens.glob(".*tmp")) + list(config.tokens.glob(".attempt*"))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"held_out": 0.5}, r"settings.held_out: 0.25 before, 0.5 now"),
        ({"seed": 8}, r"settings.seed: 7 before, 8 now"),
        ({"languages": ["Python"]}, r"settings.languages: 0 before, 1 now"),
        (
            {"folders": ["python", "rust"]},
            r"settings.folders: 1 before, 2 now(?s:.*)corpus.shards: 2 before, 3 now",
        ),
        ({"form": "text", "folders": ["repositories"]}, r"settings.form: content before, text now"),
    ],
)
def test_tokens_of_other_settings_are_refused(
    small: Path,
    config: TrainConfig,
    manifest: dict[str, Any],
    tmp_path: Path,
    changed: dict[str, Any],
    message: str,
) -> None:
    """Whether they are whole or not; the message says each difference, and nothing is touched."""
    assert manifest
    shutil.copytree(config.tokens, tmp_path / "tokens")
    tokenizer = Path(str(config.tokenizer.name))
    other = config_of(small, tmp_path, tokenizer=tokenizer, **{"held_out": 0.25, **changed})
    for ended in (True, False):
        if not ended:
            (tmp_path / "tokens" / "manifest.json").unlink()
        before = fingerprints(tmp_path / "tokens")
        with pytest.raises(ChangedRunError, match=f"holds tokens of something else:\n  {message}"):
            tokenise(other)
        assert fingerprints(tmp_path / "tokens") == before


def test_tokens_of_another_corpus_or_tokenizer_are_refused(
    small: Path, config: TrainConfig, manifest: dict[str, Any], tmp_path: Path
) -> None:
    """By their checksums: neither place nor name matters."""
    from tiny import tiny_tokenizer

    assert manifest
    shutil.copytree(config.tokens, tmp_path / "tokens")
    settings = {"held_out": 0.25}
    moved = shutil.copytree(small, tmp_path / "moved")
    renamed = shutil.copytree(Path(str(config.tokenizer.name)), tmp_path / "renamed")
    assert tokenise(config_of(moved, tmp_path, tokenizer=renamed, **settings)) == manifest
    other = tiny_tokenizer("starcoder", tmp_path / "other")
    with pytest.raises(ChangedRunError, match=r"tokenizer.sha256: [0-9a-f]{64} before, [0-9a-f]{64} now"):
        tokenise(config_of(moved, tmp_path, tokenizer=other, **settings))
    content = json.loads((moved / "manifest.json").read_bytes())
    (moved / "manifest.json").write_text(json.dumps({**content, "created": "later"}))
    with pytest.raises(ChangedRunError, match=r"corpus.manifest_sha256: "):
        tokenise(config_of(moved, tmp_path, tokenizer=renamed, **settings))


def test_a_damaged_shard_costs_only_itself(small: Path, tokenizer: Path, tmp_path: Path) -> None:
    """It is named, the others are kept, and mending it is enough."""
    run = shutil.copytree(small, tmp_path / "run")
    config = config_of(run, tmp_path / "out", tokenizer=tokenizer, held_out=0.25)
    path = run / "data" / "python" / "python-00001-of-00002.parquet"
    content = path.read_bytes()
    path.write_bytes(content[:30] + bytes([content[30] ^ 1]) + content[31:])
    with pytest.raises(
        BadInputError, match=r"1 of 2 shards could not be tokenised:\n  data/python/python-00001"
    ):
        tokenise(config)
    first = config.tokens / "python-00000-of-00002" / "record.json"
    written = first.stat().st_mtime_ns
    path.write_bytes(content)
    assert tokenise(config)["kept"]
    assert first.stat().st_mtime_ns == written


def test_files_that_were_damaged_are_made_again_or_named(
    small: Path, tokenizer: Path, tmp_path: Path
) -> None:
    """Before the end they are made again; afterwards nobody knows why, so they are refused."""
    config = config_of(small, tmp_path, tokenizer=tokenizer, held_out=0.25)
    tokenise(config)
    before = fingerprints(config.tokens)
    ids = config.tokens / "python-00000-of-00002" / "train.ds"
    content = ids.read_bytes()
    ids.write_bytes(content[:-4])
    with pytest.raises(BadInputError, match=f"{ids}: {len(content) - 4:,} bytes, expected {len(content):,}"):
        tokenise(config)
    (config.tokens / "manifest.json").unlink()
    (config.tokens / "python-00001-of-00002" / "record.json").unlink()
    tokenise(config)
    assert fingerprints(config.tokens) == before


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"languages": ["COBOL"]},
            r"none of 90 documents is left .*'language': 90.* Python \(89\), .* for COBOL",
        ),
        ({"folders": ["commits"]}, r"commits: the shards are empty; look at `curation explain`"),
    ],
)
def test_nothing_to_train_on_is_refused(
    small: Path, tokenizer: Path, tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    """It says what there was instead."""
    with pytest.raises(BadInputError, match=message):
        tokenise(config_of(small, tmp_path, tokenizer=tokenizer, **settings))


def test_a_split_that_leaves_nothing_to_train_on_is_refused(tokenizer: Path, tmp_path: Path) -> None:
    """As with a corpus of one repository."""
    run = made_run(tmp_path / "run", {NAME: [row(n, "x = 1", repo_name="octo/hello") for n in range(4)]})
    config = config_of(run, tmp_path / "out", tokenizer=tokenizer, held_out=0.5, seed=2)
    with pytest.raises(BadInputError, match=r"all 4 documents are held out, .* lower than 0.5, or 0"):
        tokenise(config)


def test_a_vocabulary_larger_than_the_model_is_refused(small: Path, tokenizer: Path, tmp_path: Path) -> None:
    """Both numbers are said; a smaller one is fine, and a model that cannot be asked is asked later."""
    for rows in (2047, 2048):
        model = tmp_path / str(rows)
        model.mkdir()
        (model / "config.json").write_text(json.dumps({"model_type": "starcoder2", "vocab_size": rows}))
    config = config_of(small, tmp_path / "out", tokenizer=tokenizer, model={"name": str(tmp_path / "2047")})
    with pytest.raises(
        BadTokenizerError, match=r"has 2,048 tokens, the model .* has rows for 2,047: take the"
    ):
        tokenise(config)
    for name in (str(tmp_path / "2048"), "octo/nowhere"):
        config = config_of(small, tmp_path / "out", tokenizer=tokenizer, model={"name": name})
        assert tokenise(config)["read"] == 90


def test_a_large_vocabulary_takes_32_bits(small: Path, tokenizer: Path, tmp_path: Path) -> None:
    """Ids above 65,535 come back as they were."""
    place = shutil.copytree(tokenizer, tmp_path / "tokenizer")
    definition = json.loads((place / "tokenizer.json").read_bytes())
    definition["model"]["vocab"]["<file_sep>"] = 70_000
    for token in definition["added_tokens"]:
        token["id"] = 70_000 if token["content"] == "<file_sep>" else token["id"]
    (place / "tokenizer.json").write_text(json.dumps(definition))
    config = config_of(small, tmp_path / "out", tokenizer=place, form="text", folders=["repositories"])
    manifest = tokenise(config)
    assert (manifest["token_type"], manifest["tokenizer"]["size"]) == ("<u4", 70_001)
    split = open_tokens(config.tokens, "train")
    assert split.tokens(0).dtype == np.uint32
    assert (split.tokens(0) == 70_000).sum() == 2
    assert split.documents == len(rendered_rows()) + 1


def test_a_real_run_is_tokenised(finished: Path, tokenizer: Path, tmp_path: Path) -> None:
    """Every document that the curation package has kept, of every language."""
    config = config_of(finished, tmp_path, tokenizer=tokenizer, folders=["*"], workers=2)
    manifest = tokenise(config)
    kept = json.loads((finished / "manifest.json").read_bytes())["passes"]["finish"]["kept"]
    assert manifest["read"] == manifest["totals"]["train"]["documents"] == kept > 100
    split = open_tokens(config.tokens, "train")
    assert {split.about(n).language for n in range(split.documents)} == set(manifest["languages"])


def test_books_that_do_not_add_up_end_the_run(
    config: TrainConfig, manifest: dict[str, Any], tmp_path: Path
) -> None:
    """Rows that no shard accounts for are a defect, not a smaller corpus."""
    plan = {"corpus": {"shards": [{"rows": 91}]}}
    records = [json.loads(path.read_bytes()) for path in sorted(config.tokens.glob("*/record.json"))]
    with pytest.raises(BrokenRunError, match="90 documents were read, but the shards have 91 rows"):
        running._manifest(plan, records)
    assert len(python_rows()) == manifest["read"]
    assert tmp_path.is_dir()
