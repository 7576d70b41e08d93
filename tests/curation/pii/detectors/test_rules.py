"""The rule files are whole: provenance, examples, one length per trigger; templates keep their word."""

import re
from random import Random

import pytest

from curation.errors import BadConfigError
from curation.pii.detectors.checks import CHECKS, github
from curation.pii.detectors.rules import CLASSES, Rule, expand, fixed_width, read_rules, vendor_rules, width

RULES = vendor_rules()
MINIMAL = """
[[rule]]
id = "acme-token"
description = "Acme token"
source = "https://example.org/tokens"
trigger = ['acme_[0-9a-f]{4}']
pattern = 'acme_[0-9a-f]{8}'
positives = ["acme_{hex:8}"]
negatives = ["acme_{hex:4}"]
"""


def test_many_formats_are_known() -> None:
    """There are at least 170 formats."""
    assert len(RULES) >= 170


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_is_whole(rule: Rule) -> None:
    """Every rule has a source, examples for and against, a known check, and triggers of one length."""
    assert rule.source.startswith("https://")
    assert rule.positives
    assert rule.negatives
    assert {rule.check, rule.confirm} <= {"", *CHECKS}
    assert all(4 <= width(trigger) <= 100 for trigger in rule.trigger)
    assert not (rule.keywords and rule.back), "a value that is given to a name begins at the trigger"
    re.compile(rule.pattern)


def test_no_example_is_a_token() -> None:
    """Templates are templates: after the fields are taken out, no long random piece is left."""
    fixed = [re.sub(r"\{\w+(?::[^{}]*)?\}", " ", example) for rule in RULES for example in rule.positives]
    pieces = [piece for text in fixed for piece in re.findall(r"[0-9A-Za-z]{25,}", text)]
    known = ("eyJ", "YmVkcm9jay5hbWF6b25hd3MuY29t", "AAAAAAAAAAAAAAAAAAAAA", "ZXlKaGJHY2lPaUpTVXpJMU5pSXNJ")
    assert [piece for piece in pieces if not piece.startswith(known)] == []


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_template_draws_from_a_class(name: str) -> None:
    """A field becomes as many characters of its class as it says."""
    made = expand(f"<{{{name}:50}}>", Random(1)).text
    assert len(made) == 52
    assert set(made[1:-1]) <= set(CLASSES[name])


def test_template_is_deterministic() -> None:
    """The same seed gives the same value, another seed another one."""
    assert expand("{alnum:30}", Random(4)) == expand("{alnum:30}", Random(4))
    assert expand("{alnum:30}", Random(4)) != expand("{alnum:30}", Random(5))


def test_template_marks_the_secret() -> None:
    """Double brackets say which part is the secret."""
    made = expand("key=[[{hex:8}]];", Random(3))
    assert (made.text[:4], made.text[made.end :], made.end - made.start) == ("key=", ";", 8)


def test_template_makes_a_uuid() -> None:
    """{uuid} has the groups of a UUID."""
    made = expand("{uuid}", Random(3)).text
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made)


def test_template_makes_a_github_checksum() -> None:
    """{github:...} ends in the right checksum."""
    made = expand("{github:ghp_}", Random(3)).text
    assert len(made) == 40
    assert github(made)


def test_template_with_an_unknown_class_is_refused() -> None:
    """The message names the field and the classes that there are."""
    with pytest.raises(BadConfigError, match=r"\{vowel:3\}.*digit"):
        expand("{vowel:3}", Random(3))


@pytest.mark.parametrize(
    ("trigger", "characters", "fixed"),
    [
        ("ghp_[0-9a-z]{4}", 8, 4),
        (r"SG\.[a-z]", 4, 3),
        ("[0-9]{5}:A[a-z]{3}", 10, 0),
        (r"\|\[x", 3, 3),
        ("abc", 3, 3),
        ("a{3}", 3, 0),
    ],
)
def test_width_of_a_trigger(trigger: str, characters: int, fixed: int) -> None:
    """Literals, escapes, classes and exact repeats have one length."""
    assert (width(trigger), fixed_width(trigger)) == (characters, fixed)


@pytest.mark.parametrize("trigger", ["a+", "ab?", "a{1,2}", "(a|bc)", "a*", ".b", "a|b", "[a"])
def test_trigger_of_open_length_is_refused(trigger: str) -> None:
    """A hit could not say where the value begins."""
    with pytest.raises(BadConfigError, match="no fixed length"):
        width(trigger)


def test_rule_file_is_read() -> None:
    """A file with the needed fields gives a rule with defaults."""
    (rule,) = read_rules(MINIMAL)
    assert (rule.id, rule.tag, rule.trigger) == ("acme-token", "KEY", ("acme_[0-9a-f]{4}",))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('source = "https://example.org/tokens"\n', ""), "source"),
        (('positives = ["acme_{hex:8}"]', "positives = []"), "positives"),
        (('id = "acme-token"', 'id = "Acme Token"'), "id"),
        (('description = "Acme token"', 'description = "Acme token"\nseverity = 3'), "severity"),
        (("[[rule]]", "[[rule]"), "mine.toml"),
    ],
)
def test_rule_file_that_is_not_whole_is_refused(change: tuple[str, str], message: str) -> None:
    """The message names the file and the field."""
    with pytest.raises(BadConfigError, match=rf"(?s)mine\.toml.*{message}|{message}"):
        read_rules(MINIMAL.replace(*change), name="mine.toml")
