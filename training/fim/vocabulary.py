r"""What each id of a tokenizer is in bytes and characters, looked up instead of decoded.

    vocabulary = vocabulary_of(coder)
    vocabulary.spelt[coder.encode(" é")[0]]    -> b" \xc3\xa9", if that is one token
    vocabulary.characters[ids].sum()           -> characters that begin in these ids
    vocabulary.is_clean(ids)                   -> whether they begin and end between characters

With these tables a piece is measured and cut without being decoded, and bytes that are no whole character
are seen as such, where decoding would give U+FFFD. Special tokens are atoms: one character each, which no
cut divides. Only byte-level tokenizers have such tables; others are refused.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.errors import BadTokenizerError
from training.tokenizer.coder import Coder
from training.tokenizer.convert import Converted, bytes_of, convert, is_bytes
from training.tokenizer.specials import Specials

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

INSIDE = 1
"""Boundary before a space and a letter; see `Vocabulary.boundary`."""
ATOM = 2
"""Boundary before and after a special token."""
_CONTINUATION = (0x80, 0xC0)
"""Bytes of UTF-8 that begin no character: from the first up to, but not including, the second."""
_WHOLE_CHARACTER = 4
"""Bytes that a character of UTF-8 has at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Tables over the ids of a tokenizer, each of `Coder.size` entries."""

    specials: Specials
    """The special tokens."""
    spelt: list[bytes]
    """Bytes of each id; none for special tokens."""
    characters: Ints
    """Characters that begin in the token: its bytes that are no continuation; 1 for special tokens."""
    boundary: npt.NDArray[np.uint8]
    """Before which tokens text can be taken apart, so that both sides encoded alone give the ids of the
    whole: `ATOM` for special tokens, `INSIDE` for tokens that begin with a space and an ASCII letter, if the
    tokenizer's way to split text is known (see `training.fim.measure`); else 0."""
    begins_inside: Flags
    """Whether the token begins inside a character."""
    begins_with_newline: Flags
    ends_with_newline: Flags

    def is_clean(self, ids: Ints) -> bool:
        """Whether a run of ids begins and ends between characters."""
        return not len(ids) or not (bool(self.begins_inside[ids[0]]) or self._ends_inside(ids))

    def _ends_inside(self, ids: Ints) -> bool:
        """Whether the bytes end before their last character does."""
        tail = b""
        for number in ids[:-5:-1].tolist():
            if self.boundary[number] == ATOM:
                break
            tail = self.spelt[number] + tail
            for back in range(1, min(len(tail), _WHOLE_CHARACTER) + 1):
                byte = tail[-back]
                if not _CONTINUATION[0] <= byte < _CONTINUATION[1]:
                    return back < _length(byte)
        return bool(tail)


def vocabulary_of(coder: Coder) -> Vocabulary:
    """The tables of a tokenizer; takes about half a second for 49,152 entries.

    Raises:
        BadTokenizerError: If its tokens are not made of bytes.
    """
    definition = json.loads(coder.hf.backend_tokenizer.to_str())
    for token in definition["added_tokens"]:
        token["special"] |= token["id"] in coder.specials.control
    spelt, atoms = _spelt(definition, coder.size)
    characters = np.array([_leads(one) for one in spelt], np.int64)
    boundary = np.zeros(coder.size, np.uint8)
    if isinstance(convert(definition), Converted):
        boundary[[_begins_word(one) for one in spelt]] = INSIDE
    characters[atoms] = 1
    boundary[atoms] = ATOM
    return Vocabulary(
        coder.specials,
        spelt,
        characters,
        boundary,
        np.array([_leads(one[:1]) < len(one[:1]) for one in spelt]),
        np.array([one.startswith((b"\n", b"\r\n")) for one in spelt]),
        np.array([one.endswith(b"\n") for one in spelt]),
    )


def _spelt(definition: Mapping[str, Any], size: int) -> tuple[list[bytes], list[int]]:
    """Bytes of every id, and the ids that are atoms: special tokens, and numbers that nothing has.

    Raises:
        BadTokenizerError: If a token is not made of bytes.
    """
    added = {token["id"]: token for token in definition["added_tokens"]}
    plain = {text: one for text, one in definition["model"]["vocab"].items() if one not in added}
    strange = [text for text in plain if not is_bytes(text)]
    if strange:
        raise BadTokenizerError(
            f"the tokenizer has {len(strange)} tokens such as {strange[0]!r} that are not made of bytes: "
            "expected byte-level BPE, as StarCoder and StarCoder2 have it; gaps cannot be cut with another"
        )
    spelt = {number: bytes_of(text) for text, number in plain.items()}
    spelt |= {one: token["content"].encode() for one, token in added.items() if not token["special"]}
    return [spelt.get(one, b"") for one in range(size)], [one for one in range(size) if one not in spelt]


def _leads(spelt: bytes) -> int:
    """Bytes that begin a character."""
    return sum(not _CONTINUATION[0] <= byte < _CONTINUATION[1] for byte in spelt)


def _begins_word(spelt: bytes) -> bool:
    """Whether a token begins with a space and an ASCII letter."""
    return spelt[:1] == b" " and spelt[1:2].isalpha()


def _length(lead: int) -> int:
    """Bytes of a character of UTF-8, by its first."""
    return 1 + (lead >= 0xC0) + (lead >= 0xE0) + (lead >= 0xF0)


def as_ids(ids: Sequence[int] | npt.NDArray[Any]) -> Ints:
    """Ids as an array that indexes the tables."""
    return np.asarray(ids, dtype=np.int64)
