"""Texts -> tokens with the places of their characters, and windows that a model takes at once.

    encoder.encode("mail ann@x.org")             -> Encoded(ids=[...], starts=[0, 4, ...], ends=[4, 8, ...])
    windows(count=10, size=6, overlap=2)         -> [Window(0, 6, 0, 5), Window(4, 10, 5, 10)]

What looks like a special token in a text becomes ordinary tokens: otherwise a text could hold the padding,
and the end of what a classifier reads would be wherever it stands. Long texts are cut into windows that
overlap; each token is owned by the window in which it stands farther from a border, so that nothing is lost
and nothing counts twice. It knows no labels.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from curation import sentinels
from curation.errors import BadConfigError
from training.errors import BadTokenizerError
from training.tokenizer.load import FILE, load_hf

BLOCK = 1 << 18
"""Characters that the tokenizer gets at once, at most; longer texts are cut, at the end of a line if there is
one, so that memory does not grow with them."""
POSITIONS_AFTER_PADDING = ("roberta", "camembert", "longformer", "xlm-roberta", "xlm-roberta-xl", "mpnet")
"""Kinds of models that count positions from behind the number of their padding token."""


class Window(NamedTuple):
    """Tokens `start` to `end` are seen together; those from `own_start` to `own_end` count."""

    start: int
    end: int
    own_start: int
    own_end: int


class Encoded(NamedTuple):
    """Tokens of a text, without special ones."""

    ids: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]
    """First character of each token."""
    ends: npt.NDArray[np.int64]
    """Character after each token."""


def windows(count: int, size: int, overlap: int) -> list[Window]:
    """Windows over tokens, each token owned by exactly one.

    Args:
        count: Tokens of a text.
        size: Tokens of a window, at most.
        overlap: Tokens that neighbours share; at most half of `size`.
    """
    assert 0 <= overlap <= size // 2
    made: list[Window] = []
    start = own = 0
    while count:
        end = min(start + size, count)
        following = end - overlap
        border = count if end == count else following + overlap // 2
        made.append(Window(start, end, own, border))
        if end == count:
            break
        start, own = following, border
    return made


class Encoder:
    """A fast tokenizer of Hugging Face, as heads use it.

    Attributes:
        hf: The `transformers` tokenizer with a padding token, for saving beside models.
        before: Special tokens that stand before every window, such as [CLS].
        after: Special tokens after every window, such as [SEP].
        pad: Id of the padding.
        size: Ids that the model must have rows for.
        sha256: Of the tokenizer's whole definition, in hexadecimal digits.
    """

    def __init__(self, hf: Any, name: str) -> None:
        """Prepare a tokenizer.

        Args:
            hf: A `transformers` tokenizer.
            name: What to call it in an error.

        Raises:
            BadTokenizerError: If it knows no places of characters, or has no padding token.
        """
        if not getattr(hf, "is_fast", False):
            raise BadTokenizerError(
                f"{name}: expected a fast tokenizer (tokenizer.json), saw {type(hf).__name__}"
            )
        if hf.pad_token is None or hf.pad_token == hf.eos_token:
            hf.pad_token = _padding(hf, name)
        self.hf = hf
        self.pad = int(hf.pad_token_id)
        self.size = max(hf.get_vocab().values()) + 1
        self._backend = type(hf.backend_tokenizer).from_str(hf.backend_tokenizer.to_str())
        self.sha256 = hashlib.sha256(self._backend.to_str().encode()).hexdigest()
        self._backend.no_truncation()
        self._backend.no_padding()
        self._backend.encode_special_tokens = True
        self.before, self.after = self._around()

    def _around(self) -> tuple[list[int], list[int]]:
        """Special tokens before and after a text."""
        bare = self._backend.encode("a", add_special_tokens=False).ids
        whole = self._backend.encode("a", add_special_tokens=True).ids
        first = next((n for n in range(len(whole)) if whole[n : n + len(bare)] == bare), 0)
        return whole[:first], whole[first + len(bare) :]

    def encode(self, text: str) -> Encoded:
        """Tokens of a text, and which of its characters they stand for; lone surrogates are read as "?"."""
        ids: list[npt.NDArray[np.int32]] = [np.zeros(0, np.int32)]
        places: list[npt.NDArray[np.int64]] = [np.zeros((0, 2), np.int64)]
        for first, block in _blocks(text):
            encoding = self._backend.encode(
                block.encode("utf-8", "replace").decode(), add_special_tokens=False
            )
            ids.append(np.array(encoding.ids, np.int32))
            places.append(np.array(encoding.offsets, np.int64).reshape(-1, 2) + first)
        joined = np.concatenate(places)
        return Encoded(np.concatenate(ids), joined[:, 0].copy(), joined[:, 1].copy())

    def room(self, sequence_length: int) -> int:
        """Tokens of a text that fit into a window beside the special ones."""
        return sequence_length - len(self.before) - len(self.after)

    def framed(self, ids: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """Ids of a window as the model gets them, with special tokens around."""
        return np.concatenate([np.array(self.before, np.int64), ids, np.array(self.after, np.int64)])


def load_encoder(name: str | Path, revision: str | None = None) -> Encoder:
    """A tokenizer by hub id or from a folder: what tokenizer.json says, or what older files are turned into.

    Raises:
        BadTokenizerError: If it cannot be loaded, or does not fit.
    """
    from transformers.utils import cached_file

    try:
        cached_file(str(name), FILE, revision=revision or "main")
    except (OSError, ValueError):
        return Encoder(_converted(name, revision), str(name))
    return Encoder(load_hf(name, revision), str(name))


def _converted(name: str | Path, revision: str | None) -> Any:
    """The tokenizer of a model that has no tokenizer.json, such as one with vocab.txt only.

    Raises:
        BadTokenizerError: If it cannot be loaded.
    """
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(str(name), revision=revision or "main", trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise BadTokenizerError(
            f"{name}: expected a tokenizer on the hub or a folder with tokenizer.json, saw: {error}"
        ) from error


def check_length(sequence_length: int, config: Any) -> None:
    """Check that a model takes so many tokens at once.

    Args:
        sequence_length: Tokens of a window.
        config: Of a `transformers` model.

    Raises:
        BadConfigError: If it does not.
    """
    limit = int(getattr(config, "max_position_embeddings", None) or 0)
    if config.model_type in POSITIONS_AFTER_PADDING:
        limit -= int(config.pad_token_id or 0) + 1
    if 0 < limit < sequence_length:
        raise BadConfigError(
            f"data.sequence_length: {sequence_length} tokens, but the model ({config.model_type}) has "
            f"{limit} positions; set it to {limit} or less"
        )


def _padding(hf: Any, name: str) -> str:
    """The padding token of a tokenizer that names none, or the end of a document as such.

    Padding that is also the end would hide real ends.

    Raises:
        BadTokenizerError: If there is no token for padding.
    """
    vocabulary = hf.get_vocab()
    for family in sentinels.fim("starcoder").pad, sentinels.fim("santacoder").pad:
        if family in vocabulary:
            return family
    raise BadTokenizerError(
        f"{name}: the tokenizer has no padding token of its own, and windows of different lengths need one; "
        "expected pad_token in tokenizer_config.json, or StarCoder's <fim_pad>"
    )


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Pieces of a text, each with the place of its first character."""
    start = 0
    while start < len(text):
        end = min(start + BLOCK, len(text))
        if end < len(text):
            line = text.rfind("\n", start + BLOCK // 2, end)
            end = line + 1 if line >= 0 else end
        yield start, text[start:end]
        start = end
