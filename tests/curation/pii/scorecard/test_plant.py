"""Planted secrets stand where the labels say, in every language, the same for the same seed."""

import ast
import json
import tomllib
from ipaddress import ip_address
from random import Random

import pytest
import yaml
from lxml import etree

from curation.language.facts import facts
from curation.pii.detectors.placeholders import is_placeholder
from curation.pii.scorecard.plant import POSITIONS, Planted, clean_text, languages, plant
from curation.pii.scorecard.plant_values import KINDS, make, table
from curation.pii.spans import TAGS

SEEDS = range(25)


def planted(language: str, seed: int, count: int = 1, kinds: tuple[str, ...] = tuple(KINDS)) -> Planted:
    """A clean file with secrets."""
    return plant(clean_text(language), language, Random(seed), kinds=kinds, count=count)


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_is_what_its_kind_says(kind: str) -> None:
    """Known tags, spans inside the value, different for each seed and the same for one seed."""
    made = [make(kind, Random(seed)) for seed in SEEDS]
    assert made == [make(kind, Random(seed)) for seed in SEEDS]
    assert len({one.text for one in made}) > len(SEEDS) // 2
    for one in made:
        assert one.kind.partition("/")[0] == kind
        assert all(0 <= start < end <= len(one.text) and tag in TAGS for start, end, tag in one.spans)
        assert not any(
            is_placeholder(one.text[start:end]) for start, end, tag in one.spans if tag in TAGS[:2]
        )


def test_addresses_are_public_and_hosts_are_nobodys() -> None:
    """Otherwise redaction would keep them, or they would be somebody's."""
    for seed in range(200):
        for kind in ("ipv4", "ipv6"):
            address = ip_address(make(kind, Random(seed)).text)
            assert address.is_global
            assert not address.is_multicast
        host = make("email", Random(seed)).text.partition("@")[2].partition(".")[0]
        assert len(host) >= 8
        assert host not in {"gmail", "outlook"}


@pytest.mark.parametrize("language", languages())
def test_labels_lie_on_the_values(language: str) -> None:
    """Whatever the position, what the labels cover is the values."""
    for seed in SEEDS:
        found = planted(language, seed, count=3)
        assert found == planted(language, seed, count=3)
        assert len(found.positions) == 3
        for label in found.spans:
            value = found.text[label.start : label.end]
            assert value == value.strip()
            if label.tag == "EMAIL":
                assert value.count("@") == 1
                assert " " not in value
            if label.kind == "private-key":
                assert value.startswith("-----BEGIN ")
                assert value.endswith(" KEY-----")
            if label.tag == "IP_ADDRESS":
                assert ip_address(value).is_global


@pytest.mark.parametrize("language", languages())
def test_the_clean_text_stays_around_the_secret(language: str) -> None:
    """Every line of the file is still there, in order; lines end as they did or with CR LF throughout."""
    clean = clean_text(language).splitlines()
    for seed in SEEDS:
        found = planted(language, seed)
        left = iter(found.text.splitlines())
        assert all(line in left for line in clean)
        assert ("\r\n" in found.text) == (found.positions == ("crlf",))
        if "crlf" in found.positions:
            assert found.text.count("\n") == found.text.count("\r\n")


def test_every_position_and_kind_comes_up() -> None:
    """Over all languages; long lines are long, text beyond ASCII comes before the value."""
    seen, kinds = set(), set()
    for language in languages():
        for seed in SEEDS:
            found = planted(language, seed)
            (position,) = found.positions
            seen.add(position)
            kinds |= {label.kind.partition("/")[0] for label in found.spans}
            before = found.text[: found.spans[0].start]
            if position == "long-line":
                assert len(before.rpartition("\n")[2]) > 300
            if position == "non-ascii":
                assert not before.isascii()
            assert (position == "end") == (not found.text.endswith("\n"))
    assert seen == set(POSITIONS)
    assert kinds == set(KINDS)


@pytest.mark.parametrize(
    ("language", "parse"),
    [
        ("Python", ast.parse),
        ("JSON", json.loads),
        ("TOML", tomllib.loads),
        ("YAML", yaml.safe_load),
        ("XML", lambda text: etree.fromstring(text.encode())),
    ],
)
def test_a_password_leaves_the_file_readable(language: str, parse: object) -> None:
    """For languages that can be parsed here: redaction has a syntax to keep."""
    assert callable(parse)
    for seed in SEEDS:
        kinds = ("password", "email", "ipv4", "private-key")
        found = planted(language, seed, kinds=kinds)
        if "long-line" in found.positions and language == "XML":
            continue
        parse(found.text.replace("connect(", "dict("))


def test_a_text_without_an_empty_line_takes_the_secret_at_its_end() -> None:
    """Also one without a last newline, and an empty one."""
    for text in ("x = 1", "x = 1\n", ""):
        found = plant(text, "Python", Random(3), kinds=["password"])
        (label,) = found.spans
        assert found.text.replace("\r\n", "\n").startswith(text)
        assert label.start > len(text)


def test_the_table_is_complete() -> None:
    """Every language is one of linguist's, with its own extension, and can hold every kind."""
    for name, rules in table()["languages"].items():
        assert rules["extension"] in facts().languages[name].extensions
        assert rules["string"]
        assert all(
            "@value@" in one for one in [*rules["string"], *rules.get("comment", ()), *rules.get("block", ())]
        )
        assert ("filler" in rules) == ("join" in rules)
        assert rules["where"] in {"line", "open", "close"}
        assert rules["clean"].endswith("\n")
