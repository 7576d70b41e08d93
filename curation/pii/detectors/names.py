r"""Where the people who made a file are named: author tags, copyright lines, git trailers, mail addresses.

    find("# Author: Ann Lee <ann@ex.org>\n", hits, Context())  ->  [Span(10, 17, "NAME", "name-author", 0.9)]

Only places that say that a person follows are looked at; names in running prose need a model
(`ner`). What is a person is decided by `people`, account names are for `usernames`.
"""

import re
from collections.abc import Callable, Sequence

from curation.pii.candidates import Hit, Trigger
from curation.pii.context import Context
from curation.pii.detectors.people import MAX_WORDS, PARTICLE, PLAIN, SUFFIX, TAGGED, Manner, read_name
from curation.pii.replacements import is_fake
from curation.pii.spans import Span

FAMILY = "name"
SCORES = {
    "name-mail": 0.95,
    "name-author": 0.9,
    "name-trailer": 0.95,
    "name-changelog": 0.9,
    "name-copyright": 0.85,
    "name-byline": 0.8,
}
"""Trust in each rule; by eye on random findings all are right at least this often."""

_ROLE = (
    r"(?:author|maintainer|contributor|developer|creator|uploader|copyright[_ -]?holder|translator|reviewer)"
)
_LOCAL = r"[A-Za-z0-9._%+-]{1,40}(?:@|[ \t]at[ \t]|[ \t]?[\[({]at)"
_AUTHOR = (
    rf"{_ROLE}s?(?:__)?[\"'\])]{{0,2}}[ \t]{{0,12}}[:=]"
    r"|[@\\]authors?[ \t\[{]"
    r"|<(?:dc:)?(?:author|developer|creator|contributor)s?>"
    r"|name=[\"'](?:author|dc\.creator)[\"'][ \t]{1,4}content="
    r"|(?:=head1|\.SH|#)[ \t]\"?authors?[\"\r\n: ]"
)
_COPYRIGHT = (
    r"(?i:copyright[ \t:]{1,4}(?:\(c\)|©|&copy;|by|[12][0-9]{3}))"
    r"|CopyrightText:|Copyright[ \t:]{1,4}[A-Z][a-z]"
    r"|\([cC]\)[ \t]{1,4}(?:[12][0-9]{3}|[A-Z][a-z]|by)"
    r"|©[ \t]{0,4}(?:[12][0-9]{3}|[A-Z][a-z])"
)
_BYLINE = (
    r"(?:created|written|developed|authored|contributed|coded|programmed|implemented|ported|maintained"
    r"|translated|adapted|designed|modified|updated|changed|submitted|reported|fixed|improved|enhanced"
    r"|started|provided|suggested|rewritten|revised|patch|code|port) by[ :]"
)
TRIGGERS = (
    Trigger(FAMILY, "name-author", rf"(?i:{_AUTHOR})|MAINTAINER[ \t]"),
    Trigger(FAMILY, "name-mail", rf"[a-zA-Z.)'\"\x80-\xff][ \t]{{1,3}}[<(]{_LOCAL}"),
    Trigger(FAMILY, "name-trailer", r"[a-z]-by:[ \t]", caseless=True),
    Trigger(
        FAMILY, "name-changelog", r"\* (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ 0-9][0-9] [0-9]{4} "
    ),
    Trigger(FAMILY, "name-copyright", _COPYRIGHT),
    Trigger(FAMILY, "name-byline", _BYLINE, caseless=True),
)
"""What calls this detector."""

MAX_NAMES = 40
"""Names that one tag lists, at most."""
_REGION = 2000  # characters that one tag speaks for, at most

_OPEN = re.compile(r"[ \t>]{0,30}(?:[ru]?\"{1,3}|'{1,3}|[*_`\u201c\u2018]{1,3}[ \t]?)?[ \t]{0,4}")
_BRACKET = re.compile(r"[ \t>]{0,30}(?:%w|c|\[\]string|vec!)?[\[({]")
_LINES = re.compile(r"[ \t>]{0,30}\r?\n")
_ITEM = re.compile(
    r"[ \t]{0,12}(?:-[ \t]{1,4}|[*#+;%/!]{1,3}[ \t]{1,8}|\.[A-Z]{1,2}[ \t]|)(?:name:[ \t]{0,4})?[\"']?"
)
_QUOTED = re.compile(r"[\"'][^\"'\n]{2,100}[\"']")
_ASIDE = re.compile(r"[ \t]{0,4}(?:<[^<>\n]{0,100}>|\([^()\n]{0,100}\)|\[[^\[\]\n]{0,100}\])")
_BETWEEN = re.compile(
    r"[ \t]{0,4}[\"'”]?[ \t]{0,4}(?:[,;/&+|]|\\and\b|(?:and|und|et|og|och|with)\b)[ \t]{0,4}"
    r"(?:and\b|&|\\and\b)?[ \t]{0,4}[\"'\u201c]?(?:(?:\([cC]\)|©|[12]\d{3})[-\u2013, \t]{0,3}){0,9}"
)
_BELOW = re.compile(
    r",?[ \t]{0,4}\r?\n[ \t]{0,12}(?:[#*;%!]|//|--|\|)?[ \t]{4,40}"
    r"(?:\([cC]\)|©|\d{4}[-\u2013, \t]{0,3}){0,9}(?=\S)"
)
_LINE_TAIL = re.compile(r"[ \t]{0,4},?[ \t]{0,4}(?:\r|\n|\Z)")
_YEARS = re.compile(
    r"(?:[ \t:,\-\u2013/.]|\([cC]\)|©|&copy;|&nbsp;|\\copyright|"
    r"(?i:copyright|by|years?|present|now|today|current)\b"
    r"|\d{4}s?|(?<=[-\u2013])\d{2}\b|<|>){0,60}+"
)
_BY_TAIL = re.compile(
    r"[ \t]{0,4}(?:\Z|\r|\n|[<(\[,;:.@&\"'*|/\\\-\u2013\u2014=%}#]|\d"
    r"|(?:on|at|in|and|for|from|to|as|under|http|of|with|based|who|over)\b)"
)
_INVERTED = re.compile(
    r"(?:and[ \t\n]{1,20})?([^\W\d_][^,\n{}\"]{1,30},[ \t][^\W\d_][^,\n{}\"]{0,40}?)"
    r"(?=[ \t\n]{1,20}and[ \t\n]|[}\"])"
)
_LAST_WORDS = re.compile(r"(?<![\w.'\u2019\-])[^\W\d_][^ \t\n<>()\[\]{}:;,=/|]*+")
MAILED = Manner(capitals=True)


def find(text: str, hits: Sequence[Hit], context: Context) -> list[Span]:
    """People's names beside the hits.

    Args:
        text: A whole document.
        hits: Where `TRIGGERS` matched, in the order of the text.
        context: Not used; a name is a name in any file.
    """
    del context
    spans: list[Span] = []
    done = 0  # what lies before has been read
    tried: dict[str, int] = {}  # what lies before has been read for a rule, in vain
    for hit in hits:
        if hit.end <= done or hit.end <= tried.get(hit.rule, 0):
            continue
        found, read = READERS[hit.rule](text, hit.end, done)
        if not found:
            tried[hit.rule] = read
            continue
        done = max(done, read)
        score = SCORES[hit.rule]
        spans += (Span(start, end, "NAME", hit.rule, score) for start, end in found)
    return spans


Found = tuple[list[tuple[int, int]], int]
"""Names, and up to where the text has been read."""


def _read_list(text: str, place: int, end: int, manner: Manner) -> Found:
    """Names from `place` on, with commas, "and" and addresses between them."""
    names: list[tuple[int, int]] = []
    while len(names) < MAX_NAMES and (name := read_name(text, place, manner, end)):
        names.append(name)
        place = _past_asides(text, name[1], end)
        between = _BETWEEN.match(text, place, end)
        if between:
            place = between.end()
        below = _BELOW.match(text, place, end)
        if below:
            place = below.end()
            name = read_name(text, place, PLAIN, end)
            if not name or not _LINE_TAIL.match(text, _past_asides(text, name[1], end)):
                break
        elif not between:
            break
    return names, place


def _past_asides(text: str, place: int, end: int) -> int:
    """The place after addresses and remarks in brackets."""
    for _ in range(3):
        aside = _ASIDE.match(text, place, end)
        if not aside:
            break
        place = aside.end()
    return place


def _read_author(text: str, place: int, _floor: int) -> Found:
    """After "author:" and its like: one name, a list on the line, in brackets or in the lines below."""
    limit = min(len(text), place + _REGION)
    if text[place - 1] in "[{":
        return _read_brackets(text, place, limit)
    bracket = _BRACKET.match(text, place, limit)
    if bracket:
        return _read_brackets(text, bracket.end(), limit)
    if text[place - 1] == "\n" or _LINES.match(text, place, limit):
        return _read_lines(text, place, limit)
    opened = _OPEN.match(text, place, limit)
    assert opened is not None  # it matches the empty string too
    return _read_list(text, opened.end(), limit, TAGGED)


def _read_brackets(text: str, place: int, limit: int) -> Found:
    """Names in a list or table of the source language, or in the braces of TeX and BibTeX."""
    close = text.find({"[": "]", "{": "}", "(": ")"}[text[place - 1]], place, limit)
    end = close if close >= 0 else min(limit, place + 400)
    names: list[tuple[int, int]] = []
    quoted = False
    for value in _QUOTED.finditer(text, place, end):
        quoted = True
        found, _ = _read_list(text, value.start() + 1, value.end() - 1, TAGGED)
        names += found
        if len(names) >= MAX_NAMES:
            break
    if quoted or "\n\n" in text[place:end]:
        return names, end
    for value in _INVERTED.finditer(text, place, min(end + 1, limit)):
        last, _, first = value[1].partition(",")
        turned = f"{' '.join(first.split())} {last}"
        if not is_fake(value[1]) and read_name(turned, 0, TAGGED) == (0, len(turned)):
            names.append(value.span(1))
    return (names, end) if names else (_read_list(text, place, end, TAGGED)[0], end)


def _read_lines(text: str, place: int, limit: int) -> Found:
    """Names on the lines below a tag, one or more on each."""
    names: list[tuple[int, int]] = []
    empty = 0
    while len(names) < MAX_NAMES and empty < 3:
        start = text.find("\n", place - 1, limit) + 1
        if not start:
            break
        stop = text.find("\n", start, limit)
        stop = stop if stop >= 0 else limit
        item = _ITEM.match(text, start, stop)
        assert item is not None  # it matches the empty string too
        found, _ = _read_list(text, item.end(), stop, PLAIN)
        if not found and (names or text[item.end() : stop].strip()):
            break
        empty = 0 if found else empty + 1
        names += found
        place = stop + 1
    return names, place


def _read_mail(text: str, place: int, floor: int) -> Found:
    """Before `<ann@`: the words that are a name together, as many as there are."""
    low = max(floor, place - 60)
    opening = max(text.rfind("<", low, place), text.rfind("(", low, place))
    end = opening
    while end > floor and text[end - 1] in " \t\"'”)":
        end -= 1
    last = text.rfind(" ", max(floor, end - 40), end) + 1
    if not last or not (text[last].isupper() or text[last:end] in SUFFIX or text[last] in "d'"):
        return [], place
    begin = max(floor, end - 80, text.rfind("\n", floor, end) + 1)
    run: list[int] = []  # where the words begin that could be one name, from the last to the first
    for word in reversed(list(_LAST_WORDS.finditer(text, begin, end))):
        if not (word[0][0].isupper() or word[0] in PARTICLE) or len(run) > MAX_WORDS:
            break
        run.append(word.start())
        if word.start() and text[word.start() - 1] not in " \t\n":
            break
    for start in run[:0:-1][:2]:
        name = read_name(text, start, MAILED, end)
        if name and name[1] >= end - 1:
            return [name], place
    return [], place


def _read_trailer(text: str, place: int, _floor: int) -> Found:
    """After "Signed-off-by:"."""
    return _read_list(text, place, len(text), MAILED)


def _read_copyright(text: str, place: int, _floor: int) -> Found:
    """After "Copyright (c) 2012": holders, who may be organisations in between."""
    while text[place - 1].isalpha():
        place -= 1
    years = _YEARS.match(text, place)
    assert years is not None  # it matches the empty string too
    return _read_list(text, years.end(), len(text), PLAIN)


def _read_byline(text: str, place: int, _floor: int) -> Found:
    """After "written by": a name that ends as a name would."""
    opened = _OPEN.match(text, place)
    assert opened is not None  # it matches the empty string too
    names, read = _read_list(text, opened.end(), len(text), PLAIN)
    return [name for name in names if _BY_TAIL.match(text, name[1])], read


READERS: dict[str, Callable[[str, int, int], Found]] = {
    "name-author": _read_author,
    "name-mail": _read_mail,
    "name-trailer": _read_trailer,
    "name-changelog": _read_trailer,
    "name-copyright": _read_copyright,
    "name-byline": _read_byline,
}
