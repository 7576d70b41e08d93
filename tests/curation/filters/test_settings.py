"""A profile and overrides make settings."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import BadConfigError
from curation.filters import FILTERS, FilterSettings, load_profile, profiles, resolve, warnings
from curation.filters.settings import merge, parse_profile


def test_a_number_keeps_the_exceptions() -> None:
    """A bare number replaces the default of a limit; its exceptions stay."""
    maximum = resolve("sc2-paper", {"line_length": {"maximum": 500}}).line_length.maximum
    assert maximum is not None
    assert maximum.default == 500.0
    assert maximum.languages["HTML"] == 100_000.0


def test_a_mapping_is_merged() -> None:
    """One exception more, the default and the other exceptions stay; so too where the default was bare."""
    overrides = {
        "line_length": {"maximum": {"languages": {"Go": 7}}},
        "encoded": {"maximum_run": {"languages": {"Go": 8}}},
    }
    settings = resolve("sc2-paper", overrides)
    maximum, run = settings.line_length.maximum, settings.encoded.maximum_run
    assert maximum is not None
    assert run is not None
    assert (maximum.default, maximum.languages["Go"], maximum.languages["HTML"]) == (1000.0, 7.0, 100_000.0)
    assert (run.default, run.languages) == (1024.0, {"Go": 8.0})


def test_null_turns_off() -> None:
    """A limit, an exception or a whole filter of null holds for no file."""
    off: dict[str, Any] = {"line_length": {"maximum": None}, "html": None}
    settings = resolve("sc2-paper", off)
    assert settings.line_length.maximum is None
    assert settings.line_length.mean_maximum is not None
    assert settings.html == type(settings.html)()


@pytest.mark.parametrize("profile", profiles())
def test_what_is_dumped_resolves_to_the_same(profile: str) -> None:
    """The settings in a run's manifest, as JSON, give back the settings that made the run."""
    overrides: dict[str, Any] = {
        "line_length": {"maximum": 500, "mean_maximum": {"languages": {"Go": None}}},
        "encoded": None,
    }
    settings = resolve(profile, overrides)
    dumped = json.loads(settings.model_dump_json())
    assert FilterSettings.model_validate(dumped) == settings
    assert resolve(dumped.pop("profile"), dumped) == settings


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"line_lenght": {}}, "filters.line_lenght: there is no such setting; did you mean 'line_length'?"),
        (
            {"line_length": {"maximun": 1}},
            "filters.line_length.maximun: there is no such setting; did you mean 'maximum'?",
        ),
        (
            {"line_length": {"maximum": {"langauges": {}}}},
            "filters.line_length.maximum.langauges: there is no such setting; did you mean 'languages'?",
        ),
        ({"xml": {"zzz": 1}}, "filters.xml.zzz: there is no such setting; known are header"),
        ({"size": 5}, "filters.size: expected settings as `key: value` or null, saw 5"),
        (
            {"line_length": {"maximum": True}},
            "filters.line_length.maximum.default: Input should be a valid number, saw True",
        ),
        (
            {"xml": {"header": {"languages": {"Pyhton": True}}}},
            "filters.xml.header.languages.Pyhton: expected a linguist language, such as Python, saw 'Pyhton'",
        ),
        (
            {"size": {"maximum_bytes": "x"}, "words": {"minimum": "y"}},
            (
                "filters.size.maximum_bytes.default: Input should be a valid number, saw 'x'\n"
                "filters.words.minimum.default: Input should be a valid number, saw 'y'"
            ),
        ),
    ],
)
def test_wrong_settings_are_named(overrides: dict[str, Any], message: str) -> None:
    """Every wrong setting is said at once: where it stands, what was expected, what was seen."""
    with pytest.raises(BadConfigError) as caught:
        resolve("none", overrides)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("sc2paper", "did you mean 'sc2-paper'?"),
        ("zzz", "known are none, opencoder, sc1-code"),
        (7, "known are"),
    ],
)
def test_unknown_profiles_are_refused(name: Any, hint: str) -> None:
    """With the nearest one, or all of them."""
    with pytest.raises(BadConfigError) as caught:
        resolve(name, {})
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "source: a\nwarnings: []\nfilters: {xml: {}, xml: {}}",
            "profile p, line 3: the key 'xml' stands already in line 3",
        ),
        (
            "source: a\nfilters: {}",
            "profile p: expected source, warnings, filters and maybe base, saw ['filters', 'source']",
        ),
        ("- a", "profile p: expected settings as `key: value`, saw list"),
        ("a: [", "profile p: expected YAML, saw: "),
    ],
)
def test_badly_written_profiles_are_refused(text: str, message: str) -> None:
    """Each key once, the three keys that a profile has, and YAML at all."""
    with pytest.raises(BadConfigError) as caught:
        parse_profile(text, "p")
    assert str(caught.value).startswith(message)


def test_a_base_is_merged_in() -> None:
    """sc2-code is sc2-paper and excluded extensions, nothing else."""
    paper, code = load_profile("sc2-paper")["filters"], load_profile("sc2-code")["filters"]
    assert {name for name in FILTERS if paper.get(name) != code.get(name)} == {"extension"}


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ("none", []),
        ("sc1-code", ["Dockerfile.prod", "XSLT", ".rkt"]),
        ("sc1-paper", [".rkt", "does not list"]),
        ("sc2-paper", ["130 excluded extensions"]),
        ("sc2-code", ["53 languages"]),
        ("opencoder", ["XML", "by chance"]),
    ],
)
def test_traps_are_said(profile: str, words: list[str]) -> None:
    """Each profile names the traps of its source that it repeats, and its deviations, in one line each."""
    found = warnings(profile)
    assert len(found) == len(words)
    assert all(word in line for word, line in zip(words, found, strict=True))
    assert all(line.startswith(f"{profile}: ") and "\n" not in line for line in found)


PLAIN = st.recursive(
    st.none() | st.integers(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner), max_leaves=8
)


@given(st.dictionaries(st.sampled_from("abc"), PLAIN), st.dictionaries(st.sampled_from("abc"), PLAIN))
def test_merging_twice_changes_nothing_more(base: dict[str, Any], over: dict[str, Any]) -> None:
    """Overrides that are merged once more, into their own result, are there already."""
    once = merge(base, over)
    assert merge(once, over) == once
