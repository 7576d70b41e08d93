r"""An issue in the layout of StarCoder and StarCoder2.

    "It breaks", username_0 "With 2.0.", username_1 "Fixed.", closed
        -> "<issue_start>Title: It breaks\nusername_0: With 2.0.<issue_comment>username_1: Fixed."
           "<issue_closed>"

The title is one line. Who says nothing has a name without a colon, so names hold no white space.
"""

from curation.errors import BadInputError
from curation.render.item import Item, Parsed
from curation.render.pen import Pen
from curation.render.reader import Reader, said, titled
from curation.sentinels import ISSUE_CLOSED, ISSUE_COMMENT, ISSUE_START
from curation.structured.outcome import Kind
from curation.structured.parts import Part


def write(item: Item, pen: Pen) -> list[str]:
    """Title and comments, and whether the issue is closed.

    Raises:
        BadInputError: If the parts are others.
    """
    title, *comments = item.split()
    if title.role != "title" or any(part.role != "comment" for part in comments):
        raise BadInputError("render: an issue has other parts than a title and then comments")
    pieces = [ISSUE_START]
    if pen.settings.issue_opening == "start_comment":
        pieces.append(ISSUE_COMMENT)
    pieces.append(f"Title: {pen.line(title.text)}")
    for place, part in enumerate(comments):
        pieces += (ISSUE_COMMENT if place else "\n", pen.said(part.about.get("user", ""), part.text))
    if title.about.get("closed"):
        pieces.append(ISSUE_CLOSED)
    return pieces


def read(reader: Reader, kind: Kind) -> Parsed:
    """The issue that `write` wrote.

    Raises:
        BadInputError: If it is no such text.
    """
    if reader.settings.issue_opening == "start_comment":
        reader.take_bare(ISSUE_START)
        opening = reader.take(ISSUE_COMMENT)
    else:
        opening = reader.take(ISSUE_START)
    title, rest = titled(opening)
    comments = [rest] if "\n" in opening else []
    while reader.at(ISSUE_COMMENT):
        comments.append(reader.take(ISSUE_COMMENT))
    closed = reader.at(ISSUE_CLOSED)
    if closed:
        reader.take_bare(ISSUE_CLOSED)
    reader.take_end()
    spoken = ((user, words) for user, words in map(said, comments))
    return Parsed(
        kind,
        (
            Part("title", title, {"closed": True} if closed else {}),
            *(Part("comment", words, {"user": user}) for user, words in spoken),
        ),
    )
