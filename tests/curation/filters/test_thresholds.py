"""A threshold with exceptions gives each file its own."""

import pytest
from pydantic import ValidationError

from curation.filters.bounds import Bound
from curation.filters.thresholds import Rule, Switch, Thresholds

LAYERED = Thresholds(
    default=1,
    families={"opencoder.data": 2},
    table="sc1_extensions.max_line_length",
    languages={"Go": 3, "YAML": None},
    extensions={"md": 4, "C/md": 5, "C/": 6},
)


@pytest.mark.parametrize(
    ("language", "extension", "expected"),
    [
        ("Haxe", "hx", 1.0),
        ("SVG", "svg", 2.0),
        ("GLSL", "fsh", 500.0),
        ("JSON", "json", None),
        ("JSON", "webmanifest", 2.0),
        ("Go", "go", 3.0),
        ("YAML", "yaml", None),
        ("Markdown", "md", 4.0),
        ("C", "md", 5.0),
        ("C", "", 6.0),
        ("", "", 1.0),
    ],
)
def test_the_most_particular_entry_counts(language: str, extension: str, expected: float | None) -> None:
    """Extension of a language, extension, language, table row, family, default; null lifts the limit."""
    assert LAYERED.at(language, extension) == expected


def test_a_bare_value_is_the_default() -> None:
    """`maximum: 5` and `maximum: {default: 5}` are the same, and so are bare yes and no."""
    assert Thresholds.model_validate(5) == Thresholds(default=5)
    assert Switch.model_validate(obj=True) == Switch(default=True)


def test_languages_are_known_by_any_of_their_names() -> None:
    """An alias or an older name stands for the linguist name."""
    limits = Thresholds.model_validate({"languages": {"cpp": 1}, "extensions": {"golang/go": 2}})
    assert limits.languages == {"C++": 1.0}
    assert limits.extensions == {"Go/go": 2.0}


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (Thresholds, True, "valid number"),
        (Thresholds, "5", "valid number"),
        (Thresholds, float("nan"), "finite number"),
        (
            Thresholds,
            {"languages": {"Pyhton": 5}},
            "expected a linguist language, such as Python, saw 'Pyhton'",
        ),
        (
            Thresholds,
            {"extensions": {".xsl": 5}},
            "in lower case without dot, as xsl or XSLT/xsl, saw '.xsl'",
        ),
        (Thresholds, {"extensions": {"XSL": 5}}, "in lower case without dot"),
        (Thresholds, {"extensions": {"XSLTT/xsl": 5}}, "such as XSLT, saw 'XSLTT'"),
        (Thresholds, {"families": {"data": 5}}, "expected a family of languages"),
        (Thresholds, {"table": "sc1_extensions"}, "has no column ''"),
        (Thresholds, {"table": "sc1_extensions.excluded"}, "expected a column of numbers, saw sc1_ext"),
        (Switch, {"table": "sc1_extensions.alphabetic"}, "expected a column of yes and no, saw sc1_ext"),
        (Switch, 1, "valid boolean"),
        (Switch, {"langauges": {}}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    kind: type[Thresholds | Switch], value: object, message: str
) -> None:
    """Wrong kinds, unknown names and values that compare with nothing are refused."""
    with pytest.raises(ValidationError, match=message):
        kind.model_validate(value)


def test_a_rule_gives_a_file_its_bound() -> None:
    """A number is the threshold, null gives no bound, and no limits at all give none."""
    rule = Rule("lines", "above", Thresholds(default=5, languages={"Go": None}), "max_lines")
    assert rule.bound("C", "c") == Bound("lines", "above", 5.0, "max_lines")
    assert rule.bound("Go", "go") is None
    assert Rule("lines", "above", None, "max_lines").bound("C", "c") is None


def test_a_switch_gives_the_threshold_of_its_rule() -> None:
    """Yes is the number that the rule names, no gives no bound."""
    rule = Rule("name_is_documentation", "below", Switch(default=True, languages={"C": False}), "x", on=1.0)
    assert rule.bound("Text", "txt") == Bound("name_is_documentation", "below", 1.0, "x")
    assert rule.bound("C", "c") is None


@pytest.mark.parametrize(
    ("limit", "default", "exceptions", "enabled"),
    [
        (None, None, (), False),
        (Thresholds(), None, (), False),
        (Thresholds(default=5), 5.0, (), True),
        (Thresholds(languages={"Go": 5, "C": None}), None, (5.0,), True),
        (Thresholds(default=5, languages={"Go": 5}, extensions={"c": None}), 5.0, (None,), True),
        (Thresholds(table="sc1_extensions.alphabetic"), None, (0.25,) * 16 + (0.5,) * 3, True),
        (Switch(default=False, languages={"Go": True}), None, (0.0,), True),
        (Switch(default=False), None, (), False),
    ],
)
def test_what_a_rule_says_about_itself(
    limit: Thresholds | Switch | None,
    default: float | None,
    exceptions: tuple[float | None, ...],
    enabled: bool,
) -> None:
    """Default, the exceptions that differ from it, and whether it holds for any file."""
    rule = Rule("bytes", "above", limit, "x")
    assert rule.default == default
    assert sorted(rule.exceptions, key=str) == sorted(exceptions, key=str)
    assert rule.enabled == enabled
