"""Text <-> ids, with ordinary text and special tokens kept apart.

    coder = load_coder("bigcode/starcoder2-3b")
    coder.encode("a <fim_middle> b")         -> ordinary ids only: text of a document is never a command
    coder.encode_layout("<file_sep>a.py")    -> the id of <file_sep>, then ordinary ids
    coder.decode(ids)                        -> text, special tokens by name

Encoding loses nothing: decode(encode(text)) is text, for text without lone surrogates.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from training.tokenizer.specials import Specials


class Coder:
    """A tokenizer of Hugging Face, as training uses it.

    Attributes:
        hf: The `transformers` tokenizer, for saving beside models.
        specials: Ids of the special tokens.
        size: Ids that the model must have rows for: the largest id and one.
        sha256: Of the tokenizer's whole definition, in hexadecimal digits.
    """

    def __init__(self, hf: Any, specials: Specials) -> None:
        self.hf = hf
        self.specials = specials
        self.size = max(hf.get_vocab().values()) + 1
        self._backend = type(hf.backend_tokenizer).from_str(hf.backend_tokenizer.to_str())
        self.sha256 = hashlib.sha256(self._backend.to_str().encode()).hexdigest()
        self._backend.encode_special_tokens = True
        by_text = {text: number for number, text in specials.control.items()}
        self._by_text = by_text
        self._split = re.compile("(" + "|".join(map(re.escape, by_text)) + ")")

    def encode(self, text: str) -> list[int]:
        """Ids of a text; what looks like a special token in it becomes ordinary ids."""
        ids: list[int] = self._backend.encode(text, add_special_tokens=False).ids
        return ids

    def encode_layout(self, text: str) -> list[int]:
        """Ids of a rendered text: the family's special tokens become their ids, all else ordinary ones."""
        ids: list[int] = []
        for number, piece in enumerate(self._split.split(text)):
            if number % 2:
                ids.append(self._by_text[piece])
            elif piece:
                ids.extend(self.encode(piece))
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids; bytes that are no UTF-8, as where a character is cut, become U+FFFD."""
        text: str = self._backend.decode(list(ids), skip_special_tokens=False)
        return text
