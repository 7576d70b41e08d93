"""Marks of turns as special tokens: added to the tokenizer where missing, with rows in the model.

    marked = coder_with_marks(name, template)   -> marks {"<|user|>": 49152, ...}, chat_template set
    base = base_of(config, marked)              -> output/base: the model with rows for them, or None

Rows are added once, on CPU, before training and before any ZeRO-3 splits the model: a new row is the mean of
the old ones, in input and output embedding. The model with them is written to the run's folder, so that a
resumed run, an adapter and its merge all start from the same rows. A model that has the marks is not copied.
"""

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from curation.errors import BadInputError, ChangedRunError
from training.chat.config import ChatConfig
from training.chat.dialogue import DialogueTemplate
from training.errors import BadTokenizerError
from training.tokenizer.coder import Coder
from training.tokenizer.load import load_coder

MADE = "made.json"
"""Says what a base was made of; written last."""


class Marked(NamedTuple):
    """A tokenizer that knows the marks of turns."""

    coder: Coder
    """Encodes ordinary text; its `hf` has the marks and the chat template."""
    marks: dict[str, int]
    """Mark -> id."""
    added: tuple[str, ...]
    """Marks that the tokenizer did not have."""
    size: int
    """Ids that the model must have rows for."""


def coder_with_marks(name: str, template: DialogueTemplate, *, revision: str | None = None) -> Marked:
    """The tokenizer of a model, with the marks of a template.

    Args:
        name: Hub id or folder of the model.
        template: How turns are marked.
        revision: Branch, tag or commit on the hub.

    Raises:
        BadTokenizerError: If there is none, or a mark does not become one token.
    """
    return mark(load_coder(name, revision=revision), template, name)


def mark(coder: Coder, template: DialogueTemplate, name: str) -> Marked:
    """Add the marks that a tokenizer lacks, and the template.

    Args:
        coder: Its `hf` is changed.
        template: How turns are marked.
        name: What to call it in an error.

    Raises:
        BadTokenizerError: If a mark does not become one token.
    """
    from tokenizers import AddedToken

    hf = coder.hf
    known, special = hf.get_vocab(), set(hf.all_special_tokens)
    missing = tuple(mark for mark in template.marks if mark not in known)
    wanted = [AddedToken(one, special=True, normalized=False) for one in template.marks if one not in special]
    if wanted:
        hf.add_special_tokens({"extra_special_tokens": wanted}, replace_extra_special_tokens=False)
    hf.chat_template = template.jinja()
    vocabulary = hf.get_vocab()
    marks = {one: vocabulary[one] for one in template.marks}
    for one, number in marks.items():
        if (seen := hf.encode(one, add_special_tokens=False)) != [number]:
            raise BadTokenizerError(
                f"{name}: the mark {one!r} became the ids {seen}, expected its own, {number}; choose another "
                "in `template`"
            )
    return Marked(coder, marks, missing, max(vocabulary.values()) + 1)


def base_of(config: ChatConfig, marked: Marked) -> Path | None:
    """The model with rows for the marks, made if the model lacks them.

    Args:
        config: Which model, and where the run is.
        marked: Its tokenizer.

    Returns:
        The folder, or None if the model itself has all rows.

    Raises:
        ChangedRunError: If there is one that was made of something else.
    """
    if not marked.added:
        return None
    base = config.base.absolute()
    made = _made_of(config, marked)
    if (base / MADE).is_file():
        before = json.loads((base / MADE).read_text(encoding="utf-8"))
        if before != made:
            raise ChangedRunError(
                f"{base}: made of {before}, expected {made}; take another `output`, or delete the folder"
            )
        return base
    partial = base.with_name(f".{base.name}")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(parents=True)
    _make(config, marked, partial)
    (partial / MADE).write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    partial.rename(base)
    return base


def add_rows(model: Any, first: int, size: int, multiple_of: int | None = None) -> None:
    """Give a model on one device rows for new ids: each is the mean of the old rows.

    Args:
        model: A causal language model of `transformers`; its parameters must not be split by ZeRO-3.
        first: First id that is new; rows before it are old.
        size: Ids that the model must have rows for.
        multiple_of: What the number of rows is made a multiple of.
    """
    import torch

    rows = model.get_input_embeddings().weight.shape[0]
    wanted = max(size, rows)
    if wanted > rows:
        model.resize_token_embeddings(wanted, pad_to_multiple_of=multiple_of, mean_resizing=False)
    seen: set[int] = set()
    for layer in (model.get_input_embeddings(), model.get_output_embeddings()):
        if layer is None or id(layer.weight) in seen:
            continue
        seen.add(id(layer.weight))
        with torch.no_grad():
            mean = layer.weight[:first].mean(0, dtype=torch.float64)
            layer.weight[first:] = mean.to(layer.weight.dtype)


def check_rows(rows: int, marked: Marked, name: str, size: int | None = None) -> None:
    """Refuse a tokenizer whose ids the model has no rows for.

    Args:
        rows: Of the model's embedding.
        marked: The tokenizer.
        name: What to call them in an error.
        size: Ids that there must be rows for; None for all, marks included.

    Raises:
        BadTokenizerError: If there are more ids than rows.
    """
    if (size or marked.size) > rows:
        raise BadTokenizerError(
            f"{name}: the tokenizer has {size or marked.size} entries, the model {rows} rows; expected the "
            "tokenizer that the model was trained with"
        )


def _made_of(config: ChatConfig, marked: Marked) -> dict[str, Any]:
    return {
        "model": config.model.name,
        "revision": config.model.revision,
        "marks": marked.marks,
        "added": list(marked.added),
        "multiple_of": config.multiple_of,
        "tokenizer_sha256": marked.coder.sha256,
    }


def _make(config: ChatConfig, marked: Marked, folder: Path) -> None:
    from transformers import AutoModelForCausalLM
    from transformers.integrations.deepspeed import unset_hf_deepspeed_config

    unset_hf_deepspeed_config()  # what trained in this process before may still split whatever is loaded
    try:
        model = AutoModelForCausalLM.from_pretrained(
            config.model.name, revision=config.model.revision or "main", dtype="auto", low_cpu_mem_usage=True
        )
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"{config.model.name}: expected a model on the hub or a folder with config.json, saw: {error}"
        ) from error
    rows = model.get_input_embeddings().weight.shape[0]
    check_rows(rows, marked, str(config.model.name), marked.coder.size)
    add_rows(model, marked.coder.size, marked.size, config.multiple_of)
    model.save_pretrained(folder)
    marked.coder.hf.save_pretrained(folder)
