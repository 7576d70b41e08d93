"""A conversion is used only where it was shown to change nothing."""

import json
from typing import Any

import pytest

from training.tokenizer import convert as conversion
from training.tokenizer import proof
from training.tokenizer.convert import DIGITS, SINGLE_DIGITS
from training.tokenizer.proof import Proven, prove, samples

BYTES = conversion.BYTES


def load(definition: dict[str, Any]) -> Any:
    """A tokenizer as `tokenizers` has it."""
    from tokenizers import Tokenizer

    backend = Tokenizer.from_str(json.dumps(definition))
    backend.encode_special_tokens = True
    return backend


def cut_by(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Convert StarCoder's layout with another pattern."""
    monkeypatch.setattr(conversion, "LAYOUTS", (([DIGITS, BYTES], pattern),))
    proof._cut_differently.cache_clear()


@pytest.fixture(autouse=True)
def _forget() -> Any:
    """No test sees what another has shown."""
    yield
    proof._cut_differently.cache_clear()


def test_a_right_conversion_is_proven(definition: dict[str, Any]) -> None:
    """The layout of the published tokenizers; ASCII is never in doubt."""
    found = prove(definition, load(definition))
    assert isinstance(found, Proven)
    assert found.converted.pattern == SINGLE_DIGITS
    assert min(first for first, _ in found.doubtful) > 0x7F


def test_what_cannot_be_converted_is_said(definition: dict[str, Any]) -> None:
    """The reason is the conversion's."""
    changed = {**definition, "normalizer": {"type": "NFC"}}
    assert prove(changed, load(changed)) == "it has a normalizer, NFC"


def test_a_token_that_merges_never_reach_is_found(definition: dict[str, Any]) -> None:
    """tiktoken would take the piece for the token; Hugging Face merges another pair first."""
    model = definition["model"]
    assert ["i", "n"] in model["merges"]
    size = len(model["vocab"])
    merges = [*model["merges"], ["q", "i"], ["qi", "n"]]
    changed = {**definition, "model": {**model, "vocab": {**model["vocab"], "qi": size, "qin": size + 1}}}
    changed["model"]["merges"] = merges
    reason = prove(changed, load(changed))
    assert reason == "its merges are not the same when converted, such as for 'qin'"


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        (SINGLE_DIGITS.replace(r"[\s\p{N}]", r"\s"), "pieces"),
        (SINGLE_DIGITS.replace(r"'(?:[dmst]|ll|re|ve)|", ""), "samples"),
        (SINGLE_DIGITS.replace("| ?[^", "|[^"), "pieces"),
    ],
)
def test_a_pattern_that_cuts_otherwise_is_found(
    definition: dict[str, Any], monkeypatch: pytest.MonkeyPatch, pattern: str, what: str
) -> None:
    """White space before digits, English endings, the space before signs."""
    assert pattern != SINGLE_DIGITS
    cut_by(pattern, monkeypatch)
    reason = prove(definition, load(definition))
    assert isinstance(reason, str)
    assert reason.startswith(f"its {what} are not the same when converted, such as for ")


def test_characters_that_are_cut_otherwise_are_in_doubt(
    definition: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library that does not know Tibetan digits yet is used for all texts without them."""
    cut_by(SINGLE_DIGITS.replace(r"\p{N}", r"[\p{N}--\x{f20}-\x{f33}]"), monkeypatch)
    found = prove(definition, load(definition))
    assert isinstance(found, Proven)
    assert (0xF20, 0xF33) in found.doubtful


def test_samples_are_always_the_same_and_have_every_fragment() -> None:
    """A proof that holds on one machine holds on another."""
    once, again = list(samples()), list(samples())
    assert once == again
    together = "".join(once)
    assert all(fragment in together for fragment in proof.FRAGMENTS)
