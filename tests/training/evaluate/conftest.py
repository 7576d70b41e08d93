"""A token store of regular texts, a model that knows nothing, and one that was trained on them a little."""

from pathlib import Path

import pytest
from schooled import school, texts, unschooled
from token_runs import config_of, made_run, row

from training.generate.ask import Loaded, load
from training.tokenise.run import tokenise

STEPS = 120
"""Of training; about 4 s of processor time."""


@pytest.fixture(scope="session")
def ignorant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a model with random weights, and its tokenizer."""
    import torch

    torch.set_num_threads(1)
    return unschooled(tmp_path_factory.mktemp("ignorant"), texts(80))


@pytest.fixture(scope="session")
def store(ignorant: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a token store, a quarter of which is held out; half of the documents are called Java."""
    root = tmp_path_factory.mktemp("store")
    rows = [
        row(number, text, repo_name=f"o/{number}", language=("Python", "Java")[number % 2])
        for number, text in enumerate(texts(80))
    ]
    made_run(root / "run", {"data/python/python-00000-of-00001": rows})
    config = config_of(root / "run", root / "out", tokenizer=ignorant, held_out=0.25)
    tokenise(config)
    return config.tokens


@pytest.fixture(scope="session")
def schooled(ignorant: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the same model after some training on such texts."""
    return school(ignorant, tmp_path_factory.mktemp("schooled"), texts(80)[:40], STEPS)


@pytest.fixture(scope="session")
def loaded(ignorant: Path) -> Loaded:
    """The model that knows nothing."""
    return load(str(ignorant), quantize="none")
