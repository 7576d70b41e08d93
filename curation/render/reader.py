"""What layouts read with: a rendered text as special tokens, each with the text behind it.

    reader = Reader("<issue_start>Title: T<issue_comment>a: b", RenderSettings())
    reader.take(ISSUE_START) -> "Title: T"
    reader.at(ISSUE_COMMENT) -> True

Texts come out as they were before they were escaped. It knows no layout.
"""

from curation.errors import BadInputError
from curation.render.guard import guard_for
from curation.render.pen import guard_of
from curation.render.settings import RenderSettings
from curation.sentinels import END_OF_DOCUMENT, STRUCTURE

MOST_DIGITS = 20
"""Of a number that a layout writes: 64 bits and a sign."""


class Reader:
    """Goes through a rendered text once."""

    def __init__(self, text: str, settings: RenderSettings) -> None:
        self.settings = settings
        self._guard = guard_of(settings)
        self._escaped = settings.forged == "escape"
        if settings.end_of_document:
            text = self._without_end(text)
        self._position = 0
        self._tokens: list[str] = []
        self._texts: list[str] = []
        start = 0
        for match in guard_for(STRUCTURE).literal.finditer(text):
            self._texts.append(text[start : match.start()])
            self._tokens.append(match[0])
            start = match.end()
        self._texts.append(text[start:])

    @staticmethod
    def _without_end(text: str) -> str:
        if not text.endswith(END_OF_DOCUMENT):
            raise BadInputError(f"parse: expected {END_OF_DOCUMENT} at the end, which is not there")
        return text.removesuffix(END_OF_DOCUMENT)

    def head(self) -> str:
        """The text before the first token."""
        return self._plain(self._texts[0])

    def at(self, *tokens: str) -> bool:
        """Whether one of these tokens comes next."""
        return not self.done() and self._tokens[self._position] in tokens

    def done(self) -> bool:
        """Whether no token is left."""
        return self._position == len(self._tokens)

    def take(self, token: str) -> str:
        """The text behind this token, which comes next.

        Raises:
            BadInputError: If another one does, or none.
        """
        if not self.at(token):
            raise BadInputError(f"parse: expected {token} as token {self._position + 1}, saw {self._next()}")
        self._position += 1
        return self._plain(self._texts[self._position])

    def take_bare(self, token: str) -> None:
        """Pass a token that has no text of its own.

        Raises:
            BadInputError: If another one comes next, or text follows it.
        """
        if text := self.take(token):
            raise BadInputError(f"parse: expected another token behind {token}, saw {len(text)} characters")

    def take_number(self, token: str) -> int:
        """The whole number behind this token, which comes next.

        Raises:
            BadInputError: If another one does, or no number.
        """
        text = self.take(token)
        if len(text) > MOST_DIGITS or not text.removeprefix("-").isdecimal() or not text.isascii():
            raise BadInputError(f"parse: expected a whole number behind {token}, saw {len(text)} characters")
        return int(text)

    def take_end(self) -> None:
        """Make sure that the text is read to its end.

        Raises:
            BadInputError: If a token is left, or something stands before the first one.
        """
        if not self.done():
            raise BadInputError(f"parse: expected the end after {self._position} tokens, saw {self._next()}")
        if self._texts[0]:
            raise BadInputError(f"parse: expected a token first, saw {len(self._texts[0])} characters")

    def _next(self) -> str:
        return "the end" if self.done() else self._tokens[self._position]

    def _plain(self, text: str) -> str:
        return self._guard.unescape(text) if self._escaped else text


def said(text: str) -> tuple[str, str]:
    """User and words of a text that `Pen.said` wrote."""
    user, _, words = text.partition(": ")
    return user, words


def titled(text: str) -> tuple[str, str]:
    r"""Title, and what follows in the next lines, of "Title: T\n...".

    Raises:
        BadInputError: If it is no such text.
    """
    if not text.startswith("Title: "):
        raise BadInputError(f"parse: expected 'Title: ' and a title, saw {text[:7]!r}")
    title, _, rest = text.removeprefix("Title: ").partition("\n")
    return title, rest
