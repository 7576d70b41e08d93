"""The files of a pull request -> parts: what is shown of each base, and the diff of each head commit.

    code(pull, ["c0ffee"], settings, "ann/tool/7", changes)
        -> Code((Part("base_file", ...),), {"c0ffee": (Part("hunk", "@@ -3,1 +3,1 @@ ..."),)}, {"a.py": 38})

Every diff is one against the base, as base files are shown once. Which files, how much of them, and which
lines changed is decided elsewhere.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from curation.draw import whole
from curation.sources.base import Problem
from curation.structured.parts import Part
from curation.structured.pulls.data_files import kept
from curation.structured.pulls.files import BaseFile, chosen
from curation.structured.pulls.hunks import hunks
from curation.structured.pulls.settings import PullSettings
from curation.structured.pulls.window import window
from curation.structured.records import PullRequest

Windows = Mapping[str, tuple[int, int]]
"""Path -> first line shown and the line behind the last one."""


class Code(NamedTuple):
    """What is shown of files."""

    base: tuple[Part, ...]
    diffs: Mapping[str, tuple[Part, ...]]
    """Head commit -> its hunks, the hunks of one file following each other."""
    skipped: Mapping[str, int]
    """Path -> lines of the file before the one that diffs count as the first."""


NOTHING = Code((), {}, {})


def code(
    pull: PullRequest, heads: Sequence[str], settings: PullSettings, document: str, changes: set[str]
) -> Code | Problem:
    """The parts that hold code, or why there are none.

    Args:
        pull: The pull request.
        heads: Its head commits in order of time, the one at the opening first.
        settings: The limits.
        document: Seeds the draws.
        changes: What was edited is added here.
    """
    found = chosen(pull, heads, settings, changes)
    if settings.require_diff and not any(heads[0] in file.at for file in found.files.values()):
        if heads[0] in found.too_large:
            return Problem("changes_too_large", value=found.too_large[heads[0]], limit=settings.change_max)
        return Problem("no_files_left", value=len(pull.files.get(heads[0], ())))
    windows = {path: window(path, file, settings, document) for path, file in found.files.items()}
    files = _without_bulk(found.files, windows, settings, document)
    if len(files) < len(found.files):
        changes.add("data_files_dropped")
        if not files and settings.require_diff:
            return Problem("data_files_only", value=len(found.files))
    base = tuple(
        Part("base_file", _shown(file, windows[path]), {"path": path}) for path, file in files.items()
    )
    diffs = {head: _diff(head, files, windows, settings, document) for head in heads}
    numbered = settings.line_numbers == "shown"
    return Code(base, diffs, {path: windows[path][0] for path in files} if numbered else {})


def _shown(file: BaseFile, shown: tuple[int, int]) -> str:
    """The lines that are shown of a base file."""
    return "".join(file.lines[shown[0] : shown[1]])


def _without_bulk(
    files: Mapping[str, BaseFile], windows: Windows, settings: PullSettings, document: str
) -> dict[str, BaseFile]:
    """The files that stay when few of the YAML and JSON files are kept."""
    sizes = {path: sum(map(len, file.lines[slice(*windows[path])])) for path, file in files.items()}
    total = max(sum(sizes.values()), 1)
    return {
        path: file
        for path, file in files.items()
        if kept(path, file.language, sizes[path] / total, settings, document)
    }


def _diff(
    head: str, files: Mapping[str, BaseFile], windows: Windows, settings: PullSettings, document: str
) -> tuple[Part, ...]:
    """The hunks of one head commit."""
    parts: list[Part] = []
    for path, file in files.items():
        if head not in file.at:
            continue
        choices = settings.context_max - settings.context_min + 1
        drawn = whole(settings.seed, document, f"context {head} {path}", choices)
        shown = windows[path] if settings.line_numbers == "shown" else (0, len(file.lines))
        lines, comparison = file.at[head]
        found = hunks(file.lines, lines, comparison.changes, settings.context_min + drawn, shown)
        parts += [Part("hunk", text, {"path": path}) for text in found]
    return tuple(parts)
