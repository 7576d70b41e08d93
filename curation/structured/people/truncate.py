r"""Cut a long text down to its first and last lines.

    truncate("1\n2\n3\n4\n5", lines=4, head=2, tail=1, marker="[Truncated]") -> "1\n2\n[Truncated]\n5"

A line ends at \n, \r\n or a lone \r; an empty piece after the last end is no line. A text that is short
enough comes back as it is; one that is cut gets \n between its lines. Long lines are not cut.
"""


def truncate(text: str, *, lines: int, head: int, tail: int, marker: str) -> str:
    """The text, or its first `head` lines, a line with `marker` and its last `tail` lines.

    Args:
        text: Any text.
        lines: Lines that a text may have and stay whole.
        head: Lines kept of the beginning.
        tail: Lines kept of the end.
        marker: The line between them, such as [Truncated].
    """
    if text.count("\n") + text.count("\r") < lines:
        return text
    pieces = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not pieces[-1]:
        pieces.pop()
    if len(pieces) <= lines:
        return text
    return "\n".join([*pieces[:head], marker, *pieces[len(pieces) - tail :]])
