"""The benchmarks that are known by name."""

import pytest

from curation.decontaminate.presets import presets, resolved
from curation.decontaminate.settings import BenchmarkSettings, FieldSettings
from curation.errors import BadConfigError


@pytest.mark.parametrize("name", presets())
def test_every_preset_is_whole(name: str) -> None:
    """It says where it is, what is looked for, and what it is about."""
    found = resolved(BenchmarkSettings(name=name))
    assert found.path
    assert found.fields
    assert found.split == ("v0.1.4" if name == "bigcodebench" else "test")
    assert presets()[name]["about"]


def test_starcoder_s_benchmarks_are_among_them() -> None:
    """HumanEval, MBPP, APPS, GSM8K and DS-1000."""
    assert {"humaneval", "mbpp", "apps", "gsm8k", "ds1000"} <= set(presets())
    assert resolved(BenchmarkSettings(name="mbpp")).ids == (11, 510)


def test_what_a_benchmark_says_itself_counts() -> None:
    """Another path has no configuration of the preset's; fields replace fields."""
    own = resolved(BenchmarkSettings(name="gsm8k", path="x.jsonl", fields=(FieldSettings(column="q"),)))
    assert (own.path, own.config, own.fields[0].column) == ("x.jsonl", None, "q")
    assert resolved(BenchmarkSettings(name="gsm8k")).config == "main"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "humanevl"}, "did you mean humaneval"),
        ({"name": "ours"}, "set path and fields"),
        ({"name": "ours", "path": "x.jsonl"}, "set fields$"),
    ],
)
def test_what_is_missing_is_said(settings: dict[str, str], message: str) -> None:
    """A benchmark of one's own needs a path and columns."""
    with pytest.raises(BadConfigError, match=message):
        resolved(BenchmarkSettings.model_validate(settings))
