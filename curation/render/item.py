"""A document as it comes, as it is rendered, and as it is parsed.

Item(id="3-7", kind="code", content="x = 1", repo_name="octo/hello", path="a.py", stars=12)
Rendered("<file_sep>x = 1", ("3-7",))
Parsed("code", files=(ParsedFile("x = 1"),))
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from curation.errors import BadInputError
from curation.sources.base import Problem
from curation.structured.outcome import Kind
from curation.structured.parts import Part, split


@dataclass(frozen=True, slots=True)
class Item:
    """A document, with what layouts may show of it."""

    id: str
    """Of the document in its run; seeds every choice about it."""
    kind: Kind
    content: str
    """All of its text."""
    parts: str = ""
    """Header of its parts, by `curation.structured.parts.header`; "" for a document of one piece."""
    repo_name: str = ""
    """Such as owner/name; "" if unknown, and then never shown in a file."""
    path: str = ""
    """Of a file in its repository; "" if unknown."""
    stars: int | None = None
    """Of the repository, a count; None if unknown."""
    language: str = ""
    """Linguist name; no layout shows it."""

    def split(self) -> tuple[Part, ...]:
        """The parts of the content.

        Raises:
            BadInputError: If the header is none, or does not fit the content.
        """
        try:
            return split(self.content, self.parts)
        except BadInputError as error:
            size = len(self.content)
            raise BadInputError(
                f"render: the parts' header is none of a content of {size} characters"
            ) from error


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text to train on."""

    text: str
    ids: tuple[str, ...]
    """The documents that are in it, in order."""
    shown: tuple[str, ...] = ()
    """Metadata that chance let in: repository_name, file_name, stars (starcoder), names (starcoder2)."""
    forged: Mapping[str, int] = field(default_factory=dict)
    """Special token -> how often it stood in the data, escaped before or not."""
    changes: tuple[str, ...] = ()
    """What was edited, each once: sentinels_escaped, line_breaks_joined (a title, path or other field of one
    line had several), white_space_removed (from a user name), repository_split (not the repository's first
    text), over_limit (one file, and larger than a text may be)."""


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that is left out of its repository's text, and why."""

    id: str
    problem: Problem
    """Its reason is counted: forged_sentinel, no_layout."""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file of code in a rendered text."""

    content: str
    path: str | None = None
    """None if it is not shown."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a rendered text says."""

    kind: Kind
    parts: tuple[Part, ...] = ()
    """As they were before, in order; () for code and scripts."""
    files: tuple[ParsedFile, ...] = ()
    """Of code and scripts; one, unless the text is a repository."""
    repo_name: str | None = None
    """None if it is not shown."""
    stars: str | None = None
    """Range of stars, such as 10-100; None if it is not shown."""
