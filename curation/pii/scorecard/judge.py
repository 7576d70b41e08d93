"""A labelled text, detectors and redaction -> what was found, what leaks, what else was changed.

    judge(Case(1, "mail ann@ex.org", (Label(5, 15, "EMAIL"),)), find, redact)
        -> Judged(case, findings=(Span(5, 15, "EMAIL", ...),), leaked=(False,), intact=True, ...)

A label is found if at least `ENOUGH` of it is covered. A finding is right if at least that much of it lies
in one label that is found; it is too wide if it covers such a label and more than that, partial if the
label is not found. A label leaks if its whole value stands anywhere in the text after redaction. It adds
nothing up (see `scorecard`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from curation.pii.context import Context
from curation.pii.engine import DetectorError
from curation.pii.scorecard.labelled import Case, Label
from curation.pii.spans import Span

ENOUGH = 0.8
"""Share of a label that a finding must cover, and of a finding that a label must (BigCode's evaluation)."""


class Applied(Protocol):
    """One edit of a redaction."""

    @property
    def start(self) -> int:
        """First character in the original text."""

    @property
    def end(self) -> int:
        """Character after the last one."""

    @property
    def replacement_length(self) -> int:
        """Characters that stand there now."""

    @property
    def kept(self) -> bool:
        """Whether a rule left the value as it was."""


class Redacted(Protocol):
    """What a redactor returns."""

    @property
    def text(self) -> str:
        """The new text."""

    @property
    def applied(self) -> Sequence[Applied]:
        """Every edit."""

    @property
    def problem(self) -> str:
        """Why the document must not pass; empty if it may."""


Find = Callable[[str, Context], Sequence[Span]]
"""A detector; `Detector.find` is one."""
Redact = Callable[[str, Sequence[Span], Context], Redacted]
"""A redactor with its settings and key bound."""


class Judged(NamedTuple):
    """What detectors and redaction did to one text."""

    case: Case
    findings: tuple[Span, ...] = ()
    leaked: tuple[bool, ...] = ()
    """For each label, whether its value still stands."""
    intact: bool = True
    """Whether the text outside labels and findings is as it was."""
    replaced_outside: int = 0
    """Characters outside labels that were replaced."""
    set_aside: str = ""
    """Why the text would not pass at all; empty if it would."""


def judge_all(cases: Iterable[Case], find: Find, redact: Redact) -> Iterator[Judged]:
    """Run detectors and redaction over cases.

    Args:
        cases: Labelled texts.
        find: Finds spans.
        redact: Replaces them.
    """
    for case in cases:
        yield judge(case, find, redact)


def judge(case: Case, find: Find, redact: Redact) -> Judged:
    """Run detectors and redaction over one case.

    Args:
        case: A labelled text.
        find: Finds spans.
        redact: Replaces them.
    """
    context = Context(case.language)
    try:
        found = tuple(find(case.text, context))
    except DetectorError as error:
        return Judged(case, set_aside=error.reason)
    edit = redact(case.text, found, context)
    if edit.problem:
        return Judged(case, found, set_aside=edit.problem)
    return Judged(
        case,
        found,
        leaked=tuple(case.text[label.start : label.end] in edit.text for label in case.labels),
        intact=is_intact(case.text, edit, [*found, *case.labels]),
        replaced_outside=sum(
            each.end - each.start - covered(each, case.labels) for each in edit.applied if not each.kept
        ),
    )


class Place(Protocol):
    """Anything with a place in a text."""

    @property
    def start(self) -> int:
        """First character."""

    @property
    def end(self) -> int:
        """Character after the last one."""


def covered(place: Place, others: Iterable[Place]) -> int:
    """Characters of a place that lie in any of the others."""
    total, done = 0, place.start
    for start, end in sorted((other.start, other.end) for other in others):
        low, high = max(start, done), min(end, place.end)
        if low < high:
            total += high - low
            done = high
    return total


def is_covered(place: Place, others: Iterable[Place]) -> bool:
    """Whether at least `ENOUGH` of a place lies in the others."""
    return covered(place, others) >= ENOUGH * (place.end - place.start)


def is_intact(before: str, edit: Redacted, allowed: Sequence[Place]) -> bool:
    """Whether a redaction changed nothing but what it was allowed to.

    Args:
        before: The original text.
        edit: The redaction.
        allowed: Places that may differ.
    """
    place = shift = 0
    for each in sorted((one for one in edit.applied if not one.kept), key=lambda one: one.start):
        if covered(each, allowed) < each.end - each.start:
            return False
        if before[place : each.start] != edit.text[place + shift : each.start + shift]:
            return False
        place = each.end
        shift += each.replacement_length - (each.end - each.start)
    return before[place:] == edit.text[place + shift :]


def verdict(finding: Span, labels: Sequence[Label], findings: Sequence[Span]) -> str:
    """What a finding is: right, wide, partial or false.

    Args:
        finding: Of some group of tags.
        labels: Of the same group.
        findings: All findings of that group in the text.
    """
    label = max(labels, key=lambda one: covered(finding, [one]), default=None)
    inside = covered(finding, [label]) if label else 0
    if label is None or not inside:
        return "false"
    if not is_covered(label, findings):
        return "partial"
    return "right" if inside >= ENOUGH * (finding.end - finding.start) else "wide"
