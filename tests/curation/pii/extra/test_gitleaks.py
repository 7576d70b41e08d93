"""Rule files in the format of gitleaks: what is followed, what is refused, and that nothing passes unseen."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import BadConfigError
from curation.pii.context import Context
from curation.pii.extra.gitleaks import GitleaksRules, _finder

NOWHERE = Context()
RULES = r"""
title = "rules of a test"
minVersion = "v8.25.0"

[[rules]]
id = "acme-token"
description = "Tokens of Acme"
regex = '''\bacme_[0-9a-f]{16}\b'''
keywords = ["ACME_"]
tags = ["acme"]

[[rules]]
id = "beta-password"
regex = '''(?i)beta_(?:pass)\s*=\s*"([^"]{4,40})"'''
secretGroup = 1
entropy = 2.5
keywords = ["beta_"]
[[rules.allowlists]]
regexTarget = "line"
regexes = ['''# fine$''']
[[rules.allowlists]]
stopwords = ["Example"]

[[rules]]
id = "either"
regex = '''either:(?:([a-z]{4})|([0-9]{4}))'''

[[rules]]
id = "only-in-env"
regex = '''ENV=[A-Z0-9]{8}'''
path = '''\.env$'''
[rules.allowlist]
condition = "AND"
regexTarget = "match"
regexes = ['''^ENV=ZZ''']
paths = ['''^docs/''']

[[rules]]
id = "keys-by-name"
path = '''\.pem$'''

[[allowlists]]
targetRules = ["acme-token"]
paths = ['''^fixtures/''']

[[allowlists]]
regexes = ['''0000000000000000''']
"""


def load(folder: Path, text: str) -> GitleaksRules:
    path = folder / "rules.toml"
    path.write_text(text, "utf-8")
    return GitleaksRules.load(path)


@pytest.mark.parametrize(
    ("text", "path", "values"),
    [
        ("t = acme_00112233445566aa;", "", ["acme_00112233445566aa"]),
        ("t = ACME_00112233445566aa;", "", []),
        (
            "é—𝄞 acme_00112233445566aa é acme_00112233445566bb",
            "",
            ["acme_00112233445566aa", "acme_00112233445566bb"],
        ),
        ("acme_00112233445566aa", "fixtures/a.py", []),
        ("acme_00112233445566aa", "src/fixtures/a.py", ["acme_00112233445566aa"]),
        ("acme_0000000000000000", "", []),
        ('BETA_pass = "k9xQ2w-z"', "", ["k9xQ2w-z"]),
        ('beta_pass = "aabbaabb"', "", []),
        ('beta_pass = "k9xQ2w-z" # fine', "", []),
        ('beta_pass = "k9xQ2w-z" # not fine?', "", ["k9xQ2w-z"]),
        ('beta_pass = "k9eXAMPLEw-z"', "", []),
        ('beta_pass = "<PASSWORD>"', "", []),
        ("either:kwpt either:4817", "", ["kwpt", "4817"]),
        ("ENV=ABCD1234", "a/.env", ["ABCD1234"]),
        ("ENV=ABCD1234", "a/b.py", []),
        ("ENV=ABCD1234", "", ["ABCD1234"]),
        ("ENV=ZZCD1234", "docs/.env", []),
        ("ENV=ZZCD1234", "src/.env", ["ZZCD1234"]),
        ("\ud800 acme_00112233445566aa", "", ["acme_00112233445566aa"]),
        ("", "", []),
    ],
)
def test_rules_find_what_they_say(tmp_path: Path, text: str, path: str, values: list[str]) -> None:
    """Groups, entropy, key words, paths and allow lists decide as in gitleaks; offsets are characters."""
    spans = load(tmp_path, RULES).find(text, Context(path=path))
    assert [text[span.start : span.end].removeprefix("ENV=") for span in spans] == values


def test_spans_carry_rule_and_tag(tmp_path: Path) -> None:
    """A finding names the rule file's format and the rule; a rule about passwords makes passwords."""
    spans = load(tmp_path, RULES).find('acme_00112233445566aa beta_pass="k9xQ2w-z"', NOWHERE)
    assert [(s.rule, s.tag, s.score) for s in spans] == [
        ("gitleaks:acme-token", "KEY", 1.0),
        ("gitleaks:beta-password", "PASSWORD", 1.0),
    ]


def test_rules_of_paths_are_counted(tmp_path: Path) -> None:
    """A rule without a pattern is left out, and how many there are is told."""
    rules = load(tmp_path, RULES)
    assert (len(rules.rules), rules.path_only) == (4, 1)


RULE = '[[rules]]\nid = "r"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[extend]\nuseDefault = true\n", r"\[extend\] is not followed"),
        ("", r"no \[\[rules\]\]; expected at least one"),
        ("rules = 3", r"rules is not a table; expected \[\[rules\]\]"),
        ("rules = [", "not a rule file of gitleaks"),
        ("[[rules]]\nregex = 'a'", r"a rule without id"),
        (RULE + "regex = '(a'", "rule r: regex: not a pattern that RE2 .* missing"),
        (RULE + "regex = '(?<=a)b'", "rule r: regex: not a pattern that RE2"),
        (RULE + r"regex = '(a)\1'", "rule r: regex: not a pattern that RE2"),
        (RULE + "regex = 3", "rule r: regex: not a pattern that RE2"),
        (RULE + "regex = 'a'\npath = '['", "rule r: path: not a pattern that RE2"),
        (
            RULE + "regex = 'a'\nentropi = 3",
            "rule r: unknown key 'entropi'; the nearest known one is 'entropy'",
        ),
        (RULE + "regex = 'a'\nentropy = 'b'", r"rule r: entropy is str; expected the kind of 0\.0"),
        (RULE + "regex = '(a)'\nsecretGroup = 2", "rule r: secretGroup 2, but the pattern has 1 groups"),
        (
            RULE + "regex = 'a'\nkeywords = 'a'",
            "rule r: keywords is str; expected a list of non-empty strings",
        ),
        (RULE + "regex = 'a'\nkeywords = ['']", "rule r: keywords is list; expected a list of non-empty"),
        (
            RULE + "regex = 'a'\n[[rules.required]]\nid = 'b'",
            r"rule r: \[\[rules.required\]\] is not followed",
        ),
        (
            RULE + "regex = 'a'\n[rules.allowlist]\nregexes = ['(']",
            "rule r: allow list: regexes: not a pattern",
        ),
        (RULE + "regex = 'a'\n[rules.allowlist]\ncondition = 'XOR'", "condition 'XOR'; expected OR or AND"),
        (
            RULE + "regex = 'a'\n[rules.allowlist]\nregexTarget = 'x'",
            "regexTarget 'x'; expected secret, match",
        ),
        (
            RULE + "regex = 'a'\n[rules.allowlist]\nregex = 'x'",
            "unknown key 'regex'; the nearest known one is",
        ),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, text: str, said: str) -> None:
    """What does not compile or is not understood is refused before any data, with file and rule."""
    with pytest.raises(BadConfigError, match=said) as caught:
        load(tmp_path, text)
    assert str(tmp_path / "rules.toml") in str(caught.value)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A path that cannot be read is the user's mistake, named."""
    with pytest.raises(BadConfigError, match=r"none\.toml: not a rule file"):
        GitleaksRules.load(tmp_path / "none.toml")


def test_allow_list_of_commits_allows_nothing(tmp_path: Path) -> None:
    """Commits are unknown here: a list of them never allows, not even together with what does agree."""
    allow = "[rules.allowlist]\ncommits = ['abc']\ncondition = 'AND'\nstopwords = ['zenk']"
    rules = load(tmp_path, RULE + "regex = 'zenk[0-9]{4}'\n" + allow)
    assert len(rules.find("zenk7391", NOWHERE)) == 1


@pytest.mark.parametrize("installed", [True, False])
@given(
    words=st.lists(st.text("ab.*\\[", min_size=1, max_size=4), min_size=1),
    text=st.text("aAbB.*\\[é", max_size=40),
)
def test_key_words_are_found_in_any_case(installed: bool, words: list[str], text: str) -> None:
    """With hyperscan and without, the same key words stand in a text, taken literally, in any case."""
    known = sorted({word.encode() for word in words})
    with pytest.MonkeyPatch.context() as patch:
        if not installed:
            patch.setattr("importlib.util.find_spec", lambda _name: None)
        present = _finder(known)
    assert present(text.encode()) == {word for word in known if word in text.encode().lower()}
