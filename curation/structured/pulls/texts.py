"""What people write in a pull request, made fit to be shown; or why it is not.

    title("Bump the dependencies", ...)               -> Problem("title_word", detail="dependencies")
    prepare("Looks good to me!<!-- template -->", ...) -> "Looks good to me!"
    prepare("![](codecov.io/...)", ...)                -> "[OMITTED]CodeCov"
    finish("Thanks @ann", people, ...)                 -> "Thanks @username_1"

In this order: what mail added, texts of Qwiet, reports of codecov, HTML comments, lines beyond the limit,
names of people, characters beyond the limit. StarCoder2 2.3, render.py of the-stack-v2.
Unlike there, an arrow such as --> without a comment before it takes no text away, and a cut never ends
inside a replaced name, which would make another's of it.
"""

import re

from curation.sources.base import Problem
from curation.structured.people.email_text import strip_email
from curation.structured.people.truncate import truncate
from curation.structured.people.usernames import Participants
from curation.structured.pulls.settings import PullSettings

MARKER = "[TRUNCATED]"
OMITTED = "[OMITTED]"
CODECOV = f"{OMITTED}CodeCov"
NAME = re.compile(r"username_[0-9]{0,9}\Z")
LONGEST_NAME = 20
"""Characters of a replaced name, at most."""


def title(text: str, settings: PullSettings, changes: set[str]) -> str | Problem:
    """A title on one line, or why its pull request is not taken."""
    lines = text.splitlines()
    shown = " ".join(lines).strip()
    if len(lines) > 1:
        changes.add("title_joined")
    if len(shown) < settings.title_min:
        return Problem("title_too_short", value=len(shown), limit=settings.title_min)
    lowered = shown.lower()
    word = next((word for word in settings.title_words if word.lower() in lowered), None)
    if word is not None:
        return Problem("title_word", detail=word)
    return shown


def prepare(text: str, settings: PullSettings, changes: set[str]) -> str | Problem:
    """A description, comment or review before names are replaced, or why it is not shown."""
    bare = strip_email(text)
    if bare != text:
        changes.add("email_text_removed")
    if "Qwiet" in bare:
        return Problem("text_of_qwiet")
    if "codecov" in bare.lower():
        changes.add("codecov_omitted")
        return CODECOV
    plain = without_comments(bare)
    if plain != bare:
        changes.add("html_comments_removed")
    head = settings.text_lines - settings.text_tail
    plain = plain.strip()
    short = truncate(plain, lines=settings.text_lines, head=head, tail=settings.text_tail, marker=MARKER)
    if short != plain:
        changes.add("truncated")
    return short


def finish(text: str, people: Participants, settings: PullSettings, changes: set[str]) -> str:
    """A prepared text with names replaced, cut; once all texts of the pull request have been prepared."""
    if text == CODECOV:
        return text
    masked = people.mask(text)
    if masked != text:
        changes.add("usernames_replaced")
    return _cut(masked, settings.text_max, changes)


def finish_title(text: str, people: Participants, settings: PullSettings, changes: set[str]) -> str:
    """A title with names replaced, cut."""
    masked = people.mask(text)
    if masked != text:
        changes.add("usernames_replaced")
    return _cut(masked, settings.title_max, changes)


def too_short(text: str, settings: PullSettings) -> Problem | None:
    """Why a description or comment is not shown, if its size is the reason; a report left out is not."""
    if text != CODECOV and len(text) < settings.text_min:
        return Problem("text_too_short", value=len(text), limit=settings.text_min)
    return None


def without_comments(text: str) -> str:
    """A text without its HTML comments; one that is never closed stays. Linear."""
    kept = []
    at = 0
    while True:
        start = text.find("<!--", at)
        end = text.find("-->", start + 4) if start >= 0 else -1
        if end < 0:
            kept.append(text[at:])
            return "".join(kept)
        kept.append(text[at:start])
        at = end + 3


def _cut(text: str, limit: int, changes: set[str]) -> str:
    """The first `limit` characters, or fewer if they would end inside a replaced name."""
    if len(text) <= limit:
        return text
    changes.add("truncated")
    start = max(limit - LONGEST_NAME, 0)
    name = NAME.search(text[start:limit]) if text[limit].isdigit() else None
    return text[: start + name.start()] if name else text[:limit]
