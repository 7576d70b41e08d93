"""What models write, side by side."""

import pytest
from trained import Trained, trained

from training.report.samples import before_and_after


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A run of the whole path."""
    return trained(tmp_path_factory)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_models_are_asked_to_fill_the_same_gaps(done: Trained) -> None:
    """Side by side with what stood there."""
    table = before_and_after(done.full / "tokens", str(done.full / "base"), str(done.full / "final"), count=2)
    assert list(table["gap"]) == ["single-line", "single-line"]
    assert {"stood there", "before", "after", "similarity before", "similarity after"} <= set(table.columns)
