r"""A pull request -> a document of parts, or the first reason against it.

    convert(pull, Repository("ann/tool"), PullSettings(), "ann/tool/7")
        -> Converted("pull-requests", "pull/7", parts=(
               Part("title", "Retry on timeouts", {"status": "opened", "user": "username_0"}),
               Part("description", "Requests that time out are tried again."),
               Part("base_file", "def get(url):\n", {"path": "tool/http.py"}),
               Part("hunk", "@@ -1,1 +1,1 @@\n-def get(url):\n+def get(url, tries=3):", ...),
               Part("comment", ...), Part("review", ...), Part("closed", "", {"merged": True, ...})))

The same record gives the same document, whatever else is in the run. What was edited is named in `changes`.
Roles and their order stand in `curation.structured.pulls.events` and `curation.structured.pulls.code`.
"""

from collections.abc import Iterable
from itertools import chain
from typing import Final

from curation.sources.base import Problem, Repository
from curation.structured.outcome import Converted, Refused
from curation.structured.parts import Part
from curation.structured.people.usernames import Participants
from curation.structured.pulls import texts
from curation.structured.pulls.admit import first_head, refusal
from curation.structured.pulls.code import NOTHING, code
from curation.structured.pulls.events import NAMED, Scene, Told, distinct, finished, parts_of, prepared
from curation.structured.pulls.settings import PullSettings
from curation.structured.records import PullRequest

KIND: Final = "pull-requests"


def convert(
    pull: PullRequest, repository: Repository, settings: PullSettings, document: str, *, count: int = 0
) -> Converted | Refused:
    """The document of a pull request.

    Args:
        pull: The pull request, with the contents of its files if they are known.
        repository: What it is pulled to.
        settings: The limits.
        document: Seeds every draw: the repository and the number, as ann/tool/7.
        count: Pull requests of the repository, for the subsampling; 0 if that is not known.
    """
    changes = set(pull.mended)
    found = refusal(pull, repository.name, settings, document, count) or _parts(
        pull, settings, document, changes
    )
    if isinstance(found, Problem):
        return Refused(KIND, found)
    return Converted(KIND, f"pull/{pull.number}", parts=found, changes=tuple(sorted(changes)))


def _parts(
    pull: PullRequest, settings: PullSettings, document: str, changes: set[str]
) -> tuple[Part, ...] | Problem:
    """All parts, or why there are none."""
    title = texts.title(pull.title, settings, changes)
    if isinstance(title, Problem):
        return title
    description = texts.prepare(pull.description, settings, changes)
    if isinstance(description, Problem):
        return description
    events = prepared(distinct(pull, settings, changes), settings, changes)
    people = _people(pull, (title, description), events)
    description = texts.finish(description, people, settings, changes)
    problem = texts.too_short(description, settings)
    if problem is not None:
        return problem
    heads = [head for head in (first_head(pull), *(one.event.head for one in events)) if head]
    files = code(pull, list(dict.fromkeys(heads)), settings, document, changes) if heads else NOTHING
    if isinstance(files, Problem):
        return files
    if not pull.author:
        changes.add("ghost")
    user = people.name(pull.author)
    opening = (
        Part(
            "title", texts.finish_title(title, people, settings, changes), {"user": user, "status": "opened"}
        ),
        Part("description", description),
        *files.base,
        *files.diffs.get(first_head(pull), ()),
    )
    scene = Scene(people, first_head(pull), files.diffs, files.skipped, pull.merged)
    shown = finished(events, people, settings, changes)
    return _measured(chain(opening, parts_of(shown, scene, settings, changes)), settings)


def _people(pull: PullRequest, opening: tuple[str, ...], events: list[Told]) -> Participants:
    """Everybody who takes part or is mentioned, numbered by first appearance."""
    people = Participants((pull.author, *(one.event.author for one in events if one.event.kind in NAMED)))
    for text in (*opening, *(one.text for one in events)):
        people.learn(text)
    return people


def _measured(parts: Iterable[Part], settings: PullSettings) -> tuple[Part, ...] | Problem:
    """The parts, if they are neither too short nor too long together; no more are made than fit."""
    kept = []
    size = 0
    for part in parts:
        size += len(part.text)
        kept.append(part)
        if size > settings.characters_max:
            return Problem("too_long", value=size, limit=settings.characters_max)
    if size < settings.characters_min:
        return Problem("too_short", value=size, limit=settings.characters_min)
    return tuple(kept)
