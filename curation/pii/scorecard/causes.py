"""Judged texts -> why labels are missed and what is taken for a secret, by cause, without any value.

    causes(judged)  ->  [Cause("missed", "KEY", "owner/tool#slack-token", "nothing found", count=7, ...), ...]

Causes are told apart by tag, source family, rule and how the finding and the label lie to each other.
Values are shown by their shape only (`mask`); of what stands before them words of code such as
"password" remain. It gives line numbers of the labelled file, where the rest can be read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from curation.pii.scorecard.judge import Judged, covered, is_covered, verdict
from curation.pii.scorecard.labelled import Case, Label
from curation.pii.scorecard.mask import outline, shape
from curation.pii.scorecard.measure import GROUPS, SECRETS
from curation.pii.spans import Span

SHAPES = 3
"""Different shapes shown of one cause."""
LINES = 20
"""Line numbers kept of one cause."""
BEFORE = 24
"""Characters before a value that are shown, of its own line."""
LONGEST = 48
"""Characters of a value whose shape is shown."""
READ_BY_GROUP = (SECRETS, *(group for group in GROUPS if group not in {*GROUPS[SECRETS], SECRETS}))


class _Event(NamedTuple):
    what: str
    tag: str
    family: str
    why: str
    rule: str
    start: int
    end: int
    leaked: bool = False


@dataclass(slots=True)
class Cause:
    """Cases that went wrong in the same way."""

    what: str
    """missed, or alarm for a finding that is not right."""
    tag: str
    """Of the label or, for an alarm, of the finding."""
    family: str
    """Source family."""
    why: str
    """nothing found, partly covered, found as (tag); for an alarm: clean text, beside labels, too wide or
    partial."""
    rule: str
    """Rule of an alarm; empty for a miss."""
    count: int = 0
    leaked: int = 0
    """Misses whose whole value still stands after redaction."""
    shapes: list[str] = field(default_factory=list)
    """What stands before the value and the value itself, as shapes; at most `SHAPES`."""
    lines: list[int] = field(default_factory=list)
    """Lines of the labelled file, at most `LINES`."""

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return asdict(self)


def causes(judged: Iterable[Judged]) -> list[Cause]:
    """Misses first, then alarms; of each the causes of most leaks and cases first.

    Args:
        judged: From `curation.pii.judge.judge_all`.
    """
    found: dict[tuple[str, ...], Cause] = {}
    for each in judged:
        if each.set_aside:
            continue
        for event in (*_misses(each), *_alarms(each)):
            cause = found.setdefault(event[:5], Cause(*event[:5]))
            cause.count += 1
            cause.leaked += event.leaked
            shown = _shown(each.case, event)
            if shown not in cause.shapes and len(cause.shapes) < SHAPES:
                cause.shapes.append(shown)
            if len(cause.lines) < LINES:
                cause.lines.append(each.case.number)
    return sorted(found.values(), key=lambda one: (one.what != "missed", -one.leaked, -one.count))


def _misses(each: Judged) -> Iterator[_Event]:
    for label, leaked in zip(each.case.labels, each.leaked, strict=True):
        group = next(name for name in READ_BY_GROUP if label.tag in GROUPS[name])
        own = [span for span in each.findings if span.tag in GROUPS[group]]
        if not is_covered(label, own):
            why = _why(label, own, each.findings)
            yield _Event(
                "missed", label.tag, each.case.family(label), why, "", label.start, label.end, leaked
            )


def _why(label: Label, own: list[Span], findings: Iterable[Span]) -> str:
    if covered(label, own):
        return "partly covered"
    other = next((span for span in findings if covered(label, [span])), None)
    return f"found as {other.tag}" if other else "nothing found"


def _alarms(each: Judged) -> Iterator[_Event]:
    case = each.case
    for group in READ_BY_GROUP:
        tags = GROUPS[group]
        labels = [label for label in case.labels if label.tag in tags]
        findings = [span for span in each.findings if span.tag in tags]
        for span in findings:
            kind = verdict(span, labels, findings)
            if kind != "right":
                clean = "clean text" if case.is_negative else "beside labels"
                near = next((label for label in labels if covered(span, [label])), None)
                why = {"false": clean, "wide": "too wide", "partial": "partial"}[kind]
                yield _Event("alarm", span.tag, case.family(near), why, span.rule, span.start, span.end)


def _shown(case: Case, event: _Event) -> str:
    line = case.text.rfind("\n", 0, event.start) + 1
    before = _before(case, max(line, event.start - BEFORE), event.start)
    value = shape(case.text[event.start : min(event.end, event.start + LONGEST)])
    return f"{before}⟦{value}{'…' if event.end - event.start > LONGEST else ''}⟧"


def _before(case: Case, low: int, high: int) -> str:
    """The outline of `text[low:high]`, in which other labelled values are shapes only."""
    shown = ""
    for label in case.labels:
        start, end = max(label.start, low), min(label.end, high)
        if start < end:
            shown += outline(case.text[low:start]) + shape(case.text[start:end])
            low = end
    return shown + outline(case.text[low:high])
