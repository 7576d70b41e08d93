"""How large a file and a change may be.

problem(100_000, ChangeRange(4, 9, 9), settings, chance)  -> Problem("before_too_long", 100000, 100000)
problem(2_000, ChangeRange(4, 5, 5), settings, chance)    -> Problem("tiny_change", 1, 2), nine times of ten
"""

from collections.abc import Callable

from curation.sources.base import Problem
from curation.structured.commits.change_range import ChangeRange
from curation.structured.commits.settings import CommitSettings


def problem(
    before: int, change: ChangeRange, settings: CommitSettings, chance: Callable[[str], float]
) -> Problem | None:
    """Why a commit of this size is dropped; None if it is not.

    Args:
        before: Characters of the file before the commit.
        change: What changes.
        settings: The limits.
        chance: A number in [0, 1) for a purpose.
    """
    if before >= settings.max_before_characters:
        return Problem("before_too_long", before, settings.max_before_characters)
    if change.lines == 0:
        return Problem("no_change", detail="the text is the same")
    if change.lines <= settings.tiny_lines and chance("tiny change") >= settings.tiny_keep:
        return Problem("tiny_change", change.lines, settings.tiny_lines)
    if 0 < settings.huge_lines <= change.lines and chance("huge change") >= settings.huge_keep:
        return Problem("huge_change", change.lines, settings.huge_lines)
    return None
