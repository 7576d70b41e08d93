r"""What layouts write with: every text that is not the layout's own goes through the guard here.

    pen = Pen(settings, "3-7")
    pen.text("a <pr> b"), pen.line("two\nlines"), pen.said("username_0", "Hello")
        -> "a <pr> b" escaped, "two lines", "username_0: Hello"

It counts what it finds and edits, and draws the document's chances. It knows no layout.
"""

import re
from collections import Counter

from curation.draw import uniform
from curation.errors import BadInputError
from curation.render.guard import Guard, all_tokens, guard_for
from curation.render.settings import RenderSettings
from curation.sources.base import Problem
from curation.structured.parts import Facts

BREAKS = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]++")
"""Whatever ends a line somewhere, as in `str.splitlines`."""


def one_line(text: str) -> str:
    """A title, path or name as one line: a run of line breaks becomes one space."""
    return BREAKS.sub(" ", text)


def one_word(text: str) -> str:
    """A user name without white space, which no account has, so that ": " can only follow it."""
    return "".join(text.split())


def guard_of(settings: RenderSettings) -> Guard:
    """The guard against what these settings call forged."""
    return guard_for(all_tokens(redactions=settings.guard_redactions, more=settings.more_sentinels))


class Pen:
    """Writes the texts of one document."""

    def __init__(self, settings: RenderSettings, document: str) -> None:
        self.settings = settings
        self.document = document
        self.forged: Counter[str] = Counter()
        self.shown: list[str] = []
        self._changes: dict[str, None] = {}
        self._guard = guard_of(settings)

    def changes(self) -> tuple[str, ...]:
        """What was edited, sorted."""
        return tuple(sorted(self._changes))

    def text(self, text: str) -> str:
        """A text of any lines."""
        if self.settings.forged != "escape":
            self.forged.update(self._guard.find(text))
            return text
        text, found = self._guard.escape(text)
        if found:
            self.forged.update(found)
            self._changes["sentinels_escaped"] = None
        return text

    def line(self, text: str) -> str:
        """A text of one line."""
        line = one_line(text)
        if line != text:
            self._changes["line_breaks_joined"] = None
        return self.text(line)

    def said(self, user: object, text: str) -> str:
        """Who says what; the name alone if nothing is said."""
        name = one_word(str(user))
        if name != str(user):
            self._changes["white_space_removed"] = None
        return self.text(name) + (f": {self.text(text)}" if text else "")

    def refusal(self) -> Problem | None:
        """Why the document is refused: special tokens in its texts, if the settings refuse those."""
        if self.settings.forged != "drop" or not self.forged:
            return None
        detail = ", ".join(sorted(self.forged))
        return Problem("forged_sentinel", value=float(self.forged.total()), limit=0.0, detail=detail)

    def chance(self, purpose: str, probability: float) -> bool:
        """Whether chance lets something in; noted as shown if it does."""
        happens = uniform(self.settings.seed, self.document, purpose) < probability
        if happens:
            self.shown.append(purpose)
        return happens


def number(facts: Facts, key: str, sentinel: str) -> list[str]:
    """A sentinel and its number; nothing if the facts have none.

    Raises:
        BadInputError: If it is no whole number.
    """
    if key not in facts:
        return []
    value = facts[key]
    if type(value) is not int:
        raise BadInputError(f"render: {key} is a {type(value).__name__}, expected a whole number")
    return [sentinel, str(value)]
