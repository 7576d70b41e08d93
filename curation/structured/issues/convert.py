"""Turn a thread into a document: clean texts, no programs, people with numbers for names.

    convert(Thread(7, "It breaks", (Comment("ann", "User", "With @bob's 2.0", "opened"), ...)), settings)
        -> Converted("issues", path="issues/7", parts=(Part("title", "It breaks"),
               Part("comment", "With @username_1's 2.0", {"user": "username_0"}), ...))

In the order of StarCoder: mail, truncation, programs, size and people, human language, names. Events without
text leave no part, but for an empty description, so that the first part is by whom the issue was opened.
Refused are: pull_request, no_text, bots_only, too_short, one_user_long, one_user_many, not_english (or
other_language where another one is asked for). Nothing is read from elsewhere and no author's real name,
address or account is in the result, but for what texts say of people who are not in the thread.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from curation.sources.base import Problem
from curation.structured.issues.bots import without_bots
from curation.structured.issues.rules import other_language, too_small
from curation.structured.issues.settings import IssueSettings
from curation.structured.issues.texts import clean
from curation.structured.outcome import Converted, Refused
from curation.structured.parts import Part
from curation.structured.people.usernames import Participants
from curation.structured.records import Comment, Thread

CHANGES = (
    "crlf",
    "email_text_removed",
    "truncated",
    "bots_removed",
    "bot_calls_removed",
    "usernames_replaced",
)
"""What is done to threads, in order; what a source mended comes before."""


def convert(thread: Thread, settings: IssueSettings) -> Converted | Refused:
    """The document of a thread, or the reason against it; any text is accepted, and none is an error.

    Raises:
        BadConfigError: If a language is asked for and its model is not installed.
    """
    if thread.is_pull and not settings.pulls:
        return Refused("issues", Problem("pull_request"))
    if not any(comment.text.strip() for comment in thread.comments):
        return Refused("issues", Problem("no_text", len(thread.comments), detail="events without text"))
    comments, changes = clean(thread.comments, settings)
    comments, more = without_bots(comments, settings)
    changes |= more
    title = " ".join(thread.title.split()) if not thread.title.isprintable() else thread.title.strip()
    problem = _problem(title, comments, changes, settings)
    if problem is not None:
        return Refused("issues", problem)
    parts, replaced = _parts(title, comments, thread, settings)
    changes |= {"usernames_replaced"} if replaced else set()
    named = (*thread.mended, *(change for change in CHANGES if change in changes))
    return Converted("issues", f"issues/{thread.number}", parts=parts, changes=named)


def _problem(
    title: str, comments: Sequence[Comment], changes: AbstractSet[str], settings: IssueSettings
) -> Problem | None:
    """Why what people wrote makes no document; None if it does."""
    if not any(comment.text for comment in comments):
        return Problem("bots_only" if "bots_removed" in changes else "no_text")
    return too_small(comments, settings) or other_language(title, comments, settings)


def _parts(
    title: str, comments: Sequence[Comment], thread: Thread, settings: IssueSettings
) -> tuple[tuple[Part, ...], bool]:
    """Title and comments with numbers for names, and whether any text changed for it."""
    said = [comment for index, comment in enumerate(comments) if comment.text or _opens(index, comment)]
    people = Participants(comment.author for comment in said)
    texts = [title, *(comment.text for comment in said)]
    masked = texts
    if settings.usernames:
        for text in texts:
            people.learn(text)
        masked = [people.mask(text) for text in texts]
    parts = [Part("title", masked[0], {"closed": True} if thread.closed else {})]
    parts += (
        Part("comment", text, {"user": people.name(comment.author)})
        for text, comment in zip(masked[1:], said, strict=True)
    )
    return tuple(parts), masked != texts


def _opens(index: int, comment: Comment) -> bool:
    """Whether this is the description of the issue, which is a part even if it is empty."""
    return index == 0 and comment.action == "opened"
