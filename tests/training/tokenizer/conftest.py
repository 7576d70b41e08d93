"""Tokenizers with StarCoder's layouts, made once."""

import json
from pathlib import Path
from typing import Any

import pytest
from tiny import tiny_tokenizer

from training.tokenizer.coder import Coder
from training.tokenizer.load import load_coder


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer with StarCoder2's layout; not to be changed."""
    return tiny_tokenizer("starcoder2", tmp_path_factory.mktemp("starcoder2"))


@pytest.fixture(scope="session")
def first_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer with StarCoder's layout; not to be changed."""
    return tiny_tokenizer("starcoder", tmp_path_factory.mktemp("starcoder"))


@pytest.fixture(scope="session")
def coder(folder: Path) -> Coder:
    """The first of them, loaded."""
    return load_coder(folder)


@pytest.fixture(scope="session")
def original(folder: Path) -> Any:
    """The same, as `tokenizers` loads it, with texts that are never commands."""
    from tokenizers import Tokenizer

    loaded = Tokenizer.from_file(str(folder / "tokenizer.json"))
    loaded.encode_special_tokens = True
    return loaded


@pytest.fixture
def definition(folder: Path) -> dict[str, Any]:
    """Content of its tokenizer.json, for the test to change."""
    content: dict[str, Any] = json.loads((folder / "tokenizer.json").read_bytes())
    return content
