"""What is left alone of the findings of other people's detectors."""

import pytest

from curation.pii.extra.kept import is_kept


@pytest.mark.parametrize(
    ("tag", "value", "kept"),
    [
        ("KEY", "<KEY>", True),
        ("KEY", "${API_KEY}", True),
        ("KEY", "k9xQ2wz7Lm4vB1", False),
        ("PASSWORD", "<PASSWORD>", True),
        ("PASSWORD", "k3wlP4ss", False),
        ("EMAIL", "<EMAIL>", True),
        ("EMAIL", "abcdef@example.com", True),
        ("EMAIL", "ann@notexample.com", False),
        ("IP_ADDRESS", "172.16.31.10", True),
        ("IP_ADDRESS", "fd00:c2b6:b24b:be67:2827:688d:e6a1:6a3b", True),
        ("IP_ADDRESS", "192.0.2.4", True),
        ("IP_ADDRESS", "133.52.7.9", False),
        ("IP_ADDRESS", "133.52.7.9:8080", False),
        ("NAME", "<NAME>", True),
    ],
)
def test_stand_ins_stay(tag: str, value: str, kept: bool) -> None:
    """Stand-ins, replacements, private and documentation addresses stay; the rest goes."""
    assert is_kept(tag, value) is kept
