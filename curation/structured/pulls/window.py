"""How much of a base file is shown: all, or from some lines before its first change to some behind its last.

    change_range([Comparison((Change(40, 42, 40, 45), Change(50, 51, 53, 53)), True)]) -> (40, 51)
    window("a.py", file, settings, "ann/tool/7")                                       -> (23, 60)

With probability 0.2 the whole, else 0 to 31 more lines at either end (render.py of the-stack-v2). The range
begins where the changes do, not at line 0 as in the published notebook about commits.
"""

from collections.abc import Iterable

from curation.draw import uniform, whole
from curation.structured.pulls.diff import Comparison
from curation.structured.pulls.files import BaseFile
from curation.structured.pulls.settings import PullSettings


def change_range(comparisons: Iterable[Comparison]) -> tuple[int, int]:
    """First line of the base that any of them changes, and the line behind the last one, from 0."""
    ranges = [(found.changes[0].start, found.changes[-1].stop) for found in comparisons]
    return min(start for start, _ in ranges), max(stop for _, stop in ranges)


def window(path: str, file: BaseFile, settings: PullSettings, document: str) -> tuple[int, int]:
    """First line of the base file that is shown, and the line behind the last one, from 0."""
    if uniform(settings.seed, document, f"whole base file {path}") < settings.whole_file:
        return 0, len(file.lines)
    start, stop = change_range(version.comparison for version in file.at.values())
    extra = settings.extra_lines + 1
    before = whole(settings.seed, document, f"lines before {path}", extra)
    after = whole(settings.seed, document, f"lines after {path}", extra)
    return max(start - before, 0), min(stop + after, len(file.lines))
