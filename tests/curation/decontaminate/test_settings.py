"""What can be set, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from curation.decontaminate.settings import BenchmarkSettings, DecontaminateSettings


def test_without_benchmarks_nothing_is_checked() -> None:
    """The default is off; naming one switches it on."""
    assert not DecontaminateSettings().enabled
    settings = DecontaminateSettings.model_validate({"benchmarks": ["gsm8k", {"name": "ours", "path": "x"}]})
    assert settings.enabled
    assert [one.name for one in settings.benchmarks] == ["gsm8k", "ours"]


def test_settings_survive_json() -> None:
    """Workers get them so."""
    settings = DecontaminateSettings.model_validate({"benchmarks": ["mbpp"], "kinds": ["code", "issues"]})
    assert DecontaminateSettings.model_validate_json(settings.model_dump_json()) == settings


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"benchmarks": ["mbpp", "mbpp"]}, "mbpp is named twice"),
        ({"benchmarks": ["mbpp"], "methods": []}, "no methods"),
        ({"identifiers": {"tokens": 10}}, "window is 24, more than tokens, 10"),
        ({"methods": ["fuzzy"]}, "whitespace_free"),
        ({"ngram": {"size": 64}}, "less than or equal to 63"),
        ({"kinds": ["letters"]}, "jupyter-scripts"),
        ({"benchmarks": "mbpp"}, "tuple"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], message: str) -> None:
    """With what was seen."""
    with pytest.raises(ValidationError, match=message):
        DecontaminateSettings.model_validate(settings)


def test_a_path_is_local_if_it_is_there(tmp_path: Path) -> None:
    """A hub id, a URL and nothing are not."""
    assert BenchmarkSettings(name="x", path=str(tmp_path)).is_local
    for path in ("", "owner/name", "hf://datasets/owner/name/x.jsonl"):
        assert not BenchmarkSettings(name="x", path=path).is_local
