"""A run for the tests of the report: real and hostile documents, see `report_runs`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from report_runs import make_run

from curation.report.views import connect


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete run that has set dropped documents aside; not to be written to."""
    return make_run(tmp_path_factory.mktemp("runs") / "example", excluded=True)


@pytest.fixture
def con(run: Path) -> Iterator[Any]:
    """A fresh connection to that run."""
    connection = connect(run)
    yield connection
    connection.close()
