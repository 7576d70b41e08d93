"""What every filter promises; a new one is added in three places, and these tests say which is missing."""

import importlib
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import curation
from curation import filters
from curation.filters import FILTERS, FilterSettings, Rule, Switch, load_profile, profiles, resolve
from curation.signals.table import INDEX, SIGNALS

HELPERS = {"bounds", "decider", "settings", "tables", "thresholds"}
"""Modules of the package that are no filter."""
PACKAGE = Path(curation.__file__).parent
TESTS = Path(__file__).parent / "filters"
UNITS = re.compile(
    r"^(Bytes|Characters|Lines|Words|Fraction|Visible characters|Letters)\b.*(, at (most|least), )"
)


def _settings(name: str) -> type[BaseModel]:
    """The settings class of a filter, as `FilterSettings` knows it."""
    found = FilterSettings.model_fields[name].annotation
    assert isinstance(found, type)
    assert issubclass(found, BaseModel)
    return found


def _rules(name: str) -> tuple[Rule, ...]:
    section: Any = _settings(name)()
    rules: tuple[Rule, ...] = section.rules()
    return rules


def test_every_module_is_a_filter_in_the_order() -> None:
    """No file is forgotten in `FilterSettings`, and no section is without its file."""
    modules = {module.name for module in pkgutil.iter_modules(filters.__path__)} - HELPERS
    assert sorted(FILTERS) == sorted(modules)


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_has_its_parts(name: str) -> None:
    """A docstring with an example and what it does not ask, `Settings` with `rules`, and a test file."""
    module = importlib.import_module(f"curation.filters.{name}")
    assert module.Settings is _settings(name)
    assert " -> dropped" in (module.__doc__ or "")
    assert re.search(r"\b(not|no|only|elsewhere|left to|before|never|without)\b", module.__doc__ or "")
    assert _rules(name)
    assert (TESTS / f"test_{name}.py").is_file()


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_is_known_in_one_place(name: str) -> None:
    """Only `settings` imports it, so that adding one takes its file, its line there and its test."""
    mention = re.compile(rf"curation\.filters\.{name}\b|from curation\.filters import [^\n]*\b{name}\b")
    users = {path.name for path in PACKAGE.rglob("*.py") if mention.search(path.read_text(encoding="utf-8"))}
    assert users == {"settings.py"}


@pytest.mark.parametrize("name", FILTERS)
def test_every_signal_is_one_that_is_measured(name: str) -> None:
    """A rule reads a signal of the table."""
    assert {rule.signal for rule in _rules(name)} <= set(INDEX)


def test_every_reason_belongs_to_one_rule() -> None:
    """The ledger's reason says which filter, signal and side it was."""
    reasons = [rule.reason for name in FILTERS for rule in _rules(name)]
    assert len(reasons) == len(set(reasons))
    assert all(re.fullmatch(r"[a-z0-9_]+", reason) for reason in reasons)


@pytest.mark.parametrize("name", FILTERS)
def test_without_settings_a_filter_is_off(name: str) -> None:
    """A profile says what it wants; nothing holds by default."""
    assert not any(rule.enabled for rule in _rules(name))


SETTINGS = [(name, field, info) for name in FILTERS for field, info in _settings(name).model_fields.items()]


@pytest.mark.parametrize(
    ("name", "field", "info"), SETTINGS, ids=[f"{name}.{field}" for name, field, _ in SETTINGS]
)
def test_every_setting_is_explained(name: str, field: str, info: Any) -> None:
    """In one sentence: its unit and range if it is a number, its source, and what null does."""
    assert info.description, f"{name}.{field} has no docstring"
    assert "\n" not in info.description
    if info.annotation is bool:
        assert info.description.startswith("Yes or no: ")
    elif info.annotation == (Switch | None):
        assert re.fullmatch(r"Yes or no: .*; null is no\.", info.description)
    else:
        assert UNITS.search(info.description), info.description
        assert re.search(r"\d.* (or more|to 1|up) \(.*\); null is off\.$", info.description), info.description


def test_numbers_agree_with_the_unit_of_their_signal() -> None:
    """A setting in characters limits a signal in characters, and so on."""
    units = {signal.name: signal.unit for signal in SIGNALS}
    for name in FILTERS:
        for field, rule in _limits(name):
            described = (_settings(name).model_fields[field].description or "").lower()
            unit = units[rule.signal]
            assert unit in described or described.startswith("yes or no"), (name, field, unit)


def _limits(name: str) -> list[tuple[str, Rule]]:
    """Each limit of a filter with the rule that it switches on."""
    found: list[tuple[str, Rule]] = []
    for field, info in _settings(name).model_fields.items():
        if info.annotation is not bool:
            value = True if info.annotation == (Switch | None) else 1
            rules = getattr(resolve("none", {name: {field: value}}), name).rules()
            found += [(field, rule) for rule in rules if rule.enabled]
    return found


@pytest.mark.parametrize("name", FILTERS)
def test_every_limit_has_one_rule_and_every_rule_one_limit(name: str) -> None:
    """No setting is without effect, and each rule is switched on by its own limit alone."""
    limits = _limits(name)
    fields = [field for field, info in _settings(name).model_fields.items() if info.annotation is not bool]
    assert [field for field, _ in limits] == fields
    assert sorted(rule.reason for _, rule in limits) == sorted(rule.reason for rule in _rules(name))


@pytest.mark.parametrize("profile", profiles())
def test_every_profile_resolves_and_names_its_source(profile: str) -> None:
    """Its first lines say which paper or code it follows and every deviation."""
    assert resolve(profile, {}).profile == profile
    assert load_profile(profile)["source"]
    text = (PACKAGE / "filters" / "profiles" / f"{profile}.yaml").read_text(encoding="utf-8")
    head = text[: re.search(r"^[a-z]", text, re.MULTILINE).start()]  # type: ignore[union-attr]  # it has keys
    assert head.startswith("# ")
    if profile != "none":
        assert re.search(r"arXiv|bigcode", head)
        assert "# Deviations:\n# - " in head


def test_profiles_are_shipped() -> None:
    """The profiles that this project documents are all there."""
    assert profiles() == ("none", "opencoder", "sc1-code", "sc1-paper", "sc2-code", "sc2-paper")
