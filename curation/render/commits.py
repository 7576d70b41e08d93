"""A commit of one file in StarCoder's layout.

"a = 1", "Double it", "a = 2"  ->  "<commit_before>a = 1<commit_msg>Double it<commit_after>a = 2"

StarCoder2 has no such tokens.
"""

from curation.errors import BadInputError
from curation.render.item import Item, Parsed
from curation.render.pen import Pen
from curation.render.reader import Reader
from curation.sentinels import COMMIT_AFTER, COMMIT_BEFORE, COMMIT_MSG
from curation.structured.outcome import Kind
from curation.structured.parts import Part

LAYOUT = (("before", COMMIT_BEFORE), ("message", COMMIT_MSG), ("after", COMMIT_AFTER))


def write(item: Item, pen: Pen) -> list[str]:
    """The file before, the message, the file after.

    Raises:
        BadInputError: If the parts are others.
    """
    parts = item.split()
    roles = tuple(part.role for part in parts)
    if roles != tuple(role for role, _ in LAYOUT):
        raise BadInputError(f"render: a commit has the parts {roles[:4]}, expected before, message, after")
    return [
        piece
        for part, (_, token) in zip(parts, LAYOUT, strict=True)
        for piece in (token, pen.text(part.text))
    ]


def read(reader: Reader, kind: Kind) -> Parsed:
    """The commit that `write` wrote.

    Raises:
        BadInputError: If it is no such text.
    """
    parts = tuple(Part(role, reader.take(token)) for role, token in LAYOUT)
    reader.take_end()
    return Parsed(kind, parts)
