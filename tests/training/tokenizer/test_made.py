"""A tokenizer that is trained where the published one cannot be had."""

import json
from pathlib import Path
from typing import Any

import pytest
from tiny import texts

from curation import sentinels
from curation.sentinels import Family
from training.tokenizer.load import load_coder
from training.tokenizer.made import make_tokenizer


@pytest.mark.parametrize("family", ["starcoder", "starcoder2", "santacoder"])
def test_special_tokens_come_first_in_their_order(family: Family, tmp_path: Path) -> None:
    """The end of a document has the id 0, as in the published tokenizers."""
    make_tokenizer(["x = 1\n"] * 3, 400, family, tmp_path)
    coder = load_coder(tmp_path)
    assert coder.specials.family == family
    assert coder.specials.end == 0
    assert [coder.specials.control[number] for number in range(len(coder.specials.control))] == list(
        sentinels.of(family)
    )


def test_the_same_texts_give_the_same_file(tmp_path: Path) -> None:
    """Whatever the number of threads."""
    some = list(texts(12))
    for name in ("one", "two"):
        make_tokenizer(some, 600, "starcoder2", tmp_path / name)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_it_has_the_published_layout(definition: dict[str, Any], folder: Path) -> None:
    """Single digits, then bytes in GPT-2's pieces; no normalizer."""
    assert definition["normalizer"] is None
    assert definition["pre_tokenizer"]["pretokenizers"] == [
        {"type": "Digits", "individual_digits": True},
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
    ]
    config = json.loads((folder / "tokenizer_config.json").read_bytes())
    assert config["eos_token"] == sentinels.END_OF_DOCUMENT
    assert load_coder(folder).size == 2048
