"""Checksums and structure of single values."""

from base64 import b64encode, urlsafe_b64encode
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.pii.detectors.checks import CHECKS, base62_checksum, decoded
from curation.pii.detectors.rules import expand


def made(template: str) -> str:
    """A made-up value."""
    return expand(template, Random(11)).text


@pytest.mark.parametrize(
    ("check", "value", "passes"),
    [
        ("github", made("{github:ghp_}"), True),
        ("github", made("{github:npm_}"), True),
        ("github", "ghp_" + "a1" * 18, False),
        ("github", "ghp_abc", False),
        ("github", "ghp_" + "é" * 36, False),
        ("jwt", "eyJhbGciOiJub25lIn0.e30.", True),
        ("jwt", "eyJhIjoxfQ.e30.", False),
        ("jwt", "ey$$.e30.", False),
        ("jwt", made("eyJ{alnum:30}.{alnum:30}.{alnum:30}"), True),
        ("base64", "YW5u", True),
        ("base64", "YW5uOg", True),
        ("base64", "YW5u!", False),
        ("base64", "Y", False),
        ("json", "eyJhIjoxfQ", True),
        ("json", "YW5uYTp3", False),
        ("discord", made("{base64digits:18}.abcdef.ghijkl"), True),
        ("discord", "some_module_of_the_thing.method.another_method", False),
        ("discord", "MTaB7someModule.method.an0therMethod", True),
        ("mixed", "ab1cd2", True),
        ("mixed", "abCd1", True),
        ("mixed", "abcd1", False),
        ("mixed", "123456", False),
        ("mixed-not-hex", "ab12cd34", False),
        ("mixed-not-hex", "ab12xy34", True),
        ("two-cases", "aB3", True),
        ("two-cases", "ab3", False),
        ("camel", "aB", True),
        ("camel-or-digit", "ab3", True),
        ("camel-or-digit", "abc", False),
        ("digit", "abc", False),
        ("strong", "aB3dE5fG7", True),
        ("strong", "Some-Long-Name-2", False),
        ("octopus", "API-ABCDEF0123456789", False),
        ("octopus", "API-XK3ABCDEF0123456", True),
        ("no-example", "AKIAIOSFODNN7EXAMPLE", False),
        ("aws-secret", "a/b/c/d/e/f/g/hIjKlMnOpQrStUvWxYz0123456", False),
        ("aws-secret", "AbCdEfGhIj0123456789+/KlMnOpQrStUvWxYz01", True),
        ("no-reference", "%PAT%", False),
        ("no-reference", "${PAT}", False),
        ("no-reference", "w48z27p", True),
        ("user-and-password", "YW5uOnc0OHoyN3A=", True),
        ("user-and-password", "aW5mb3JtYXRpb24=", False),
        ("user-and-password", "YW5uOiR7UEFTU30=", False),
        ("user-and-password", "/////////w==", False),
    ],
)
def test_check(check: str, value: str, passes: bool) -> None:
    """A check passes the values that have the structure, and no others."""
    assert CHECKS[check](value) is passes


def test_checksum_has_six_digits() -> None:
    """A small checksum is padded with zeros, and that of nothing is zero."""
    assert base62_checksum("") == "000000"


@given(st.binary(max_size=60))
def test_base64_is_decoded(raw: bytes) -> None:
    """Both alphabets, with and without padding."""
    for text in (b64encode(raw).decode(), urlsafe_b64encode(raw).decode()):
        assert decoded(text) == raw
        assert decoded(text.rstrip("=")) == raw


@given(st.sampled_from(sorted(CHECKS)), st.text(max_size=80))
def test_checks_never_raise(check: str, value: str) -> None:
    """Whatever the value, a check answers."""
    assert CHECKS[check](value) in {True, False}
