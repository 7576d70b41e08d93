"""What a source yields that is no file: a thread, a pull request, a commit.

    Thread(7, "It breaks", (Comment("ann", "User", "With 2.0.", "opened"), ...), closed=True)

Values are checked already: texts are texts, dates are seconds since 1970 or None, what was null or of a
wrong type is empty and named in `mended`, which is counted. They hold what was said, whole and in clear:
cleaning and deciding is the business of the other modules of this package.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Comment:
    """One event of an issue."""

    author: str
    """Login; "" for a deleted user, null or anything that is no text."""
    author_type: str
    """As GitHub states it: User, Bot, Organization, Mannequin; "" if it does not."""
    text: str
    """"" if there is none, as for a mere change of state."""
    action: str
    """opened, created (a comment), closed, reopened, or another word of GitHub's."""
    created: int | None = None
    """Seconds since 1970, UTC."""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """One issue with all that was said about it."""

    number: int
    title: str
    comments: tuple[Comment, ...]
    """In order of time; the first is the description, unless its event is missing."""
    closed: bool = False
    is_pull: bool = False
    """Whether it is the discussion of a pull request, as GitHub's issues also are."""
    mended: tuple[str, ...] = ()
    """What was wrong with the values, each such as "author_missing" or "body_not_text", once."""


@dataclass(frozen=True, slots=True)
class PullEvent:
    """One event of a pull request, in order of time."""

    kind: str
    """opened, comment, review, review_comment, synchronize (a new head commit), closed, reopened."""
    author: str
    """Login; "" for a deleted user, null or anything that is no text."""
    author_type: str = ""
    """As GitHub states it: User, Bot, Organization, Mannequin; "" if it does not."""
    text: str = ""
    action: str = ""
    """GitHub's word for what happened, such as created, submitted or closed."""
    created: int | None = None
    """Seconds since 1970, UTC."""
    id: int | None = None
    head: str = ""
    """Head commit of the pull request when it happened, 40 hex digits; "" if unknown."""
    state: str = ""
    """Of a review: approved, changes_requested, commented, dismissed."""
    review: int | None = None
    """Id of the review that a review comment belongs to."""
    reply_to: int | None = None
    """Id of the review comment that this one answers."""
    path: str = ""
    """File that a review comment is about."""
    line: int | None = None
    """Line of the file that a review comment is about, from 1."""
    hunk: str = ""
    """The piece of the diff that a review comment is about."""


@dataclass(frozen=True, slots=True)
class FilePair:
    """A file before and after a pull request."""

    path: str
    before: str | None
    """None if it is not there."""
    after: str | None
    """None if it is not there."""


@dataclass(frozen=True, slots=True)
class PullRequest:
    """One pull request with its events, and the contents of its files where they are known."""

    number: int
    title: str
    description: str
    author: str
    author_type: str
    events: tuple[PullEvent, ...]
    """In order of time, opening and closing among them where they are known."""
    base: str = ""
    """Base commit, 40 hex digits."""
    base_owner: str = ""
    """Whom the repository that is pulled to belongs to."""
    head_owner: str = ""
    """Whom the repository that is pulled from belongs to."""
    base_count: int = 0
    """Different base commits that the events name."""
    merged: bool = False
    closed: bool = False
    files: Mapping[str, tuple[FilePair, ...]] = field(default_factory=dict)
    """Head commit -> files that differ from the base, sorted by path; {} if no contents were given."""
    mended: tuple[str, ...] = ()
    """What was wrong with the values, as for a thread."""


@dataclass(frozen=True, slots=True)
class Commit:
    """What one commit did to one file, if it changed one file only."""

    message: str
    """Whole; the subject is its first line."""
    author: str
    """Name of the author, which is personal data: for opt-out only, never written."""
    old_path: str
    new_path: str
    before: bytes
    after: bytes
    date: int | None = None
    """Of the commit, seconds since 1970, UTC."""


Record = Thread | PullRequest | Commit
