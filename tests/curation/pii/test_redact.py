"""Redaction replaces what the spans cover, nothing else, and leaves files that parsed parsing."""

import ast
import json
import re
import tomllib
from xml.etree import ElementTree as ET

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from curation.pii.redact import Redacted, redact
from curation.pii.replacements import PRIVATE_ADDRESSES, Profile
from curation.pii.settings import PiiSettings
from curation.pii.spans import TAGS, Span
from curation.pii.syntax import parses

KEY = b"key of the tests"
PROFILES: tuple[Profile, ...] = ("sc1", "typed-fake")


def spans_of(text: str, *found: tuple[str, str]) -> list[Span]:
    """Spans of every place where a value stands, as (tag, value)."""
    return [
        Span(match.start(), match.end(), tag, "rule", 1.0)
        for tag, value in found
        for match in re.finditer(re.escape(value), text)
    ]


def run(
    text: str, spans: list[Span], profile: Profile = "sc1", language: str = "", *, usernames: bool = False
) -> Redacted:
    settings = PiiSettings(replacement=profile, usernames=usernames)
    return redact(text, spans, settings=settings, key=KEY, language=language)


def shifted(done: Redacted) -> list[Span]:
    """The spans of the replacements in the redacted text."""
    spans = []
    shift = 0
    for one in done.applied:
        start = one.start + shift
        spans.append(Span(start, start + one.replacement_length, one.tag, one.rule, 1.0))
        shift += one.replacement_length - (one.end - one.start)
    return spans


@pytest.mark.parametrize(
    ("text", "found", "sc1", "fake"),
    [
        ("to ann@uni.test!", ("EMAIL", "ann@uni.test"), "to <EMAIL>!", r"to [a-z]{6}@example\.com!"),
        ("k=tok_9aB8cD7e", ("KEY", "tok_9aB8cD7e"), "k=<KEY>", r"k=xxx_FAKE[a-z][A-Z][0-9][a-z]"),
        ("p: b1ue!whale", ("PASSWORD", "b1ue!whale"), "p: <PASSWORD>", r"p: x0xx!xxxxx"),
        ("k=10.77.23.45", ("KEY", "10.77.23.45"), "k=<KEY>", r"k=00\.00\.00\.00"),
        ("by Ann Lee.", ("NAME", "Ann Lee"), "by <NAME>.", r"by [A-Z][a-z]+ [A-Z][a-z]+\."),
        ("~annlee/", ("USERNAME", "annlee"), "~<USERNAME>/", r"~xxxxxx/"),
    ],
)
def test_golden(text: str, found: tuple[str, str], sc1: str, fake: str) -> None:
    """Each tag has its replacement in each profile."""
    spans = spans_of(text, found)
    assert run(text, spans, usernames=True).text == sc1
    assert re.fullmatch(fake, run(text, spans, "typed-fake", usernames=True).text)


@pytest.mark.parametrize("profile", PROFILES)
def test_golden_addresses(profile: Profile) -> None:
    """Public addresses become private ones of their family, equal ones equal."""
    text = "93.184.216.34 2a00:1450::8a 93.184.216.34"
    done = run(
        text, spans_of(text, ("IP_ADDRESS", "93.184.216.34"), ("IP_ADDRESS", "2a00:1450::8a")), profile
    )
    first, second, third = done.text.split(" ")
    assert first == third
    assert first in PRIVATE_ADDRESSES[0]
    assert second in PRIVATE_ADDRESSES[1]


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("KEY", "abc"),
        ("IP_ADDRESS", "8.8.8.8"),
        ("IP_ADDRESS", "10.0.0.1"),
        ("IP_ADDRESS", "172.16.58.3"),
        ("EMAIL", "<EMAIL>"),
        ("KEY", "xxxx-0000"),
        ("KEY", "FAKEbdf12"),
    ],
)
def test_kept_by_rule(tag: str, value: str) -> None:
    """Short values, addresses that tell nothing, and replacements stay, and it is said that they do."""
    text = f"see {value}."
    done = run(text, spans_of(text, (tag, value)))
    assert done.text == text
    assert [(one.kept, one.replacement_length) for one in done.applied] == [(True, len(value))]


def test_usernames_only_if_asked() -> None:
    """A user name stays unless the settings ask for it, and cannot shield a key that it overlaps."""
    text = "annlee:k3y9aB8c"
    name = Span(0, 15, "USERNAME", "home", 1.0)
    assert run(text, [name]) == Redacted(text, (), "")
    assert run(text, [name], usernames=True).text == "<USERNAME>"
    assert run(text, [name, Span(7, 15, "KEY", "k", 0.5)]).text == "annlee:<KEY>"


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(0, 4, "KEY"), (4, 8, "EMAIL")], "<KEY><EMAIL>klmn"),
        ([(0, 6, "KEY"), (4, 8, "EMAIL")], "<KEY>klmn"),
        ([(0, 8, "EMAIL"), (2, 6, "KEY")], "<EMAIL>klmn"),
        ([(8, 12, "KEY"), (0, 4, "KEY"), (0, 4, "KEY")], "<KEY>efgh<KEY>"),
        ([(3, 3, "KEY")], "abcdefghklmn"),
        ([], "abcdefghklmn"),
        ([(0, 12, "KEY")], "<KEY>"),
    ],
)
def test_touching_and_overlapping(spans: list[tuple[int, int, str]], expected: str) -> None:
    """Spans that touch stay two, spans that overlap become one, in whatever order they come."""
    found = [Span(start, end, tag, "r", 1.0) for start, end, tag in spans]
    assert run("abcdefghklmn", found).text == expected


def test_a_fake_behind_a_backslash_is_kept_whole() -> None:
    """A replacement that seems to begin with the letter of an escape is not cut, and so stays as it is."""
    text = r"C:\fakebdfh9"
    done = run(text, [Span(3, 12, "KEY", "r", 1.0)], "typed-fake")
    assert (done.text, done.applied[0].start) == (text, 3)


def test_lines_stay_lines() -> None:
    """5,000 lines of addresses with blanks at their ends remain 5,000 lines."""
    text = "".join(f"user{n}@uni-ulm.test \n" for n in range(5000))
    done = run(text, [Span(m.start(), m.end(), "EMAIL", "r", 1.0) for m in re.finditer(r"\S+", text)])
    assert done.text == "<EMAIL> \n" * 5000


@pytest.mark.parametrize(
    ("language", "text", "tag", "value", "expected"),
    [
        ("Python", "password = 12345678", "PASSWORD", "12345678", "password = 10000000"),
        ("Python", "k = 0xBEEF1234", "KEY", "0xBEEF1234", "k = 0x00000000"),
        ("Python", "p = 1 + 9876.25", "PASSWORD", "9876.25", "p = 1 + 1000.00"),
        ("Python", "key = b'9aB8cD7e'", "KEY", "9aB8cD7e", "key = b'<KEY>'"),
        ("Python", "key = b'é'; x = 'äüß9aB8c'", "KEY", "äüß9aB8c", "key = b'é'; x = '<KEY>'"),
        ("Python", "k = my_token_9", "KEY", "my_token_9", "k = xx_xxxxx_0"),
        ("Python", 'u = f"{a}:9aB8!q@{b}"', "PASSWORD", "9aB8!q", 'u = f"{a}:<PASSWORD>@{b}"'),
        ("Python", 'u = f"{abcd!r}"', "KEY", "{abcd!r}", 'u = f"<KEY>"'),
        ("Python", "k = '\\x419aB8'", "KEY", "\\x419aB8", "k = '<KEY>'"),
        ("Python", "k = '''\n9aB8\ncD7e'''", "KEY", "9aB8\ncD7e", "k = '''\n<KEY>'''"),
        (
            "Python",
            "def f(a=1234): pass  # by Ann Lee",
            "NAME",
            "Ann Lee",
            "def f(a=1234): pass  # by <NAME>",
        ),
        ("Python", "print 'ann@uni.test'", "EMAIL", "ann@uni.test", "print '<EMAIL>'"),
        ("JSON", '{"a": 12345678}', "KEY", "12345678", '{"a": 10000000}'),
        ("JSON", '{"a": -1234.5}', "KEY", "-1234.5", '{"a": -1000.0}'),
        ("JSON", '{"a": "9aB8\\"cD"}', "KEY", '9aB8\\"cD', '{"a": "<KEY>"}'),
        ("JSON", '{"a": "to\\nann@uni.test"}', "EMAIL", "nann@uni.test", '{"a": "to\\n<EMAIL>"}'),
        ("JSON", '{"a": "\\u00e9ann@uni.test"}', "EMAIL", "u00e9ann@uni.test", '{"a": "\\u00e9<EMAIL>"}'),
        ("JSON", '{"a": "\\\\nann@uni.test"}', "EMAIL", "nann@uni.test", '{"a": "\\\\<EMAIL>"}'),
        ("JSON", '{"a": "9aB8\\n"}', "KEY", "9aB8\\", '{"a": "<KEY>\\n"}'),
        ("JSON", '{"a": "9aB8\\\\"}', "KEY", "9aB8\\\\", '{"a": "<KEY>"}'),
        (
            "Jupyter Notebook",
            '{"source": ["k=\\"9aB8\\"\\n"]}',
            "KEY",
            "9aB8",
            '{"source": ["k=\\"<KEY>\\"\\n"]}',
        ),
        ("YAML", "key: abcd", "KEY", "abcd", "key: <KEY>"),
        ("YAML", "{key: abcd, b: [abcd]}", "KEY", "abcd", "{key: <KEY>, b: [<KEY>]}"),
        ("YAML", "pin: 12345678", "PASSWORD", "12345678", "pin: <PASSWORD>"),
        ("YAML", "a: &abcd 1", "KEY", "abcd", "a: &xxxx 1"),
        ("YAML", "a: |\n  abcd\nb: 1", "KEY", "abcd", "a: |\n  <KEY>\nb: 1"),
        ("TOML", "pin = 12345678", "PASSWORD", "12345678", "pin = 10000000"),
        ("TOML", "pin = '9aB8'", "PASSWORD", "9aB8", "pin = '<PASSWORD>'"),
        ("TOML", "[abcd]", "KEY", "abcd", "[xxxx]"),
        ("XML", "<a key='9aB8'/>", "KEY", "9aB8", "<a key='xx0x'/>".replace("xx0x", "0xx0")),
        ("XML", "<a>Tom &amp; 9aB8</a>", "KEY", "Tom &amp; 9aB8", "<a>xxx &amp; 0xx0</a>"),
        ("XML", "<!-- 9aB8 -->\n<a/>", "KEY", "9aB8", "<!-- <KEY> -->\n<a/>"),
        ("HTML", "<b>9aB8</b>", "KEY", "9aB8", "<b><KEY></b>"),
    ],
)
def test_syntax(language: str, text: str, tag: str, value: str, expected: str) -> None:
    """A file that parsed still does, with the replacement of the profile wherever it can stand."""
    done = run(text, spans_of(text, (tag, value)), language=language)
    assert (done.text, done.problem) == (expected, "")
    if parses(text, language):
        assert parses(expected, language)


def test_mask_is_the_last_resort() -> None:
    """Where a made-up name is too much as well, letters become x."""
    text = "Ann_Lee = 1\ndef f(a, b): a.Ann_Lee\nf(Mail=1, b=2)"
    done = run("a: &AnnLee x\nb: [*AnnLee]", [Span(4, 10, "EMAIL", "r", 1.0)], language="YAML")
    assert (done.text, done.problem) == ("a: &xxxxxx x\nb: [*AnnLee]", "")
    assert run(text, [Span(0, 7, "EMAIL", "r", 1.0)], language="Python").text.startswith("xxx_xxx = 1")


@pytest.mark.parametrize(
    ("language", "text", "span"),
    [
        ("Python", "for x in range(9): pass", (0, 23)),
        ("JSON", '{"a": true, "b": 1}', (6, 10)),
        ("XML", "<abcd></abcd>", (1, 5)),
        ("TOML", "a = true\nb = 1", (4, 8)),
    ],
)
def test_nothing_fits(language: str, text: str, span: tuple[int, int]) -> None:
    """If even the mask breaks a file that parsed, the problem is told, and the value is gone all the same."""
    done = run(text, [Span(*span, "KEY", "r", 1.0)], language=language)
    assert done.problem == "syntax"
    assert text[slice(*span)] != done.text[slice(*span)]


def test_all_spans_of_a_file_change_their_kind_together() -> None:
    """One place where the tag cannot stand makes all places of the file typed, so equal values stay equal."""
    text = "a = '98765432'\nb = 98765432\n"
    assert run(text, spans_of(text, ("KEY", "98765432")), language="Python").text == text.replace(
        "98765432", "10000000"
    )


def test_parsed_values() -> None:
    """Numbers stay numbers, bytes stay bytes and scalars stay scalars for who reads the files."""
    text = "k = b'9aB8cD7e9aB8'"
    assert ast.parse(run(text, spans_of(text, ("KEY", "9aB8cD7e9aB8")), "typed-fake", "Python").text)
    text = '{"pin": 987654}'
    assert json.loads(run(text, spans_of(text, ("KEY", "987654")), language="JSON").text) == {"pin": 100000}
    text = "pin: 987654"
    assert yaml.safe_load(run(text, spans_of(text, ("KEY", "987654")), "typed-fake", "YAML").text) == {
        "pin": 100000
    }
    text = "pin = 987654"
    assert tomllib.loads(run(text, spans_of(text, ("KEY", "987654")), language="TOML").text) == {
        "pin": 100000
    }
    text = "<a mail='ann@uni.test'/>"
    done = run(text, spans_of(text, ("EMAIL", "ann@uni.test")), language="XML")
    assert ET.fromstring(done.text).get("mail", "").endswith("@example.com")  # noqa: S314  # our own XML


texts = st.text(max_size=60) | st.text(alphabet="aB9x0 \\\"'\n#@.&;<>{}=:", max_size=60)
places = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 20), st.sampled_from(TAGS), st.floats(0, 1)), max_size=6
)


@given(
    text=texts,
    found=places,
    profile=st.sampled_from(PROFILES),
    language=st.sampled_from(("", "Python", "JSON", "YAML", "TOML", "XML", "C")),
)
def test_invariants(
    text: str, found: list[tuple[int, int, str, float]], profile: Profile, language: str
) -> None:
    """Outside spans nothing changes, lengths add up, a second run changes nothing, what parsed parses."""
    spans = [
        Span(min(start, len(text)), min(start + size, len(text)), tag, "r", score)
        for start, size, tag, score in found
    ]
    done = run(text, spans, profile, language, usernames=True)
    old = new = 0
    for one in done.applied:
        between = one.start - old
        assert done.text[new : new + between] == text[old : one.start]
        old, new = one.end, new + between + one.replacement_length
        if one.kept:
            assert done.text[new - one.replacement_length : new] == text[one.start : one.end]
        covered = any(span.start <= one.start and one.end <= span.end for span in spans) or len(spans) > 1
        assert covered
    assert done.text[new:] == text[old:]
    again = run(done.text, shifted(done), profile, language, usernames=True)
    assert again.text == done.text
    if parses(text, language) and not done.problem:
        assert parses(done.text, language) is not False


@given(first=st.text(min_size=4, max_size=9), second=st.text(min_size=4, max_size=9))
def test_hashes(first: str, second: str) -> None:
    """Equal values have equal hashes, others have others, and other keys make other hashes."""
    text = f"{first}|{second}|{first}"
    size = len(first) + 1 + len(second) + 1
    spans = [
        Span(0, len(first), "KEY", "r", 1.0),
        Span(len(first) + 1, size - 1, "KEY", "r", 1.0),
        Span(size, len(text), "KEY", "r", 1.0),
    ]
    done = run(text.replace("\\", "/"), spans)
    hashes = [one.hash for one in done.applied]
    assert hashes[0] == hashes[2]
    assert (hashes[0] == hashes[1]) == (first.replace("\\", "/") == second.replace("\\", "/"))
    other = redact(text.replace("\\", "/"), spans, settings=PiiSettings(), key=b"other")
    assert other.applied[0].hash != hashes[0]
    assert re.fullmatch("[0-9a-f]{16}", hashes[0])


@pytest.mark.parametrize("language", ["", "Python", "JSON"])
def test_no_value_is_told(language: str) -> None:
    """Neither the result's repr nor an error holds a value."""
    text = "k = 'canary9aB8cD7e'"
    done = run(text, spans_of(text, ("KEY", "canary9aB8cD7e")), language=language)
    assert "canary" not in repr(done) + repr(done.applied) + done.text
    with pytest.raises(AssertionError, match="a span lies outside of its text") as raised:
        run(text, [Span(5, 99, "KEY", "r", 1.0)])
    assert "canary" not in str(raised.value)


def test_repr_hides_the_text() -> None:
    """What was kept is not shown by accident either."""
    assert repr(run("ann", [])) == "Redacted(<3 characters>, 0 spans, problem='')"
