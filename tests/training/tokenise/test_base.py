"""Tokenizer and random weights are made once, and are the same for the same settings."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from token_runs import config_of

from curation.errors import BadConfigError, BadInputError, ChangedRunError
from training.config import TrainConfig
from training.errors import BadTokenizerError
from training.tokenise.base import base_of, coder_of
from training.tokenizer.load import load_coder

SHAPE = {"layers": 1, "hidden": 16, "heads": 2, "kv_heads": 1, "feed_forward": 32, "positions": 64}


@pytest.fixture(scope="module")
def made(small: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainConfig:
    """A run with a tokenizer and weights of its own, which are made."""
    config = config_of(small, tmp_path_factory.mktemp("made"), tokenizer=None, model={"shape": SHAPE})
    base_of(config)
    return config


def stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}


def test_a_base_is_a_model_with_its_tokenizer(made: TrainConfig) -> None:
    """It is loaded as any other, and has a row for every token."""
    from transformers import AutoModelForCausalLM

    base = base_of(made)
    assert base == made.output / "base"
    model = AutoModelForCausalLM.from_pretrained(base)
    coder = load_coder(base)
    assert coder.sha256 == coder_of(made).sha256
    assert (coder.size, model.config.vocab_size, model.config.hidden_size) == (400, 400, 16)
    assert model.config.eos_token_id == coder.specials.end
    assert coder.specials.family == "starcoder2"
    about = json.loads((base / "made.json").read_bytes())
    assert about["made"]["tokenizer"] == {"sha256": coder.sha256, "size": 400}
    assert set(about["files"]) >= {"config.json", "model.safetensors", "tokenizer.json"}


def test_they_are_made_once_and_the_same_everywhere(made: TrainConfig, small: Path, tmp_path: Path) -> None:
    """Another folder gets the same bytes."""
    before = stamps(made.output)
    base_of(made)
    coder_of(made)
    assert stamps(made.output) == before
    again = config_of(small, tmp_path, tokenizer=None, model={"shape": SHAPE})
    for name in ("tokenizer.json", "model.safetensors", "config.json", "made.json"):
        assert (base_of(again) / name).read_bytes() == (made.output / "base" / name).read_bytes()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"vocabulary": 410}, "tokenizer was made otherwise:\n  vocabulary: 400 before, 410 now"),
        ({"seed": 8}, "tokenizer was made otherwise:\n  seed: 7 before, 8 now"),
        ({"folders": ["rust"]}, r"tokenizer was made otherwise:\n  corpus.folders: \['python'\] before"),
        (
            {"model": {"shape": {**SHAPE, "layers": 2}}},
            "base was made otherwise:\n  shape.layers: 1 before, 2 now",
        ),
    ],
)
def test_what_was_made_otherwise_is_refused(
    made: TrainConfig, small: Path, tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    """With each difference, and nothing is changed."""
    shutil.copytree(made.output, tmp_path / "out")
    before = stamps(tmp_path / "out")
    other = config_of(small, tmp_path / "out", **{"tokenizer": None, "model": {"shape": SHAPE}, **settings})
    with pytest.raises(ChangedRunError, match=message):
        base_of(other)
    assert stamps(tmp_path / "out") == before


def test_the_tokenizer_of_the_settings_comes_first(small: Path, tokenizer: Path, tmp_path: Path) -> None:
    """Then the model's own, and only then one is trained."""
    own = load_coder(tokenizer)
    named = config_of(small, tmp_path, tokenizer=tokenizer, model={"shape": SHAPE})
    assert coder_of(named).sha256 == own.sha256
    assert coder_of(named) is coder_of(named)
    assert not (tmp_path / "tokenizer").exists()
    model = config_of(small, tmp_path, tokenizer=None, model={"name": str(tokenizer)})
    assert coder_of(model).sha256 == own.sha256
    both = config_of(small, tmp_path, tokenizer=tokenizer, model={"name": str(tmp_path)})
    assert coder_of(both).sha256 == own.sha256
    nowhere = config_of(small, tmp_path, tokenizer=None, model={"name": str(tmp_path)})
    with pytest.raises(BadTokenizerError, match=str(tmp_path)):
        coder_of(nowhere)


def test_a_tokenizer_file_that_changes_is_loaded_again(small: Path, tokenizer: Path, tmp_path: Path) -> None:
    """Loading it once must not mean to keep what is gone."""
    from tiny import tiny_tokenizer

    place = Path(shutil.copytree(tokenizer, tmp_path / "tokenizer"))
    config = config_of(small, tmp_path, tokenizer=place)
    before = coder_of(config).sha256
    shutil.copytree(tiny_tokenizer("starcoder", tmp_path / "other"), place, dirs_exist_ok=True)
    assert coder_of(config).sha256 != before


def test_a_base_takes_the_named_tokenizer_and_the_family_of_its_shape(
    small: Path, tokenizer: Path, tmp_path: Path
) -> None:
    """A vocabulary of any size fits, because the rows are made for it."""
    shape = {**SHAPE, "family": "starcoder", "kv_heads": 1}
    config = config_of(small, tmp_path / "named", tokenizer=tokenizer, model={"shape": shape})
    content = json.loads((base_of(config) / "config.json").read_bytes())
    assert (content["vocab_size"], content["model_type"]) == (2048, "gpt_bigcode")
    trained = config_of(small, tmp_path / "trained", tokenizer=None, model={"shape": shape})
    assert coder_of(trained).specials.family == "starcoder"


def test_a_model_that_is_continued_has_no_base(small: Path, tokenizer: Path, tmp_path: Path) -> None:
    """It is its own."""
    config = config_of(small, tmp_path, tokenizer=None, model={"name": str(tokenizer)})
    with pytest.raises(BadConfigError, match=r"which is continued: expected model\.shape for a base"):
        base_of(config)


def test_a_trained_tokenizer_can_be_used_where_its_corpus_is_not(made: TrainConfig, tmp_path: Path) -> None:
    """A run can be moved; but what is not there cannot be trained from."""
    shutil.copytree(made.output, tmp_path / "out")
    corpus = made.corpus.model_copy(update={"run": tmp_path / "gone"})
    moved = made.model_copy(update={"corpus": corpus, "output": tmp_path / "out"})
    assert coder_of(moved).sha256 == coder_of(made).sha256
    assert base_of(moved) == tmp_path / "out" / "base"
    with pytest.raises(BadInputError, match=r"gone/manifest.json: no such file"):
        coder_of(moved.model_copy(update={"output": tmp_path / "new"}))


CODE = """
import os, sys
from pathlib import Path
from token_runs import config_of
from training.tokenise import base
base._sign = lambda *_: os.kill(os.getpid(), 9)
base.coder_of(config_of(Path(sys.argv[1]), Path(sys.argv[2]), tokenizer=None))
"""


def test_a_killed_attempt_leaves_no_half_of_one(small: Path, tmp_path: Path) -> None:
    """What it had written is not under the final name, and the next attempt makes it whole."""
    support = str(Path(__file__).parents[2] / "support")
    environment = {"PYTHONPATH": f"{support}:{Path.cwd()}", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", CODE, str(small), str(tmp_path)]
    assert subprocess.run(command, env=environment, check=False).returncode == -9
    assert not (tmp_path / "tokenizer").exists()
    assert coder_of(config_of(small, tmp_path, tokenizer=None)).size == 400
