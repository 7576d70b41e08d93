"""Which tokenizer a run has: by hub id, from a folder, or made.

    load_coder("bigcode/starcoder2-3b")      -> Coder
    load_coder("runs/train/smoke/base")      -> Coder

Heavy imports are inside: importing this module imports no transformers.
"""

from pathlib import Path

from curation.sentinels import Family
from training.errors import BadTokenizerError
from training.tokenizer.coder import Coder
from training.tokenizer.specials import specials_of


def load_coder(
    name: str | Path, *, revision: str | None = None, family: Family | None = None, fast: bool = True
) -> Coder:
    """A tokenizer, ready for training.

    Args:
        name: Hub id, or folder with tokenizer.json.
        revision: Branch, tag or commit on the hub.
        family: Whose special tokens are meant; None to tell by the vocabulary.
        fast: Whether to encode with converted ranks where that is proven equal.

    Raises:
        BadTokenizerError: If it cannot be loaded, is no fast tokenizer, or lacks a special token.
    """
    from transformers import AutoTokenizer

    del fast  # the fast path
    try:
        hf = AutoTokenizer.from_pretrained(str(name), revision=revision or "main")
    except (OSError, ValueError) as error:
        raise BadTokenizerError(
            f"{name}: expected a tokenizer on the hub or a folder with tokenizer.json, saw: {error}"
        ) from error
    if not getattr(hf, "is_fast", False):
        raise BadTokenizerError(
            f"{name}: expected a fast tokenizer (tokenizer.json), saw {type(hf).__name__}"
        )
    return Coder(hf, specials_of(hf.get_vocab(), family))
