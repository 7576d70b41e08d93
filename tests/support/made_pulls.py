"""A pull request as sources give it, small and acceptable, and what of it a test wants to be different."""

from dataclasses import replace
from typing import Any

from curation.structured.pulls import PullSettings
from curation.structured.records import FilePair, PullEvent, PullRequest

BASE_TEXT = "".join(f"value_{number} = compute({number})\n" for number in range(100))
HEAD_TEXT = BASE_TEXT.replace("value_50 = compute(50)\n", "value_50 = compute(51)\n")
HEAD = "a" * 40
"""The head commit at the opening."""
PAIR = FilePair("tool/values.py", BASE_TEXT, HEAD_TEXT)
OPENED = PullEvent("opened", "ann", "User", action="opened", head=HEAD, created=1)
REVIEW = PullEvent("review", "bob", "User", state="approved", head=HEAD, id=501, created=3)
CLOSED = PullEvent("closed", "bob", "User", action="closed", head=HEAD, created=9)
PULL = PullRequest(
    number=1,
    title="Correct the value of fifty",
    description="The value of fifty was computed from the wrong number.",
    author="ann",
    author_type="User",
    events=(OPENED, REVIEW, CLOSED),
    base="b" * 40,
    base_count=1,
    merged=True,
    closed=True,
    files={HEAD: (PAIR,)},
)
ALL = PullSettings(profile="sc2-code", subsample=False)
"""Settings under which no draw decides whether a pull request is kept."""


def comment(text: str, author: str = "bob", **more: Any) -> PullEvent:
    """A general comment."""
    return PullEvent("comment", author, **{"author_type": "User", "text": text, "action": "created", **more})


def with_events(*events: PullEvent, **more: Any) -> PullRequest:
    """The pull request with other events between its opening and its closing."""
    return replace(PULL, events=(OPENED, *events, CLOSED), **more)
