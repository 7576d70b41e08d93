"""Decide whether a thread is worth keeping: by size, people and human language.

    too_small([Comment("ann", "User", "It breaks.", "opened")], settings) -> Problem("too_short", 10, 200)

Sizes are characters of the comments, without the title. A thread in which one person talks alone is kept if
it is neither long nor has many events. Where the language cannot be told, the thread is kept.
"""

from collections.abc import Sequence

from curation.sources.base import Problem
from curation.structured.issues.settings import IssueSettings
from curation.structured.people.prose import human_language
from curation.structured.people.usernames import GHOST
from curation.structured.records import Comment

LONGEST = 200_000
"""Characters of a thread that are read to tell its language."""


def too_small(comments: Sequence[Comment], settings: IssueSettings) -> Problem | None:
    """Why there is too little in a thread, or too much of too few people; None if neither."""
    characters = sum(len(comment.text) for comment in comments)
    if characters < settings.minimum_characters:
        return Problem("too_short", characters, settings.minimum_characters, "characters of all comments")
    counted = [comment for comment in comments if comment.text or settings.count_silent]
    users = {comment.author.strip().lower() or GHOST for comment in counted}
    if len(users) >= settings.minimum_users:
        return None
    if characters > settings.few_users_characters:
        return Problem("one_user_long", characters, settings.few_users_characters, f"users: {len(users)}")
    if len(counted) > settings.few_users_events:
        return Problem("one_user_many", len(counted), settings.few_users_events, f"users: {len(users)}")
    return None


def other_language(title: str, comments: Sequence[Comment], settings: IssueSettings) -> Problem | None:
    """Why the prose of a thread is not in the language that is kept; None if it is, or cannot be told."""
    if settings.language is None:
        return None
    language, score = human_language(_beginning(title, comments), letters=settings.language_letters)
    if not language or language == settings.language or score < settings.language_score:
        return None
    reason = "not_english" if settings.language == "en" else "other_language"
    return Problem(reason, score, settings.language_score, f"language: {language}")


def _beginning(title: str, comments: Sequence[Comment]) -> str:
    """Title and comments up to the longest text that is read, so that an open fence ends with its comment."""
    pieces = [title]
    left = LONGEST
    for comment in comments:
        pieces.append(comment.text[:left])
        left -= len(pieces[-1])
        if left <= 0:
            break
    return "\n\n".join(pieces)
