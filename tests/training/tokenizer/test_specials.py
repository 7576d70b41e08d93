"""Special tokens are found by their texts, or their lack is said."""

import pytest

from curation import sentinels
from curation.sentinels import Family
from training.errors import BadTokenizerError
from training.tokenizer.specials import family_of, specials_of


def vocabulary(family: Family, *, without: str = "") -> dict[str, int]:
    """Ids as no tokenizer has them, to show that none is assumed."""
    return {text: 100 + 3 * number for number, text in enumerate(sentinels.of(family)) if text != without}


@pytest.mark.parametrize("family", ["starcoder", "starcoder2", "santacoder"])
def test_ids_are_those_of_the_vocabulary(family: Family) -> None:
    """Whatever they are."""
    ids = vocabulary(family)
    fim = sentinels.fim(family)
    found = specials_of(ids)
    assert found.family == family
    assert (found.end, found.prefix, found.middle, found.suffix, found.pad) == (
        ids["<|endoftext|>"],
        ids[fim.prefix],
        ids[fim.middle],
        ids[fim.suffix],
        ids[fim.pad],
    )
    assert found.control == {number: text for text, number in ids.items()}
    assert found.file_sep == (ids["<file_sep>"] if family == "starcoder2" else None)
    assert found.repo_name == (ids["<repo_name>"] if family == "starcoder2" else None)


def test_a_family_can_be_meant() -> None:
    """A vocabulary with the tokens of both is what the settings say."""
    both = vocabulary("starcoder") | vocabulary("starcoder2")
    assert family_of(both) == "starcoder2"
    assert specials_of(both, "starcoder").file_sep is None


@pytest.mark.parametrize(
    "name", ["<|endoftext|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<fim_pad>"]
)
def test_each_token_that_training_needs_is_missed(name: str) -> None:
    """The message names it."""
    lacking = vocabulary("starcoder2", without=name)
    with pytest.raises(BadTokenizerError, match=f"the tokenizer lacks {name.replace('|', '.')}"):
        specials_of(lacking)
    with pytest.raises(BadTokenizerError, match="which starcoder2 has"):
        specials_of(lacking, "starcoder2")
