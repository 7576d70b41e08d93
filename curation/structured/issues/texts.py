r"""Clean the text of each comment: line ends, mail, length.

    clean((Comment("ann", "User", "a\r\nb", "opened"),), settings) -> comments with "a\nb", {"crlf"}

Comments keep their order and none is dropped; what was changed is named once for all of them.
"""

from collections.abc import Iterable
from dataclasses import replace

from curation.structured.issues.settings import IssueSettings
from curation.structured.people.email_text import strip_email
from curation.structured.people.truncate import truncate
from curation.structured.records import Comment


def one_line_end(text: str) -> str:
    r"""The text with \n for every \r\n and lone \r."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def clean(comments: Iterable[Comment], settings: IssueSettings) -> tuple[list[Comment], set[str]]:
    """Comments with clean texts, and what was changed: crlf, email_text_removed, truncated."""
    cleaned: list[Comment] = []
    changes: set[str] = set()
    for comment in comments:
        text = _cleaned(comment.text, settings, changes)
        cleaned.append(comment if text == comment.text else replace(comment, text=text))
    return cleaned, changes


def _cleaned(original: str, settings: IssueSettings, changes: set[str]) -> str:
    """The clean text of one comment; what was changed is added to the changes."""
    text = one_line_end(original)
    if text != original:
        changes.add("crlf")
    if settings.strip_email:
        before, text = text, strip_email(text)
        if text != before:
            changes.add("email_text_removed")
    if settings.lines is not None:
        before, text = (
            text,
            truncate(
                text,
                lines=settings.lines,
                head=settings.head_lines,
                tail=settings.tail_lines,
                marker=settings.marker,
            ),
        )
        if text != before:
            changes.add("truncated")
    return text if text.strip() else ""
