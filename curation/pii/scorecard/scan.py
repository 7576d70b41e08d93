"""One file or a folder -> what is found in it and what would stand there instead, for a person to read.

    scan_text('k = "ghp_..."', Context("Python", "a.py"), find, redact)
        -> FileScan("a.py", findings=(Finding(tag="KEY", masked="g•••", replacement="<KEY>", ...),), ...)

Values are masked as they are found: nothing that this module returns holds one, unless it is told to show
them. It writes nothing and stores nothing.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from curation.decode import decode
from curation.errors import BadInputError
from curation.language.identify import identify
from curation.pii.context import Context
from curation.pii.engine import DetectorError
from curation.pii.scorecard.excerpts import Excerpts, Finding, Line, Piece
from curation.pii.scorecard.judge import Find, Redact, Redacted
from curation.pii.scorecard.mask import mask
from curation.pii.spans import Span
from curation.sources.base import Problem
from curation.sources.folder import walk
from curation.sources.local import opened_folder, read_file

MAX_BYTES = 64 << 20
"""Bytes of a file, at most; a larger one is named and not read."""


@dataclass(frozen=True, slots=True)
class FileScan:
    """What a file holds."""

    path: str
    language: str = ""
    """A linguist name; empty if unknown."""
    bytes: int = 0
    findings: tuple[Finding, ...] = ()
    problem: str = ""
    """Why the file was not searched, or would be set aside; empty if neither."""
    lines: tuple[tuple[Piece, ...], ...] = ()
    """For each finding its line, values masked."""
    diff: tuple[Line, ...] = ()
    """What redaction changes, if that was asked for."""

    def as_json(self) -> dict[str, Any]:
        """Findings without the lines around them, as JSON values."""
        values = {name: getattr(self, name) for name in ("path", "language", "bytes", "problem")}
        return {**values, "findings": [asdict(finding) for finding in self.findings]}


class Show(NamedTuple):
    """What a scan returns besides findings."""

    diff: bool = False
    """Whether to make the diff."""
    values: bool = False
    """Whether values stay as they are: for a person who looks at files of their own."""


PLAIN = Show()
"""Findings only, values masked."""


def files(path: Path) -> list[tuple[str, Problem | None]]:
    """The files of a folder, relative to it and sorted, or the one file, with why one cannot be read.

    Raises:
        BadInputError: If there is no such file or folder.
    """
    if path.is_dir():
        return [(found.path, found.problem) for found in walk(str(path), MAX_BYTES)]
    if path.is_file():
        return [(path.name, None)]
    raise BadInputError(f"{path}: no such file or folder; expected one to look through")


def scan_file(
    path: Path, name: str, find: Find, redact: Redact, *, language: str = "", show: Show = PLAIN
) -> FileScan:
    """What one file holds.

    Args:
        path: The folder, or the file itself.
        name: From `files`.
        find: Finds spans.
        redact: Replaces them.
        language: A linguist name; empty to go by name and content.
        show: What to return besides findings.

    Raises:
        BadInputError: If the folder is gone.
    """
    with opened_folder(path if path.is_dir() else path.parent) as folder:
        content = read_file(folder, name, MAX_BYTES)
    if isinstance(content, Problem):
        return FileScan(name, problem=content.reason)
    decoded = decode(content)
    if isinstance(decoded, Problem):
        return FileScan(name, bytes=len(content), problem=decoded.reason)
    context = Context(language or identify(name, content, use_magika=False).language, name)
    return replace(scan_text(decoded.text, context, find, redact, show), bytes=len(content))


def scan_text(text: str, context: Context, find: Find, redact: Redact, show: Show = PLAIN) -> FileScan:
    """What one text holds.

    Args:
        text: A decoded file.
        context: Its language and path.
        find: Finds spans.
        redact: Replaces them.
        show: What to return besides findings.
    """
    try:
        spans = find(text, context)
    except DetectorError as error:
        return FileScan(context.path, context.language, problem=error.reason)
    if not spans:
        return FileScan(context.path, context.language)
    edit = redact(text, spans, context)
    findings = _findings(text, spans, edit, show)
    excerpts = Excerpts(text, findings)
    return FileScan(
        context.path,
        context.language,
        findings=findings,
        problem=edit.problem,
        lines=tuple(map(excerpts.line, findings)),
        diff=tuple(excerpts.diff()) if show.diff else (),
    )


def _findings(text: str, spans: Sequence[Span], edit: Redacted, show: Show) -> tuple[Finding, ...]:
    """The spans in order, with what stands in their place after redaction."""
    applied = sorted(edit.applied, key=lambda one: one.start)
    found = []
    line, counted, shift, place = 1, 0, 0, 0
    for span in sorted(spans):
        start, end, new, kept = span.start, span.end, "", True
        while place < len(applied) and applied[place].start < span.end:
            each = applied[place]
            start, end, kept = each.start, each.end, each.kept
            length = end - start if kept else each.replacement_length
            new = "" if kept else edit.text[start + shift : start + shift + length]
            shift += length - (end - start)
            place += 1
        line += text.count("\n", counted, start)
        counted = start
        value = text[start:end]
        found.append(
            Finding(
                line=line,
                column=start - text.rfind("\n", 0, start),
                start=start,
                end=end,
                tag=span.tag,
                rule=span.rule,
                score=span.score,
                masked=value if show.values else mask(value),
                replacement=new,
                kept=kept,
            )
        )
    return tuple(found)
