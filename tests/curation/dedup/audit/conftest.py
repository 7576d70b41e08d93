"""A real run with planted near-duplicates, shared by the tests of the audit; see `near_runs`."""

from pathlib import Path

import pytest
from near_runs import shared_run

from curation.dedup.audit.books import NearBooks, open_near


@pytest.fixture(scope="session")
def planted_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete run; not to be changed."""
    return shared_run(tmp_path_factory)


@pytest.fixture
def books(planted_run: Path) -> NearBooks:
    """What its near-dedup has left."""
    return open_near(planted_run)
