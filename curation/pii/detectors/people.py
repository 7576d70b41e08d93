"""Does a person's name begin here, and where does it end?

    read_name("Created by Ann van der Lee on 1/2/15.", 11)  ->  (11, 27)

A name is a person's with at least two words (the rule of StarCoder's redaction): capitalised words and
initials, with small words such as "van" between them. Organisations, products, phrases and made-up people
of manuals are none. It judges the shape of the words alone; whether a name is to be expected at a place is
for `curation.pii.detectors.names` to say.
"""

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

_DATA = Path(__file__).parents[2] / "data" / "pii"
_TABLE = tomllib.loads((_DATA / "names.toml").read_text(encoding="utf-8"))
_FAKES = tomllib.loads((_DATA / "fake_names.toml").read_text(encoding="utf-8"))
ORGANISATION = frozenset(_TABLE["organisation"])
"""Words that no person's name holds."""
STOP = frozenset(_TABLE["stop"])
PARTICLE = frozenset(_TABLE["particle"])
SUFFIX = frozenset(_TABLE["suffix"])
TITLE = frozenset(_TABLE["title"])
PHRASE = tuple(_TABLE["phrase"])
PLACEHOLDER = frozenset(_TABLE["placeholder"])
ACCOUNT = frozenset(_TABLE["account"])
"""Account names that belong to nobody."""
FAKE_SURNAME = frozenset(name.lower() for name in _FAKES["last"])
"""How the names end that redaction puts in the place of real ones; nobody is called so."""
_KNOWN = ORGANISATION | STOP | TITLE | SUFFIX | FAKE_SURNAME
_NO_BEGINNING = ORGANISATION | {word for word in STOP if len(word) > 1}

MAX_WORDS = 7
MAX_LENGTH = 120
"""Characters of a name that are looked at, at most."""

_LETTER = r"[^\W\d_]"
_APOSTROPHE = r"'\u2019\u00b4`"
_MARK = _APOSTROPHE + r".\-\u2010"
_ESCAPED = (
    r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}"
    r"|&(?:\w{1,2}(?:acute|grave|uml|circ|tilde|cedil|ring|slash|caron)|#\d{2,5});"
)
_ESCAPE = re.compile(_ESCAPED)
_WORD = rf"{_LETTER}(?:{_LETTER}|[\u0300-\u036f]|[{_MARK}]{{1,2}}+(?={_LETTER})|{_ESCAPED}){{0,30}}+\.?"
_NICKNAME = rf"\"{_LETTER}{{2,20}}\"|\({_LETTER}{{2,20}}\)"
_WORDS = re.compile(rf"(?:'t\b|{_WORD})(?:[ \t\u00a0]{{1,2}}(?:'t\b|{_WORD}|{_NICKNAME})){{1,7}}+")
_PIECE = re.compile(r"[^ \t\u00a0]+")
_INITIALS = re.compile(rf"{_LETTER}(?:\.-?{_LETTER}){{0,3}}\.?\Z")
_PREFIXED = re.compile(rf"(?:d|l|al|el|ibn|t|O|D)['\u2019\-]{_LETTER}")
_INNER_CAPITAL = re.compile(
    rf"(?:Mc|Mac|De|Di|Da|Du|La|Le|Van|Von|Vander|Fitz|[ODL][{_APOSTROPHE}]|St\.)[A-Z]"
)
_JUNIOR = re.compile(r",[ \t](?:[JS]r\.|[JS]r\b|I{2,3}\b)")
_HAN = r"\u3400-\u9fff\u3040-\u30ff"
_EAST = re.compile(rf"[{_HAN}\u3005]{{2,8}}(?:[ \u3000\u00b7\u30fb][{_HAN}]{{1,8}})?|[\uac00-\ud7af]{{2,5}}")
_COMPANY = "|".join(_TABLE["company"])
_SIMPLE = re.compile(
    r"[A-Z][a-z]{1,20}(?: [A-Z]\.?)? [A-Z][a-z]{1,20}"
    rf"(?=[ \t]{{0,3}}(?:[\n\r<;\")|*\d]|\Z|,[ \t]?\n|, (?!(?i:{_COMPANY}|jr|sr|i{{2,3}})\b))"
    rf"| (?!(?:{'|'.join(sorted(PARTICLE))})\b)[a-z])"
)
"""The usual case, so that it is decided at once."""
_TAIL = re.compile(rf",?[ \t]{{0,2}}(?:&[ \t])?(?=[A-Z])(?i:{_COMPANY})\b")


class Manner(NamedTuple):
    """How far the place is trusted to hold a name."""

    capitals: bool = False
    """Whether words of capitals only count, as in Jean DUPONT; elsewhere they are acronyms."""
    eastern: bool = False
    """Whether Chinese, Japanese and Korean names count, which have no two words."""


PLAIN = Manner()
TAGGED = Manner(capitals=True, eastern=True)


def read_name(
    text: str, start: int, manner: Manner = PLAIN, end: int | None = None
) -> tuple[int, int] | None:
    """The name that begins at `start`, as its first character and the one after its last; None if none does.

    Args:
        text: Any text.
        start: Where the first word would begin.
        manner: How far the place is trusted.
        end: Where the text is taken to end; its own end if None.
    """
    stop = min(start + MAX_LENGTH, len(text) if end is None else end)
    if start >= stop:
        return None
    if not text[start].isupper():
        if manner.eastern and (match := _EAST.match(text, start, stop)):
            return (match.start(), match.end())
        if not _PREFIXED.match(text, start, stop):
            return None
    simple = _SIMPLE.match(text, start, stop)
    if simple and _KNOWN.isdisjoint(simple[0].lower().split()) and not _is_known(simple[0]):
        return (start, simple.end())
    match = _WORDS.match(text, start, stop)
    if not match or match[0].split(None, 1)[0].lower() in _NO_BEGINNING:
        return None
    return _judge(text, match, manner, stop)


def _judge(text: str, match: re.Match[str], manner: Manner, stop: int) -> tuple[int, int] | None:
    """The name that the words of the match begin with."""
    pieces = _cut(text, match, manner)
    while pieces and text[slice(*pieces[0])].lower() in TITLE:
        del pieces[0]
    while pieces and text[slice(*pieces[-1])] in PARTICLE:
        del pieces[-1]
    if len(pieces) < 2 or not _is_person([text[a:b] for a, b in pieces]):
        return None
    end = pieces[-1][1]
    if _company_follows(text, end, stop):
        return None
    junior = _JUNIOR.match(text, end, stop)
    return (pieces[0][0], junior.end() if junior else end)


def is_placeholder_name(name: str) -> bool:
    """Whether `name` is a made-up person of manuals or one of our own replacements."""
    return " ".join(name.lower().split()) in PLACEHOLDER


def _is_known(name: str) -> bool:
    """Whether `name` is a made-up person, or begins as an organisation or a place."""
    joined = " ".join(name.lower().split())
    return joined in PLACEHOLDER or joined.startswith(PHRASE)


def _cut(text: str, match: re.Match[str], manner: Manner) -> list[tuple[int, int]]:
    """The words of the match that can belong to one name, without the dot that ends a sentence."""
    pieces: list[tuple[int, int]] = []
    for piece in _PIECE.finditer(text, match.start(), match.end()):
        word = piece[0]
        if "\\" in word or "&" in word:
            word = _ESCAPE.sub("e", word)
        bare = word.removesuffix(".")
        if bare.lower() in STOP and (len(bare) > 1 or bare.islower()):
            break
        if not (
            word in PARTICLE or (pieces and bare.lower() in SUFFIX) or _fits(bare, manner, first=not pieces)
        ):
            return (
                pieces if word[0].islower() else []
            )  # an acronym or a product belongs to what stands before it
        whole = bare == word or bool(_INITIALS.match(word)) or word.lower() in SUFFIX or word.lower() in TITLE
        pieces.append((piece.start(), piece.end() if whole else piece.end() - 1))
        if not whole or len(pieces) > MAX_WORDS:
            break
    return pieces


def _fits(word: str, manner: Manner, *, first: bool) -> bool:
    """Whether a word can stand in a name."""
    if word[0] in '"(':
        return not first and word[1:-1].lower() not in ORGANISATION
    if not word[0].isupper():
        return bool(_PREFIXED.match(word))
    if len(word) <= 2 or _INITIALS.match(word):
        return True
    if word.isupper():
        return manner.capitals and len(word) > 3
    inner = word[1:]
    return inner.islower() or _inner_capitals_fit(word)


def _inner_capitals_fit(word: str) -> bool:
    """Whether capitals inside a word are those of a name (McKay, Jean-Luc), not of a product (JetBrains)."""
    parts = [part for part in re.split(rf"[{_MARK}]", word) if part]
    if len(parts) > 1:
        return all(part[0].isupper() or len(part) <= 3 or part.islower() for part in parts) and all(
            part[1:].islower() or len(part) == 1 or _INNER_CAPITAL.match(part) or part.isupper()
            for part in parts
        )
    return bool(_INNER_CAPITAL.match(word))


def _is_person(words: list[str]) -> bool:
    """Whether words that fit one by one are a person's name together."""
    bare = [word.rstrip(".").lower() for word in words]
    full = [word for word in words if len(word) > 1 and not _INITIALS.match(word) and word not in PARTICLE]
    named = [word for word in full if word.lower() not in SUFFIX and word[0] not in '"(']
    if not named or len(words) - sum(word.lower() in SUFFIX or word[0] in '"(' for word in words) < 2:
        return False
    if any(word in ORGANISATION for word in bare) or named[-1].rstrip(".").lower() in FAKE_SURNAME:
        return False
    if any("." in word and len(word) > 6 for word in bare):
        return False
    if all(word in PARTICLE for word in words[1:]) or (
        len(named) > 1 and all(word.isupper() for word in named)
    ):
        return False
    return not _is_known(" ".join(words))


def _company_follows(text: str, end: int, stop: int) -> bool:
    """Whether the words before `end` are a company's, as in "Ann Lee, Inc."."""
    return bool(_TAIL.match(text, end, min(end + 30, stop)))
