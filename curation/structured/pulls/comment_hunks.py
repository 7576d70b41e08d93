r"""The piece of a diff that a review comment is about, numbered like the diffs that are shown.

    shifted("@@ -41,3 +41,4 @@ def f():\n a\n+b", 40) -> "@@ -1,3 +1,4 @@ def f():\n a\n+b"

GitHub counts lines from the start of the file; diffs here count from the first line shown of the base. Lines
of context before that are left out. A piece that cannot be counted so stays as it is.
"""

import re

HEADER = re.compile(r"@@ -([0-9]{1,9})(?:,([0-9]{1,9}))? \+([0-9]{1,9})(?:,([0-9]{1,9}))? @@")


def shifted(hunk: str, skipped: int) -> str:
    """A hunk whose lines are counted from line `skipped`, from 0, of its file."""
    header = HEADER.match(hunk)
    if header is None or skipped <= 0:
        return hunk
    base, base_count, head, head_count = (int(number or 1) for number in header.groups())
    rest, *lines = hunk[header.end() :].split("\n")
    before = max(skipped + 1 - min(base, head), 0)
    if before and not (before < len(lines) and all(line.startswith(" ") for line in lines[:before])):
        return hunk
    numbers = (
        f"-{base + before - skipped},{base_count - before} +{head + before - skipped},{head_count - before}"
    )
    return "\n".join([f"@@ {numbers} @@{rest}", *lines[before:]])


def shifted_line(line: int, skipped: int) -> int:
    """A line from 1, counted from line `skipped` of its file; as it is if it stands before that."""
    return line - skipped if line > skipped else line
