"""Every configuration that the repository ships is valid."""

from pathlib import Path

import pytest

from curation import config

CONFIGS = sorted((Path(__file__).parents[1] / "configs").rglob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_a_shipped_configuration_is_valid_and_says_what_it_is_for(path: Path) -> None:
    """It loads, and its first line is a comment."""
    assert path.read_text().startswith("# ")
    found = config.load(path)
    assert found.output.parts[0] == "runs"
