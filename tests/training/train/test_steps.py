"""The length of a run follows from its settings and its corpus."""

import pytest

from curation.errors import BadInputError
from training.train.settings import OptimiserSettings
from training.train.steps import total


@pytest.mark.parametrize(
    ("settings", "windows", "steps"),
    [
        ({"steps": 30}, 100, 30),
        ({"epochs": 2, "batch": 8}, 100, 25),
        ({"epochs": 1, "batch": 8}, 100, 13),
        ({"epochs": 0.5, "batch": 8}, 100, 7),
        ({"epochs": 1, "batch": 512}, 3, 1),
    ],
)
def test_steps_are_given_or_follow_from_epochs(settings: dict[str, float], windows: int, steps: int) -> None:
    """Epochs are rounded up to whole steps, and there is at least one."""
    assert total(OptimiserSettings.model_validate(settings), windows) == steps


def test_no_windows_are_refused() -> None:
    """There is nothing to train on."""
    with pytest.raises(BadInputError, match="no document to train on: expected at least one"):
        total(OptimiserSettings(steps=1), 0)
