"""Which tokenizer a run has: by hub id, or from a folder.

    load_coder("bigcode/starcoder2-3b")      -> Coder
    load_coder("runs/train/smoke/base")      -> Coder

It is always what tokenizer.json says. `AutoTokenizer` of transformers 5 is not asked: for StarCoder2 it
takes the vocabulary and the merges from that file, but cuts texts as GPT-2 does, not digit by digit, and so
gives other ids than the model was trained with. Heavy imports are inside: importing this module imports no
transformers, and loading a tokenizer imports no torch.
"""

import json
from pathlib import Path
from typing import Any

from curation.sentinels import Family
from training.errors import BadTokenizerError
from training.tokenizer.coder import Coder
from training.tokenizer.specials import specials_of

FILE = "tokenizer.json"


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
    hf = load_hf(name, revision)
    try:
        return Coder(hf, specials_of(hf.get_vocab(), family), fast=fast)
    except BadTokenizerError as error:
        raise BadTokenizerError(f"{name}: {error}") from error


def load_hf(name: str | Path, revision: str | None = None) -> Any:
    """The `transformers` tokenizer of a tokenizer.json, whatever class its configuration names.

    Args:
        name: Hub id, or folder with tokenizer.json.
        revision: Branch, tag or commit on the hub.

    Raises:
        BadTokenizerError: If there is none, or it is no tokenizer.
    """
    from transformers import PreTrainedTokenizerFast
    from transformers.utils import cached_file, logging

    revision = revision or "main"
    try:
        path = cached_file(str(name), FILE, revision=revision)
    except (OSError, ValueError) as error:
        raise BadTokenizerError(
            f"{name}: expected a folder with {FILE}, or a tokenizer on a hub that is reached, saw: {error}"
        ) from error
    definition = _definition(Path(path))
    before = logging.get_verbosity()
    logging.set_verbosity(logging.CRITICAL)  # it warns that the class is another than the one configured
    try:
        hf = PreTrainedTokenizerFast.from_pretrained(str(name), revision=revision)
    except Exception as error:  # tokenizers raises no narrower one for what it cannot read
        if not isinstance(error, OSError | ValueError) and type(error) is not Exception:
            raise
        raise BadTokenizerError(f"{path}: expected a tokenizer, saw: {error}") from error
    finally:
        logging.set_verbosity(before)
    _check_cut(definition, hf, Path(path))
    return hf


def _check_cut(definition: dict[str, Any], hf: Any, path: Path) -> None:
    """Whether texts are cut as the file says.

    Raises:
        BadTokenizerError: If transformers has made something else of it.
    """
    from tokenizers import Tokenizer

    nothing = {"type": "BPE", "vocab": {}, "merges": []}
    told = json.loads(
        Tokenizer.from_str(json.dumps({**definition, "model": nothing, "added_tokens": []})).to_str()
    )
    loaded = json.loads(hf.backend_tokenizer.to_str())
    for part in ("normalizer", "pre_tokenizer"):
        if loaded[part] != told[part]:
            raise BadTokenizerError(
                f"{path}: its {part} is {told[part]}, but transformers has made {loaded[part]} of it, which "
                "gives other ids than the model knows; try another version of transformers"
            )


def _definition(path: Path) -> dict[str, Any]:
    """Content of a tokenizer.json.

    Raises:
        BadTokenizerError: If it is none.
    """
    try:
        definition = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadTokenizerError(f"{path}: expected JSON, saw: {error}") from error
    if not isinstance(definition, dict) or not {"model", "added_tokens"} <= definition.keys():
        raise BadTokenizerError(
            f"{path}: expected a tokenizer of Hugging Face, with `model`; download it again"
        )
    return definition
