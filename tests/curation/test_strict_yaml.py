"""YAML means one thing or is refused."""

import pytest

from curation.errors import BadConfigError
from curation.strict_yaml import parse_value, parse_yaml


def test_plain_yaml_is_read() -> None:
    """Mappings, lists and scalars of the safe subset."""
    assert parse_yaml("a: [1, 2.5, true, null]\nb: {c: text}\n", "x") == {
        "a": [1, 2.5, True, None],
        "b": {"c": "text"},
    }


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "x, line 2: YAML aliases (*a) are not taken"),
        ("a: 1\nb: {c: 1, c: 2}\n", "x, line 2: the key 'c' stands already in line 2"),
        ("a: !!python/name:os.system\n", "expected YAML"),
        ("", "expected settings as `key: value`, saw NoneType"),
    ],
)
def test_the_rest_is_refused_with_its_line(text: str, message: str) -> None:
    """Aliases, repeated keys, foreign types and empty documents."""
    with pytest.raises(BadConfigError) as error:
        parse_yaml(text, "x")
    assert message in str(error.value)


def test_values_are_held_to_the_same_rules() -> None:
    """An override is YAML as the file is."""
    assert parse_value("[1, two]", "x") == [1, "two"]
    with pytest.raises(BadConfigError, match="is no YAML value"):
        parse_value("{", "x")
