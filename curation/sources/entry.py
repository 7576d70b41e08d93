"""One member of an archive as `tars` and `zips` find it and `archive` yields it.

It is what the archive claims: the name is unchecked, the size is a statement, and content is read only
when asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass

from curation.sources.base import Problem


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of an archive that is no folder."""

    number: int
    """Position in the archive, counted from 0 without extended headers."""
    name: str
    """As the archive has it, unchecked; undecodable bytes as lone surrogates."""
    size: int
    """Bytes that the archive states."""
    problem: Problem | None
    """Why the entry has no content that could be read."""
    read: Callable[[int], bytes | Problem]
    """Up to so many bytes of the content; to be called before the next entry is asked for."""
    comment: str = ""
    """The pax comment in force, which `git archive` sets to the commit."""
