"""Judged texts -> how much is found, what leaks, what is taken for a secret by mistake.

    score(judge_all(cases, find, redact)).rows[0]  ->  Row("", "KEY", labelled=398, found=371, leaked=20, ...)

By tag, for keys and passwords together, and by source, language or rule. Texts that are set aside (a
detector or the redaction gave up) count in nothing but their own number. Intervals are Wilson's, 95 %. It
runs no detector, prints nothing and keeps no value.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from curation.dedup.audit.sample import wilson
from curation.pii.scorecard.judge import Judged, covered, is_covered, verdict
from curation.pii.scorecard.labelled import Case, Label
from curation.pii.spans import TAGS, Span

SECRETS = "KEY+PASSWORD"
GROUPS: dict[str, tuple[str, ...]] = {
    "KEY": ("KEY",),
    "PASSWORD": ("PASSWORD",),
    SECRETS: ("KEY", "PASSWORD"),
    **{tag: (tag,) for tag in TAGS if tag not in {"KEY", "PASSWORD"}},
}
"""Tags that are counted together: each alone, and keys with passwords, often taken for each other."""
PARTS_OF_SECRETS = ("KEY", "PASSWORD")


class Share(NamedTuple):
    """A share with its interval."""

    hits: int
    of: int
    share: float | None
    """hits / of; None if `of` is 0."""
    low: float
    """Lower end of the 95 % interval."""
    high: float


def share(hits: int, of: int) -> Share:
    """The share that so many of so many are."""
    return Share(hits, of, hits / of if of else None, *wilson(hits, of))


@dataclass(slots=True)
class Row:
    """Counts of one group of tags, over all texts or some."""

    name: str
    """Source family, language or rule; empty for all."""
    group: str
    """A key of `GROUPS`."""
    labelled: int = 0
    found: int = 0
    """Labels that are found."""
    leaked: int = 0
    """Labels whose whole value still stands after redaction."""
    findings: int = 0
    right: int = 0
    wide: int = 0
    partial: int = 0
    negatives: int = 0
    """Texts that hold nothing."""
    alarmed: int = 0
    """Those in which something of the group was found."""

    @property
    def precision(self) -> Share:
        """Right findings of all findings."""
        return share(self.right, self.findings)

    @property
    def recall(self) -> Share:
        """Found labels of all labels."""
        return share(self.found, self.labelled)

    @property
    def leak(self) -> Share:
        """Leaked labels of all labels."""
        return share(self.leaked, self.labelled)

    @property
    def alarms(self) -> Share:
        """Texts with a false alarm of those that hold nothing."""
        return share(self.alarmed, self.negatives)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; None where one of them is unknown."""
        precision, recall = self.precision.share, self.recall.share
        if precision is None or recall is None:
            return None
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    def as_json(self) -> dict[str, Any]:
        """Counts, and shares with intervals, as JSON values."""
        counts = {name: getattr(self, name) for name in ("name", "group", "wide", "partial")}
        shares = {name: getattr(self, name)._asdict() for name in ("precision", "recall", "leak", "alarms")}
        return {**counts, **shares, "f1": self.f1}


@dataclass(slots=True)
class Score:
    """What a labelled file says of detectors and redaction."""

    rows: list[Row]
    """By tag first; then, where asked for, by source, language or rule, most leaks first."""
    by: str = "tag"
    cases: int = 0
    """Texts that were judged."""
    negatives: int = 0
    changed_outside: int = 0
    """Texts changed outside labels and findings; must be 0."""
    characters: int = 0
    """Characters outside labels."""
    replaced_outside: int = 0
    """Those of them that were replaced."""
    set_aside: Counter[str] = field(default_factory=Counter)
    """Reason -> texts that would not pass at all, and count in nothing else."""

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON values."""
        values = {name: getattr(self, name) for name in self.__slots__ if name not in {"rows", "set_aside"}}
        return {**values, "set_aside": dict(self.set_aside), "rows": [row.as_json() for row in self.rows]}


def score(judged: Iterable[Judged], by: str = "tag") -> Score:
    """Add up what was judged.

    Args:
        judged: From `judge_all`.
        by: tag; or source, language or rule for further rows.
    """
    result = Score([], by)
    totals = _Rows("tag")
    parts = _Rows(by)
    for each in judged:
        if each.set_aside:
            result.set_aside[each.set_aside] += 1
            continue
        _count_text(result, each)
        for group in GROUPS:
            totals.add(each, group)
            if by != "tag" and group not in PARTS_OF_SECRETS:
                parts.add(each, group)
    result.rows = [row for row in totals.rows.values() if row.labelled or row.findings]
    further = [row for row in parts.rows.values() if row.labelled or row.findings]
    if by == "rule":
        for row in further:
            row.negatives = result.negatives
    result.rows += sorted(further, key=_badness)
    return result


def _badness(row: Row) -> tuple[int, ...]:
    """Most leaks first, then most misses, most wrong findings, most labels."""
    return -row.leaked, row.found - row.labelled, row.right - row.findings, -row.labelled


def _count_text(result: Score, each: Judged) -> None:
    result.cases += 1
    result.negatives += each.case.is_negative
    result.changed_outside += not each.intact
    result.characters += len(each.case.text) - sum(label.end - label.start for label in each.case.labels)
    result.replaced_outside += each.replaced_outside


class _Rows:
    """Rows by name and group, made when they are first needed."""

    def __init__(self, by: str) -> None:
        self.by = by
        self.rows: dict[tuple[str, str], Row] = {}

    def _row(self, name: str, group: str) -> Row:
        return self.rows.setdefault((name, group), Row(name, group))

    def add(self, each: Judged, group: str) -> None:
        """Add one text to the counts of a group."""
        case, tags = each.case, GROUPS[group]
        labels = [label for label in case.labels if label.tag in tags]
        findings = [span for span in each.findings if span.tag in tags]
        names = {self._name(case, None, span) for span in findings}
        for name in names if self.by == "rule" else {self._name(case, None, None)}:
            row = self._row(name, group)
            row.negatives += case.is_negative
            row.alarmed += case.is_negative and bool(findings)
        for label, leaked in zip(case.labels, each.leaked, strict=True):
            if label.tag in tags and self.by != "rule":
                row = self._row(self._name(case, label, None), group)
                row.labelled += 1
                row.found += is_covered(label, findings)
                row.leaked += leaked
        for finding in findings:
            near = max(labels, key=lambda label: covered(finding, [label]), default=None)
            row = self._row(self._name(case, near, finding), group)
            kind = verdict(finding, labels, findings)
            row.findings += 1
            row.right += kind == "right"
            row.wide += kind == "wide"
            row.partial += kind == "partial"

    def _name(self, case: Case, label: Label | None, finding: Span | None) -> str:
        if self.by == "source":
            return case.family(label)
        if self.by == "language":
            return case.language or "(unknown)"
        return finding.rule if self.by == "rule" and finding else ""
