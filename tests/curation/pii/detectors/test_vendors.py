"""Every rule finds its made-up values in six syntaxes, exactly, and leaves what only looks like them."""

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import ends_soon, repeated

from curation.pii.candidates import Scanner
from curation.pii.detectors.rules import Example, Rule, expand, vendor_rules
from curation.pii.detectors.vendors import FAMILY, find, triggers
from curation.pii.spans import Span

RULES = vendor_rules()
SCANNERS = {"hyperscan": Scanner(triggers(), backend="hyperscan"), "re2": Scanner(triggers(), backend="re2")}
SYNTAXES = {
    "python": ('{name} = "', '"\n'),
    "yaml": ("job:\n  {name}: ", "\n  other: 1\n"),
    "json": ('{{\n  "{name}": "', '",\n  "other": 1}}\n'),
    "shell": ("export {name}=", "\necho done\n"),
    "c": ('#define {name} "', '"\n'),
    "xml": ("<{name}>\n    ", "\n</{name}>\n"),
}


def spans(text: str, backend: str = "hyperscan") -> list[Span]:
    """What the detector finds in a text."""
    return find(text, SCANNERS[backend].scan(text).get(FAMILY, []))


def named(rule: Rule, syntax: str) -> str:
    """A name that a value of the rule is given to, as the syntax spells names."""
    if not rule.keywords:
        return "value"
    words = rule.keywords[0].split()
    return ("_".join(words)).upper() if syntax in {"shell", "c"} else "_".join(words)


def written(rule: Rule, example: Example, syntax: str) -> tuple[str, int, int]:
    """A made-up value in a syntax, and where its secret stands."""
    before, after = (part.format(name=named(rule, syntax)) for part in SYNTAXES[syntax])
    return before + example.text + after, len(before) + example.start, len(before) + example.end


def examples(rule: Rule) -> Iterator[tuple[str, Example]]:
    """Several made-up values for each template."""
    for template in rule.positives:
        for seed in range(2):
            yield template, expand(template, Random(f"{rule.id} {template} {seed}"))


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_positives_are_found(rule: Rule, syntax: str) -> None:
    """The span is that of the secret, neither more nor less, whichever rule finds it."""
    for template, example in examples(rule):
        text, start, end = written(rule, example, syntax)
        places = [(span.start, span.end) for span in spans(text)]
        assert (start, end) in places, (template, places, (start, end))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_finds_its_own(rule: Rule) -> None:
    """At least one value of each rule is found by that rule, with its tag."""
    found = [span for _, example in examples(rule) for span in spans(written(rule, example, "python")[0])]
    assert (rule.id, rule.tag) in {(span.rule, span.tag) for span in found}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_negatives_are_left(rule: Rule) -> None:
    """The rule finds nothing in its negatives, bare or given to a name."""
    for template in rule.negatives:
        text = expand(template, Random(7)).text
        for whole in (text, *(written(rule, Example(text, 0, 0), syntax)[0] for syntax in SYNTAXES)):
            assert rule.id not in {span.rule for span in spans(whole)}, (template, whole)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.keywords], ids=lambda rule: rule.id)
def test_value_without_its_keyword_is_left(rule: Rule) -> None:
    """A value with no form of its own is nothing where no keyword stands."""
    for _, example in examples(rule):
        assert rule.id not in {span.rule for span in spans(f'digest = "{example.text}"\n')}


@pytest.mark.parametrize("backend", SCANNERS)
def test_backends_agree(backend: str) -> None:
    """Findings are the same with either engine."""
    text = "".join(written(rule, expand(rule.positives[0], Random(9)), "yaml")[0] for rule in RULES)
    assert spans(text, backend) == spans(text)


GITHUB = expand("{github:ghp_}", Random(5)).text
HEX32 = expand("{hex:32}", Random(5)).text
HEX40 = expand("{hex:40}", Random(5)).text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f'"first line\\n{GITHUB}"', True),
        (f"https://x:{GITHUB}@github.com/a/b", True),
        (f"?token%3D{GITHUB}&x=1", True),
        (f"a{GITHUB}", False),
        (GITHUB + "a" * 300, False),
        ("ghp_" + "x" * 36, False),
        ("ghp_" + "0" * 36, False),
        ("FAKE" + GITHUB, False),
        ("token = <KEY>", False),
        (f'facebook_secret = "{HEX32}"', True),
        (f"FacebookSecret: {HEX32}", True),
        (f"'facebook.app-secret' => '{HEX32}'", True),
        (f'setProperty("FACEBOOK_SECRET", "{HEX32}")', True),
        (f"--facebook-secret {HEX32}", True),
        (f"- name: FACEBOOK_SECRET\n  value: {HEX32}\n", True),
        (f"<facebookSecret>\n    {HEX32}\n</facebookSecret>", True),
        (f"facebook_md5 = {HEX32}", False),
        (f"facebook-sdk-1.0.tgz#{HEX40}", False),
        (f"https://facebook.com/{HEX32}", False),
        (f"# facebook login\ncolour = blue\nvalues = 3\nx = {HEX32}", False),
        (f'lob_key = "test_{HEX32}abc"', True),
        (f'global_x = "test_{HEX32}abc"', False),
        ("GSSAPI-KEYEX-AND-MORE-OF-THESE-NAMES-2", False),
        ("https://x.org/2018-250-xoxo-indieweb-1234567890.jpg", False),
        ('integrity = "sha512-' + "aB3+" * 21 + '=="', False),
    ],
)
def test_surroundings_decide(text: str, found: bool) -> None:
    """Boundaries, the name of what is given, and fillers."""
    assert bool(spans(text)) is found


def test_checksum_makes_it_certain() -> None:
    """A right checksum is worth full trust; a wrong one is still found, as published examples are wrong."""
    wrong = expand("ghp_{alnum:36}", Random(5)).text
    assert [span.score for text in (GITHUB, wrong) for span in spans(text)] == [1.0, 0.9]


def test_offsets_count_characters() -> None:
    """Characters before the value that take several bytes do not move the span."""
    text = f'név = "é🙂"; kulcs = "{GITHUB}"'
    (span,) = spans(text)
    assert text[span.start : span.end] == GITHUB


VALUES = {rule.id: expand(rule.positives[0], Random(2)).text for rule in RULES}
HOSTILE = {
    "begin of jwt": "eyJ",
    "jwt parts": "eyJaaaaaaaaaaaaaaa.",
    "jwt payloads": ".eyaaaaaaaaaa",
    "keyword": "facebook = ",
    "keywords": "sl_key=sl.key-sl key ",
    "colons": "12345:A",
}


def test_repetition_is_linear() -> None:
    """The beginning of a value, over and over, is read in time that does not grow with its square."""
    for name, piece in HOSTILE.items():
        with ends_soon(f"looking for keys of vendors in {name}"):
            spans(repeated(piece))


def test_values_after_values_are_linear() -> None:
    """Hundreds of values of every rule are read, and all of them soon."""
    with ends_soon("looking for the values of every rule"):
        for value in VALUES.values():
            spans(f'key = "{value}"\n' * 150)


@pytest.mark.parametrize("piece", ["base64", "eyJ" + "a" * 70])
def test_one_long_line_is_linear(piece: str) -> None:
    """5 MB without a line end are read to their end."""
    line = "".join(expand("{base64:2000}", Random(1)).text for _ in range(2600))
    with ends_soon("looking for keys of vendors in 5 MB"):
        spans(line if piece == "base64" else repeated(piece, 5_000_000))


@given(st.text(max_size=400), st.integers(0, len(RULES) - 1), st.integers(0, 200))
def test_never_raises(text: str, number: int, cut: int) -> None:
    """Whatever stands around a part of a value, spans lie inside the text, in order, and apart."""
    value = expand(RULES[number].positives[0], Random(cut)).text
    whole = text[:cut] + value[: cut or None] + text[cut:]
    end = 0
    for span in spans(whole):
        assert end <= span.start < span.end <= len(whole)
        end = span.end
