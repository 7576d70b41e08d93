"""The ids of the special tokens that training needs, found in a tokenizer or refused.

    specials_of({"<|endoftext|>": 0, "<fim_prefix>": 1, ...}) -> Specials(end=0, prefix=1, middle=2, ...)

Ids are never assumed: they differ between tokenizers. A tokenizer without the four of fill-in-the-middle is
refused, because training without gaps where gaps were asked for is wrong silently.
"""

from collections.abc import Mapping
from typing import NamedTuple, get_args

from curation import sentinels
from curation.sentinels import Family
from training.errors import BadTokenizerError


class Specials(NamedTuple):
    """Ids of special tokens."""

    family: Family
    """Whose layout the tokenizer has."""
    end: int
    """End of a document."""
    prefix: int
    middle: int
    suffix: int
    pad: int
    file_sep: int | None
    """Begins a file of a repository; None in StarCoder."""
    repo_name: int | None
    """Begins the name of a repository; None in StarCoder."""
    control: Mapping[int, str]
    """Every special token of the family that the tokenizer has: id -> text."""


def family_of(vocabulary: Mapping[str, int]) -> Family:
    """Whose special tokens a vocabulary has: that of which it has the most.

    Raises:
        BadTokenizerError: If it has the end of a document and the four tokens of gaps of none.
    """
    families: tuple[Family, ...] = get_args(Family)
    fitting = [
        family
        for family in families
        if {sentinels.END_OF_DOCUMENT, *sentinels.fim(family)} <= vocabulary.keys()
    ]
    if not fitting:
        wanted = [sentinels.END_OF_DOCUMENT, *sentinels.fim("starcoder2")]
        missing = [text for text in wanted if text not in vocabulary]
        raise BadTokenizerError(
            f"the tokenizer lacks {', '.join(missing)}: expected those of StarCoder, StarCoder2 or "
            "SantaCoder; add them and resize the model, or take the model's own tokenizer"
        )
    return max(fitting, key=lambda family: sum(text in vocabulary for text in sentinels.of(family)))


def specials_of(vocabulary: Mapping[str, int], family: Family | None = None) -> Specials:
    """Find the special tokens of a family.

    Args:
        vocabulary: Text of a token -> id, special tokens included.
        family: Whose are meant; None to tell by the vocabulary.

    Raises:
        BadTokenizerError: If one that training needs is missing.
    """
    family = family or family_of(vocabulary)
    needed = (sentinels.END_OF_DOCUMENT, *sentinels.fim(family))
    missing = [text for text in needed if text not in vocabulary]
    if missing:
        raise BadTokenizerError(f"the tokenizer lacks {', '.join(missing)}, which {family} has")
    end, prefix, middle, suffix, pad = (vocabulary[text] for text in needed)
    control = {vocabulary[text]: text for text in sentinels.of(family) if text in vocabulary}
    return Specials(
        family,
        end,
        prefix,
        middle,
        suffix,
        pad,
        vocabulary.get(sentinels.FILE_SEP) if family == "starcoder2" else None,
        vocabulary.get(sentinels.REPO_NAME) if family == "starcoder2" else None,
        control,
    )
