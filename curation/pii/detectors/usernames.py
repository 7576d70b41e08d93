r"""Where account names stand: home folders, author tags of one word, notes to somebody.

    find("cd /home/alee/src", hits, Context())  ->  [Span(9, 13, "USERNAME", "username-home", 0.8)]

Only asked for where `PiiSettings.usernames` says so. Accounts that belong to nobody (root, runner, travis)
are kept. Names of two words are people's (`curation.pii.detectors.names`).
"""

import re
from collections.abc import Sequence

from curation.pii.candidates import Hit, Trigger
from curation.pii.context import Context
from curation.pii.detectors.people import ACCOUNT
from curation.pii.spans import Span

FAMILY = "username"
SCORES = {"username-home": 0.8, "username-author": 0.7, "username-note": 0.7}
"""Trust in each rule."""

TRIGGERS = (
    Trigger(
        FAMILY,
        "username-home",
        r"/home/[A-Za-z_]|/Users/[A-Za-z_]|(?i:[a-z]:(?:\\{1,4}|/)users(?:\\{1,4}|/)[a-z_])",
    ),
    Trigger(
        FAMILY,
        "username-author",
        r"(?:author|maintainer|assignee|reviewer)s?(?:__)?[\"']?[ \t]{0,12}[:=][ \t]|@author[ \t]",
        caseless=True,
    ),
    Trigger(FAMILY, "username-note", r"(?:TODO|FIXME|XXX|HACK|NOTE|BUG) ?\([@A-Za-z]"),
)
"""What calls this detector."""

_HOME = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]{0,31}(?:\.[A-Za-z0-9_\-]{1,31}){0,3}")
_HOME_END = re.compile(r"[/\\]|[\"'`:;,)\]>\s]|\Z")
_FOLDER_END = re.compile(r"[/\\]")  # with a dot it could be a file
_AUTHOR = re.compile(
    r"[ \t]{0,20}(?:[ru](?=[\"']))?[\"'<\[]{0,2}(?P<at>@?)(?P<name>[A-Za-z][A-Za-z0-9_\-]{1,38}[A-Za-z0-9])"
    r"(?=[ \t]{0,4}[\"'>\]]{0,2}[ \t]{0,4},?[ \t]{0,4}(?:\r|\n|\Z|<[^<>\n]{1,80}@"
    r"|(?<=[ \t])\([^()\n]{3,80}\)))"
)
_TAG = re.compile(
    r"(?<![\w.@])(?P<at>@?)(?:__)?(?:author|maintainer|assignee|reviewer)s?(?:__)?[^\w\n]*\Z",
    re.IGNORECASE,
)
_NOTE = re.compile(r"@?(?P<name>[A-Za-z][A-Za-z0-9\-]{1,38})\)")
_CODE = re.compile(
    r"[a-z]+[A-Z]|[A-Z][A-Z0-9_]*\Z"
    r"|(?:self|this|none|null|true|false|string|str|int|text|any|object|get|set)\Z"
)


def find(text: str, hits: Sequence[Hit], context: Context) -> list[Span]:
    """Account names beside the hits.

    Args:
        text: A whole document.
        hits: Where `TRIGGERS` matched, in the order of the text.
        context: Not used.
    """
    del context
    spans: list[Span] = []
    done = 0
    for hit in hits:
        if hit.end <= done:
            continue
        place = _READERS[hit.rule](text, hit.end)
        if place and text[slice(*place)].lower() not in ACCOUNT:
            done = place[1]
            spans.append(Span(*place, "USERNAME", hit.rule, SCORES[hit.rule]))
    return spans


def _read_home(text: str, place: int) -> tuple[int, int] | None:
    """The folder that the hit stands in the first letter of."""
    match = _HOME.match(text, place - 1)
    end = match and (_HOME_END if "." not in match[0] else _FOLDER_END).match(text, match.end())
    return match.span() if match and end else None


def _read_author(text: str, place: int) -> tuple[int, int] | None:
    """One word that is all that is said of an author; at signs, quotes and tags say that it is no code."""
    match = _AUTHOR.match(text, place, place + 200)
    if not match:
        return None
    tag = _TAG.search(text, max(0, place - 40), place)
    if not tag:
        return None
    marked = match["at"] or tag["at"] or text[place : match.start("name")].strip()
    code = "=" in tag[0] or _CODE.match(match["name"])
    return match.span("name") if marked or not code else None


def _read_note(text: str, place: int) -> tuple[int, int] | None:
    """The word in "TODO(word)"."""
    match = _NOTE.match(text, place - 1)
    return match.span("name") if match and not match["name"].isupper() else None


_READERS = {"username-home": _read_home, "username-author": _read_author, "username-note": _read_note}
