"""Benchmark texts that anybody writes."""

import pytest

from curation.decontaminate.settings import TrivialSettings
from curation.decontaminate.trivial import Trivial, entropy


@pytest.mark.parametrize(
    ("text", "words", "reason"),
    [
        ("return x + y", 3, "answer"),
        ("RETURN len( string )", 3, "answer"),
        ("return n ** 2", 3, "answer"),
        ("return ''.join(strings)", 3, "answer"),
        ("return .join(strings)", 3, None),
        ("return l[::-1]", 3, "characters"),
        ("abcdefghijklmnopqrst uvw", 2, "words"),
        ("0 1 2 0 0 0 0 0 0 0 0 0 0 0 0 0 0", 3, "entropy"),
        ("return sorted(lakes, key=ice)", 5, None),
    ],
)
def test_each_rule_has_its_texts(text: str, words: int, reason: str | None) -> None:
    """The first rule that fits; HumanEval's fourth answer as it is, not as it was misspelt."""
    assert Trivial(TrivialSettings()).reason(text, words) == reason


def test_rules_can_be_switched_off() -> None:
    """All but the length, of which a window needs eight characters."""
    off = Trivial(TrivialSettings(characters=8, words=0, entropy=0, answers=()))
    assert off.reason("return x + y", 3) is None
    assert off.reason("00000000", 1) is None
    assert off.reason("0000000", 1) == "characters"


def test_entropy_is_in_bits() -> None:
    """Of the frequencies of characters."""
    assert entropy("") == 0
    assert entropy("aaaa") == 0
    assert entropy("abab") == 1
    assert entropy("abcd") == 2
