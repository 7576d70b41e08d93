r"""The textual output of a code cell.

    [{"output_type": "stream", "text": ["1\n", "2\n"]}]                         -> "1\n2"
    [{"output_type": "display_data", "data": {"text/plain": "<Figure>", ...}}]  -> "<Figure>"
    [{"output_type": "error", "traceback": ["\x1b[31mKeyError\x1b[0m: 1"]}]     -> "KeyError: 1"

Streams, results, displays and errors of all formats, one below the other, without the colours of terminals.
Images, HTML and scripts are left out. What is longer than a limit is cut, and says so.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from curation.structured.notebooks.read import text_of

CUT = "[...]"
TEXTS = ("text/plain", "text/markdown", "text/latex")
"""Of the representations of one result, the first that it has is taken."""
COLOUR = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
"""Sequences of ECMA-48: control sequences, operating system commands, and the others."""


def output_text(
    outputs: Iterable[Mapping[str, Any]], version: int, which: Literal["all", "first_stream"], limit: int
) -> str:
    """The text of a cell's outputs, stripped, at most `limit` characters and the mark of a cut.

    Args:
        outputs: Of one cell.
        version: Of the notebook's format.
        which: all, or only the `text` of the first output.
        limit: Characters.
    """
    pieces: list[str] = []
    size = end = 0
    for piece in _first(outputs, version) if which == "first_stream" else _all(outputs, version):
        text = COLOUR.sub("", piece) if "\x1b" in piece else piece
        text = text if pieces else text.lstrip()
        kept = len(text.rstrip())
        end = size + kept if kept else end
        if text:
            pieces.append(text)
            size += len(text)
        if end > limit:
            break
    text = _joined(pieces).strip()
    return text if len(text) <= limit else text[:limit] + CUT


def _joined(pieces: list[str]) -> str:
    """The pieces, each on lines of its own."""
    return "".join(piece if piece.endswith("\n") else f"{piece}\n" for piece in pieces)


def _first(outputs: Iterable[Mapping[str, Any]], version: int) -> Iterator[str]:
    """The `text` of the first output, as StarCoder's code reads it."""
    for output in outputs:
        yield text_of(output.get("text"), version) or ""
        return


def _all(outputs: Iterable[Mapping[str, Any]], version: int) -> Iterator[str]:
    """The text of each output."""
    for output in outputs:
        kind = output.get("output_type")
        if kind in ("error", "pyerr"):
            yield _error(output)
        elif isinstance(data := output.get("data"), dict):
            yield _representation(data, TEXTS, version)
        else:
            yield _representation(output, ("text", "latex"), version)


def _representation(data: Mapping[str, Any], names: Iterable[str], version: int) -> str:
    """The first of the representations that is there."""
    for name in names:
        if text := text_of(data.get(name), version):
            return text
    return ""


def _error(output: Mapping[str, Any]) -> str:
    """The traceback, whose entries are pieces of any number of lines; without one, name and value."""
    traceback = output.get("traceback")
    lines = [line for line in traceback if isinstance(line, str)] if isinstance(traceback, list) else []
    named = [output.get(name) for name in ("ename", "evalue")]
    return "\n".join(lines) or ": ".join(part for part in named if isinstance(part, str) and part)
