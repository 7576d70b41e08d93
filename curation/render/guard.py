"""Special tokens in data -> texts that no tokenizer takes for them, and back.

    guard = guard_for(STRUCTURE)
    guard.escape("end with <|endoftext|>")   -> the text with U+2060 behind the "<", {"<|endoftext|>": 1}
    guard.unescape(...)                      -> "end with <|endoftext|>"

A token that is escaped already gets one word joiner more, and `unescape` takes one away, so any text comes
back as it was. No token holds a second "<" or white space: so none can overlap another, and none can arise
where a text meets the token or the white space that a layout writes next to it. One scan, linear in the text.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby

from curation.sentinels import REDACTIONS, STRUCTURE

JOINER = "\u2060"
"""WORD JOINER: invisible, no width, and no normalisation form of Unicode removes it."""
NONE_FOUND: Mapping[str, int] = {}


class Guard:
    """Finds, escapes and restores a set of special tokens."""

    def __init__(self, tokens: Sequence[str]) -> None:
        tail = _one_of([token[1:] for token in tokens])
        self.literal = re.compile(f"<{tail}")
        self._any = re.compile(f"<{JOINER}*+{tail}")
        self._escaped = re.compile(f"<{JOINER}++{tail}")

    def find(self, text: str) -> Mapping[str, int]:
        """Token -> how often it stands in the text, as a tokenizer would take it."""
        return Counter(self.literal.findall(text)) if self.literal.search(text) else NONE_FOUND

    def escape(self, text: str) -> tuple[str, Mapping[str, int]]:
        """The text without any of the tokens, and how often each was edited, escaped before or not."""
        if not self._any.search(text):
            return text, NONE_FOUND
        found: Counter[str] = Counter()

        def edited(match: re.Match[str]) -> str:
            token = match[0]
            found["<" + token.lstrip("<" + JOINER)] += 1
            return f"<{JOINER}{token[1:]}"

        return self._any.sub(edited, text), found

    def unescape(self, text: str) -> str:
        """The text that `escape` was given."""
        return self._escaped.sub(lambda match: "<" + match[0][2:], text) if JOINER in text else text


@cache
def guard_for(tokens: tuple[str, ...]) -> Guard:
    """The guard against these tokens, made once."""
    return Guard(tokens)


def all_tokens(*, redactions: bool = False, more: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What counts as forged: the tokens of all families, and what is asked for besides."""
    return tuple(dict.fromkeys((*STRUCTURE, *(REDACTIONS if redactions else ()), *more)))


def _one_of(tails: Sequence[str]) -> str:
    """A pattern of any of these, none of which begins another, that tries each letter once."""
    options = [
        re.escape(letter) + _one_of([tail[1:] for tail in group])
        for letter, group in groupby(sorted(set(tails)), key=lambda tail: tail[:1])
        if letter
    ]
    return options[0] if len(options) == 1 else f"(?:{'|'.join(options)})" if options else ""
