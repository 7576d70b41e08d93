"""A rendered text for people: its special tokens in colours, by what they belong to.

    as_html("<file_sep>x < 1")  ->  <pre ...><span ...>&lt;file_sep&gt;</span>x &lt; 1</pre>
    as_text("<file_sep>x < 1")  ->  the same for a terminal

Everything is escaped: HTML, terminal escapes, bidirectional and invisible characters (the word joiner of an
escaped token shows as its number). There is no script in it. It changes no text that is trained on.
"""

import html
from collections.abc import Iterator
from typing import NamedTuple

from rich.text import Text

from curation.render.guard import guard_for
from curation.report.visible import visible
from curation.sentinels import SENTINELS, Group, Sentinel

COLOURS: dict[Group, str] = {
    "document": "#b00020",
    "fim": "#8e24aa",
    "file": "#1565c0",
    "issue": "#2e7d32",
    "notebook": "#bf5700",
    "commit": "#00695c",
    "pull": "#5d4037",
    "translation": "#546e7a",
    "redaction": "#757575",
}
"""Background of a token under white letters; each has a contrast of at least 4.5 with white."""
LIMIT = 20_000
"""Characters shown, unless more are asked for."""
_TABLE = {one.text: one for one in SENTINELS}


class _Piece(NamedTuple):
    text: str
    """Visible, not escaped."""
    sentinel: Sentinel | None


def as_html(text: str, *, limit: int = LIMIT) -> str:
    """A `<pre>` with one coloured span for each special token.

    Args:
        text: Rendered, or anything else.
        limit: Characters of the text that are shown, at least 1; what is left out is counted.
    """
    spans = []
    for piece, sentinel in _pieces(text, limit):
        escaped = html.escape(piece)
        if sentinel:
            style = f"background:{COLOURS[sentinel.group]};color:#fff;border-radius:3px;padding:0 2px"
            escaped = f'<span style="{style}" title="{html.escape(sentinel.meaning)}">{escaped}</span>'
        spans.append(escaped)
    return f'<pre style="white-space:pre-wrap;overflow-wrap:anywhere">{"".join(spans)}</pre>'


def as_text(text: str, *, limit: int = LIMIT) -> Text:
    """The same for a terminal.

    Args:
        text: Rendered, or anything else.
        limit: Characters of the text that are shown, at least 1; what is left out is counted.
    """
    shown = Text()
    for piece, sentinel in _pieces(text, limit):
        shown.append(piece, style=f"white on {COLOURS[sentinel.group]}" if sentinel else "")
    return shown


def _pieces(text: str, limit: int) -> Iterator[_Piece]:
    """Texts and tokens in turn, and at the end what is left out."""
    start, end = 0, min(limit, len(text))
    for match in guard_for(tuple(_TABLE)).literal.finditer(text, 0, end):
        yield _Piece(visible(text[start : match.start()]), None)
        yield _Piece(match[0], _TABLE[match[0]])
        start = match.end()
    yield _Piece(visible(text[start:end]), None)
    if end < len(text):
        yield _Piece(f"\n… {len(text) - end:,} more characters", None)
