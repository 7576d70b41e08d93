r"""Changes of a file -> the hunks of a unified diff.

    hunks(["a\n", "b\n"], ["a\n", "c\n"], (Change(1, 2, 1, 2),), 3, (0, 2)) -> ["@@ -1,2 +1,2 @@\n a\n-b\n+c"]

Hunks whose context would touch are one, as git does it. The numbers count from the first line of the stretch
that is shown, and no context is taken from outside of it. A last line without newline is marked as git marks
it, so that the diff, applied to what is shown of the base, gives the head to the letter.
"""

from collections.abc import Iterable, Sequence

from curation.structured.pulls.diff import Change

NO_NEWLINE = "\\ No newline at end of file"


def hunks(
    before: Sequence[str],
    after: Sequence[str],
    changes: Sequence[Change],
    context: int,
    shown: tuple[int, int],
) -> list[str]:
    """The hunks of one file, in order, without a newline behind their last line.

    Args:
        before: Lines of the base.
        after: Lines of the head.
        changes: How they differ.
        context: Unchanged lines around a change, at most.
        shown: First line of the base that is shown, and the line behind the last one; it holds the changes.
    """
    return [_hunk(before, after, group, context, shown) for group in _groups(changes, context)]


def _groups(changes: Sequence[Change], context: int) -> list[list[Change]]:
    """Changes that share a hunk, in order."""
    groups: list[list[Change]] = []
    for change in changes:
        if groups and change.start - groups[-1][-1].stop <= 2 * context:
            groups[-1].append(change)
        else:
            groups.append([change])
    return groups


def _hunk(
    before: Sequence[str], after: Sequence[str], group: Sequence[Change], context: int, shown: tuple[int, int]
) -> str:
    """One hunk with its header."""
    first, last = group[0], group[-1]
    start = max(first.start - context, shown[0])
    stop = min(last.stop + context, shown[1])
    head_start = start + first.head_start - first.start
    head_stop = stop + last.head_stop - last.stop
    lines = []
    at = start
    for change in group:
        lines += _marked(" ", before[at : change.start])
        lines += _marked("-", before[change.start : change.stop])
        lines += _marked("+", after[change.head_start : change.head_stop])
        at = change.stop
    lines += _marked(" ", before[at:stop])
    base = _numbers(start - shown[0], stop - start)
    head = _numbers(head_start - shown[0], head_stop - head_start)
    return "\n".join([f"@@ -{base} +{head} @@", *lines])


def _marked(sign: str, lines: Iterable[str]) -> list[str]:
    """Lines of a file as lines of a diff."""
    return [f"{sign}{line[:-1]}" if line.endswith("\n") else f"{sign}{line}\n{NO_NEWLINE}" for line in lines]


def _numbers(start: int, count: int) -> str:
    """First line, from 1, and number of lines; before no line stands the one that they would follow."""
    return f"{start + 1 if count else start},{count}"
