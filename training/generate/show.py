r"""What `training generate` prints: a completion between what stood around it.

    show(Console(), "def f(x):\n", ["    y = x"], "\n    return y")     prefix dim, middle bold, suffix dim

On a terminal, characters that would move its cursor or turn its text around are written as escapes. Where the
output is a file or a pipe, the text is exactly what was generated, without colour.
"""

import re
from collections.abc import Sequence

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters other than tab and new line, and those that turn the direction of text."""


def visible(text: str) -> str:
    """A text with characters that command a terminal written as escapes.

    Args:
        text: Such as a model may write.
    """
    return UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def show(console: Console, prefix: str, completions: Sequence[str], suffix: str | None) -> None:
    """Print each completion between its prefix and suffix.

    Args:
        console: Where to.
        prefix: Text before the gap, or all there was.
        completions: What was generated.
        suffix: Text after the gap, if there was one.
    """
    for number, middle in enumerate(completions, 1):
        if not console.is_terminal:
            console.file.write(prefix + middle + (suffix or "") + ("\n" if len(completions) > 1 else ""))
            continue
        if len(completions) > 1:
            console.print(Rule(f"{number} of {len(completions)}", style="dim"))
        told = Text()
        for text, style in ((prefix, "dim"), (middle, "bold green"), (suffix or "", "dim")):
            told.append(visible(text), style)
        console.print(told, soft_wrap=True)


def size(count: int) -> str:
    """Bytes in decimal units, as 6.06 GB."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} GB"
