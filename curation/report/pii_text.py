"""What a scan or an evaluation of detectors found -> tables and lines for a terminal.

    for part in score_parts(score): console.print(part)

Values come masked or as shapes (`scorecard.mask`). Control characters of the files are made visible and
nothing is read as markup. Computes nothing but sums.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from curation.pii.scorecard.causes import Cause
from curation.pii.scorecard.excerpts import Piece
from curation.pii.scorecard.families import Families, Measure
from curation.pii.scorecard.measure import Row, Score, Share
from curation.pii.scorecard.scan import FileScan
from curation.report.visible import one_line, short_bytes, visible

COLOURS = {"KEY": "red", "PASSWORD": "red", "EMAIL": "magenta", "IP_ADDRESS": "yellow"}
"""Of a masked value; names are cyan."""
MARKS = {"-": "red", "+": "green", " ": "", "…": "dim"}
SHOWN = 40
"""Causes, and rows by source, language or rule, that are printed; --json has them all."""
NUMBER = re.compile(r"[0-9.,]+%?|-")


def file_parts(found: FileScan) -> Iterator[Any]:
    """What one file holds; nothing if it holds nothing.

    Args:
        found: From `curation.pii.scorecard.scan`.
    """
    if not found.findings:
        return
    yield Text(f"{one_line(found.path)}  {found.language}", "bold")
    if found.diff:
        for line in found.diff:
            text = Text(f"{line.number or '':>7} {line.mark} ", "dim")
            yield _joined(text, line.pieces, MARKS[line.mark])
        yield Text()
        return
    for finding, pieces in zip(found.findings, found.lines, strict=True):
        colour = COLOURS.get(finding.tag, "cyan")
        text = Text(f"{finding.line:>7}:{finding.column:<5} ", "dim", no_wrap=True, overflow="ellipsis")
        yield _joined(text, pieces, "", colour)
        instead = "kept" if finding.kept else f"-> {one_line(finding.replacement, 60)}"
        where = f"characters {finding.start}-{finding.end}, score {finding.score:g}"
        yield Text.assemble(
            " " * 14, (finding.tag, colour), f" {finding.rule}  {where}  ", (instead, "green")
        )
    yield Text()


def _joined(text: Text, pieces: Sequence[Piece], style: str, colour: str = "red") -> Text:
    kinds = {"text": style, "value": f"bold {colour}", "new": "bold green"}
    for kind, part in pieces:
        text.append(visible(part, keep="\t").expandtabs(4).replace("\n", "⏎"), kinds[kind])
    return text


def scan_parts(found: Sequence[FileScan]) -> Iterator[Any]:
    """What all files together hold.

    Args:
        found: All of them.
    """
    findings = Counter((one.tag, one.rule) for each in found for one in each.findings)
    files = Counter((tag, rule) for each in found for tag, rule in {(f.tag, f.rule) for f in each.findings})
    size = sum(each.bytes for each in found)
    hit = sum(bool(each.findings) for each in found)
    yield Text(
        f"{len(found):,} files, {short_bytes(size)}: {findings.total():,} findings in {hit:,} files", "bold"
    )
    if findings:
        rows = (
            (tag, rule, f"{count:,}", f"{files[tag, rule]:,}")
            for (tag, rule), count in sorted(findings.items(), key=lambda row: (row[0][0], -row[1]))
        )
        yield _grid("", ("tag", "rule", "findings", "files"), rows)
    problems = Counter(each.problem for each in found if each.problem)
    if problems:
        rows_of_problems = ((reason, f"{count:,}") for reason, count in problems.most_common())
        yield _grid("not searched, or to be set aside", ("reason", "files"), rows_of_problems)


def score_parts(score: Score) -> Iterator[Any]:
    """A scorecard.

    Args:
        score: From `curation.pii.scorecard.measure`.
    """
    yield Text(f"{score.cases:,} texts, {score.negatives:,} of them hold nothing; 95 % intervals", "bold")
    yield _scores("", [row for row in score.rows if not row.name])
    further = [row for row in score.rows if row.name]
    if further:
        yield _scores(f"by {score.by}", further[:SHOWN], more=len(further) - SHOWN, name=score.by)
    bad = score.changed_outside > 0
    yield Text(
        f"texts changed outside labels and findings: {score.changed_outside:,}", "bold red" if bad else ""
    )
    share = score.replaced_outside / score.characters if score.characters else 0.0
    yield Text(f"characters outside labels that were replaced: {score.replaced_outside:,} = {share:.3%}")
    for reason, count in score.set_aside.most_common():
        yield Text(f"texts set aside, and not counted above: {count:,} ({reason})", "yellow")


def _scores(title: str, rows: Sequence[Row], *, more: int = 0, name: str = "") -> Table:
    head = ("tag", "labelled", "precision", "recall", "F1", "leak", "too wide", "partial", "false alarms")
    cells = (
        (
            *((row.name,) if name else ()),
            row.group,
            f"{row.labelled:,}",
            _share(row.precision),
            _share(row.recall),
            "-" if row.f1 is None else f"{row.f1:.3f}",
            _share(row.leak),
            f"{row.wide:,}",
            f"{row.partial:,}",
            _share(row.alarms, counts=True),
        )
        for row in rows
    )
    return _grid(title, (name, *head) if name else head, cells, more)


def _share(share: Share, *, counts: bool = False) -> str:
    if share.share is None:
        return "-"
    of = f" ({share.hits:,} of {share.of:,})" if counts else ""
    return f"{share.share:.1%} [{share.low:.1%}, {share.high:.1%}]{of}"


def family_parts(found: Sequence[Families]) -> Iterator[Any]:
    """What source families say.

    Args:
        found: From `curation.pii.scorecard.families`.
    """
    if not found:
        return
    head = (
        "tag",
        "families",
        "nothing found in",
        "",
        "of all labels",
        "mean of families",
        "without one family",
    )
    rows = (
        (each.group, f"{each.count:,}", f"{each.untouched:,}", name, *_measure(measure))
        for each in found
        for name, measure in (("recall", each.recall), ("leak", each.leak))
    )
    yield _grid("by source family: what to expect of families that nobody looked at", head, rows)
    for each in found:
        if each.worst and each.group not in {"KEY", "PASSWORD"}:
            yield _scores(f"{each.group}: families with the most leaks", each.worst, name="source")


def _measure(one: Measure) -> tuple[str, ...]:
    mean = f"{one.over_families:.1%} [{one.low:.1%}, {one.high:.1%}]"
    return f"{one.over_cases:.1%}", mean, f"{one.best_without:.1%} to {one.worst_without:.1%}"


def cause_parts(found: Sequence[Cause]) -> Iterator[Any]:
    """Misses and false alarms by cause.

    Args:
        found: From `curation.pii.scorecard.causes`.
    """
    for what, title, last in (("missed", "misses by cause", "leaks"), ("alarm", "alarms by cause", "rule")):
        rows = [one for one in found if one.what == what]
        if rows:
            cells = (
                (
                    one.tag,
                    one.family,
                    one.why,
                    f"{one.count:,}",
                    f"{one.leaked:,}" if what == "missed" else one.rule,
                    ", ".join(map(str, one.lines[:3])),
                    one.shapes[0],
                )
                for one in rows[:SHOWN]
            )
            head = ("tag", "family", "why", "cases", last, "lines", "shape")
            yield _grid(title, head, cells, len(rows) - SHOWN)


def _grid(title: str, head: Sequence[str], rows: Iterable[Sequence[str]], more: int = 0) -> Table:
    """A table; columns of numbers stand on the right."""
    cells = [[one_line(value) for value in row] for row in rows]
    table = Table(
        *head,
        title=title or None,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        min_width=len(title),
    )
    for column, values in zip(table.columns, zip(*cells, strict=True), strict=False):
        column.justify = "right" if all(NUMBER.fullmatch(value) for value in values) else "left"
        column.overflow = "fold"
    for row in cells:
        table.add_row(*map(Text, row))
    if more > 0:
        table.add_row(Text(f"... and {more:,} more", "dim"))
    table.add_row()
    return table
