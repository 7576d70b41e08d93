"""Drop the events of programs, and the comments by which people called them.

    ann: It breaks.   bob: /retest   ci-bot: Started.   ann: Thanks!   ->   ann: It breaks.   ann: Thanks!

The call is the comment just before one of a program, if it begins with a slash or names the program, with or
without [bot]. The description of an issue is never a call. The code of StarCoder never drops the call of the
first comment by a program (setting first_bot_call).
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from curation.structured.issues.settings import IssueSettings
from curation.structured.people.bots import is_bot
from curation.structured.records import Comment

SHORTEST = 3
"""Characters of a program's name that is looked for without an @ before it."""


def without_bots(comments: Sequence[Comment], settings: IssueSettings) -> tuple[list[Comment], set[str]]:
    """What people wrote, and what was changed: bots_removed, bot_calls_removed."""
    bots = [is_bot(comment.author, comment.author_type, settings.bots) is not None for comment in comments]
    dropped = [*bots]
    changes = {"bots_removed"} if any(bots) else set[str]()
    before = -1
    """The event with text that came last."""
    first = True
    for index, (comment, bot) in enumerate(zip(comments, bots, strict=True)):
        looked_at = bot and settings.bot_calls and not (first and not settings.first_bot_call)
        if looked_at and before >= 0 and not bots[before] and calls(comments[before], comment.author):
            dropped[before] = True
            changes.add("bot_calls_removed")
        first = first and not bot
        before = index if comment.text else before
    return [comment for comment, drop in zip(comments, dropped, strict=True) if not drop], changes


def calls(comment: Comment, bot: str) -> bool:
    """Whether a comment calls this program: begins with a slash, or names it."""
    if comment.action == "opened":
        return False
    if comment.text.lstrip().startswith("/"):
        return True
    pattern = _name(bot.lower().removesuffix("[bot]"))
    return pattern is not None and pattern.search(comment.text.lower()) is not None


@lru_cache(maxsize=256)
def _name(lower: str) -> re.Pattern[str] | None:
    """A pattern for a program's name as a whole word; None if it has none."""
    if not lower:
        return None
    at = "" if len(lower) >= SHORTEST else "@"
    return re.compile(rf"(?<![a-z0-9_]){at}{re.escape(lower)}(?![a-z0-9_])")
