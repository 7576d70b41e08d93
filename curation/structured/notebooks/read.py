r"""The JSON of a notebook of any format -> its cells, with whatever is wrong with them mended.

    read(b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["a = 1\n", "b"], "outputs": []}]}', ...)
        -> Notebook((Cell("code", "a = 1\nb"),), ...)
    read(b'{"worksheets": [{"cells": [{"cell_type": "heading", "level": 2, "source": "Data"}]}]}', ...)
        -> Notebook((Cell("markdown", "## Data"),), changes=("nbformat_missing",))
    read(b"{", ...) -> Problem("bad_json")

Formats 1 to 4 differ in where cells are and how their text is called; all are read by the same few rules, so
that a notebook need not keep to the format that it states. A cell that is none is left out, a source of a
wrong type becomes text, and both are counted. Of two equal keys the last counts. Nothing is validated, and
no depth of nesting can break anything: what is deeper than the parsers allow is refused.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from curation.decode import decode
from curation.sources.base import Problem
from curation.structured.notebooks.settings import NotebookSettings

CellKind = Literal["code", "markdown", "raw"]
SOURCES = ("source", "input", "code", "text")
"""Where formats 4, 3 and 2, 1 (code) and 1 (text) keep the text of a cell."""
KINDS: Mapping[str, CellKind] = {
    "code": "code",
    "markdown": "markdown",
    "heading": "markdown",
    "html": "markdown",
    "text": "markdown",
    "plaintext": "raw",
    "rst": "raw",
    "raw": "raw",
}
LEVELS = 6
"""Depths of headings."""
BREAKS = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Cell:
    r"""One cell; the lines of its source end with \n."""

    kind: CellKind
    source: str
    outputs: tuple[Mapping[str, Any], ...] = ()
    """As in the notebook, but each is a mapping."""
    language: str = ""
    """As format 3 states it for each cell; "" if it does not."""


@dataclass(frozen=True, slots=True)
class Notebook:
    """What the converters need of a notebook."""

    cells: tuple[Cell, ...]
    metadata: Mapping[str, Any]
    """As in the notebook, unchecked; {} if there are none."""
    version: int
    """Number of the format; 0 if it is not stated."""
    size: int
    """Characters or bytes of the JSON."""
    changes: tuple[str, ...] = ()
    """What was mended: nbformat_missing, lenient_json, metadata_left_out, cells_left_out, sources_mended,
    outputs_left_out, and what `curation.decode` names."""


def read(content: bytes | str, settings: NotebookSettings) -> Notebook | Problem:
    """The notebook, or why it is none.

    Reasons are too_large, too_many_cells, not_a_notebook, no_cells, bad_json and nested_too_deep, and those
    of `curation.decode`: empty, binary, bad_encoding.
    """
    if len(content) > settings.max_bytes:
        return Problem("too_large", len(content), settings.max_bytes)
    parsed = _parse(content)
    if isinstance(parsed, Problem):
        return parsed
    root, changes = parsed
    rows = _rows(root) if isinstance(root, dict) else None
    if rows is None:
        what = (
            "neither cells nor worksheets"
            if isinstance(root, dict)
            else f"JSON of type {type(root).__name__}"
        )
        return Problem("not_a_notebook", detail=what)
    if len(rows) > settings.max_cells:
        return Problem("too_many_cells", len(rows), settings.max_cells)
    return _notebook(root, rows, len(content), changes)


def _notebook(root: Mapping[str, Any], rows: list[Any], size: int, changes: list[str]) -> Notebook | Problem:
    """The notebook of these rows, or the problem that none is a cell."""
    stated = root.get("nbformat")
    version = stated if isinstance(stated, int) else 0
    if not version:
        changes.append("nbformat_missing")
    metadata = root.get("metadata", {})
    if not isinstance(metadata, dict):
        metadata = {}
        changes.append("metadata_left_out")
    cells = tuple(_cells(rows, version, changes))
    if not cells:
        return Problem("no_cells", detail="" if not rows else "nothing in the list is a cell")
    return Notebook(cells, metadata, version, size, tuple(dict.fromkeys(changes)))


def _parse(content: bytes | str) -> tuple[Any, list[str]] | Problem:
    """The JSON value and what it took to read it."""
    root = _strict(content)
    if root is not None:
        return root, []
    decoded = decode(content)
    if isinstance(decoded, Problem):
        return decoded
    changes = list(decoded.changes)
    root = _strict(decoded.text) if changes or decoded.encoding not in {"utf-8", "str"} else None
    if root is not None:
        return root, changes
    found = _lenient(decoded.text)
    return found if isinstance(found, Problem) else (found[0], [*changes, "lenient_json"])


def _lenient(text: str) -> tuple[Any] | Problem:
    """What orjson refuses: NaN, lone surrogates, control characters in strings, numbers of 4,300 digits."""
    try:
        return (json.loads(text, strict=False),)
    except json.JSONDecodeError as error:
        return Problem("bad_json", detail=f"{error.msg} in line {error.lineno}, column {error.colno}")
    except ValueError:
        return Problem("bad_json", detail="a number of more than 4,300 digits")
    except RecursionError:
        return Problem("nested_too_deep")


def _strict(content: bytes | str) -> Any:
    """The JSON value; None if it is null or no strict JSON."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _rows(root: Mapping[str, Any]) -> list[Any] | None:
    """The cells as they are in the notebook, those of all worksheets in turn; None if it has neither."""
    worksheets = root.get("worksheets")
    sheets = (
        [sheet for sheet in worksheets if isinstance(sheet, dict)] if isinstance(worksheets, list) else []
    )
    lists = [part["cells"] for part in (root, *sheets) if isinstance(part.get("cells"), list)]
    if not lists and not isinstance(worksheets, list):
        return None
    return [row for rows in lists for row in rows]


def _cells(rows: list[Any], version: int, changes: list[str]) -> Iterator[Cell]:
    """Every row that is a cell."""
    for row in rows:
        if not isinstance(row, dict) or not any(name in row for name in SOURCES):
            changes.append("cells_left_out")
            continue
        kind = _kind(row)
        stated = next(row[name] for name in SOURCES if name in row)
        source = text_of(stated, version)
        if source is None or not _is_text(stated):
            changes.append("sources_mended")
        text = BREAKS.sub("\n", source or "")
        if row.get("cell_type") == "heading":
            text = _heading(text, row.get("level"))
        language = row.get("language")
        yield Cell(kind, text, _outputs(row, changes), language if isinstance(language, str) else "")


def _kind(row: Mapping[str, Any]) -> CellKind:
    """What a cell is; one of an unknown type is raw, unless it has what only code has."""
    stated = row.get("cell_type")
    if isinstance(stated, str) and stated in KINDS:
        return KINDS[stated]
    return "code" if "outputs" in row or "input" in row or "code" in row else "raw"


def _is_text(value: object) -> bool:
    """Whether this is how the formats write a text: a string, or a list of strings."""
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(item, str) for item in value)
    )


def text_of(value: object, version: int) -> str | None:
    r"""A text as notebooks write it: a string, or a list of its lines; None if it is nothing of the kind.

    Numbers are taken as they are written, what is null or a container inside of a list is left out. The lines
    of format 4 hold their \n; those of older ones may not, which shows in the first.

    Args:
        value: From the notebook.
        version: Of its format.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, list):
        return None
    lines = [str(item) for item in value if isinstance(item, str | int | float)]
    older = 0 < version < 4 and lines and not lines[0].endswith("\n")
    return ("\n" if older else "").join(lines)


def _heading(text: str, level: object) -> str:
    """A heading of format 3, which is one line, as Markdown."""
    depth = level if isinstance(level, int) and 1 <= level <= LEVELS else 1
    return f"{'#' * depth} {' '.join(text.split())}"


def _outputs(row: Mapping[str, Any], changes: list[str]) -> tuple[Mapping[str, Any], ...]:
    """The outputs of a cell that are mappings, which all are in a sound notebook."""
    stated = row.get("outputs")
    if stated is None:
        return ()
    rows = stated if isinstance(stated, list) else [stated]
    outputs = tuple(each for each in rows if isinstance(each, dict))
    if len(outputs) < len(rows) or rows is not stated:
        changes.append("outputs_left_out")
    return outputs
