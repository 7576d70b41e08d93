"""A benchmark text -> why it is too common to be looked for, or nothing.

    Trivial(TrivialSettings()).reason("return x + y", 3)    ->  "answer"
    Trivial(TrivialSettings()).reason("return l[::-1]", 3)  ->  "characters"
    Trivial(TrivialSettings()).reason("def add(a, b): return a + b", 5)  ->  None

A text that anybody writes would empty a corpus of innocent files and show nothing. It looks at benchmarks
only, never at documents.
"""

import math
from collections import Counter

from curation.decontaminate.settings import TrivialSettings


def squeezed(text: str) -> str:
    """A text without white space, in lower case."""
    return "".join(text.split()).lower()


def entropy(text: str) -> float:
    """Bits per character, of their frequencies; 0 for an empty text."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


class Trivial:
    """The rules of some settings."""

    def __init__(self, settings: TrivialSettings) -> None:
        self.settings = settings
        self.answers = {squeezed(answer) for answer in settings.answers}

    def reason(self, text: str, words: int) -> str | None:
        """The rule that makes a text trivial: answer, characters, words or entropy; None if none does.

        Args:
            text: A benchmark text.
            words: How many different words it has.
        """
        bare = squeezed(text)
        if bare in self.answers:
            return "answer"
        if len(bare) < self.settings.characters:
            return "characters"
        if words < self.settings.words:
            return "words"
        return "entropy" if entropy(bare) < self.settings.entropy else None
