"""Notebooks: as cells in turn (StarCoder, StarCoder2), as a script, and as one from Kaggle (StarCoder2).

    "Load", "x", "1"    -> "<jupyter_start><jupyter_text>Load<jupyter_code>x<jupyter_output>1"
    "Load", "x = 1", "" -> the same with "<jupyter_output><empty_output>"
    script "x = 1"      -> "<jupyter_script>x = 1"
    data set, script    -> "<jupyter_start><jupyter_text>Cars ...<jupyter_script>x = 1"

A script from Kaggle of which nothing else is known is a script like others. In StarCoder a script is a file
(see `files`), and there are none from Kaggle.
"""

from collections.abc import Iterable, Iterator

from curation.errors import BadInputError
from curation.render.item import Item, Parsed, ParsedFile
from curation.render.pen import Pen
from curation.render.reader import Reader
from curation.sentinels import (
    EMPTY_OUTPUT,
    JUPYTER_CODE,
    JUPYTER_OUTPUT,
    JUPYTER_SCRIPT,
    JUPYTER_START,
    JUPYTER_TEXT,
)
from curation.structured.outcome import Kind
from curation.structured.parts import Part

CELLS = {"text": JUPYTER_TEXT, "code": JUPYTER_CODE, "output": JUPYTER_OUTPUT}
ROLES = {token: role for role, token in CELLS.items()}


def write_cells(item: Item, pen: Pen) -> list[str]:
    """Text, code and output, again and again.

    Raises:
        BadInputError: If the parts are others.
    """
    parts = item.split()
    if len(parts) % 3 or any(part.role != role for part, role in zip(parts, _in_turn(), strict=False)):
        raise BadInputError("render: a notebook has other parts than text, code, output in turn")
    return [JUPYTER_START, *_cells(parts, pen)]


def read_cells(reader: Reader, kind: Kind) -> Parsed:
    """The cells that `write_cells` wrote.

    Raises:
        BadInputError: If it is no such text.
    """
    reader.take_bare(JUPYTER_START)
    parts = []
    turn = _in_turn()
    while not reader.done():
        parts.append(_cell(reader, next(turn)))
    reader.take_end()
    return Parsed(kind, tuple(parts))


def write_script(item: Item, pen: Pen) -> list[str]:
    """The script."""
    return [JUPYTER_SCRIPT, pen.text(item.content)]


def read_script(reader: Reader, kind: Kind) -> Parsed:
    """The script that `write_script` wrote.

    Raises:
        BadInputError: If it is no such text.
    """
    content = reader.take(JUPYTER_SCRIPT)
    reader.take_end()
    return Parsed(kind, files=(ParsedFile(content),))


def write_kaggle(item: Item, pen: Pen) -> list[str]:
    """What is known of the data, and then the script.

    Raises:
        BadInputError: If the parts are others.
    """
    *cells, script = item.split()
    if script.role != "script" or any(part.role not in CELLS for part in cells):
        raise BadInputError("render: a notebook from Kaggle has other parts than cells and then a script")
    return [*([JUPYTER_START] if cells else []), *_cells(cells, pen), JUPYTER_SCRIPT, pen.text(script.text)]


def read_kaggle(reader: Reader, kind: Kind) -> Parsed:
    """The notebook that `write_kaggle` wrote.

    Raises:
        BadInputError: If it is no such text.
    """
    parts = []
    if reader.at(JUPYTER_START):
        reader.take_bare(JUPYTER_START)
        while reader.at(*ROLES):
            parts.append(_cell(reader, next(role for token, role in ROLES.items() if reader.at(token))))
    parts.append(Part("script", reader.take(JUPYTER_SCRIPT)))
    reader.take_end()
    return Parsed(kind, tuple(parts))


def _in_turn() -> Iterator[str]:
    while True:
        yield from CELLS


def _cells(parts: Iterable[Part], pen: Pen) -> list[str]:
    pieces: list[str] = []
    for role, text, _ in parts:
        pieces += (CELLS[role], pen.text(text) if text or role != "output" else EMPTY_OUTPUT)
    return pieces


def _cell(reader: Reader, role: str) -> Part:
    text = reader.take(CELLS[role])
    if role == "output" and not text and reader.at(EMPTY_OUTPUT):
        reader.take_bare(EMPTY_OUTPUT)
    return Part(role, text)
