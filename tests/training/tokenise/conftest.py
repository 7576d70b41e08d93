"""A tokenizer, a small curation run with every kind of trouble, and its tokens."""

from pathlib import Path
from typing import Any

import pytest
from tiny import tiny_tokenizer
from token_runs import config_of, made_run, python_rows, rendered_rows, row

from training.config import TrainConfig
from training.tokenise.run import tokenise
from training.tokenizer.coder import Coder
from training.tokenizer.load import load_coder

SEED = 7
PYTHON, RUST, ISSUES = (
    "data/python/python-00000-of-00002",
    "data/rust/rust-00000-of-00001",
    "data/issues/issues",
)


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer with StarCoder2's layout."""
    return tiny_tokenizer("starcoder2", tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture(scope="session")
def coder(tokenizer: Path) -> Coder:
    """The same, loaded."""
    return load_coder(tokenizer)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A curation run with two shards of Python, an empty one, one of Rust, and rendered repositories."""
    rows = python_rows()
    shards = {
        PYTHON: rows[:60],
        PYTHON.replace("00000-of", "00001-of"): rows[60:],
        RUST: [row(f"u{n}", f"fn f{n}() {{}}\n", language="Rust", repo_name=f"octo/{n}") for n in range(5)],
        "data/commits/commits-00000-of-00001": [],
        "train/repositories/repositories-00000-of-00001": rendered_rows(),
    }
    return made_run(tmp_path_factory.mktemp("corpus") / "run", shards)


@pytest.fixture(scope="session")
def config(small: Path, tokenizer: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainConfig:
    """The settings of a run on its Python, a quarter of the repositories held out."""
    output = tmp_path_factory.mktemp("run")
    return config_of(small, output, tokenizer=tokenizer, held_out=0.25, seed=SEED)


@pytest.fixture(scope="session")
def manifest(config: TrainConfig) -> dict[str, Any]:
    """Its tokens are made; not to be changed."""
    return tokenise(config)


@pytest.fixture(scope="session")
def rendered(small: Path, tokenizer: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainConfig:
    """The settings of a run on its rendered repositories, whose tokens are made."""
    output = tmp_path_factory.mktemp("rendered")
    made = config_of(small, output, tokenizer=tokenizer, form="text", folders=["repositories"])
    tokenise(made)
    return made
