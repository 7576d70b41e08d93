"""Text <-> ids, with ordinary text and special tokens kept apart.

    coder = load_coder("bigcode/starcoder2-3b")
    coder.encode("a <fim_middle> b")         -> ordinary ids only: text of a document is never a command
    coder.encode_layout("<file_sep>a.py")    -> the id of <file_sep>, then ordinary ids
    coder.decode(ids)                        -> text, special tokens by name
    coder.fast, coder.slow_because           -> True, "": tiktoken encodes, and that is proven equal

Encoding loses nothing: decode(encode(text)) is text, for text without lone surrogates, which no file can
hold; these become U+FFFD. A coder can be sent to another process, where it needs no transformers. It loads
nothing: see `training.tokenizer.load`.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from training.errors import BadTokenizerError
from training.tokenizer.classes import any_of, table_of
from training.tokenizer.convert import Converted, bytes_of, convert, is_bytes
from training.tokenizer.fast import FastEncoder, too_much_space
from training.tokenizer.proof import Range, prove
from training.tokenizer.specials import Specials


class Coder:
    """A tokenizer of Hugging Face, as training uses it.

    Attributes:
        hf: The `transformers` tokenizer, for saving beside models; None in a copy sent to another process.
        specials: Ids of the special tokens.
        size: Ids that the model must have rows for: the largest id and one.
        sha256: Of all that decides which ids a text gets, in hexadecimal digits; the same for the same
            tokenizer wherever and by whatever version it was saved.
        slow_because: Why tiktoken does not encode; "" if it does, or if that was not wanted.
    """

    def __init__(self, hf: Any, specials: Specials, *, fast: bool = True) -> None:
        """Prepare a tokenizer.

        Args:
            hf: As `transformers` loads it, with a tokenizer of `tokenizers` inside.
            specials: Ids of its special tokens.
            fast: Whether tiktoken is to encode, where that is proven equal.

        Raises:
            BadTokenizerError: If text could become a special token.
        """
        definition = _plain(json.loads(hf.backend_tokenizer.to_str()), specials)
        self._prepare(definition, specials)
        self.hf = hf
        self.size = max(hf.get_vocab().values()) + 1
        self.sha256 = hashlib.sha256(_identity(definition)).hexdigest()
        found = prove(definition, self._backend) if fast else ""
        self.slow_because = found if isinstance(found, str) else ""
        if not isinstance(found, str):
            self._go_fast(found.converted, found.doubtful)
        self._check_control()

    @property
    def fast(self) -> bool:
        """Whether tiktoken encodes."""
        return self._encoder is not None

    def encode(self, text: str) -> list[int]:
        """Ids of a text; what looks like a special token in it becomes ordinary ids."""
        text = mended(text)
        if self._encoder is None or too_much_space(text) or any_of(text, self._doubted):
            ids: list[int] = self._backend.encode(text, add_special_tokens=False).ids
            return ids
        return self._encoder.encode(text)

    def encode_layout(self, text: str) -> list[int]:
        """Ids of a rendered text: the family's special tokens become their ids, all else ordinary ones."""
        return [one for part in self.parts_of_layout(text) for one in part]

    def parts_of_layout(self, text: str) -> Iterator[list[int]]:
        """The same in parts, so that a large repository need not be a list of all its ids."""
        for number, piece in enumerate(self._split.split(text)):
            if piece:
                yield [self._by_text[piece]] if number % 2 else self.encode(piece)

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids; bytes that are no UTF-8, as where a character is cut, become U+FFFD.

        Ids that the tokenizer does not have, as a padded embedding gives, have no text.
        """
        if self._bytes is None:
            text: str = self._backend.decode(list(ids), skip_special_tokens=False)
            return text
        known = self._bytes.get
        return b"".join([known(one, b"") for one in ids]).decode("utf-8", "replace")

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """All but `hf`; a process that gets it twice builds it once."""
        specials = (*self.specials[:-1], tuple(self.specials.control.items()))
        facts = (self.size, self.sha256, self.slow_because)
        return _restored, (self._text, specials, facts, self._ranges if self.fast else None)

    def _prepare(self, definition: dict[str, Any], specials: Specials) -> None:
        from tokenizers import Tokenizer

        self.specials = specials
        self._text = json.dumps(definition)
        self._backend = Tokenizer.from_str(self._text)
        self._backend.encode_special_tokens = True
        self._by_text = {content: number for number, content in specials.control.items()}
        self._split = re.compile("(" + "|".join(map(re.escape, self._by_text)) + ")")
        self._bytes = _table(definition)
        self._encoder: FastEncoder | None = None

    def _go_fast(self, converted: Converted, ranges: Iterable[Range]) -> None:
        self._encoder = FastEncoder(converted)
        self._ranges = tuple(ranges)
        self._doubted = table_of(self._ranges)

    def _check_control(self) -> None:
        """Whether text is never a command.

        Raises:
            BadTokenizerError: If it could be.
        """
        for content, number in self._by_text.items():
            if number in self.encode(content):
                raise BadTokenizerError(
                    f"the text {content!r} in a document would become the special token {number}: expected "
                    "a tokenizer whose special tokens are added tokens; take the model's own"
                )


def mended(text: str) -> str:
    """A text with U+FFFD in the place of lone surrogates, which have no bytes; pairs become characters."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


@lru_cache(maxsize=4)
def _restored(
    text: str, specials: tuple[Any, ...], facts: tuple[int, str, str], ranges: tuple[Range, ...] | None
) -> Coder:
    """A coder from what was sent; what was proven there is not proven again."""
    definition = json.loads(text)
    coder = Coder.__new__(Coder)
    coder.hf = None
    coder.size, coder.sha256, coder.slow_because = facts
    coder._prepare(definition, Specials._make((*specials[:-1], dict(specials[-1]))))  # noqa: SLF001  # our own class
    converted = convert(definition) if ranges is not None else ""
    if ranges is not None and isinstance(converted, Converted):
        coder._go_fast(converted, ranges)  # noqa: SLF001  # as above
    return coder


def _plain(definition: dict[str, Any], specials: Specials) -> dict[str, Any]:
    """The tokenizer without what cuts or fills texts, and with all control tokens marked as special."""
    control = set(specials.control)
    added = [
        {**token, "special": token["special"] or token["id"] in control}
        for token in definition["added_tokens"]
    ]
    return {**definition, "truncation": None, "padding": None, "added_tokens": added}


def _identity(definition: Mapping[str, Any]) -> bytes:
    """What decides which ids a text gets, in one order: saving may change flags and steps that do not."""
    added = sorted((token["id"], token["content"]) for token in definition["added_tokens"])
    parts = [definition["normalizer"], definition["pre_tokenizer"], definition["model"], added]
    return json.dumps(parts, sort_keys=True).encode()


def _table(definition: Mapping[str, Any]) -> dict[int, bytes] | None:
    """Id -> bytes, for byte-level tokenizers; None for others."""
    if (definition["decoder"] or {}).get("type") != "ByteLevel":
        return None
    table = {token["id"]: token["content"].encode() for token in definition["added_tokens"]}
    for token, number in definition["model"]["vocab"].items():
        if number not in table:
            table[number] = bytes_of(token) if is_bytes(token) else token.encode()
    return table
