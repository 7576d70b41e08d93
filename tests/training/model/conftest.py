"""Tiny models that the tests of this folder share."""

from pathlib import Path

import pytest
from tiny import tiny_model


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of each family."""
    folder = tmp_path_factory.mktemp("models")
    for family in ("starcoder", "starcoder2"):
        tiny_model(family, folder / family, 512)
    return folder
