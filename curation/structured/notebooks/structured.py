r"""A notebook as text, code and output in turn.

    text "Load", text "it", code "a = 1", code "a" -> 1, code "" , text "The end"
        -> Part("text", "Load\n\nit"), Part("code", "a = 1\na"), Part("output", "1")

Cells of nothing but space are skipped; raw ones are text or left out, as the profile says. Neighbours of one
kind are merged; code before the first text and text after the last code are left out, so that texts and codes
come in pairs. The output is that of the last cell of a pair; without one it is empty. Code is kept as it is,
commands too.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from curation.sources.base import Problem
from curation.structured.notebooks.outputs import output_text
from curation.structured.notebooks.read import Cell, Notebook
from curation.structured.notebooks.settings import PROFILES, NotebookSettings
from curation.structured.parts import Part

TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--[^<>]*-->")


def triplets(notebook: Notebook, settings: NotebookSettings) -> tuple[Part, ...] | Problem:
    """The parts, or the problem: no_code, no_pairs or not_mentioned."""
    rules = PROFILES[settings.profile]
    if rules.mentioned and not _mentions(notebook.metadata, rules.mentioned):
        return Problem("not_mentioned", detail=f"metadata do not hold {rules.mentioned!r}")
    cells = [
        cell for cell in notebook.cells if cell.source.strip() and (rules.raw_is_text or cell.kind != "raw")
    ]
    if not any(cell.kind == "code" for cell in cells):
        return Problem("no_code")
    parts: list[Part] = []
    for texts, codes in _pairs(cells):
        words = [markdown(cell.source) if rules.plain_text else cell.source.strip() for cell in texts]
        printed = output_text(
            codes[-1].outputs, notebook.version, settings.outputs, settings.output_characters
        )
        parts += [
            Part("text", rules.text_separator.join(words).strip()),
            Part("code", "\n".join(cell.source.strip("\n") for cell in codes).strip()),
            Part("output", printed),
        ]
    return tuple(parts) if parts else Problem("no_pairs", detail="no text is followed by code")


def _pairs(cells: Sequence[Cell]) -> Iterator[tuple[list[Cell], list[Cell]]]:
    """Each run of text cells with the run of code cells after it."""
    texts: list[Cell] = []
    for is_code, run in groupby(cells, key=lambda cell: cell.kind == "code"):
        if not is_code:
            texts = list(run)
        elif texts:
            yield texts, list(run)


def markdown(source: str) -> str:
    """Markdown as the published code leaves it: one line without HTML tags and #."""
    return " ".join(TAG.sub("", source).replace("#", "").split("\n")).strip()


def _mentions(metadata: object, text: str) -> bool:
    """Whether a text occurs in a key or value of the metadata."""
    waiting = [metadata]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and text in value:
            return True
    return False
