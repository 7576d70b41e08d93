"""Every configuration that the repository ships is valid."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curation import config
from training import config as training_config
from training.chat import config as chat_config
from training.classify import settings as classify_config

ROOT = Path(__file__).parents[1] / "configs"
CONFIGS = sorted(ROOT.rglob("*.yaml"))
LOADERS: dict[str, Callable[[Path], Any]] = {
    "train/chat.yaml": chat_config.load,
    "train/classify.yaml": classify_config.load,
}
"""Configurations whose settings are their own; all others are those of their folder."""


def loaded(path: Path) -> Any:
    """A configuration as settings of its kind."""
    name = path.relative_to(ROOT).as_posix()
    return LOADERS.get(name, config.load if name.startswith("curate/") else training_config.load)(path)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_a_shipped_configuration_is_valid_and_says_what_it_is_for(path: Path) -> None:
    """It loads, and its first line is a comment."""
    assert path.read_text().startswith("# ")
    assert loaded(path).output.parts[0] == "runs"
