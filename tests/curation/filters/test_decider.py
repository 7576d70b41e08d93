"""The decider says what the bounds say, fast, for one document at a time."""

import math
import pickle
import random
import string
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.filters import (
    Bound,
    Decider,
    FilterSettings,
    Rule,
    Thresholds,
    describe,
    extension_of,
    profiles,
    resolve,
)
from curation.filters.bounds import Side, first_failure
from curation.filters.decider import MAX_CACHED
from curation.signals.table import GROUPS, INDEX, SIGNALS

FILES = [
    ("Python", "src/a.py"),
    ("HTML", "index.html"),
    ("JSON", "package.json"),
    ("Text", "notes.txt"),
    ("Wolfram Language", "a.nb"),
    ("XSLT", "a.xsl"),
    ("Dockerfile", "Dockerfile.prod"),
    ("", "unknown"),
]
DECIDERS = {profile: Decider(resolve(profile, {})) for profile in profiles()}
THRESHOLDS = [0.0, 0.01, 0.2, 0.25, 0.5, 0.8, 1.0, 5.0, 50.0, 100.0, 500.0, 1000.0, 5000.0, 1e5]
NUMBERS = st.sampled_from([math.nan, *THRESHOLDS]) | st.floats(0, 1e6)
VALUES = st.lists(NUMBERS, min_size=len(SIGNALS), max_size=len(SIGNALS))
FILE = st.sampled_from(FILES)
PROFILE = st.sampled_from(profiles())


def test_worked_example() -> None:
    """The example that opens the module holds."""
    values = [math.nan] * len(SIGNALS)
    values[INDEX["max_line_length"]] = 24_000.0
    decided = Decider(resolve("sc2-paper", {})).decide("JavaScript", "dist/app.min.js", values)
    assert decided == Bound("max_line_length", "above", 1000.0, "max_line_length")


@given(PROFILE, FILE, VALUES)
def test_the_fast_way_decides_as_the_bounds_one_by_one(
    profile: str, file: tuple[str, str], values: list[float]
) -> None:
    """All limits at once keep and drop what the bounds in order keep and drop, for the same reason."""
    decider = DECIDERS[profile]
    assert decider.decide(*file, values) == first_failure(decider.bounds(*file), values, INDEX)


SIDES: tuple[Side, ...] = ("above", "at_least", "below", "at_most")
SMALL = st.integers(0, 3).map(float)
RULES = st.lists(
    st.builds(
        lambda signal, side, threshold: Rule(signal, side, Thresholds(default=threshold), f"{signal} {side}"),
        st.sampled_from(["bytes", "characters"]),
        st.sampled_from(SIDES),
        SMALL,
    )
)


@given(RULES, st.lists(SMALL | st.just(math.nan), min_size=2, max_size=2))
def test_any_bounds_at_once_are_the_bounds_one_by_one(rules: list[Rule], values: list[float]) -> None:
    """Several bounds on one signal, on all sides and at their thresholds, come together without loss."""
    decider = Decider(resolve("none", {}))
    decider.rules = tuple(("any", rule) for rule in rules)
    assert decider.decide("C", "a.c", values) == first_failure(decider.bounds("C", "a.c"), values, INDEX)


@given(PROFILE, FILE, st.lists(VALUES, min_size=1, max_size=4))
def test_a_table_of_documents_is_decided_as_each(
    profile: str, file: tuple[str, str], documents: list[list[float]]
) -> None:
    """`drops_array` over columns, first failure in order, equals `decide` over rows, whatever the batch."""
    decider = DECIDERS[profile]
    columns = np.array(documents)
    reasons = np.full(len(documents), "", dtype=object)
    for bound in decider.bounds(*file):
        dropped = bound.drops_array(columns[:, INDEX[bound.signal]])
        reasons[dropped & (reasons == "")] = bound.reason
    decided = [decider.decide(*file, values) for values in documents]
    assert reasons.tolist() == [bound.reason if bound else "" for bound in decided]


@given(PROFILE, FILE, VALUES, st.randoms(use_true_random=False))
def test_the_set_of_failures_does_not_depend_on_the_order(
    profile: str, file: tuple[str, str], values: list[float], generator: random.Random
) -> None:
    """Bounds in any order fail the same ones, and drop the same documents."""
    decider = DECIDERS[profile]
    shuffled = list(decider.bounds(*file))
    generator.shuffle(shuffled)
    failing = {bound for _, bound, _, passed in decider.explain(*file, values) if not passed}
    assert {bound for bound in shuffled if bound.drops(values[INDEX[bound.signal]])} == failing
    assert bool(failing) == (decider.decide(*file, values) is not None)
    assert (first_failure(shuffled, values, INDEX) is None) == (not failing)


@given(FILE, VALUES, st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_lower_limit_never_keeps_more(
    file: tuple[str, str], values: list[float], one: float, other: float
) -> None:
    """What passes a low maximum passes a higher one."""
    low, high = (
        Decider(resolve("none", {"line_length": {"maximum": limit}})) for limit in sorted((one, other))
    )
    if low.decide(*file, values) is None:
        assert high.decide(*file, values) is None


@pytest.mark.parametrize("profile", profiles())
@pytest.mark.parametrize("file", FILES)
def test_nothing_measured_nothing_dropped(profile: str, file: tuple[str, str]) -> None:
    """A document of NaN is kept by every profile."""
    assert DECIDERS[profile].decide(*file, [math.nan] * len(SIGNALS)) is None


def test_the_first_filter_in_order_is_the_reason() -> None:
    """A document that fails several filters is counted under the first; `explain` shows all."""
    decider = DECIDERS["sc2-paper"]
    values = [math.nan] * len(SIGNALS)
    values[INDEX["encoded_longest"]], values[INDEX["lines"]], values[INDEX["max_line_length"]] = (
        2e3,
        2e5,
        99.0,
    )
    assert decider.decide("C", "a.c", values) == Bound("lines", "above", 1e5, "max_lines")
    shown = [
        (name, bound.reason, value, passed)
        for name, bound, value, passed in decider.explain("C", "a.c", values)
    ]
    assert ("line_count", "max_lines", 2e5, False) in shown
    assert ("line_length", "max_line_length", 99.0, True) in shown
    assert ("encoded", "max_encoded_run", 2e3, False) in shown
    assert [bound for _, bound, _, _ in decider.explain("C", "a.c", values)] == list(
        decider.bounds("C", "a.c")
    )


@pytest.mark.parametrize(
    ("profile", "overrides", "groups"),
    [
        ("none", {}, set()),
        ("sc2-paper", {}, {"text", "encoded", "html", "origin"}),
        ("sc2-paper", {"html": None, "origin": None}, {"text", "encoded"}),
        ("sc1-code", {}, {"text", "html"}),
        ("opencoder", {}, set(GROUPS) - {"origin"}),
        ("none", {"comments": {"minimum": {"languages": {"Java": 0.01}}}}, {"comments"}),
        ("none", {"asserts": {"maximum": {"families": {"opencoder.data": 0.4}}}}, {"repetition"}),
        ("none", {"characters": {"minimum_alphabetic": {"table": "sc1_extensions.alphabetic"}}}, {"text"}),
        ("none", {"comments": {"minimum": {"languages": {"Java": None}}}}, set()),
    ],
)
def test_only_signals_that_a_bound_needs_are_asked_for(
    profile: str, overrides: dict[str, Any], groups: set[str]
) -> None:
    """A group counts if any rule reads it, for any language; a rule that never holds asks for nothing."""
    assert Decider(resolve(profile, overrides)).groups == groups


@pytest.mark.parametrize(
    ("path", "extension"),
    [
        ("a.py", "py"),
        ("src/B.PY", "py"),
        ("a.tar.gz", "gz"),
        ("Dockerfile", ""),
        ("x.d/Makefile", ""),
        (".bashrc", ""),
        ("home/.config.yml", "yml"),
        ("name.", ""),
        ("", ""),
    ],
)
def test_extensions(path: str, extension: str) -> None:
    """After the last dot of the file name, in lower case; folders and leading dots do not count."""
    assert extension_of(path) == extension


def test_hostile_names_do_not_fill_the_memory() -> None:
    """However many extensions there are, only so many are remembered, and the decisions stay the same."""
    decider = Decider(resolve("none", {"size": {"maximum_bytes": 1}}))
    bounds = [decider.bounds("C", f"a.{number}") for number in range(MAX_CACHED + 10)]
    assert len(decider._cache) <= MAX_CACHED
    assert set(bounds) == {(Bound("bytes", "above", 1.0, "max_bytes"),)}


def test_a_decider_travels_to_workers() -> None:
    """Pickled and back, before and after its first decision, it decides the same."""
    decider = Decider(resolve("sc1-code", {}))
    before = decider.bounds("Yacc", "a.yy")
    travelled = pickle.loads(pickle.dumps(decider))  # noqa: S301  # our own bytes
    assert travelled.bounds("Yacc", "a.yy") == before


def test_describe_tells_profile_from_override() -> None:
    """One row per rule, also off ones; the source is the profile's, or says that it was overridden."""
    settings = resolve("sc2-paper", {"line_length": {"maximum": 500}, "html": None})
    rows = {row["reason"]: row for row in describe(settings)}
    assert list(rows) == [rule.reason for _, rule in settings.rules()]
    assert rows["max_line_length"] == {
        "filter": "line_length",
        "reason": "max_line_length",
        "signal": "max_line_length",
        "drops_if": "above",
        "default": 500.0,
        "exceptions": 9,
        "source": "override",
    }
    assert rows["max_lines"]["source"] == "StarCoder2 2.1"
    assert rows["min_visible_characters"]["source"] == ""
    assert rows["max_bytes"]["default"] is None


@given(st.text(string.printable), st.text(string.printable))
def test_any_name_has_bounds(language: str, path: str) -> None:
    """Unknown languages and odd paths are no error."""
    assert all(DECIDERS[profile].bounds(language, path) is not None for profile in profiles())


def test_settings_without_a_profile_are_refused() -> None:
    """Where the sections come from is always said."""
    with pytest.raises(ValueError, match="profile"):
        FilterSettings.model_validate({})
