"""Texts -> ids by tiktoken, several times as fast as Hugging Face's tokenizers, and what it must not see.

    FastEncoder(converted).encode("def f(x):")   -> the same ids as the tokenizer that was converted
    too_much_space(" " * 20_000 + "x")           -> True: this text goes to Hugging Face

tiktoken's pattern steps back through runs of white space; about a million of it in a row end the process
with a panic that no `except Exception` catches. Such texts are told before, at the cost of a glance at every
5,000th character. Long runs of anything else are no trouble (measured with 0.14: 1 MB of one letter takes
the time of 2 MB of code). It decides nothing: see `training.tokenizer.coder`.
"""

from training.tokenizer.convert import Converted

BLOCK = 5_000
"""Characters looked at together; every run of twice as many holds a whole block of it. The panic comes with
a million."""


class FastEncoder:
    """A converted tokenizer."""

    def __init__(self, converted: Converted) -> None:
        import tiktoken

        self._ids = converted.ids
        self._encoding = tiktoken.Encoding(
            "converted", pat_str=converted.pattern, mergeable_ranks=converted.ranks, special_tokens={}
        )

    def encode(self, text: str) -> list[int]:
        """Ids of a text; no special token is known here."""
        found: list[int] = self._encoding.encode_ordinary(text)
        ids = self._ids
        return found if ids is None else [ids[rank] for rank in found]

    def token(self, content: bytes) -> int:
        """Id of the token with these bytes."""
        rank: int = self._encoding.encode_single_token(content)
        return rank if self._ids is None else self._ids[rank]


def too_much_space(text: str) -> bool:
    """Whether a text may have 10,000 characters of white space in a row; if it has, it is told."""
    starts = range(0, len(text) - BLOCK + 1, BLOCK)
    return any(text[start : start + BLOCK].isspace() for start in starts)
