"""Coders that the tests of this folder share."""

import pytest
from made_tokens import coder as made

from training.fim.vocabulary import Vocabulary, vocabulary_of
from training.tokenizer.coder import Coder


@pytest.fixture(scope="session")
def coder(tmp_path_factory: pytest.TempPathFactory) -> Coder:
    """With StarCoder2's special tokens."""
    return made("starcoder2", tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def vocabulary(coder: Coder) -> Vocabulary:
    """Of that coder."""
    return vocabulary_of(coder)


@pytest.fixture(scope="session")
def first_coder(tmp_path_factory: pytest.TempPathFactory) -> Coder:
    """With the special tokens of the first StarCoder."""
    return made("starcoder", tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def first_vocabulary(first_coder: Coder) -> Vocabulary:
    """Of that coder."""
    return vocabulary_of(first_coder)
