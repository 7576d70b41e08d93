"""Tell the programs that take part in a pull request from its people.

    program(PullEvent("comment", "codecov-io"), rules) -> "author"
    program(PullEvent("review", "abbot", "User"), rules) -> None

Of a review GitHub states what kind of account wrote it, which is believed before any name (as in the
released code of StarCoder2); only names that the settings give count beside it.
"""

from curation.structured.people.bots import is_bot
from curation.structured.people.settings import BotSettings
from curation.structured.records import PullEvent, PullRequest

SAID = frozenset({"comment", "review", "review_comment"})
"""Kinds of events in which somebody says something."""
NO_NAMES = {"authors": "off", "keywords": "off", "suffixes": "off"}


def opener(pull: PullRequest, rules: BotSettings) -> str | None:
    """The rule by which a program opened the pull request; None if a person did."""
    return is_bot(pull.author, pull.author_type, rules)


def program(event: PullEvent, rules: BotSettings) -> str | None:
    """The rule by which an event is a program's; None if it is a person's."""
    stated = event.kind == "review" and bool(event.author_type)
    return is_bot(event.author, event.author_type, rules.model_copy(update=NO_NAMES) if stated else rules)


def person_took_part(pull: PullRequest, rules: BotSettings) -> bool:
    """Whether any comment or review is a person's, the opener's own included."""
    return any(event.kind in SAID and program(event, rules) is None for event in pull.events)
