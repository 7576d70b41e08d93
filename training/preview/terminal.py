"""A preview at the terminal: figures as a table, windows as coloured text.

    for part in parts(figures, views, sampled=""): console.print(part)

Tokens are told apart by underlining every other one, parts by colour, what is no target is struck out, and
special tokens are reversed: also without colours it can be read. White space and characters that hide are
drawn, so that no text of the corpus reaches the terminal as a command.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from training.preview import words
from training.preview.view import PartName, SegmentView, Unit, WindowView
from training.preview.visible import atoms

COLOURS: dict[PartName, str] = {"plain": "", "prefix": "blue", "middle": "yellow", "suffix": "green"}
DRAWN = {"tab": "→   ", "line": "↵\n"}
LEGEND = (
    ("prefix", "blue"),
    ("middle", "yellow"),
    ("suffix", "green"),
    ("special token", "bold reverse"),
    ("no target", "dim strike"),
    ("every other token", "underline"),
)


def parts(
    figures: Mapping[str, Any], views: Sequence[WindowView], *, sampled: str
) -> Iterator[RenderableType]:
    """All that is printed.

    Args:
        figures: From `figures_of`.
        views: Windows.
        sampled: What the figures rest on, if not on the whole corpus.
    """
    yield _table(figures, words.measured(figures, sampled))
    yield from _reasons(figures)
    yield Text.assemble("\n", *((f"{name}   ", style) for name, style in LEGEND))
    for view in views:
        yield Text(f"\nwindow {view.index}  ", "bold").append(words.window_line(view), "dim")
        for segment in view.segments:
            yield _segment(segment)
        if view.left_out:
            yield Text(f"{view.left_out:,} tokens are left out; --tokens 0 shows all", "dim")


def _table(figures: Mapping[str, Any], caption: str) -> Table:
    table = Table(caption=caption, caption_justify="left", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    for row in words.rows(figures):
        table.add_row(*row)
    return table


def _reasons(figures: Mapping[str, Any]) -> Iterator[Table]:
    found = words.reasons(figures)
    if not found:
        return
    share = figures["not_cut_share"]
    table = Table(
        title=f"Drawn for a gap, and without one: {share:.2%}", title_justify="left", show_header=False
    )
    for name, number, why in found:
        table.add_row(name, f"{number:,}", Text(why, "dim"))
    yield table


def _segment(view: SegmentView) -> Text:
    shown = Text.assemble(
        "\n", (f"{words.order_of(view)}  ", "bold"), (f"{words.segment_line(view)}\n", "dim"), overflow="fold"
    )
    for stretch in view.stretches:
        colour = COLOURS[stretch.part]
        for number, unit in enumerate(stretch.units):
            _append(shown, unit, colour, odd=number % 2 == 1)
        if stretch.left_out:
            shown.append(f" … {stretch.left_out:,} tokens … ", "dim italic")
        for number, unit in enumerate(stretch.tail):
            _append(shown, unit, colour, odd=number % 2 == 1)
    return shown


def _append(shown: Text, unit: Unit, colour: str, *, odd: bool) -> None:
    """One token."""
    mask = " dim strike" if unit.masked else ""
    if unit.special:
        shown.append(unit.text, f"bold reverse{mask}")
        return
    style = f"{colour}{' underline' if odd else ''}{mask}".strip()
    for kind, text in atoms(unit.text):
        if kind == "text":
            shown.append(text, style)
        elif kind == "space":
            shown.append("·" * len(text), f"{style} dim")
        elif kind == "hidden":
            shown.append(f"⟨{text}⟩", f"{style} bold")
        else:
            shown.append(DRAWN[kind], f"{style} dim")
