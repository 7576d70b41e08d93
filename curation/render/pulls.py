r"""A pull request in StarCoder2's layout, with all that happened to it.

    title "Fix it", username_0 "As asked.", base file a.py, hunk of a.py, approved by username_1, merged
        -> "<pr>Title: Fix it\nusername_0: As asked.<pr_status>opened<repo_name>octo/hello"
           "<pr_base><pr_file>a.py<pr_base_code>x = 1<pr_diff><pr_file>a.py<pr_diff_hunk>@@ -1,1 +1,1 @@\n..."
           "<pr_review>username_1<pr_event_id>1<pr_review_state>approved"
           "<pr>username_0<pr_status>closed<pr_is_merged>True"

As the-stack-v2's render.py writes it, but for two things: general comments are there, and a number or a line
that is not known is left out. A difference that is not shown is [DIFFS OMITTED]; without base files there is
no <pr_base>.
"""

from collections.abc import Sequence

from curation.errors import BadInputError
from curation.render.item import Item
from curation.render.pen import Pen, number
from curation.sentinels import (
    PR,
    PR_BASE,
    PR_BASE_CODE,
    PR_COMMENT,
    PR_COMMENT_LINE,
    PR_DIFF,
    PR_DIFF_HUNK,
    PR_EVENT_ID,
    PR_FILE,
    PR_IS_MERGED,
    PR_REPLY_TO_COMMENT,
    PR_REPLY_TO_REVIEW,
    PR_REVIEW,
    PR_REVIEW_COMMENT,
    PR_REVIEW_STATE,
    PR_STATUS,
    REPO_NAME,
)
from curation.structured.parts import Part

OMITTED = "[DIFFS OMITTED]"
"""Stands for a difference that is not shown."""


def write(item: Item, pen: Pen) -> list[str]:
    """The pull request.

    Raises:
        BadInputError: If the parts are others, or stand in another order.
    """
    parts = item.split()
    if tuple(part.role for part in parts[:2]) != ("title", "description"):
        raise BadInputError("render: a pull request has other parts than a title and a description first")
    title, description = parts[:2]
    pieces = [PR, f"Title: {pen.line(title.text)}\n", pen.said(title.about.get("user", ""), description.text)]
    pieces += [PR_STATUS, _word(title, "status", pen), REPO_NAME, pen.line(item.repo_name)]
    place = 2
    files = _run(parts, place, "base_file")
    if files:
        pieces.append(PR_BASE)
    for part in files:
        pieces += (PR_FILE, _word(part, "path", pen), PR_BASE_CODE, pen.text(part.text))
    place += len(files)
    hunks = _run(parts, place, "hunk")
    pieces += _difference(hunks, pen)
    place += len(hunks)
    while place < len(parts):
        written, place = _event(parts, place, pen)
        pieces += written
    return pieces


def _event(parts: Sequence[Part], place: int, pen: Pen) -> tuple[list[str], int]:
    """What one event is written as, and where the next one begins.

    Raises:
        BadInputError: If it is none.
    """
    part = parts[place]
    user = part.about.get("user", "")
    match part.role:
        case "comment":
            pieces = [PR_COMMENT, pen.said(user, part.text), *number(part.about, "id", PR_EVENT_ID)]
            if "status" in part.about:
                pieces += (PR_STATUS, _word(part, "status", pen))
        case "review":
            pieces = [PR_REVIEW, pen.said(user, part.text), *number(part.about, "id", PR_EVENT_ID)]
            pieces += (PR_REVIEW_STATE, _word(part, "state", pen))
        case "comment_hunk":
            return _review_comment(parts, place, pen), place + 2
        case "update":
            hunks = _run(parts, place + 1, "hunk")
            return _difference(hunks, pen), place + 1 + len(hunks)
        case "closed":
            merged = str(bool(part.about.get("merged")))
            pieces = [PR, pen.said(user, ""), PR_STATUS, "closed", PR_IS_MERGED, merged]
        case _:
            raise BadInputError(
                f"render: a pull request has a part {part.role!r:.40} where an event is expected"
            )
    return pieces, place + 1


def _review_comment(parts: Sequence[Part], place: int, pen: Pen) -> list[str]:
    """A comment on a hunk, and the hunk before it.

    Raises:
        BadInputError: If only the hunk is there.
    """
    if place + 1 == len(parts) or parts[place + 1].role != "review_comment":
        raise BadInputError(
            "render: a pull request has a part comment_hunk without a review_comment behind it"
        )
    hunk, comment = parts[place : place + 2]
    return [
        PR_REVIEW_COMMENT,
        *number(comment.about, "id", PR_EVENT_ID),
        *number(comment.about, "review", PR_REPLY_TO_REVIEW),
        *number(comment.about, "reply_to", PR_REPLY_TO_COMMENT),
        PR_FILE,
        _word(hunk, "path", pen),
        *number(hunk.about, "line", PR_COMMENT_LINE),
        PR_DIFF_HUNK,
        pen.text(hunk.text),
        PR_COMMENT,
        pen.said(comment.about.get("user", ""), comment.text),
    ]


def _difference(hunks: Sequence[Part], pen: Pen) -> list[str]:
    """Hunks, those of one file under one path."""
    if not hunks:
        return [PR_DIFF, OMITTED]
    pieces, last = [PR_DIFF], None
    for hunk in hunks:
        path = hunk.about.get("path", "")
        if path != last:
            pieces += (PR_FILE, _word(hunk, "path", pen))
            last = path
        pieces += (PR_DIFF_HUNK, pen.text(hunk.text))
    return pieces


def _run(parts: Sequence[Part], place: int, role: str) -> Sequence[Part]:
    """The parts of this role that stand here, one after the other."""
    end = place
    while end < len(parts) and parts[end].role == role:
        end += 1
    return parts[place:end]


def _word(part: Part, key: str, pen: Pen) -> str:
    """A fact as one line."""
    return pen.line(str(part.about.get(key, "")))
