"""What other people's kinds of findings count as."""

import pytest

from curation.pii.extra.tags import _tables, tag_of
from curation.pii.spans import TAGS


@pytest.mark.parametrize(
    ("source", "kind", "tag"),
    [
        ("presidio", "EMAIL_ADDRESS", "EMAIL"),
        ("presidio", "IBAN_CODE", "KEY"),
        ("presidio", "PERSON", "NAME"),
        ("detect_secrets", "BasicAuthDetector", "PASSWORD"),
        ("detect_secrets", "StripeDetector", "KEY"),
        ("gitleaks", "Acme-Password-v2", "PASSWORD"),
        ("gitleaks", "acme-token", "KEY"),
    ],
)
def test_kinds_count_as_tags(source: str, kind: str, tag: str) -> None:
    """A kind has the tag of its table, by its name or, in gitleaks, a word of it; all others are keys."""
    assert tag_of(source, kind) == tag


def test_tables_name_known_tags() -> None:
    """Every tag of the data file is one that redaction knows."""
    assert {tag for table in _tables().values() for tag in table.values()} <= set(TAGS)
