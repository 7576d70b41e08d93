"""Cells -> a script in percent format."""

import ast

import jupytext
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.structured.notebooks.language import Script, scripts
from curation.structured.notebooks.read import Cell, CellKind
from curation.structured.notebooks.script import blocks, by_hand, by_jupytext, suits_jupytext, write
from curation.structured.notebooks.settings import NotebookSettings

SETTINGS = NotebookSettings()
BY_HAND = NotebookSettings(jupytext_cells=0)
PYTHON = scripts()["Python"]

GOLDEN = """\
# %% [markdown]
# # Data
#
# from a file

# %%
# %matplotlib inline
x = 1

# %% language="bash" magic_args="-e \\"a\\""
# ls

# %% [raw]
# plain

# %%
if x:
    pass  # !ls
"""
CELLS = (
    Cell("markdown", "# Data\n\nfrom a file\n"),
    Cell("code", "%matplotlib inline\nx = 1\n\n"),
    Cell("code", "  \n"),
    Cell("code", '%%bash -e "a"\nls'),
    Cell("raw", "plain"),
    Cell("code", "if x:\n    !ls"),
)


@pytest.mark.parametrize(("limits", "change"), [(SETTINGS, ""), (BY_HAND, "written_by_hand")])
def test_every_cell_becomes_a_block(limits: NotebookSettings, change: str) -> None:
    """Markdown and other languages are comments, blank cells are left out; both ways write the same."""
    script, changed = write(CELLS, PYTHON, limits)
    assert script == GOLDEN
    assert changed == change
    ast.parse(script)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("R", "# %% [markdown]\n# é\n\n# %%\nx <- 1\n"),
        ("C++", "// %% [markdown]\n// é\n\n// %%\nx <- 1\n"),
        ("Haskell", "-- %% [markdown]\n-- é\n\n-- %%\nx <- 1\n"),
        ("OCaml", "(* %% [markdown] *)\n(* é *)\n\n(* %% *)\nx <- 1\n"),
        ("Ruby", "# %% [markdown]\n# é\n\n# %%\nx <- 1\n"),
        ("SQL", "-- %% [markdown]\n-- é\n\n-- %%\nx <- 1\n"),
    ],
)
def test_the_language_says_how_comments_look(language: str, expected: str) -> None:
    """Also where jupytext does not know it; no line states an encoding."""
    cells = [Cell("markdown", "é"), Cell("code", "x <- 1")]
    assert write(cells, scripts()[language], SETTINGS) == (expected, "")


@pytest.mark.parametrize(
    ("source", "limits"),
    [
        ("a = 1\n" * 4, {"jupytext_characters": 20}),
        ("a = 1", {"jupytext_cells": 0}),
        ("a = '" + "- " * 6000 + "'", {}),
        ("a = 'b\u2028c'", {}),
        ("a = 'b\x0cc'", {}),
    ],
    ids=["characters", "cells", "long line", "line separator", "form feed"],
)
def test_what_does_not_suit_jupytext_is_written_by_hand(source: str, limits: dict[str, int]) -> None:
    """Because it would take long, or take a line apart; the code stays as it is, and it is counted."""
    script, change = write([Cell("code", source)], PYTHON, NotebookSettings.model_validate(limits))
    assert change == "written_by_hand"
    assert script == f"# %%\n{source.strip()}\n"


def test_text_that_begins_like_a_magic_is_text() -> None:
    """jupytext would take its first line for the language of the cell."""
    script, _ = write([Cell("markdown", "%%bash\na"), Cell("code", "x")], PYTHON, SETTINGS)
    assert script == "# %% [markdown]\n# %%bash\n# a\n\n# %%\nx\n"


def test_markdown_cannot_leave_its_comment() -> None:
    """Whatever ends a line somewhere ends it here, and gets a comment of its own."""
    script, _ = write([Cell("markdown", "a\u2028b\x0cc\x85d"), Cell("code", "x")], PYTHON, SETTINGS)
    assert script == "# %% [markdown]\n# a\n# b\n# c\n# d\n\n# %%\nx\n"


TEXT = st.text(st.characters(exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=40)
LINE = st.sampled_from(
    ["x = 1", "def f():", "    return 1", "%time", "!ls", "# a", "%%bash -x", "", "'''", "é", "a?"]
)
SOURCE = st.one_of(TEXT, st.lists(LINE, max_size=6).map("\n".join))
KINDS: tuple[CellKind, ...] = ("code", "markdown", "raw")
ANY_CELLS = st.lists(st.builds(Cell, st.sampled_from(KINDS), SOURCE), min_size=1, max_size=5)


def is_header(cells: list[Cell]) -> bool:
    """Whether jupytext would take the first cell for a YAML header."""
    lines = cells[0].source.strip("\n\t ").splitlines()
    return cells[0].kind == "raw" and len(lines) > 1 and lines[0].startswith("---")


def stripped(script: str) -> list[str]:
    """The lines that are not empty, without the indentation that jupytext gives markers of indented code."""
    return [line.strip() for line in script.split("\n") if line.strip()]


@settings(max_examples=60)
@given(ANY_CELLS, st.sampled_from([script for script in scripts().values() if script.jupytext]))
def test_both_ways_write_the_same(cells: list[Cell], how: Script) -> None:
    """In every language that jupytext knows, but for the empty lines that it adds between blocks."""
    prepared = blocks(cells, how)
    if prepared and suits_jupytext(prepared, how, SETTINGS) and not is_header(cells):
        ours, theirs = by_hand(prepared, how), by_jupytext(prepared, how)
        assert stripped(ours) == stripped(theirs)


@pytest.mark.parametrize("limits", [SETTINGS, BY_HAND])
def test_a_script_can_be_read_back(limits: NotebookSettings) -> None:
    """jupytext finds the cells again in what either way has written."""
    cells = [
        Cell("markdown", "# A\n\ntext"),
        Cell("code", "def f():\n    return 1"),
        Cell("raw", "r"),
        Cell("code", "f()"),
    ]
    script, _ = write(cells, PYTHON, limits)
    found = jupytext.reads(script, fmt="py:percent")
    assert [(cell.cell_type, cell.source) for cell in found.cells] == [
        (cell.kind, cell.source) for cell in cells
    ]
