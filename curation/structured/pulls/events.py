"""Comments, reviews, new head commits and the closing of a pull request -> parts, in order of time.

    comment by ann         -> Part("comment", "Why not?", {"id": 1, "status": "created", "user": ...})
    review that approves   -> Part("review", "", {"id": 2, "state": "approved", "user": ...})
    a new head commit      -> Part("update", ""), Part("hunk", "@@ ...", {"path": "a.py"})
    comment on a line      -> Part("comment_hunk", "@@ ...", ...), Part("review_comment", "Typo?", ...)

A new head commit is told by the first event that names it. A closing is shown if it was the last: one that
was undone is not. What comes twice is shown once.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from curation.sources.base import Problem
from curation.structured.parts import Part
from curation.structured.people.usernames import Participants
from curation.structured.pulls.comment_hunks import shifted, shifted_line
from curation.structured.pulls.files import plain_path
from curation.structured.pulls.ids import Numbers
from curation.structured.pulls.settings import PullSettings
from curation.structured.pulls.texts import OMITTED, finish, prepare, too_short
from curation.structured.pulls.who import SAID, program
from curation.structured.records import PullEvent, PullRequest

NAMED = SAID | {"closed"}
"""Kinds of events that are shown with who did it."""
ACTIONS = ("created", "edited", "deleted")
STATES = ("commented", "approved", "changes_requested", "dismissed", "pending")
"""Words of GitHub; the first stands for every other one."""
LAST_LINE = 1 << 31
"""No line has this number."""


class Told(NamedTuple):
    """An event, and what of its text is shown."""

    event: PullEvent
    text: str


def distinct(pull: PullRequest, settings: PullSettings, changes: set[str]) -> list[PullEvent]:
    """The events that may be shown: without repeats, and without programs if they are to go."""
    seen = set()
    events = []
    for event in pull.events:
        key = event if event.id is None else (event.kind, event.id, event.action, event.state, event.text)
        if key in seen:
            changes.add("repeats_dropped")
            continue
        seen.add(key)
        by_program = settings.bot_events == "drop" and event.kind in SAID and program(event, settings.bots)
        if by_program:
            changes.add("bots_removed")
            continue
        events.append(event)
    return events


def prepared(events: Iterable[PullEvent], settings: PullSettings, changes: set[str]) -> list[Told]:
    """Events with their texts before names are replaced, without those whose text is not to be shown."""
    result = []
    for event in events:
        text = prepare(event.text, settings, changes) if event.kind in SAID and event.text else ""
        if isinstance(text, Problem):
            changes.add("comments_dropped")
            continue
        result.append(Told(event, text))
    return result


def finished(
    events: Iterable[Told], people: Participants, settings: PullSettings, changes: set[str]
) -> list[Told]:
    """Events with the texts that are shown, without comments that are too short; a review may have none."""
    result = []
    for event, text in events:
        shown = finish(text, people, settings, changes) if text else ""
        if event.kind in SAID and event.kind != "review" and too_short(shown, settings):
            changes.add("comments_dropped")
            continue
        result.append(Told(event, shown))
    return result


class Scene(NamedTuple):
    """What the events refer to."""

    people: Participants
    first_head: str
    """Head commit at the opening, whose diff is shown before."""
    diffs: Mapping[str, tuple[Part, ...]]
    """Head commit -> its hunks; those without are not known or have none to show."""
    skipped: Mapping[str, int]
    """Path -> lines of the base that stand before what is shown of it."""
    merged: bool


def parts_of(shown: list[Told], scene: Scene, settings: PullSettings, changes: set[str]) -> Iterator[Part]:
    """The parts of all events, in order."""
    numbers = Numbers(one.event for one in shown if one.event.kind in SAID)
    last = next((one.event for one in reversed(shown) if one.event.kind in {"closed", "reopened"}), None)
    head = scene.first_head
    for event, text in shown:
        if event.head and event.kind != "comment" and event.head != head:
            if head:
                yield from _update(scene.diffs.get(event.head, ()), changes)
            head = event.head
        if event.kind not in NAMED:
            continue
        user = scene.people.name(event.author)
        if event.kind in SAID and not event.author:
            changes.add("ghost")
        number = numbers.of(event.kind, event.id)
        about: dict[str, str | int | bool] = (
            {"user": user} if number is None else {"user": user, "id": number}
        )
        if event.kind == "comment":
            yield Part("comment", text, about | {"status": _word(event.action, ACTIONS)})
        elif event.kind == "review":
            yield Part("review", text, about | {"state": _word(event.state, STATES)})
        elif event.kind == "review_comment":
            yield _comment_hunk(event, scene.skipped.get(plain_path(event.path), 0), settings, changes)
            yield Part("review_comment", text, about | _answers(event, numbers))
        elif event.kind == "closed" and event is last:
            yield Part("closed", "", {"user": user, "merged": scene.merged})


def _update(diff: Iterable[Part], changes: set[str]) -> Iterator[Part]:
    """A new head commit."""
    hunks = tuple(diff)
    if not hunks:
        changes.add("diffs_omitted")
    return iter((Part("update", ""), *hunks))


def _comment_hunk(event: PullEvent, skipped: int, settings: PullSettings, changes: set[str]) -> Part:
    """The diff that a review comment is about."""
    hunk = shifted(event.hunk, skipped)
    if len(hunk) > settings.comment_hunk_max:
        changes.add("hunk_omitted")
        hunk = OMITTED
    about: dict[str, str | int | bool] = {"path": plain_path(event.path)}
    if event.line is not None and 0 < event.line < LAST_LINE:
        about["line"] = shifted_line(event.line, skipped)
    return Part("comment_hunk", hunk, about)


def _word(said: str, words: tuple[str, ...]) -> str:
    """One of GitHub's words."""
    return said.lower() if said.lower() in words else words[0]


def _answers(event: PullEvent, numbers: Numbers) -> dict[str, str | int | bool]:
    """What a review comment belongs to and answers, if it is shown."""
    found = {
        "review": numbers.of("review", event.review),
        "reply_to": numbers.of("review_comment", event.reply_to),
    }
    return {name: number for name, number in found.items() if number is not None}
