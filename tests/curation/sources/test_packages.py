"""Package metadata gives name, version and licences, and never more than that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.sources.packages import METADATA_BYTES, Package, npm_metadata, python_metadata, split_name


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"Name: a\r\nVersion: 1\r\n\r\nVersion: 2", Package("a", "1")),
        (b"Name: a\nLicense-Expression: MIT\nLicense: BSD\n", Package("a", "", ("MIT",))),
        (
            b"License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License\nClassifier: X :: Y",
            Package("", "", ("License :: OSI Approved :: MIT License",)),
        ),
        (
            b"License: MIT License\n        \n        Permission is hereby granted",
            Package("", "", ("MIT License  Permission is hereby granted",)),
        ),
        (b"Name: a\x1b[31m\nVersion: " + b"1" * 400, Package()),
        (b"\xff\xfe\0", Package()),
        (b"no header", Package()),
    ],
)
def test_python_metadata_is_read_from_its_headers(content: bytes, expected: Package) -> None:
    """The description after the headers does not count, an expression beats free text."""
    found = python_metadata(content)
    assert found == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            b'{"name": "@scope/a", "version": "1.0.0", "license": "MIT"}',
            Package("@scope/a", "1.0.0", ("MIT",)),
        ),
        (b'{"license": {"type": "ISC", "url": "x"}}', Package("", "", ("ISC",))),
        (b'{"licenses": [{"type": "MIT"}, "BSD", 3]}', Package("", "", ("MIT", "BSD"))),
        (b'{"name": ["a"], "version": 3}', Package()),
        (b"[]", Package()),
        (b"{", Package()),
        (b"[" * 100_000, Package()),
    ],
)
def test_npm_metadata_is_read_in_all_its_forms(content: bytes, expected: Package) -> None:
    """Old and new ways to state the licence are understood; what is no package.json says nothing."""
    assert npm_metadata(content) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("redis-7.0.15", Package("redis", "7.0.15")),
        ("python_dateutil-2.9.0.post0", Package("python_dateutil", "2.9.0.post0")),
        ("lodash-4.17.21", Package("lodash", "4.17.21")),
        ("hello-v1.2", Package("hello", "v1.2")),
        ("hello", Package("hello")),
        ("hello-main", Package("hello-main")),
    ],
)
def test_a_file_name_is_split_at_its_version(name: str, expected: Package) -> None:
    """The first hyphen or underscore before a digit ends the name."""
    assert split_name(name) == expected


@given(st.binary(max_size=200))
def test_any_bytes_are_metadata_that_says_little(content: bytes) -> None:
    """Hostile metadata never raises, and names and versions are printable."""
    for package in (python_metadata(content), npm_metadata(content), python_metadata(b"Name: " + content)):
        assert "\n" not in package.name + package.version
        assert all(licence == licence.strip() for licence in package.licences)


def test_only_the_beginning_of_metadata_is_read() -> None:
    """What comes after 256 KiB does not count."""
    assert python_metadata(b"X: " + b"x" * METADATA_BYTES + b"\nName: late\n") == Package()
