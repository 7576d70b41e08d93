"""A run opened by its record."""

import pytest
from trained import Trained, trained

from training.report.opened import open_run
from training.report.tables import packing


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A run of the whole path."""
    return trained(tmp_path_factory)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_is_opened_with_the_windows_that_it_was_trained_on(done: Trained) -> None:
    """The plan has the fingerprint of the record."""
    found = open_run(done.full)
    assert found.windows.plan_sha256 == found.record.data["packing plan"]
    assert found.facts["value"]["ZeRO stage"] == "2"
    packed = packing(found.windows, 20)
    assert len(packed) == 20
    assert packed["fill"].mean() > 0.9
