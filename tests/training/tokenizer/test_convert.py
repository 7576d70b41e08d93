"""What of a tokenizer.json tiktoken can do, and what it is refused for."""

from typing import Any

import pytest

from training.tokenizer.convert import (
    SINGLE_DIGITS,
    WHOLE_NUMBERS,
    Converted,
    bytes_of,
    convert,
    is_bytes,
    symbol_of_byte,
)

DIGITS = {"type": "Digits", "individual_digits": True}
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}


def test_every_byte_has_the_letter_that_byte_level_tokenizers_write_for_it() -> None:
    """The letters are those of `tokenizers`, each for the byte that it encodes as this letter."""
    from tokenizers import pre_tokenizers

    assert set(symbol_of_byte()) == set(pre_tokenizers.ByteLevel.alphabet())
    assert symbol_of_byte()[ord(" ")] == "Ġ"
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    for character in "\x00\n\x7f aé\u07ff漢\U0010ffff":
        (piece, _), *_ = level.pre_tokenize_str(character)
        assert bytes_of(piece) == character.encode()


def test_what_is_no_byte_level_token_is_told() -> None:
    """Special tokens can look like one; letters outside of the table cannot be one."""
    assert is_bytes("Ġdef")
    assert is_bytes("<fim_prefix>")
    assert not is_bytes("漢")


@pytest.mark.parametrize(
    ("steps", "pattern"),
    [
        ({"type": "Sequence", "pretokenizers": [DIGITS, BYTES]}, SINGLE_DIGITS),
        (BYTES, WHOLE_NUMBERS),
        ({"type": "Sequence", "pretokenizers": [BYTES]}, WHOLE_NUMBERS),
    ],
)
def test_the_published_layouts_are_known(definition: dict[str, Any], steps: Any, pattern: str) -> None:
    """StarCoder's, StarCoder2's and SantaCoder's single digits, and GPT-2's whole numbers."""
    found = convert({**definition, "pre_tokenizer": steps})
    assert isinstance(found, Converted)
    assert found.pattern == pattern
    assert found.ids is None


@pytest.mark.parametrize(
    "steps",
    [
        None,
        {"type": "Whitespace"},
        {"type": "Sequence", "pretokenizers": [BYTES, DIGITS]},
        {"type": "Sequence", "pretokenizers": [{**DIGITS, "individual_digits": False}, BYTES]},
        {"type": "Sequence", "pretokenizers": [DIGITS, {**BYTES, "add_prefix_space": True}]},
        {"type": "Sequence", "pretokenizers": [DIGITS, {**BYTES, "use_regex": False}]},
        {"type": "Sequence"},
    ],
)
def test_another_layout_is_refused(definition: dict[str, Any], steps: Any) -> None:
    """A layout that is not known is never guessed."""
    reason = convert({**definition, "pre_tokenizer": steps})
    assert isinstance(reason, str)
    assert reason.startswith("it cuts texts in a way that is not known here: ")
    assert str(steps) in reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"dropout": 0.1}, "it drops merges at random"),
        ({"continuing_subword_prefix": "##"}, "it marks tokens inside words"),
        ({"end_of_word_suffix": "</w>"}, "it marks tokens that end words"),
        ({"byte_fallback": True}, "it has a fallback to bytes"),
        ({"ignore_merges": True}, "it takes whole pieces before it merges"),
        ({"type": "WordPiece"}, "it is no BPE but WordPiece"),
    ],
)
def test_a_model_that_is_no_plain_bpe_is_refused(
    definition: dict[str, Any], change: dict[str, Any], reason: str
) -> None:
    """Each option that tiktoken has not is named."""
    assert convert({**definition, "model": {**definition["model"], **change}}) == reason


def test_a_normalizer_and_added_words_are_refused(definition: dict[str, Any]) -> None:
    """Texts that are changed, or searched for words, before they are cut."""
    assert convert({**definition, "normalizer": {"type": "NFC"}}) == "it has a normalizer, NFC"
    word = {"id": 9999, "content": "    ", "special": False}
    reason = convert({**definition, "added_tokens": [*definition["added_tokens"], word]})
    assert reason == "it finds added tokens that are not special, such as ['    ']"


def test_a_vocabulary_that_cannot_be_ranked_is_refused(definition: dict[str, Any]) -> None:
    """Bytes without a token, merges that make none, and two merges that make the same."""
    model = definition["model"]
    lacking = {entry: number for entry, number in model["vocab"].items() if entry != "Ġ"}
    assert convert({**definition, "model": {**model, "vocab": lacking}}) == (
        "it has no token for 1 of the 256 bytes, such as 0x20"
    )
    unknown = {**model, "merges": [*model["merges"], ["Ġ", "漢"]]}
    assert convert({**definition, "model": unknown}) == (
        "it has merges whose outcome is no token, such as 'Ġ漢'"
    )
    twice = {**model, "merges": [*model["merges"], model["merges"][0]]}
    assert convert({**definition, "model": twice}) == "it has two merges with the same outcome"


def test_merges_may_be_written_in_the_older_way(definition: dict[str, Any]) -> None:
    """Two tokens with a space between, as files of 2023 have them."""
    merges = [" ".join(pair) for pair in definition["model"]["merges"]]
    older = convert({**definition, "model": {**definition["model"], "merges": merges}})
    assert older == convert(definition)


def test_ids_in_another_order_than_the_merges_are_translated(definition: dict[str, Any]) -> None:
    """Ranks follow the merges, whatever ids the vocabulary has."""
    model = definition["model"]
    mirrored = {token: len(model["vocab"]) - 1 - number for token, number in model["vocab"].items()}
    found = convert({**definition, "model": {**model, "vocab": mirrored}})
    assert isinstance(found, Converted)
    assert found.ids is not None
    first = "".join(model["merges"][0])
    assert found.ranks[bytes_of(first)] == 256
    assert found.ids[256] == mirrored[first]
