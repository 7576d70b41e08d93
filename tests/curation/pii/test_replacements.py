"""Values become replacements that depend on nothing but the value and the key, and that are known again."""

import re
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.pii.replacements import (
    PRIVATE_ADDRESSES,
    PUBLIC_DNS,
    Profile,
    digest,
    is_fake,
    is_kept_address,
    mask,
    replacement,
    stand_in,
)
from curation.pii.settings import PiiSettings
from curation.pii.spans import TAGS

KEY = b"key of the tests"
PROFILES: tuple[Profile, ...] = ("sc1", "typed-fake")
values = st.text(min_size=1, max_size=40) | st.from_regex(r"[A-Za-z0-9_\-+/=.\\&;:@ ]{1,60}", fullmatch=True)


def fake(tag: str, value: str, key: bytes = KEY) -> str:
    return replacement(tag, value, settings=PiiSettings(replacement="typed-fake"), key=key)


@pytest.mark.parametrize(
    ("tag", "value", "expected"),
    [
        ("KEY", "tok_19aFq7Zr", "<KEY>"),
        ("PASSWORD", "blue4!whale", "<PASSWORD>"),
        ("EMAIL", "ann.lee@uni-ulm.test", "<EMAIL>"),
        ("NAME", "Ann Lee", "<NAME>"),
        ("USERNAME", "annlee", "<USERNAME>"),
    ],
)
def test_sc1(tag: str, value: str, expected: str) -> None:
    """The profile of StarCoder writes the tag, whatever the value."""
    assert replacement(tag, value, settings=PiiSettings(), key=KEY) == expected


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("value", "family"), [("93.184.216.34", 4), ("2a00:1450:4001::8a", 6), ("93.184.216.34:80", 4)]
)
def test_addresses(profile: Profile, value: str, family: int) -> None:
    """An address becomes one of five private ones of its family in both profiles."""
    new = stand_in("IP_ADDRESS", value, profile=profile, seed=digest("IP_ADDRESS", value, KEY))
    assert new in PRIVATE_ADDRESSES[family == 6]
    assert ip_address(new).is_private
    assert ip_address(new).version == family


def test_addresses_spread() -> None:
    """All five private addresses of a family are used."""
    seen = {fake("IP_ADDRESS", f"93.184.216.{n}") for n in range(100)}
    assert seen == set(PRIVATE_ADDRESSES[0])


@pytest.mark.parametrize(
    ("tag", "value", "pattern"),
    [
        ("EMAIL", "ann.lee@uni-ulm.test", r"[a-z]{6}@example\.com"),
        ("KEY", "tok_live_9aB8cD7eF6", r"xxx_xxxx_FAKE[a-z][A-Z][0-9][a-z][A-Z][0-9]"),
        ("KEY", "abcdefabcdef", r"fake[a-z]{8}"),
        ("KEY", "Q1W2-E3R4-T5Y6", r"x0x0-x0x0-x0x0"),
        ("KEY", "-----BEGIN KEY-----\nTuvwxyz0+abc\n", r"-----xxxxx xxx-----\nFAKE[a-z]{3}[0-9]\+xxx\n"),
        ("KEY", "0xBEEF1234CAFE", r"0x000000000000"),
        ("PASSWORD", "98765432", r"10000000"),
        ("PASSWORD", "-98765.25", r"-10000\.00"),
        ("PASSWORD", "098765432", r"FAKE\d{5}|fake\d{5}"),
        ("PASSWORD", "!$%^*", r"xxxxx"),
        ("PASSWORD", "пароль-пароль", r"xxxxxx-xxxxxx"),
        ("PASSWORD", r"blue\u0061\x61\n\tw&#65;", r"xxxx\\u0030\\x30\\n\\tx&#48;"),
        ("PASSWORD", r"a\"b\\nb&amp;", r"x\\\"x\\\\xx&amp;"),
        ("USERNAME", "ann_lee", r"xxx_xxx"),
        ("NAME", "Ann Lee", r"[A-Z][a-z]+ [A-Z][a-z]+"),
        ("NAME", "J. R. Tolkin", r"[A-Z]\. [A-Z]\. [A-Z][a-z]+"),
        ("NAME", "LEE, ann-marie", r"[A-Z]+, [a-z]+"),
        ("NAME", "Lee A", r"[A-Z][a-z]+ [A-Z]"),
        ("NAME", "J.R.", r"x\.x\."),
        ("NAME", "Ann 3rd Lee", r"[A-Z][a-z]+ 0[a-z]+ [A-Z][a-z]+"),
    ],
)
def test_typed_fakes(tag: str, value: str, pattern: str) -> None:
    """A made-up value has the format of the one it stands for, and nothing of its letters and digits."""
    new = fake(tag, value)
    assert re.fullmatch(pattern, new), new
    assert is_fake(new)
    assert not is_fake(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("tok-9aB8", "xxx-0xx0"),
        ("ann@ex.test", "xxx@xx.xxxx"),
        ("93.184.216.34", "00.000.000.00"),
        ("12345678", "10000000"),
        ("<a b='c'/>", "<x x='x'/>"),
        ("&amp;&", "xxxxxx"),
    ],
)
def test_mask(value: str, expected: str) -> None:
    """The safest replacement keeps everything but letters and digits, unless there are none."""
    assert mask(value) == expected
    assert is_fake(expected)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "----",
        "FAKEbook2024",
        "fake",
        "FAKE",
        "xxaxx",
        "0x1F",
        "101010",
        "93.184.216.34",
        "bdfhjk@example.org",
        "ann.lee@example.com",
        "Ann Lee",
        "John Smith",
        "Doe Miller",
        "<OTHER>",
        "A. B. C.",
        r"\a\b\c\d",
    ],
)
def test_real_values_are_no_fakes(value: str) -> None:
    """What this module cannot have made is not taken for a replacement."""
    assert not is_fake(value)


@given(tag=st.sampled_from(TAGS), value=values, profile=st.sampled_from(PROFILES))
def test_every_replacement_is_known_again(tag: str, value: str, profile: Profile) -> None:
    """Whatever the value, unless it is blank, its replacement and its mask are recognised."""
    made = stand_in(tag, value, profile=profile, seed=digest(tag, value, KEY))
    assert is_fake(made) or value.isspace()
    assert is_fake(mask(value)) or value.isspace()


@given(tag=st.sampled_from(("KEY", "PASSWORD")), value=values)
def test_fakes_have_the_length_of_the_value(tag: str, value: str) -> None:
    """Keys, passwords and masks keep their length, line ends and blanks, and are not the value."""
    for new in (fake(tag, value), mask(value)):
        assert len(new) == len(value)
        assert [c for c in new if c.isspace()] == [c for c in value if c.isspace()]
        assert new != value or value.isspace() or is_fake(value)


@given(tag=st.sampled_from(TAGS), value=values)
def test_same_value_same_replacement(tag: str, value: str) -> None:
    """The hash depends on tag, value and key, and the replacement on nothing else."""
    assert fake(tag, value) == fake(tag, value)
    assert digest(tag, value, KEY) != digest(tag, value, KEY + b"2")
    assert digest(tag, value, KEY) != digest(tag, value + "2", KEY)
    assert len(digest(tag, value, b"k" * 200)) == 8
    assert digest(tag, value, b"k" * 200) != digest(tag, value, b"k" * 201)


def test_replacement_depends_on_the_key() -> None:
    """Under another key the same value becomes another made-up one."""
    assert fake("EMAIL", "ann@uni-ulm.test") != fake("EMAIL", "ann@uni-ulm.test", b"other")


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        *((address, True) for address in sorted(PUBLIC_DNS)),
        ("10.1.2.3", True),
        ("127.0.0.1", True),
        ("169.254.1.1", True),
        ("0.0.0.0", True),  # noqa: S104  # an address to judge, not to listen on
        ("::1", True),
        ("fe80::1%eth0", True),
        ("::ffff:10.0.0.1", True),
        ("::ffff:8.8.8.8", True),
        ("::ffff:93.184.216.34", False),
        ("93.184.216.34", False),
        ("2a00:1450:4001::8a", False),
        ("10.0.0.1/8", False),
        ("010.0.0.1", False),
        ("nothing", False),
    ],
)
def test_addresses_that_stay(value: str, kept: bool) -> None:
    """Private and local addresses and public name servers stay; what is unclear does not."""
    assert is_kept_address(value) is kept


def test_hostile_values_take_linear_time() -> None:
    """Long values of signs, escapes and names are known again, or refused, at once."""
    for value in (
        "a!" * 100_000,
        "\\" * 100_001,
        "&" * 100_000,
        "Ann-" * 50_000,
        "FAKE" * 50_000,
        "x0-" * 50_000,
    ):
        assert isinstance(is_fake(value), bool)
        assert len(fake("NAME", value)) > 0
        assert len(fake("KEY", value)) == len(value)
