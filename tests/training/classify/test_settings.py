"""What a configuration of a head may say, and what it is by default."""

from typing import Any

import pytest

from curation.errors import BadConfigError
from curation.settings_file import check_settings
from training.classify.settings import ClassifyConfig

NEEDED: dict[str, Any] = {"output": "out", "model": {"name": "m"}, "data": {"files": ["a.jsonl"]}}


def checked(**more: Any) -> ClassifyConfig:
    return check_settings(ClassifyConfig, {**NEEDED, **more}, "test")


def test_the_optimiser_is_that_of_fine_tuning() -> None:
    """Also where some of its settings are given."""
    assert checked().optimiser.learning_rate == 2e-5
    given = checked(optimiser={"steps": 5}).optimiser
    assert (given.steps, given.epochs, given.weight_decay, given.warmup_steps) == (5, None, 0.01, 100)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": {}}, "model: expected either `name` or `shape`, saw both or neither"),
        ({"optimiser": {"steps": 1, "epochs": 1}}, "optimiser: expected either `steps` or `epochs`"),
        ({"optimiser": {"min_learning_rate": 1}}, "optimiser.min_learning_rate: 1.0 is above learning_rate"),
        ({"data": {"files": []}}, "data.files"),
        (
            {"data": {"files": ["a"], "sequence_length": 64, "overlap": 17}},
            "data.overlap: 17 tokens is more than a quarter of sequence_length, 64; set it to 8",
        ),
        ({"head": {"tags": ["O"]}}, "head.tags: ('O',); expected names of tags, and not O"),
        ({"head": {"tsk": "token"}}, "there is no such setting; did you mean 'task'?"),
    ],
)
def test_what_contradicts_itself_is_refused(changes: dict[str, Any], message: str) -> None:
    """The message names the setting, what was seen and what to do."""
    with pytest.raises(BadConfigError) as refused:
        checked(**changes)
    assert message in str(refused.value)
