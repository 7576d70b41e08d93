r"""Replace the names of accounts by numbers, the same for the same account in every text of a thread.

    people = Participants(["Ann-K", "bob99"])
    people.name("ann-k")                              -> "username_0"
    people.mask("@ann-k, bob99 and @carol: see a.py") -> "@username_0, username_1 and @username_2: see a.py"

Accounts are numbered by first appearance, whatever the case of their names: those given first, then those
that texts mention with an @. Every text is read once to learn who is mentioned and once to replace; what has
been replaced is not read again, so an account that is called username_1 gets a number as any other.

Where a name is replaced. A name is whole: no letter, digit or underscore of its script touches it, and the
longest name that fits wins (johnny before john). It is no part of a file name or attribute (alice.py), nor of
a mail address (the business of `curation.pii`). A login that is also a word, a word with a number, or very
short (see words.py) is replaced only where a name must stand: after an @, in an address of GitHub
(github.com/test), and before "wrote:", "said:" or the like at the beginning of a line.

Code between backticks: nobody is learnt there, since @decorators and @scope/packages look like mentions, and
of the known only names that are no words are replaced. Outside, @scope/package is a team or a package.

What it does not find: misspelt names, people's real names, logins of more than 64 characters or without any
letter or digit (they get numbers, but are not looked for in texts). A text that says username_3 without
an @, where nobody is called so, stays as it is.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from curation.structured.people.markdown import Spans, code_spans
from curation.structured.people.places import is_attribute, may_stand, word_may_stand
from curation.structured.people.words import is_person, is_word

GHOST = "ghost"
"""The account that GitHub shows instead of deleted ones; all of them are one participant."""
LONGEST = 64
"""Characters of a login that is looked for, at most; GitHub's have 39, and nine more in a company."""
ASCII_RUN = re.compile("[A-Za-z0-9_]+")
ANY_RUN = re.compile(r"[A-Za-z0-9_]+|[^\W\x00-\x7f]")
MENTION = re.compile(
    r"(?<![A-Za-z0-9_@/.`\\])@((?>[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}(?:_[A-Za-z0-9]{1,8})?))(?![A-Za-z0-9_/(])"
)
"""An @ and a login of GitHub, maybe with the short code of a company's accounts (ann_acme)."""


class _Known(NamedTuple):
    """An account that is looked for."""

    number: int
    word: bool
    """Whether its name is a word too."""


class _Place(NamedTuple):
    """Where a name begins, counted back from its first run of letters, and its length."""

    length: int
    back: int


class Participants:
    """The accounts of one thread, numbered by first appearance."""

    def __init__(self, logins: Iterable[str] = ()) -> None:
        self._known: dict[str, _Known] = {}
        self._places: dict[str, list[_Place]] = {}
        """First run of a name -> where names with this run can be, the longest first."""
        self._run = ASCII_RUN
        for login in logins:
            self._number(login)

    def name(self, login: str) -> str:
        """username_k of an account, which gets the next number if it has none; "" is one account, ghost."""
        return f"username_{self._number(login)}"

    def learn(self, text: str) -> None:
        """Number those whom the text mentions with an @ and who have no number yet."""
        if "@" not in text:
            return
        spans: Spans | None = None
        for match in MENTION.finditer(text):
            login = match[1]
            if login.lower() in self._known or not is_person(login) or is_attribute(text, match.end()):
                continue
            spans = code_spans(text) if spans is None else spans
            if not _inside(spans, match.start()):
                self._number(login)

    def mask(self, text: str) -> str:
        """The text with every account that is known, or mentioned in it, replaced.

        Call `learn` with every text of the thread first, or who is mentioned late stays in clear before.
        """
        self.learn(text)
        if self._places.keys().isdisjoint(self._run.findall(text.lower())):
            return text
        pieces: list[str] = []
        last = 0
        for start, end, number in self._hits(text):
            pieces += (text[last:start], f"username_{number}")
            last = end
        return "".join([*pieces, text[last:]])

    def _number(self, login: str) -> int:
        """Number of an account, which may be new."""
        key = login.strip().lower() or GHOST
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _Known(len(self._known), is_word(key))
            self._look_for(key)
        return known.number

    def _look_for(self, key: str) -> None:
        """Find this name in texts from now on, if it can be told from them."""
        run = ANY_RUN.search(key)
        if run is None or len(key) > LONGEST or run.start() > 1:
            return
        if not run[0].isascii():
            self._run = ANY_RUN
        places = self._places.setdefault(run[0], [])
        place = _Place(len(key), run.start())
        if place not in places:
            places.append(place)
            places.sort(reverse=True)

    def _hits(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Start, end and number of each name in a text, in order, without overlaps."""
        spans = code_spans(text)
        end = 0
        for match in self._run.finditer(text):
            places = self._places.get(match[0].lower())
            if places is None or match.start() < end:
                continue
            for length, back in places:
                start = match.start() - back
                known = self._known.get(text[start : start + length].lower()) if start >= end else None
                if known is not None and _stands(text, start, start + length, spans, word=known.word):
                    end = start + length
                    yield start, end, known.number
                    break


def _stands(text: str, start: int, end: int, spans: Spans, *, word: bool) -> bool:
    """Whether these characters are a name here."""
    if not may_stand(text, start, end):
        return False
    return not word or (not _inside(spans, start) and word_may_stand(text, start, end))


def _inside(spans: Spans, position: int) -> bool:
    """Whether a position is in one of the spans, which are in order."""
    index = bisect_right(spans, (position, len(spans) and spans[-1][1] + 1)) - 1
    return index >= 0 and position < spans[index][1]
