r"""A notebook as a script, in jupytext's percent format.

    text "Load it", code "%matplotlib inline\nx = 1"
        ->  # %% [markdown]
            # Load it

            # %%
            # %matplotlib inline
            x = 1

Every cell becomes a block: code as it is with commands as comments (see `magics`), Markdown and raw text as
comments. Metadata and outputs are left out, and so are cells of nothing but space. jupytext writes it; where
it does not know the language, or the notebook is so large that it would take too long, or a cell holds line
breaks that it would turn into others or begins, being text, like a magic, the same layout is written here,
without what jupytext adds before functions and classes: a second empty line.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from curation.structured.notebooks.language import Script
from curation.structured.notebooks.magics import body, comment
from curation.structured.notebooks.read import Cell, CellKind
from curation.structured.notebooks.settings import NotebookSettings

ODD_BREAK = re.compile(r"[\v\f\x1c-\x1e\x85\u2028\u2029]")
"""Line breaks of str.splitlines, by which jupytext takes code apart, that end no line of code."""
LONGEST_LINE = 10_000
"""Characters; jupytext's time grows with the square of the length of a line with many / or - in it."""


class Block(NamedTuple):
    """A cell, ready to be written."""

    kind: CellKind
    source: str
    language: str = ""
    """Of a code cell in another language, which is written as a comment: its cell magic."""
    arguments: str = ""


def blocks(cells: Sequence[Cell], script: Script) -> list[Block]:
    """What is written of the cells."""
    found: list[Block] = []
    for cell in cells:
        if not cell.source.strip():
            continue
        if cell.kind == "code":
            found.append(Block("code", *body(cell.source, script)))
        else:
            found.append(Block(cell.kind, "\n".join(cell.source.strip("\n").splitlines())))
    return found


def write(cells: Sequence[Cell], script: Script, settings: NotebookSettings) -> tuple[str, str]:
    """The script, and what changed: "" or written_by_hand. At least one cell must not be blank."""
    prepared = blocks(cells, script)
    if not script.jupytext:
        return by_hand(prepared, script), ""
    if suits_jupytext(prepared, script, settings):
        return by_jupytext(prepared, script), ""
    return by_hand(prepared, script), "written_by_hand"


def suits_jupytext(prepared: Sequence[Block], script: Script, settings: NotebookSettings) -> bool:
    """Whether jupytext writes these blocks soon and keeps their lines."""
    magics = ("%%", "#!") if script.name == "C#" else "%%"
    return (
        len(prepared) <= settings.jupytext_cells
        and sum(len(block.source) for block in prepared) <= settings.jupytext_characters
        and not any(block.source.startswith(magics) or ODD_BREAK.search(block.source) for block in prepared)
        and max(len(line) for block in prepared for line in block.source.split("\n")) <= LONGEST_LINE
    )


def by_hand(prepared: Sequence[Block], script: Script) -> str:
    """The script as it is written here."""
    return "\n\n".join("\n".join(_lines(block, script)) for block in prepared) + "\n"


def _lines(block: Block, script: Script) -> Iterator[str]:
    """The lines of a block: what it is, then its text."""
    if block.kind != "code":
        yield from comment([f"%% [{block.kind}]", *block.source.split("\n")], script)
    elif not block.language:
        yield from comment(["%%"], script)
        yield block.source
    else:
        facts = f" magic_args={_quoted(block.arguments)}" if block.arguments else ""
        marker = f"%% language={_quoted(block.language)}{facts}"
        yield from comment([marker, *(block.source.splitlines() or [""])], script)


def _quoted(text: str) -> str:
    """A text as a JSON string."""
    return json.dumps(text)


def by_jupytext(prepared: Sequence[Block], script: Script) -> str:
    """The script as jupytext writes it, which is given texts only: no metadata but the language of a cell."""
    import jupytext  # noqa: PLC0415 - takes half a second, needed only here
    from nbformat.notebooknode import NotebookNode  # noqa: PLC0415 - as jupytext

    cells = []
    for block in prepared:
        about = NotebookNode()
        if block.language:
            about["language"] = block.language
            if block.arguments:
                about["magic_args"] = block.arguments
        cells.append(NotebookNode(cell_type=block.kind, source=block.source, metadata=about))
    layout = {
        "extension": script.extension,
        "format_name": "percent",
        "notebook_metadata_filter": "-all",
        "cell_metadata_filter": "language,magic_args,-all",
        "comment_magics": False,
    }
    notebook = NotebookNode(nbformat=4, nbformat_minor=5, metadata=NotebookNode(), cells=cells)
    text = str(jupytext.writes(notebook, layout))
    # the statement of an encoding, which jupytext puts before non-ASCII scripts, is not of the notebook
    return text.removeprefix(f"{script.comment} -*- coding: utf-8 -*-\n").rstrip("\n") + "\n"
