"""A rendered pull request -> its parts again: the other half of `pulls`.

"<pr>Title: Fix it..." -> Part("title", "Fix it", {"user": "username_0", "status": "opened"}), ...

A `<pr>` after the first is the closing, a `<pr_diff>` after the first an update.
"""

from curation.errors import BadInputError
from curation.render.item import Parsed
from curation.render.pulls import OMITTED
from curation.render.reader import Reader, said, titled
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
from curation.structured.outcome import Kind
from curation.structured.parts import Part

Facts = dict[str, str | int | bool]


def read(reader: Reader, kind: Kind) -> Parsed:
    """The pull request that `curation.render.pulls.write` wrote.

    Raises:
        BadInputError: If it is no such text.
    """
    title, rest = titled(reader.take(PR))
    user, description = said(rest)
    status = reader.take(PR_STATUS)
    name = reader.take(REPO_NAME)
    parts = [Part("title", title, {"user": user, "status": status}), Part("description", description)]
    if reader.at(PR_BASE):
        reader.take_bare(PR_BASE)
        while reader.at(PR_FILE):
            path = reader.take(PR_FILE)
            parts.append(Part("base_file", reader.take(PR_BASE_CODE), {"path": path}))
    parts += _difference(reader)
    while not reader.done():
        parts += _event(reader)
    reader.take_end()
    return Parsed(kind, tuple(parts), repo_name=name)


def _event(reader: Reader) -> list[Part]:
    if reader.at(PR_DIFF):
        return [Part("update", ""), *_difference(reader)]
    if reader.at(PR_REVIEW_COMMENT):
        return _review_comment(reader)
    facts: Facts = {}
    if reader.at(PR_COMMENT):
        facts["user"], text = said(reader.take(PR_COMMENT))
        _number(reader, facts, "id", PR_EVENT_ID)
        if reader.at(PR_STATUS):
            facts["status"] = reader.take(PR_STATUS)
        return [Part("comment", text, facts)]
    if reader.at(PR_REVIEW):
        facts["user"], text = said(reader.take(PR_REVIEW))
        _number(reader, facts, "id", PR_EVENT_ID)
        facts["state"] = reader.take(PR_REVIEW_STATE)
        return [Part("review", text, facts)]
    return [_closing(reader)]


def _closing(reader: Reader) -> Part:
    user = reader.take(PR)
    status, merged = reader.take(PR_STATUS), reader.take(PR_IS_MERGED)
    if status != "closed" or merged not in {"True", "False"}:
        raise BadInputError(
            f"parse: expected closed, and True or False, saw {status[:20]!r}, {merged[:20]!r}"
        )
    return Part("closed", "", {"user": user, "merged": merged == "True"})


def _review_comment(reader: Reader) -> list[Part]:
    reader.take_bare(PR_REVIEW_COMMENT)
    about: Facts = {}
    _number(reader, about, "id", PR_EVENT_ID)
    _number(reader, about, "review", PR_REPLY_TO_REVIEW)
    _number(reader, about, "reply_to", PR_REPLY_TO_COMMENT)
    place: Facts = {"path": reader.take(PR_FILE)}
    _number(reader, place, "line", PR_COMMENT_LINE)
    hunk = reader.take(PR_DIFF_HUNK)
    about["user"], text = said(reader.take(PR_COMMENT))
    return [Part("comment_hunk", hunk, place), Part("review_comment", text, about)]


def _difference(reader: Reader) -> list[Part]:
    shown = reader.take(PR_DIFF)
    if shown not in {"", OMITTED}:
        raise BadInputError(f"parse: expected {OMITTED} or nothing behind {PR_DIFF}, saw {shown[:20]!r}")
    parts = []
    while not shown and reader.at(PR_FILE):
        path = reader.take(PR_FILE)
        parts.append(Part("hunk", reader.take(PR_DIFF_HUNK), {"path": path}))
        while reader.at(PR_DIFF_HUNK):
            parts.append(Part("hunk", reader.take(PR_DIFF_HUNK), {"path": path}))
    return parts


def _number(reader: Reader, facts: Facts, key: str, token: str) -> None:
    if reader.at(token):
        facts[key] = reader.take_number(token)
