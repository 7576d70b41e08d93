"""The books of a task: what was read is what was kept plus what was dropped, by reason.

counts = Counts(read=3); counts.dropped["language"] = 1; counts.kept["train"] = 2
counts.check("python-00000-of-00001")   -> nothing; BrokenRunError if they do not add up
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from curation.errors import BrokenRunError


@dataclass
class Counts:
    """Documents, and bytes of their texts."""

    read: int = 0
    """Documents."""
    bytes: int = 0
    """UTF-8 bytes of what was read."""
    kept: Counter[str] = field(default_factory=Counter)
    """Side of the split -> documents."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Reason -> documents: language (not one that was asked for), empty (no text), not_drawn (the mix of the
    corpus wants none of it)."""
    mended: Counter[str] = field(default_factory=Counter)
    """Reason -> documents that were changed: not_utf8 (bytes were replaced)."""
    languages: Counter[str] = field(default_factory=Counter)
    """Language -> documents read."""

    def check(self, name: str) -> None:
        """Whether nothing has disappeared.

        Raises:
            BrokenRunError: If something has.
        """
        kept, dropped = self.kept.total(), self.dropped.total()
        if self.read != kept + dropped:
            raise BrokenRunError(
                f"{name}: {self.read} documents were read, but {kept} kept and {dropped} dropped. "
                "This is a defect of the tool."
            )

    def as_json(self) -> dict[str, Any]:
        """The books as JSON values, in an order that depends on nothing."""
        tables = {name: dict(sorted((+getattr(self, name)).items())) for name in TABLES}
        return {"read": self.read, "bytes": self.bytes, **tables}


TABLES = ("kept", "dropped", "mended", "languages")


def total(books: Iterable[dict[str, Any]]) -> Counts:
    """The sum of several books, as JSON values."""
    found = Counts()
    for book in books:
        found.read += book["read"]
        found.bytes += book["bytes"]
        for name in TABLES:
            getattr(found, name).update(book[name])
    return found
